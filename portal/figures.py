"""The district's figures: counted from the records, or entered by the bureau where there are none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from community.models import Appointment, Area, CompoundProfile
from community.models.areas import AreaKind
from community.models.homes import Station
from community.roles import Role
from deliberation import queries as deliberation
from portal.models import ReportedFigure


def villages(year: int) -> int:
    """Return how many villages there were at the end of `year`."""
    return Area.objects.valid_on(date(year, 12, 31)).filter(kind=AreaKind.VILLAGE).count()


def end_of(year: int) -> date:
    """Return the last day of a year."""
    return date(year, 12, 31)


def owners_committees(year: int) -> int:
    """Return how many compounds had an owners' or self-management committee at the end of `year`."""
    return CompoundProfile.objects.governed_on(end_of(year)).count()


def compounds_with_property_company(year: int) -> int:
    """Return how many compounds a property company served at the end of `year`."""
    return CompoundProfile.objects.with_property_company_on(end_of(year)).count()


def compound_councils(year: int) -> int:
    """Return how many compounds had a governance council at the end of `year`."""
    return CompoundProfile.objects.with_council_on(end_of(year)).count()


def compound_posts(year: int) -> int:
    """Return how many compounds had a post at the end of `year`."""
    return CompoundProfile.objects.with_station_on(end_of(year), Station.POST).count()


def compound_service_stations_pilot(year: int) -> int:
    """Return how many compounds had a pilot service station at the end of `year`."""
    return CompoundProfile.objects.with_station_on(end_of(year), Station.PILOT).count()


def community_workers(year: int) -> int:
    """Return how many people worked in communities at the end of `year`; those of villages are counted elsewhere."""
    held = Appointment.objects.in_force(end_of(year)).own().filter(role=Role.COMMUNITY_WORKER)
    return held.exclude(area__kind=AreaKind.VILLAGE).order_by().values("user").distinct().count()


@dataclass(frozen=True)
class Counted:
    """A figure that the records give: its label, unit, and how it is counted."""

    label: object
    unit: object
    count: Callable[[int], int]


COUNTED: dict[str, Counted] = {
    "halls": Counted(_("居民议事厅"), pgettext_lazy("halls", "个"), deliberation.halls),
    "discussion_points": Counted(_("议事点"), pgettext_lazy("venues", "个"), deliberation.discussion_points),
    "bay_group_points": Counted(_("湾组议事阵地"), pgettext_lazy("venues", "个"), deliberation.bay_group_points),
    "bay_group_points_activity_centres": Counted(
        _("小组文化活动中心"), pgettext_lazy("venues", "个"), deliberation.activity_centres
    ),
    "bay_group_points_culture_halls": Counted(_("文化礼堂"), pgettext_lazy("venues", "个"), deliberation.culture_halls),
    "deliberation_methods": Counted(
        _("居民议事协商工作法"), pgettext_lazy("methods", "个"), deliberation.deliberation_methods
    ),
    "issues_collected": Counted(_("收集问题"), pgettext_lazy("issues", "个"), deliberation.issues_collected),
    "issues_resolved": Counted(_("解决问题"), pgettext_lazy("issues", "个"), deliberation.issues_resolved),
    "villages": Counted(pgettext_lazy("figure", "村"), pgettext_lazy("villages", "个"), villages),
    "owners_committees": Counted(_("组建业主委员会的小区"), pgettext_lazy("compounds", "个"), owners_committees),
    "compounds_with_property_company": Counted(
        _("有物业公司的小区"), pgettext_lazy("compounds", "个"), compounds_with_property_company
    ),
    "compound_councils": Counted(_("小区治理委员会/小区议事会"), pgettext_lazy("councils", "个"), compound_councils),
    "compound_posts": Counted(_("小区驿站"), pgettext_lazy("posts", "个"), compound_posts),
    "compound_service_stations_pilot": Counted(
        _("小区党群服务站试点"), pgettext_lazy("stations", "个"), compound_service_stations_pilot
    ),
    "community_workers": Counted(_("社区工作者包联服务小区"), pgettext_lazy("workers", "名"), community_workers),
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

    @property
    def anchor(self) -> str:
        """Return where on the figures page it stands."""
        return f"s-{subject_of(self.key)}" if self.source == "entered" else "counted"

    @property
    def is_rounded(self) -> bool:
        """Return whether the bureau gave it as so many and more (余)."""
        return self.note == "余"


def figures(year: int) -> list[Figure]:
    """Return the figures of `year`, what is counted first."""
    counted = [Figure(key, str(one.label), one.count(year), str(one.unit), "computed") for key, one in COUNTED.items()]
    entered = [
        Figure(row.key, row.label, row.value, row.unit, "entered", row.note)
        for row in ReportedFigure.objects.filter(year=year).exclude(key__in=COUNTED)
    ]
    return counted + entered


# What the bureau's figures are about, by how their keys begin, in the order of the page.
SUBJECTS: dict[str, tuple[object, tuple[str, ...]]] = {
    "relief": (_("社会救助"), ("dibao", "tekun", "temporary_relief", "registered_poor", "monitoring", "family_living")),
    "disabled": (_("残疾人"), ("disabled",)),
    "elderly": (_("老年人"), ("elderly", "home_adaptations", "left_behind_elderly", "scattered_elderly")),
    "children": (_("儿童"), ("orphan", "de_facto", "adoptions", "left_behind_children", "minor")),
    "community": (
        _("社区和队伍"),
        (
            "community_workers", "workers_trained", "training_bases", "reserve_talent", "party_org", "self_governance",
            "assist_government", "public_service", "errands", "disputes",
        ),
    ),
    "other": (_("其他"), ()),
}  # fmt: skip


def subject_of(key: str) -> str:
    """Return the subject of a figure by its key."""
    return next((subject for subject, (_label, starts) in SUBJECTS.items() if key.startswith(starts)), "other")


def by_subject(rows: list[Figure]) -> list[tuple[str, str, list[Figure]]]:
    """Return (anchor, heading, figures) of the subjects that have any."""
    groups = {subject: [row for row in rows if subject_of(row.key) == subject] for subject in SUBJECTS}
    return [(f"s-{subject}", str(SUBJECTS[subject][0]), found) for subject, found in groups.items() if found]


def matching(year: int, query: str) -> list[Figure]:
    """Return the figures of `year` whose label has the query in it; what the query says whole comes first.

    Only what matches is counted: some of these take a while over a million records.
    """
    wanted = query.casefold()
    counted = [
        Figure(key, str(one.label), one.count(year), str(one.unit), "computed")
        for key, one in COUNTED.items()
        if wanted in str(one.label).casefold()
    ]
    entered = [
        Figure(row.key, row.label, row.value, row.unit, "entered", row.note)
        for row in ReportedFigure.objects.filter(year=year, label__icontains=query).exclude(key__in=COUNTED)
    ]
    return sorted([*counted, *entered], key=lambda row: rank(row, year, query))


def rank(row: Figure, year: int, query: str) -> tuple[bool, bool, bool]:
    """Return where a match stands: this year's before an earlier one's, rates (标准) before sums, whole before part."""
    years = re.findall(r"\d{4}", row.label)
    return bool(years) and str(year) not in years, "标准" not in row.label, row.label != query
