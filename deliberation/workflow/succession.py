"""What follows here when places merge or split: the columns that copy the tree are brought in line.

An issue keeps its place (`area`); `community` and `town` say under what it is listed and counted today.
"""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from community.models import Area
from community.models.areas import LEVELS, AreaKind
from community.signals import places_changed
from deliberation.models import Hall, Issue, Venue
from deliberation.workflow.raising import community_of


@receiver(places_changed)
def follow_places(successors: list[Area], **kwargs: Any) -> None:
    """Name the successor on every row at or below it."""
    for successor in successors:
        town = successor if successor.kind == AreaKind.TOWN else successor.town
        assert town is not None
        inside = {"area__path__startswith": successor.path}
        for model in (Issue, Hall, Venue):
            model._default_manager.filter(**inside).exclude(town=town).update(town=town)
        if successor.kind not in LEVELS[AreaKind.TOWN]:
            committee = community_of(successor)
            Issue.objects.filter(**inside).exclude(community=committee).update(community=committee)
