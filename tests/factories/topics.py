"""Topics in any state with the history that leads there, and what people say on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factory

from community.models import Area, User
from community.models.people import Verification
from community.roles import Role
from deliberation.models import (
    Amendment,
    Argument,
    PublicNotice,
    Statement,
    Topic,
    TopicEvent,
    TopicFollow,
    TopicOption,
    TopicScope,
)
from deliberation.models.topics import Side, Weight
from deliberation.states import TOPIC_FINAL, TOPIC_TRANSITIONS, TopicState
from deliberation.workflow.topics import ask_to_confirm
from tests.factories.community import DAY_ONE, AppointmentFactory, ResidentFactory, UserFactory, town_of
from tests.factories.deliberation import MOMENT, STEP, HallFactory

T = TopicState
# The verbs that lead to each state; tests/deliberation/test_topics.py checks them against the transition table.
TOPIC_PATHS: dict[TopicState, tuple[str, ...]] = {
    T.PROPOSED: (),
    T.CONFIRMED: ("confirm",),
    T.NOTICED: ("confirm", "notice"),
    T.IN_SESSION: ("confirm", "notice", "convene"),
    T.OPINION_FORMED: ("confirm", "notice", "convene", "form_opinion"),
    T.RESULT_PUBLISHED: ("confirm", "notice", "convene", "form_opinion", "publish"),
    T.CARRYING_OUT: ("confirm", "notice", "convene", "form_opinion", "publish", "carry_out"),
    T.EVALUATED: ("confirm", "notice", "convene", "form_opinion", "publish", "carry_out", "evaluate"),
    T.REFUSED: ("refuse",),
    T.WITHDRAWN: ("withdraw",),
}
NOTICE_DAYS = timedelta(days=3)


class ScopeFactory(factory.django.DjangoModelFactory[TopicScope]):
    """An item of a town's list."""

    class Meta:
        model = TopicScope

    title = factory.Sequence(lambda n: f"小区的事{n}")
    weight = Weight.PRACTICAL
    valid_from = DAY_ONE


def has(verb: str) -> Any:
    """Return a condition for a topic whose state lies behind `verb`."""
    return factory.LazyAttribute(lambda topic: verb in TOPIC_PATHS[TopicState(topic.state)])


class TopicFactory(factory.django.DjangoModelFactory[Topic]):
    """A topic in any `state`, public, with events, its proposer's follow and its notice.

    `is_public=False` leaves it unreviewed; `needed_endorsements` is 2, of which it has as many as its state asks for.
    `history=False` leaves events, notice and clock out.
    """

    class Meta:
        model = Topic
        skip_postgeneration_save = True

    class Params:
        is_confirmed = has("confirm")
        is_noticed = has("notice")

    number = factory.Sequence(lambda n: f"EC-T-2023-8{n:05d}")
    title = "车棚里装不装充电桩"
    question = "电动车多了，楼道里有人飞线充电。"
    hall = factory.SubFactory(HallFactory)
    area = factory.LazyAttribute(lambda topic: topic.hall.area)
    town = factory.LazyAttribute(lambda topic: topic.hall.town)
    proposer = factory.LazyAttribute(lambda topic: ResidentFactory(home=topic.area).user)
    state = TopicState.PROPOSED
    is_public = True
    reviewed_at = factory.LazyAttribute(lambda topic: topic.proposed_at if topic.is_public else None)
    needed_endorsements = 2
    endorsement_count = factory.LazyAttribute(lambda topic: topic.needed_endorsements if topic.is_confirmed else 0)
    weight = factory.LazyAttribute(lambda topic: Weight.PRACTICAL if topic.is_confirmed else "")
    proposed_at = MOMENT
    noticed_at = factory.LazyAttribute(lambda topic: topic.proposed_at + 2 * STEP if topic.is_noticed else None)
    notice_ends_at = factory.LazyAttribute(lambda topic: topic.noticed_at + NOTICE_DAYS if topic.noticed_at else None)
    ended_at = factory.LazyAttribute(lambda topic: topic.proposed_at + 9 * STEP if topic.state in TOPIC_FINAL else None)

    @factory.post_generation
    def history(self: Topic, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        """Write what happened, that the proposer follows, what was shown, and the clock that runs."""
        if extracted is False:
            return
        TopicFollow.objects.get_or_create(topic=self, user=self.proposer, defaults={"at": self.proposed_at})
        staff = User.objects.filter(username="staff").first() or UserFactory(username="staff")
        TopicEvent.objects.bulk_create(events_of(self, staff))
        if self.noticed_at and self.notice_ends_at:
            PublicNotice.objects.create(
                kind="topic", topic=self, area=self.area, text=self.title, starts_at=self.noticed_at,
                ends_at=self.notice_ends_at,
            )  # fmt: skip
        if self.state == T.PROPOSED and self.is_public and self.is_endorsed:
            ask_to_confirm(self, by=staff, at=self.proposed_at)


def events_of(topic: Topic, staff: User) -> list[TopicEvent]:
    """Return the events that lead to a topic's state."""
    state, events = TopicState.PROPOSED, []
    for step, verb in enumerate(("propose", *TOPIC_PATHS[TopicState(topic.state)])):
        state = TOPIC_TRANSITIONS.get(verb, {}).get(state, state)
        by = topic.proposer if verb in ("propose", "withdraw") else staff
        at = topic.proposed_at + step * STEP
        events.append(TopicEvent(topic=topic, verb=verb, state=state, by=by, at=at))
    return events


class ContributionFactory(factory.django.DjangoModelFactory[Any]):
    """What somebody says on a topic, public."""

    class Meta:
        abstract = True

    topic = factory.SubFactory(TopicFactory)
    by = factory.SubFactory(UserFactory)
    text = factory.Sequence(lambda n: f"一句话{n}")
    at = MOMENT
    is_public = True
    reviewed_at = factory.LazyAttribute(lambda row: row.at if row.is_public else None)


class ArgumentFactory(ContributionFactory):
    class Meta:
        model = Argument

    side = Side.FOR


class OptionFactory(ContributionFactory):
    class Meta:
        model = TopicOption


class StatementFactory(ContributionFactory):
    class Meta:
        model = Statement


class AmendmentFactory(ContributionFactory):
    class Meta:
        model = Amendment

    option = factory.LazyAttribute(lambda row: OptionFactory(topic=row.topic))
    before = factory.LazyAttribute(lambda row: row.option.text)


def hall_of(area: Area) -> Any:
    """Return a hall of a place."""
    return HallFactory(area=area, town=town_of(area))


def moderator_of(area: Area, username: str = "moderator") -> User:
    """Return a moderator of the halls of a place."""
    return AppointmentFactory(user=UserFactory(username=username), role=Role.HALL_MODERATOR, area=area, unit=None).user


def residents(count: int, home: Area) -> list[User]:
    """Return verified residents of a place."""
    return [
        ResidentFactory(user=UserFactory(), home=home, verification=Verification.VERIFIED).user for _ in range(count)
    ]
