"""What follows here when places merge or split: the columns that copy the tree are brought in line.

An issue keeps its place (`area`); `community` and `town` say under what it is listed and counted today.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.dispatch import receiver

from community.models import Area
from community.models.areas import LEVELS, AreaKind
from community.signals import places_changed, places_changing
from deliberation.models import Appraisal, Ballot, Hall, Issue, Resolution, Session, Topic, Venue
from deliberation.workflow.raising import community_of


@receiver(places_changing)
def lock_issues(inside: QuerySet[Area], **kwargs: Any) -> None:
    """Wait for whoever acts on an issue there, before any role is locked: a verb locks its issue, then its role."""
    for model in (Issue, Topic):
        rows = model._default_manager.filter(area__in=inside).order_by("pk").select_for_update(no_key=True)
        list(rows.values_list("pk", flat=True))


@receiver(places_changed)
def follow_places(successors: list[Area], **kwargs: Any) -> None:
    """Name the successor on every row at or below it."""
    for successor in successors:
        town = successor if successor.kind == AreaKind.TOWN else successor.town
        assert town is not None
        inside = {"area__path__startswith": successor.path}
        for model in (Ballot, Issue, Hall, Venue, Topic, Session, Resolution, Appraisal):
            model._default_manager.filter(**inside).exclude(town=town).update(town=town)
        if successor.kind not in LEVELS[AreaKind.TOWN]:
            committee = community_of(successor)
            Issue.objects.filter(**inside).exclude(community=committee).update(community=committee)
