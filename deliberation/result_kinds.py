"""Objections, evaluations and voices of appraisals as kinds of what is reviewed (community/reviewing.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from community.models import User
from community.reviewing import About, Kind, oldest_first, register
from deliberation.models import AppraisalVoice, Evaluation, Objection
from deliberation.reviewing import own_places
from deliberation.workflow import result_reviewing as verbs

# Of each table: key, label, how its place and its author are found, and what its review reads beside it.
KINDS: tuple[tuple[str, Any, type[Model], str, str, tuple[str, ...]], ...] = (
    ("objection", gettext_lazy("对结果的异议"), Objection, "notice__area", "by",
     ("by", "notice__area", "notice__resolution", "notice__ballot")),
    ("evaluation", gettext_lazy("评议里的话"), Evaluation, "resolution__area", "user", ("user", "resolution__area")),
    ("voice", gettext_lazy("评议监督里的话"), AppraisalVoice, "appraisal__area", "user", ("user", "appraisal__area")),
)  # fmt: skip


def waiting(user: User, table: type[Model], area: str, author: str) -> QuerySet[Any]:
    """Return what was written in a person's places and nobody has seen; an objection against a roll is never public."""
    rows = table._default_manager.filter(**{f"{area}__in": own_places(user).values("pk"), "reviewed_at": None})
    rows = rows.exclude(text="").exclude(**{author: user})
    if table is Objection:
        rows = rows.filter(notice__resolution__isnull=False)
    return oldest_first(rows, "at")


def load(ids: Iterable[int], table: type[Model], joins: tuple[str, ...]) -> QuerySet[Any]:
    """Return rows with what their review shows."""
    return table._default_manager.filter(pk__in=ids).select_related(*joins)


def about(words: verbs.Words) -> About:
    """Return what a review says of words."""
    return About(
        title=verbs.title_of(words), text=words.text, author=verbs.author_of(words), area=verbs.area_of(words),
        url=verbs.subject_of(words).get_absolute_url(), is_public=words.is_public,
    )  # fmt: skip


def page_of(key: str) -> Callable[[Any], str]:
    """Return where a row of a kind is reviewed."""
    return lambda row: reverse("review", args=[key, row.pk])


def is_of_result(objection: Any) -> bool:
    """Return whether an objection is against a result; those against a roll are no matter of review."""
    return objection.notice.resolution_id is not None


def is_any(words: Any) -> bool:
    """Return True: a table of one kind."""
    return True


def register_result_kinds() -> None:
    """Add the three kinds."""
    for key, label, table, area, author, joins in KINDS:
        matches = is_of_result if table is Objection else is_any
        register(
            Kind(
                key, label, table, partial(load, table=table, joins=joins), about, page_of(key), verbs.may_review,
                waiting=partial(waiting, table=table, area=area, author=author), publish=verbs.publish_result_words,
                hide=verbs.hide_result_words, lift=verbs.lift_result_words, lock=verbs.lock_words, matches=matches,
            )
        )  # fmt: skip
