"""Every verb in every state by everybody: who may and what can happen stands here by hand, beside the product's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Unit, User
from community.roles import Role
from deliberation import workflow
from deliberation.models import Issue
from deliberation.states import ISSUE_TRANSITIONS, IssueState
from tests.deliberation.effects import rows
from tests.factories import MOMENT, AppointmentFactory, District, UnitFactory, clean_photo_of

NOW = MOMENT + timedelta(days=1)
S = IssueState
ROLES = (
    "reporter",
    "neighbour",
    "worker",
    "other_worker",
    "handler",
    "handler_of_another_unit",
    "other_handler",
    "town_officer",
    "other_town_officer",
    "district_officer",
    "steward",
    "auditor",
    "administrator",
    "superuser",
)
STAFF = {"worker", "town_officer"}
EVERYBODY = set(ROLES)
MAY: dict[str, set[str]] = {
    "accept": STAFF,
    "refuse": STAFF,
    "dispatch": STAFF,
    "progress": STAFF | {"handler"},
    "ask": STAFF | {"handler"},
    "resolve": {"handler"},
    "rate": STAFF | {"reporter"},
    "close": STAFF,
    "withdraw": {"reporter"},
    "endorse": EVERYBODY - {"reporter"},
    "follow": EVERYBODY,
    "unfollow": EVERYBODY,
    "supplement": EVERYBODY,
    "rework": {"town_officer"},
    "publish": STAFF,
    "withhold": STAFF,
}
# States in which a unit has the issue, so that its people are its handlers.
WITH_UNIT = {S.DISPATCHED, S.RETURNED, S.ADJUDICATING, S.RESOLVED, S.REWORK, S.CLOSED}
ENDED = {S.REFUSED, S.CLOSED, S.WITHDRAWN}
# Where each verb can happen, and to which state it leads; None where it changes none.
CAN: dict[str, dict[str, str | None]] = {
    "accept": {S.RAISED: S.ACCEPTED},
    "refuse": {S.RAISED: S.REFUSED},
    "dispatch": {S.ACCEPTED: S.DISPATCHED, S.RETURNED: S.DISPATCHED},
    "progress": dict.fromkeys(set(S) - ENDED),
    # Where a term of work runs that can stop; see test_waiting.py for going on.
    "ask": dict.fromkeys((S.RAISED, S.ACCEPTED, S.DISPATCHED, S.REWORK)),
    "resolve": {S.DISPATCHED: S.RESOLVED, S.REWORK: S.RESOLVED},
    "rate": {S.RESOLVED: S.CLOSED},
    # Only after the last rework has failed; see test_rating.py.
    "rework": {},
    # A resolved issue ends by its rating; see test_rating.py for one that was given up.
    "close": {S.DISPATCHED: S.CLOSED, S.REWORK: S.CLOSED},
    "withdraw": {S.RAISED: S.WITHDRAWN, S.ACCEPTED: S.WITHDRAWN},
    "endorse": dict.fromkeys(set(S) - ENDED),
    "follow": dict.fromkeys(S),
    "unfollow": dict.fromkeys(S),
    "supplement": dict.fromkeys(set(S) - ENDED),
    "publish": dict.fromkeys(set(S) - {S.WITHDRAWN}),
    "withhold": dict.fromkeys(S),
}


def calls(district: District) -> dict[str, Callable[..., Any]]:
    """Return how each verb is called with lawful arguments."""
    photo, unit = clean_photo_of(), district.property
    return {
        "accept": workflow.accept_issue,
        "refuse": lambda issue, **who: workflow.refuse_issue(issue, **who, outcome="not_ours", reason="不归"),
        "dispatch": lambda issue, **who: workflow.dispatch_issue(issue, **who, unit=unit),
        "progress": lambda issue, **who: workflow.note_progress(issue, **who, text="在办", photos=[photo]),
        "ask": lambda issue, **who: workflow.ask_reporter(issue, **who, question="哪天在家？"),
        "resolve": lambda issue, **who: workflow.resolve_issue(issue, **who, text="好了", photos=[photo]),
        "rate": lambda issue, **who: workflow.rate_issue(issue, **who, rating=5),
        "rework": lambda issue, **who: workflow.rework_issue(issue, **who, reason="再办一次"),
        "close": lambda issue, **who: workflow.close_issue(issue, **who, outcome="unresolved", reason="没法办"),
        "withdraw": workflow.withdraw_issue,
        "endorse": workflow.endorse_issue,
        "follow": workflow.follow_issue,
        "unfollow": lambda issue, **who: workflow.follow_issue(issue, **who, on=False),
        "supplement": lambda issue, **who: workflow.supplement_issue(issue, **who, text="再说一句"),
        "publish": lambda issue, **who: workflow.review_issue(issue, **who, publish=True),
        "withhold": lambda issue, **who: workflow.review_issue(issue, **who, publish=False, note="有人脸"),
    }


def people(district: District) -> dict[str, User]:
    """Return who stands for each role."""
    same_place = UnitFactory(name="平安物业", area=district.community)
    stand_in = AppointmentFactory(role=Role.HANDLER, unit=same_place, area=None).user
    found = {"reporter": district.resident, "handler_of_another_unit": stand_in}
    return {role: found.get(role) or getattr(district, role) for role in ROLES}


def test_tables_cover_every_verb_and_the_transition_table() -> None:
    assert set(MAY) == set(CAN)
    # What the clock or a rating does is no verb of a person's own; returns come with the next release.
    inner = {"rework", "return", "refer", "adjudicate"}
    for verb, steps in ISSUE_TRANSITIONS.items():
        if verb in inner:
            continue
        extra = {S.RESOLVED: S.CLOSED} if verb == "close" else {}
        assert {**CAN[verb], **extra} == steps, verb


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("verb", list(MAY))
def test_verb_in_state_by_everybody(
    district: District, issue_in: Callable[..., Issue], django_capture_on_commit_callbacks: Any, verb: str, state: str
) -> None:
    # Public, so that anybody may endorse and follow; publishing asks for one that is not yet.
    issue, call = issue_in(state, is_public=verb != "publish"), calls(district)[verb]
    before, wrong = rows(), {}
    for role, user in people(district).items():
        with transaction.atomic():
            with django_capture_on_commit_callbacks() as queued:
                outcome = outcome_of(call, issue, user)
            after = rows()
            if outcome in ("NotAllowed", "WrongState"):
                assert (after, queued) == (before, []), f"{verb} in {state} by {role} was refused and changed something"
            elif after == before and verb not in ("follow", "unfollow"):
                wrong[role] = "changed nothing"
            transaction.set_rollback(True)
        if outcome != expected(verb, state, role):
            wrong[role] = outcome
    assert wrong == {}


def outcome_of(call: Callable[..., Any], issue: Issue, user: User) -> str:
    """Return the state that a verb leads to, or the name of its refusal."""
    try:
        with transaction.atomic():
            call(issue, by=user, at=NOW)
    except (NotAllowed, WrongState) as refused:
        # A refusal that is no sentence is told apart here, and so fails the comparison.
        return type(refused).__name__ if str(refused).endswith("。") else f"{refused!r}"
    return Issue.objects.get(pk=issue.pk).state


def expected(verb: str, state: str, role: str) -> str:
    """Return what the tables above say."""
    if role not in MAY[verb] or (
        role == "handler" and verb in ("progress", "ask", "resolve") and state not in WITH_UNIT
    ):
        return "NotAllowed"
    if state not in CAN[verb]:
        return "WrongState"
    return CAN[verb][state] or state


@pytest.mark.parametrize("verb", ["endorse", "follow", "supplement"])
def test_what_is_not_public_has_no_voices(district: District, issue_in: Callable[..., Issue], verb: str) -> None:
    issue, call = issue_in(S.DISPATCHED), calls(district)[verb]
    before = rows()
    outcomes = {role: outcome_of(call, issue, user) for role, user in people(district).items() if role != "reporter"}
    assert outcomes == dict.fromkeys(set(ROLES) - {"reporter"}, "NotAllowed")
    assert rows() == before
    assert outcome_of(call, issue, district.resident) == (S.DISPATCHED if verb == "supplement" else "NotAllowed")


@pytest.mark.parametrize("verb", list(MAY))
def test_nobody_does_anything_without_an_account_in_use(
    district: District, issue_in: Callable[..., Issue], verb: str
) -> None:
    states = list(CAN[verb]) or [S.RESOLVED]
    issue, call = issue_in(states[0], is_public=True), calls(district)[verb]
    before = rows()
    who = sorted(MAY[verb])[-1]
    User.objects.filter(pk=people(district)[who].pk).update(is_active=False)
    gone = User.objects.get(pk=people(district)[who].pk)
    for nobody in (AnonymousUser(), gone):
        assert outcome_of(call, issue, nobody) == "NotAllowed"
    assert rows() == before


def test_unit_that_does_not_serve_the_place_is_no_choice(district: District, issue_in: Callable[..., Issue]) -> None:
    issue = issue_in(S.ACCEPTED)
    served = {district.property, district.committee, district.utility}
    assert {unit for unit in Unit.objects.all() if may_be_given(issue, unit, district.worker)} == served


def may_be_given(issue: Issue, unit: Unit, by: User) -> bool:
    """Return whether an issue can be dispatched to a unit; changes nothing."""
    try:
        with transaction.atomic():
            workflow.dispatch_issue(issue, by=by, at=NOW, unit=unit)
            transaction.set_rollback(True)
    except BadInput as refused:
        return refused.field != "unit"
    return True
