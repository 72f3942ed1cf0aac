"""What a place came from and what came of it.

A merger has one successor, and so has a split: the one that the records follow. The other places that a split made
are named in the line that it left in the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.contrib.contenttypes.models import ContentType
from wagtail.models import ModelLogEntry

from community.models import Area


def successors(area: Area) -> list[Area]:
    """Return every place that came of one that has ended: that which the records follow first."""
    if area.successor_id is None:
        return []
    codes = split_codes([area.pk]).get(area.pk, [])
    found = Area.objects.filter(pk=area.successor_id) | Area.objects.filter(code__in=codes)
    return sorted(found.defer("boundary"), key=lambda one: (one.pk != area.successor_id, one.code))


def predecessors(area: Area) -> list[Area]:
    """Return the places that ended in this one, wholly or in part."""
    own = list(area.predecessors.defer("boundary").order_by("path"))
    above = area.parent_paths()[:-1]
    if not above:
        return own
    # What was split into this place ended the day before it began, and lies beside it.
    beside = Area.objects.filter(
        path__startswith=above[-1], kind=area.kind, valid_to=area.valid_from - timedelta(days=1)
    ).exclude(successor=None)
    parted = list(beside.exclude(successor=area).defer("boundary"))
    codes = split_codes([one.pk for one in parted])
    return [*own, *(one for one in parted if area.code in codes.get(one.pk, []))]


def split_codes(pks: Sequence[int]) -> dict[int, list[str]]:
    """Return, of those places that were split, the codes of what they were split into."""
    if not pks:
        return {}
    lines = ModelLogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Area), object_id__in=[str(pk) for pk in pks], action="area.split"
    )
    return {int(line.object_id): line.data["into"] for line in lines}
