"""Every verb of a session in every state by everybody, by hand; and what its agenda must keep to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from community.errors import BadInput, NotAllowed, WrongState
from community.models import User
from community.roles import Role
from deliberation.models import Session, Topic
from deliberation.session_permissions import can_see
from deliberation.states import SESSION_TRANSITIONS, SessionState, TopicState
from deliberation.workflow import sessions as verbs
from tests.deliberation.tables import counts
from tests.factories import MOMENT, District
from tests.factories.ballots import drafted
from tests.factories.resolutions import DAY, HOUR, MEETS_AT, hall_of, held, noticed_topic, opinion, planned, staff

pytestmark = pytest.mark.django_db
M = SessionState
ROLES = (
    "resident", "neighbour", "newcomer", "worker", "neighbour_worker", "handler", "steward", "town_officer",
    "district_officer", "auditor", "administrator", "other_worker", "other_town_officer", "superuser",
)  # fmt: skip
RUN = {"moderator", "worker", "town_officer"}
MAY = {
    "notice": RUN,
    "open": RUN,
    "agenda": RUN,
    "cancel": RUN,
    "close": RUN | {"recorder"},
}
CAN: dict[str, dict[str, str]] = {
    "notice": {M.PLANNED: M.NOTICED},
    "open": {M.NOTICED: M.OPEN},
    "agenda": {M.PLANNED: M.PLANNED, M.NOTICED: M.NOTICED},
    "cancel": {M.PLANNED: M.CANCELLED, M.NOTICED: M.CANCELLED},
    "close": {M.OPEN: M.CLOSED},
}


def people(district: District) -> dict[str, User]:
    """Return who stands for each role."""
    named = {role: getattr(district, role) for role in ROLES}
    return {**named, "moderator": staff(district, Role.HALL_MODERATOR), "recorder": staff(district, Role.RECORDER)}


def session_in(district: District, state: str) -> Session:
    """Return a session in a state, with one topic."""
    topic = noticed_topic(district)
    session = planned(district, [topic])
    worker = district.worker
    if state in (M.NOTICED, M.OPEN, M.CLOSED):
        session = verbs.notice_session(session, by=worker, at=MOMENT)
    if state in (M.OPEN, M.CLOSED):
        session = verbs.open_session(session, by=worker, at=MEETS_AT)
    if state == M.CLOSED:
        session = verbs.close_session(session, by=worker, at=MEETS_AT + HOUR, attended=3, summary="散会。")
    if state == M.CANCELLED:
        session = verbs.cancel_session(session, by=worker, at=MOMENT, reason="下雨")
    return session


def calls(session: Session) -> dict[str, Callable[..., Any]]:
    """Return how each verb is called with lawful arguments."""
    topics = [item.topic for item in session.items.all()]
    return {
        "notice": lambda by: verbs.notice_session(session, by=by, at=MOMENT + HOUR),
        "open": lambda by: verbs.open_session(session, by=by, at=MEETS_AT),
        "agenda": lambda by: verbs.change_agenda(session, by=by, at=MOMENT + HOUR, topics=topics),
        "cancel": lambda by: verbs.cancel_session(session, by=by, at=MOMENT + HOUR, reason="停电"),
        "close": lambda by: verbs.close_session(session, by=by, at=MEETS_AT + HOUR, attended=9, summary="好。"),
    }


def outcome_of(call: Callable[[], Any]) -> str:
    """Return the state that a verb leads to, or the name of its refusal; nothing of it stays."""
    before = counts()
    with transaction.atomic():
        try:
            with transaction.atomic():
                outcome = str(call().state)
        except (NotAllowed, WrongState) as refused:
            assert str(refused).endswith("。")
            assert counts() == before
            outcome = type(refused).__name__
        transaction.set_rollback(True)
    return outcome


def test_table_covers_the_transitions() -> None:
    assert {verb: CAN[verb] for verb in CAN if verb != "agenda"} == SESSION_TRANSITIONS


@pytest.mark.parametrize("state", list(M))
def test_every_verb_by_everybody(district: District, state: str) -> None:
    session, everybody = session_in(district, state), people(district)
    wrong = {}
    for verb, call in calls(session).items():
        for role, user in everybody.items():
            found = outcome_of(lambda call=call, user=user: call(user))  # type: ignore[misc]
            right = "NotAllowed" if role not in MAY[verb] else CAN[verb].get(state, "WrongState")
            if found != right:
                wrong[verb, role] = (found, right)
    assert wrong == {}


def test_who_sees_a_session_before_it_is_noticed(district: District) -> None:
    session = session_in(district, M.PLANNED)
    seeing = {role for role, user in people(district).items() if can_see(user, session)}
    assert seeing == RUN | {"recorder", "district_officer", "steward", "auditor"}
    assert not can_see(AnonymousUser(), session)
    assert can_see(AnonymousUser(), session_in(district, M.NOTICED))


@pytest.mark.parametrize("role", [*ROLES, "moderator", "recorder"])
def test_who_plans_and_who_concludes(district: District, role: str) -> None:
    user = people(district)[role]
    topic = noticed_topic(district)
    held(district, topic)
    plan = outcome_of(lambda: planned_by(district, user))
    assert plan == (M.PLANNED if role in RUN else "NotAllowed")
    formed = outcome_of(lambda: verbs.form_opinion(topic, by=user, at=MEETS_AT + HOUR, text="装。"))
    adjourned = outcome_of(lambda: verbs.adjourn_topic(topic, by=user, at=MEETS_AT + HOUR, reason="再问问。"))
    may = role in ("moderator", "recorder")
    assert formed == (TopicState.OPINION_FORMED if may else "NotAllowed")
    assert adjourned == (TopicState.CONFIRMED if may else "NotAllowed")


def planned_by(district: District, user: User) -> Session:
    """Plan a session as somebody."""
    return verbs.plan_session(
        by=user, at=MOMENT, hall=hall_of(district), title="会", starts_at=MEETS_AT, ends_at=MEETS_AT + HOUR, place="室"
    )


# --- Nothing that was not noticed long enough is deliberated ------------------------------------------------
@pytest.mark.parametrize("state", [TopicState.CONFIRMED, TopicState.PROPOSED])
def test_what_is_not_noticed_is_not_on_a_noticed_agenda(district: District, state: str) -> None:
    topic = noticed_topic(district, state=state)
    session = planned(district, [topic])
    with pytest.raises(WrongState, match="没有公示"):
        verbs.notice_session(session, by=district.worker, at=MOMENT)


def test_the_notice_ends_before_the_session_starts(district: District) -> None:
    topic = noticed_topic(district)
    assert topic.notice_ends_at is not None
    early = {"starts_at": topic.notice_ends_at, "ends_at": topic.notice_ends_at + HOUR}
    with pytest.raises(WrongState, match="还没有结束"):
        verbs.notice_session(planned(district, [topic], **early), by=district.worker, at=MOMENT)
    later = {name: moment + timedelta(seconds=1) for name, moment in early.items()}
    session = verbs.notice_session(planned(district, [topic], **later), by=district.worker, at=MOMENT)
    assert session.state == M.NOTICED


def test_no_session_without_a_topic_nor_before_its_hour(district: District) -> None:
    with pytest.raises(WrongState, match="还没有议题"):
        verbs.notice_session(planned(district, []), by=district.worker, at=MOMENT)
    session = session_in(district, M.NOTICED)
    with pytest.raises(WrongState, match="还没有到"):
        verbs.open_session(session, by=district.worker, at=MEETS_AT - timedelta(seconds=1))
    with pytest.raises(WrongState, match="时间已经过了"):
        verbs.notice_session(session_in(district, M.PLANNED), by=district.worker, at=MEETS_AT)


def test_an_agenda_that_was_noticed_takes_no_topic_that_was_not(district: District) -> None:
    session = session_in(district, M.NOTICED)
    with pytest.raises(WrongState, match="没有公示"):
        verbs.change_agenda(
            session, by=district.worker, at=MOMENT, topics=[noticed_topic(district, state=TopicState.CONFIRMED)]
        )
    assert session.items.count() == 1


def test_a_topic_taken_up_elsewhere_keeps_a_session_shut(district: District) -> None:
    topic = noticed_topic(district)
    second = verbs.notice_session(planned(district, [topic]), by=district.worker, at=MOMENT)
    held(district, topic)
    with pytest.raises(WrongState, match="没有公示"):
        verbs.open_session(second, by=district.worker, at=MEETS_AT)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"place": ""}, "place"),
        ({"starts_at": MOMENT}, "starts_at"),
        ({"ends_at": MEETS_AT}, "ends_at"),
        ({"kind": "party"}, "kind"),
    ],
)
def test_bad_plans_change_nothing(district: District, change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        planned(district, [], **change)
    assert caught.value.field == field
    assert not Session.objects.exists()


def test_an_adjourned_topic_goes_back_to_be_noticed_again(district: District) -> None:
    topic = noticed_topic(district)
    held(district, topic)
    moderator = staff(district, Role.HALL_MODERATOR)
    verbs.adjourn_topic(topic, by=moderator, at=MEETS_AT + HOUR, reason="要问物业。")
    assert Topic.objects.get(pk=topic.pk).state == TopicState.CONFIRMED
    with pytest.raises(WrongState):
        verbs.form_opinion(topic, by=moderator, at=MEETS_AT + HOUR, text="装。")


def test_a_ballot_joins_a_noticed_topic_and_opens_after_its_notice(district: District) -> None:
    topic = noticed_topic(district)
    assert topic.notice_ends_at is not None
    early = drafted(district.worker, district.community, MOMENT, opens_at=MOMENT + DAY, closes_at=MOMENT + 2 * DAY)
    with pytest.raises(BadInput, match="公示结束以后"):
        verbs.attach_ballot(topic, early, by=district.worker, at=MOMENT)
    good = drafted(district.worker, district.community, MOMENT)
    verbs.attach_ballot(topic, good, by=district.worker, at=MOMENT)
    with pytest.raises(BadInput, match="已经跟着一个议题"):
        verbs.attach_ballot(noticed_topic(district), good, by=district.worker, at=MOMENT)
    confirmed = noticed_topic(district, state=TopicState.CONFIRMED)
    with pytest.raises(WrongState, match="没有公示过"):
        verbs.attach_ballot(
            confirmed, drafted(district.worker, district.community, MOMENT), by=district.worker, at=MOMENT
        )
    for stranger in (district.resident, district.other_worker, district.handler):
        with pytest.raises(NotAllowed):
            verbs.attach_ballot(topic, good, by=stranger, at=MOMENT)


def test_opinion_is_what_the_topic_shows(district: District) -> None:
    topic = opinion(district)
    assert topic.opinion == "装，先装四个，物业管。"
    assert [event.verb for event in topic.events.order_by("at", "pk")] == ["invite", "convene", "form_opinion"]
