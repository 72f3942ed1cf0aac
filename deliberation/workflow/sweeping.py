"""Ballots that open, remind and close by themselves, at their hours."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from community.errors import Refused
from community.models import User
from deliberation.models import Ballot
from deliberation.sealing import destroy_key, kept_keys
from deliberation.states import BallotState
from deliberation.workflow.ballots import Waits, open_ballot
from deliberation.workflow.extending import remind_voters, reminds_at, tell_waiting
from deliberation.workflow.results import count_ballot

logger = logging.getLogger(__name__)


def sweep_ballots(*, at: datetime) -> int:
    """Open what has to open and count what has closed; returns how many. Safe to run twice, and by two machines.

    One that can't go on stops no other: it is logged and waits for the next sweep. Where it waits for its organisers
    they are told, once.
    """
    destroy_leftovers()
    clock = User.objects.clock()
    opened = sum(done(open_ballot, one, clock, at) for one in Ballot.objects.to_open(at).order_by("opens_at", "pk"))
    for one in Ballot.objects.to_remind(at).order_by("pk"):
        if reminds_at(one) <= at:
            done(remind_voters, one, clock, at)
    return opened + sum(done(count_ballot, one, clock, at) for one in Ballot.objects.to_count(at).order_by("pk"))


def destroy_leftovers() -> None:
    """Destroy keys of ballots that have ended: their machine stopped between the last commit and the key's end."""
    ended = Ballot.objects.filter(state__in=(BallotState.COUNTED, BallotState.VOID))
    for public in ended.filter(public_key__in=kept_keys(settings.BALLOT_KEY_DIR)).values_list("public_key", flat=True):
        destroy_key(settings.BALLOT_KEY_DIR, bytes(public or b""))


def done(verb: Callable[..., Ballot], ballot: Ballot, clock: User, at: datetime) -> bool:
    """Do one thing; return whether it was done."""
    try:
        verb(ballot, by=clock, at=at)
    except Waits as waiting:
        tell_waiting(ballot, by=clock, at=at, reason=str(waiting))
        return False
    except Refused:
        # Somebody, or another machine, has done it meanwhile.
        return False
    except Exception:
        logger.exception("ballot %s broke and waits for the next sweep", ballot.pk)
        return False
    return True
