"""What of topics is reviewed: proposals, and all that people say on them (community/reviewing.py)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.models import User
from community.reviewing import About, Kind, oldest_first, register
from deliberation import topic_permissions as permissions
from deliberation.models import Amendment, Argument, Statement, Topic, TopicOption
from deliberation.models.topics import Contribution
from deliberation.reviewing import own_places, review_page
from deliberation.states import TopicState
from deliberation.workflow import topic_reviewing as verbs

JOINS = ("area", "proposer", "represented", "represented__user")
# Each kind of words: its key in addresses, its name, its table.
WORDS: tuple[tuple[str, Promise, type[Contribution]], ...] = (
    ("argument", gettext_lazy("议题的理由"), Argument),
    ("option", gettext_lazy("议题的方案"), TopicOption),
    ("amendment", gettext_lazy("方案的修改意见"), Amendment),
    ("statement", gettext_lazy("议题的说法"), Statement),
)


def waiting_topics(user: User) -> QuerySet[Topic]:
    """Return the proposals of a person's places that nobody has reviewed."""
    waiting = Topic.objects.filter(area__in=own_places(user).values("pk"), reviewed_at=None)
    waiting = waiting.exclude(state=TopicState.WITHDRAWN).exclude(proposer=user, represented=None)
    return oldest_first(waiting, "proposed_at")


def waiting_words(user: User, model: type[Contribution]) -> QuerySet[Contribution]:
    """Return what people said on public topics of a person's places and nobody has reviewed."""
    places = own_places(user).values("pk")
    rows = model._default_manager.filter(reviewed_at=None, topic__is_public=True, topic__area__in=places)
    return oldest_first(rows.exclude(by=user).exclude(topic__proposer=user, topic__represented=None), "at")


def load_topics(ids: Iterable[int]) -> QuerySet[Topic]:
    """Return topics with what their review shows."""
    return Topic.objects.filter(pk__in=ids).select_related(*JOINS).defer("area__boundary")


def load_words(ids: Iterable[int], model: type[Contribution]) -> QuerySet[Contribution]:
    """Return words with their topics."""
    joins = ("by", *(f"topic__{name}" for name in JOINS))
    return model._default_manager.filter(pk__in=ids).select_related(*joins).defer("topic__area__boundary")


def about_topic(topic: Topic) -> About:
    """Return what a review says of a proposal."""
    rows = [(_("议什么"), topic.title), (_("情况和想法"), topic.question)]
    return About(
        title=topic.title,
        text=topic.question,
        author=topic.proposer,
        area=topic.area,
        url=topic.get_absolute_url(),
        is_public=topic.is_public,
        represented=topic.represented,
        parts=tuple((label, text) for label, text in rows if text),
    )


def about_words(row: Contribution) -> About:
    """Return what a review says of words."""
    return About(
        title=row.topic.title,
        text=verbs.all_words(row).strip(),
        author=row.by,
        area=row.topic.area,
        url=row.topic.get_absolute_url(),
        is_public=row.is_public,
        represented=row.topic.represented,
        beside=(row.topic.proposer,),
    )


def may_review_words(user: User, row: Contribution) -> bool:
    """Return whether a person reviews words: never their own."""
    return row.by_id != user.pk and permissions.can_review(user, row.topic)


def may_review_topic(user: User, topic: Topic) -> bool:
    """Return whether a person reviews a proposal."""
    return permissions.can_review(user, topic)


def register_topic_kinds() -> None:
    """Add the kinds of topics."""
    register(
        Kind(
            "topic", gettext_lazy("提的议题"), Topic, load_topics, about_topic, review_page("topic"), may_review_topic,
            waiting=waiting_topics, publish=verbs.publish_topic, hide=verbs.withhold_topic, lift=verbs.lift_topic,
            lock=verbs.lock_topic,
        )
    )  # fmt: skip
    for key, label, model in WORDS:
        register(
            Kind(
                key, label, model, partial(load_words, model=model), about_words, review_page(key), may_review_words,
                waiting=partial(waiting_words, model=model), publish=verbs.publish_words, hide=verbs.hide_words,
                lift=verbs.lift_words, lock=verbs.lock_topic,
            )
        )  # fmt: skip
