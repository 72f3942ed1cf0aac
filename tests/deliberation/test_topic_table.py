"""Every verb of a topic in every state by everybody: who may and what can happen stands here by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from community.errors import BadInput, NotAllowed, WrongState
from community.models import User
from community.models.areas import UnitKind
from community.roles import Role
from deliberation import workflow
from deliberation.models import Topic
from deliberation.models.topics import Side, Stance, Weight
from deliberation.states import TOPIC_TRANSITIONS, TopicState
from deliberation.workflow.topic_reviewing import hide_words, publish_topic, publish_words
from tests.factories import AppointmentFactory, District, UnitFactory
from tests.factories.deliberation import MOMENT
from tests.factories.topics import (
    AmendmentFactory,
    ArgumentFactory,
    OptionFactory,
    StatementFactory,
    TopicFactory,
    hall_of,
    moderator_of,
)

T = TopicState
ROLES = (
    "proposer", "neighbour", "newcomer", "other_resident", "moderator", "other_moderator", "worker", "other_worker",
    "neighbour_worker", "handler", "department", "steward", "town_officer", "other_town_officer", "district_officer",
    "auditor", "administrator", "superuser",
)  # fmt: skip
EVERYBODY = set(ROLES)
ORGANISERS = {"moderator", "worker", "town_officer"}
REVIEWERS = {"worker", "town_officer"}
# Verified, at home in the place of the hall; the proposer is one of them.
AT_HOME = {"proposer", "neighbour"}
MAY: dict[str, set[str]] = {
    "endorse": AT_HOME - {"proposer"},
    "follow": EVERYBODY,
    "confirm": ORGANISERS,
    "refuse": ORGANISERS,
    "withdraw": {"proposer"},
    "notice": ORGANISERS,
    "answer": {"town_officer", "department"},
    "argue": EVERYBODY,
    "suggest": EVERYBODY,
    "state": EVERYBODY,
    "amend": EVERYBODY,
    "reply": {"moderator"},
    "stance": AT_HOME,
    "publish_words": REVIEWERS,
    "hide_words": REVIEWERS,
}
DISCUSSED = {T.PROPOSED, T.CONFIRMED, T.NOTICED, T.IN_SESSION}
# Where each verb can happen, and to which state it leads; None where it changes none.
CAN: dict[str, dict[TopicState, TopicState | None]] = {
    "endorse": {T.PROPOSED: None},
    "follow": dict.fromkeys(T),
    "confirm": {T.PROPOSED: T.CONFIRMED},
    "refuse": {T.PROPOSED: T.REFUSED},
    "withdraw": {T.PROPOSED: T.WITHDRAWN, T.CONFIRMED: T.WITHDRAWN},
    "notice": {T.CONFIRMED: T.NOTICED},
    "answer": dict.fromkeys(set(T) - {T.REFUSED, T.WITHDRAWN}),
    "argue": dict.fromkeys(DISCUSSED),
    "suggest": dict.fromkeys(DISCUSSED),
    "state": dict.fromkeys(DISCUSSED),
    "amend": dict.fromkeys(DISCUSSED),
    "reply": dict.fromkeys(DISCUSSED),
    "stance": dict.fromkeys(DISCUSSED),
    "publish_words": dict.fromkeys(T),
    "hide_words": dict.fromkeys(T),
}
Act = Callable[[Topic, User], Any]


def test_the_table_is_the_products_where_it_has_one() -> None:
    for verb, moves in CAN.items():
        if verb in TOPIC_TRANSITIONS:
            assert moves == TOPIC_TRANSITIONS[verb]


def acts(topic: Topic, unit: Any) -> dict[str, Act]:
    option = OptionFactory(topic=topic)
    amendment = AmendmentFactory(topic=topic, option=option)
    statement = StatementFactory(topic=topic)
    waiting = ArgumentFactory(topic=topic, is_public=False)
    at = MOMENT
    return {
        "endorse": lambda t, by: workflow.endorse_topic(t, by=by, at=at),
        "follow": lambda t, by: workflow.follow_topic(t, by=by, at=at),
        "confirm": lambda t, by: workflow.confirm_topic(t, by=by, at=at, weight=Weight.HARD),
        "refuse": lambda t, by: workflow.refuse_topic(t, by=by, at=at, reason="不归这里议"),
        "withdraw": lambda t, by: workflow.withdraw_topic(t, by=by, at=at),
        "notice": lambda t, by: workflow.notice_topic(t, by=by, at=at, text="公示"),
        "answer": lambda t, by: workflow.answer_topic(t, by=by, at=at, text="答复", unit=unit),
        "argue": lambda t, by: workflow.add_argument(t, by=by, at=at, side=Side.FOR, text="好"),
        "suggest": lambda t, by: workflow.add_option(t, by=by, at=at, text="这样办"),
        "state": lambda t, by: workflow.add_statement(t, by=by, at=at, text="该办"),
        "amend": lambda t, by: workflow.propose_amendment(option, by=by, at=at, text="改一改"),
        "reply": lambda t, by: workflow.answer_amendment(amendment, by=by, at=at, is_accepted=True),
        "stance": lambda t, by: workflow.take_stance(statement, by=by, at=at, stance=Stance.AGREE),
        "publish_words": lambda t, by: publish_words(waiting, by=by, at=at),
        "hide_words": lambda t, by: hide_words(waiting, by=by, at=at, reason="other", note="不妥"),
    }


def outcome(act: Act, topic: Topic, by: User) -> str:
    """Return done, refused or state, and leave nothing behind."""
    said = "done"
    with transaction.atomic():
        try:
            act(topic, by)
        except NotAllowed:
            said = "refused"
        except (WrongState, BadInput):
            said = "state"
        else:
            said = f"done:{Topic.objects.get(pk=topic.pk).state}"
        transaction.set_rollback(True)
    return said


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(T))
def test_everybody_in_every_state(state: TopicState, district: District) -> None:
    department = UnitFactory(kind=UnitKind.DEPARTMENT, name="城管局", area=district.area)
    people: dict[str, User] = {
        "proposer": district.resident,
        "moderator": moderator_of(district.community),
        "other_moderator": moderator_of(district.other_community, "other_moderator"),
        "department": AppointmentFactory(role=Role.HANDLER, unit=department, area=None).user,
    }
    topic = TopicFactory(hall=hall_of(district.community), proposer=district.resident, state=state, endorsement_count=2)
    wrong = []
    for verb, act in acts(topic, department).items():
        for role in ROLES:
            by = people.get(role) or getattr(district, role)
            after = CAN[verb].get(state) or state
            expected = "refused" if role not in MAY[verb] else f"done:{after}" if state in CAN[verb] else "state"
            found = outcome(act, topic, User.objects.get(pk=by.pk))
            if found != expected:
                wrong.append((verb, role, found, expected))
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(T))
def test_nobody_signed_in_does_nothing(state: TopicState, district: District) -> None:
    topic = TopicFactory(hall=hall_of(district.community), state=state, endorsement_count=2)
    for verb, act in acts(topic, district.committee).items():
        assert outcome(act, topic, AnonymousUser()) == "refused", verb  # type: ignore[arg-type]


@pytest.mark.django_db
def test_hidden_topics_are_reviewed_by_staff_alone(district: District) -> None:
    topic = TopicFactory(hall=hall_of(district.community), proposer=district.resident, is_public=False)
    moderator = moderator_of(district.community)
    people = {"proposer": district.resident, "moderator": moderator}
    for role in set(ROLES) - {"other_moderator", "department"}:
        found = outcome(
            lambda t, by: publish_topic(t, by=by, at=MOMENT), topic, people.get(role) or getattr(district, role)
        )
        assert found == ("done:proposed" if role in REVIEWERS else "refused"), role
