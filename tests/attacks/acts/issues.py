"""Issues: raising them, and every verb: the acts of the table."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from deliberation import workflow as handling
from deliberation.models import Follow
from deliberation.states import IssueState
from tests.attacks.acts.base import (
    Act,
    Given,
)
from tests.attacks.records import Made
from tests.factories import District
from tests.test_addresses import MAY, RESPONSIBLE, SIGNED_IN, make_issue, sent


def raise_form(given: Given) -> dict[str, Any]:
    """Return a lawful issue."""
    from tests.deliberation.test_forms import typed

    return typed(given.district, details="松动", key=str(uuid.UUID(int=11)))


def issue_in(state: IssueState, **fields: Any) -> Callable[[District], Made]:
    """Return what makes an issue in a state, seen by everybody."""

    def made(district: District) -> Made:
        return Made((make_issue(district, state, **{"is_public": True, **fields}).number,), ())

    return made


def paused(district: District) -> Made:
    """Make an issue whose term stands still until its reporter answers."""
    made = make_issue(district, IssueState.RAISED, is_public=True)
    handling.ask_reporter(made, by=district.worker, at=timezone.now(), question="哪天在家？")
    return Made((made.number,), ())


def unfollowed(district: District) -> Made:
    """Make an issue that nobody follows, not even who raised it."""
    made = issue_in(IssueState.RAISED)(district)
    Follow.objects.all().delete()
    return made


def reached_by_phone(district: District) -> Made:
    """Make an issue of somebody who left a phone."""
    district.resident.set_phone("13800000000", verified=True)
    district.resident.save()
    return issue_in(IssueState.DISPATCHED)(district)


STATES = {
    "review": issue_in(IssueState.RAISED, is_public=False, reviewed_at=None),
    "withhold": issue_in(IssueState.RAISED),
    "accept": issue_in(IssueState.RAISED),
    "refuse": issue_in(IssueState.RAISED),
    "dispatch": issue_in(IssueState.ACCEPTED),
    "progress": issue_in(IssueState.DISPATCHED),
    "ask": issue_in(IssueState.RAISED),
    "resume": paused,
    "resolve": issue_in(IssueState.DISPATCHED),
    "rate": issue_in(IssueState.RESOLVED),
    "rework": issue_in(IssueState.RESOLVED, rating=1),
    "close": issue_in(IssueState.DISPATCHED),
    "withdraw": issue_in(IssueState.RAISED),
    "endorse": issue_in(IssueState.RAISED),
    "follow": unfollowed,
    "supplement": issue_in(IssueState.RAISED),
}
# In the states above; a unit acts from its dispatch on, and the others are in MAY by hand.
IN_STATE = {"ask": RESPONSIBLE, "resume": RESPONSIBLE}


def verb_form(verb: str) -> Callable[[Given], dict[str, Any]]:
    """Return the form of a verb."""
    return lambda given: sent(verb, given.district)


ISSUES = {
    "new_issue": Act(SIGNED_IN, raise_form),
    "reveal_reporter_phone": Act({*RESPONSIBLE, "handler"}, build=reached_by_phone),
    **{
        f"issue_action {verb}": Act(IN_STATE.get(verb, MAY[verb][0]), verb_form(verb), build, verb)
        for verb, build in STATES.items()
    },
}
