"""Ballots that open and close by themselves, at their hours."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from community.errors import Refused
from community.models import User
from deliberation.models import Ballot
from deliberation.workflow.ballots import open_ballot
from deliberation.workflow.results import count_ballot

logger = logging.getLogger(__name__)


def sweep_ballots(*, at: datetime) -> int:
    """Open what has to open and count what has closed; returns how many. Safe to run twice, and by two machines.

    One that can't go on stops no other: it is logged and waits for the next sweep.
    """
    clock = User.objects.clock()
    opened = sum(done(open_ballot, one, clock, at) for one in Ballot.objects.to_open(at).order_by("opens_at", "pk"))
    return opened + sum(done(count_ballot, one, clock, at) for one in Ballot.objects.to_count(at).order_by("pk"))


def done(verb: Callable[..., Ballot], ballot: Ballot, clock: User, at: datetime) -> bool:
    """Do one thing; return whether it was done."""
    try:
        verb(ballot, by=clock, at=at)
    except Refused:
        # Somebody, or another machine, has done it meanwhile.
        return False
    except Exception:
        logger.exception("ballot %s broke and waits for the next sweep", ballot.pk)
        return False
    return True
