"""What topics keep about a person: proposals, words, stances, endorsements, follows."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from community.models import User
from community.personal import Section
from deliberation.models import (
    Amendment,
    Argument,
    Statement,
    StatementStance,
    Topic,
    TopicEndorsement,
    TopicFollow,
    TopicOption,
)

SAID = (Argument, TopicOption, Amendment, Statement)


def own_topics(user: User) -> QuerySet[Topic]:
    """Return what somebody proposed for themself, or what was proposed for them; not what they wrote for others."""
    return Topic.objects.filter(Q(proposer=user, represented=None) | Q(represented__user=user))


def topic_sections(user: User) -> list[Section]:
    """Return the topics, and what the person said and did on them."""
    topics = {
        "number": _("编号"), "proposed_at": _("提出时间"), "title": _("议什么"), "question": _("情况和想法"),
        "state": _("状态"), "is_public": _("已公开"),
    }  # fmt: skip
    rows = own_topics(user).order_by("proposed_at")
    return [
        Section(
            "topics",
            _("您提的议题"),
            topics,
            [{**{key: getattr(row, key) for key in topics}, "state": row.get_state_display()} for row in rows],
        ),
        said(user),
        stances(user),
        marks("topic_endorsements", _("您附议的议题"), TopicEndorsement.objects.filter(user=user)),
        marks("topic_follows", _("您关注的议题"), TopicFollow.objects.filter(user=user)),
    ]


def said(user: User) -> Section:
    """Return every word that somebody brought to a topic."""
    columns = {"at": _("时间"), "number": _("编号"), "kind": _("是什么"), "text": _("内容"), "is_public": _("已公开")}
    rows = [
        {
            "at": row.at, "number": row.topic.number, "kind": str(model._meta.verbose_name), "text": row.text,
            "is_public": row.is_public,
        }
        for model in SAID
        for row in model._default_manager.filter(by=user).select_related("topic")
    ]  # fmt: skip
    return Section("topic_words", _("您对议题写的话"), columns, sorted(rows, key=lambda row: row["at"]))


def stances(user: User) -> Section:
    """Return what somebody thinks of statements; when they said so is not kept."""
    columns = {"number": _("编号"), "statement": _("说法"), "stance": _("您的看法")}
    rows = StatementStance.objects.filter(user=user).select_related("topic", "statement").order_by("pk")
    return Section(
        "stances",
        _("您对说法的看法"),
        columns,
        [
            {"number": row.topic.number, "statement": row.statement.text, "stance": row.get_stance_display()}
            for row in rows
        ],
    )


def marks(key: str, title: str, queryset: QuerySet) -> Section:
    """Return the topics at which somebody left a mark."""
    columns = {"at": _("时间"), "topic__number": _("编号")}
    return Section(key, title, columns, list(queryset.order_by("at").values(*columns)))


def kept_topics(user: User) -> list[str]:
    """Return what stays of a person's topics."""
    told = []
    if own_topics(user).exists() or any(model._default_manager.filter(by=user).exists() for model in SAID):
        told.append(_("您提的议题和对议题写的话：是公共事务的记录，长期保存，上面没有您的名字。"))
    if TopicEndorsement.objects.filter(user=user).exists():
        told.append(_("您对议题的附议：只留人数，不留是谁。"))
    return told


def erase_topics(user: User) -> None:
    """Delete stances and follows; proposals, words and endorsements stay with the tombstone.

    The sums of a picture stay as they were shown: they name nobody.
    """
    StatementStance.objects.filter(user=user).delete()
    TopicFollow.objects.filter(user=user).delete()
