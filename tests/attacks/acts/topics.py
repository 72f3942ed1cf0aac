"""Topics: proposing them, every verb, and a town's list: the acts of the table."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from community.models import Unit
from community.models.areas import UnitKind
from deliberation.models.topics import Weight
from deliberation.states import TopicState
from tests.attacks import proceedings
from tests.attacks.acts.base import STAFF_OF_PLACE, Act, Given, fixed
from tests.attacks.records import Made
from tests.factories import District, UnitFactory
from tests.factories.topics import AmendmentFactory, OptionFactory, StatementFactory
from tests.test_addresses import SIGNED_IN

# Verified, and at home where the hall is; who proposed a topic does not endorse it.
RESIDENTS = {"resident", "neighbour"}


def topic_in(state: TopicState, **fields: Any) -> Callable[[District], Made]:
    """Return what makes a public topic of the resident in a state."""
    return lambda district: Made((proceedings.a_topic(district, state, **fields).number,), ())


def proposing(given: Given) -> dict[str, Any]:
    """Return a lawful proposal to the hall of the community."""
    hall = proceedings.hall_of(given.district)
    return {"key": str(uuid.UUID(int=12)), "hall": hall.pk, "title": "车棚装不装充电桩", "question": "楼道里有人飞线"}


def with_hall(district: District) -> Made:
    """Make the hall to which something is proposed."""
    proceedings.hall_of(district)
    return Made((), ())


def with_office(district: District) -> Made:
    """Make a topic, and the office of its town in whose name it is answered."""
    UnitFactory(kind=UnitKind.OFFICE, name="东园街道办事处", area=district.town)
    return topic_in(TopicState.CONFIRMED)(district)


def answering(given: Given) -> dict[str, Any]:
    """Answer in the office's name."""
    return {"unit": Unit.objects.get(kind=UnitKind.OFFICE).pk, "text": "今年安排"}


def with_row(factory: Any) -> Callable[[District], Made]:
    """Return what makes a topic with something that a neighbour said."""

    def made(district: District) -> Made:
        topic = proceedings.a_topic(district, TopicState.CONFIRMED)
        factory(topic=topic, by=district.neighbour)
        return Made((topic.number,), ())

    return made


def about(factory: Any, field: str, **fields: Any) -> Callable[[Given], dict[str, Any]]:
    """Return a form about what was said."""
    return lambda given: {field: factory._meta.model.objects.get().pk, **fields}


def act(verb: str, may: set[str], form: Any, build: Any) -> dict[str, Act]:
    """Return one verb's row."""
    return {f"topic_action {verb}": Act(may, form, build, verb)}


T = TopicState
TOPICS = {
    "new_topic": Act(RESIDENTS, proposing, with_hall),
    "topic_scopes": Act(
        {"town_officer"}, fixed(title="小区停车", weight=Weight.PRACTICAL, position="1"), proceedings.town
    ),
    **act("endorse", {"neighbour"}, fixed(), topic_in(T.PROPOSED)),
    **act("follow", SIGNED_IN, fixed(on="1"), topic_in(T.PROPOSED, history=False)),
    **act("confirm", STAFF_OF_PLACE, fixed(weight=Weight.PRACTICAL), topic_in(T.PROPOSED, endorsement_count=2)),
    **act("refuse", STAFF_OF_PLACE, fixed(reason="不归小区管"), topic_in(T.PROPOSED)),
    **act("withdraw", {"resident"}, fixed(), topic_in(T.PROPOSED)),
    **act("notice", STAFF_OF_PLACE, fixed(text="议一议充电桩"), topic_in(T.CONFIRMED)),
    **act("answer", {"town_officer"}, answering, with_office),
    **act("argue", SIGNED_IN, fixed(side="for", text="安全"), topic_in(T.CONFIRMED)),
    **act("suggest", SIGNED_IN, fixed(text="先装四个"), topic_in(T.CONFIRMED)),
    **act("state", SIGNED_IN, fixed(text="充电桩要装"), topic_in(T.CONFIRMED)),
    **act("amend", SIGNED_IN, about(OptionFactory, "option", text="先装两个", reason=""), with_row(OptionFactory)),
    # The hall's moderator alone, who is none of the table's people.
    **act("reply", set(), about(AmendmentFactory, "amendment", is_accepted="1", answer=""), with_row(AmendmentFactory)),
    **act("stance", RESIDENTS, about(StatementFactory, "statement", stance="1"), with_row(StatementFactory)),
}
