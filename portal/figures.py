"""The district's figures: counted from the records, or entered by the bureau where there are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from community.models import Area
from community.models.areas import AreaKind
from deliberation import queries as deliberation
from portal.models import ReportedFigure


def villages(year: int) -> int:
    """Return how many villages there were at the end of `year`."""
    return Area.objects.valid_on(date(year, 12, 31)).filter(kind=AreaKind.VILLAGE).count()


@dataclass(frozen=True)
class Counted:
    """A figure that the records give: its label, unit, and how it is counted."""

    label: object
    unit: object
    count: Callable[[int], int]


COUNTED: dict[str, Counted] = {
    "halls": Counted(_("居民议事厅"), pgettext_lazy("halls", "个"), deliberation.halls),
    "discussion_points": Counted(_("议事点"), pgettext_lazy("venues", "个"), deliberation.discussion_points),
    "issues_collected": Counted(_("收集问题"), pgettext_lazy("issues", "个"), deliberation.issues_collected),
    "issues_resolved": Counted(_("解决问题"), pgettext_lazy("issues", "个"), deliberation.issues_resolved),
    "villages": Counted(pgettext_lazy("figure", "村"), pgettext_lazy("villages", "个"), villages),
}


@dataclass(frozen=True)
class Figure:
    """One figure; `source` is computed or entered."""

    key: str
    label: str
    value: int
    unit: str
    source: str
    note: str = ""


def figures(year: int) -> list[Figure]:
    """Return the figures of `year`, what is counted first."""
    counted = [Figure(key, str(one.label), one.count(year), str(one.unit), "computed") for key, one in COUNTED.items()]
    entered = [
        Figure(row.key, row.label, row.value, row.unit, "entered", row.note)
        for row in ReportedFigure.objects.filter(year=year).exclude(key__in=COUNTED)
    ]
    return counted + entered
