"""What of commitments and objections waits on a desk, and on one's own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from community.models import Area, Clock, Resident, User
from community.models.people import Verification
from deliberation.models import Appraisal, Commitment, Objection, Resolution
from deliberation.sentences import TimeLeft, time_left
from deliberation.states import AppraisalState, ResolutionState

MINE = 10


@dataclass(frozen=True)
class ResultItem:
    """One row of the desk: a commitment to do, or an objection to answer."""

    clock: Clock
    left: TimeLeft
    tag: str
    title: str
    text: str
    place: str
    url: str
    action: str
    tap_url: str = ""
    is_escalated: bool = False


def commitment_rows(clocks: Sequence[Clock], user: User, at: datetime) -> dict[int, ResultItem]:
    """Return the rows of those clocks that belong to commitments, by clock, in one query."""
    kind = ContentType.objects.get_for_model(Commitment)
    mine = [clock for clock in clocks if clock.subject_type_id == kind.pk]
    found = Commitment.objects.select_related("resolution__area", "unit").in_bulk([clock.subject_id for clock in mine])
    rows = {}
    for clock in mine:
        if one := found.get(clock.subject_id):
            rows[clock.pk] = ResultItem(
                clock, time_left(clock, at), _("任务"), one.text, one.resolution.title, one.resolution.area.name,
                one.resolution.get_absolute_url(), _("写进展，或者办结"),
            )  # fmt: skip
    return rows


def objection_rows(clocks: Sequence[Clock], user: User, at: datetime) -> dict[int, ResultItem]:
    """Return the rows of those clocks that belong to objections, by clock, in one query."""
    kind = ContentType.objects.get_for_model(Objection)
    mine = [clock for clock in clocks if clock.subject_type_id == kind.pk]
    joins = ("notice__area", "notice__resolution")
    found = Objection.objects.select_related(*joins).in_bulk([clock.subject_id for clock in mine])
    rows = {}
    for clock in mine:
        one = found.get(clock.subject_id)
        resolution = one.notice.resolution if one is not None else None
        if one is not None and resolution is not None:
            rows[clock.pk] = ResultItem(
                clock, time_left(clock, at), _("异议"), resolution.title, one.text, one.notice.area.name,
                resolution.get_absolute_url(), _("去答复"),
            )  # fmt: skip
    return rows


# --- One's own page ---------------------------------------------------------------------------------------
def to_rate(user: User, resident: Resident | None, at: datetime) -> dict[str, Any]:
    """Return what somebody may rate now and has not yet: resolutions, and rounds of appraisal."""
    if resident is None or resident.home is None or resident.verification != Verification.VERIFIED:
        return {"resolutions": [], "appraisals": []}
    places = Area.objects.filter(path__in=resident.home.parent_paths()).order_by().values("pk")
    resolutions = Resolution.objects.filter(
        area__in=places, state=ResolutionState.CARRYING_OUT, evaluation_ends_at__gte=at
    ).exclude(evaluations__user=user)
    appraisals = Appraisal.objects.filter(area__in=places, state=AppraisalState.OPEN, closes_at__gt=at)
    return {
        "resolutions": list(resolutions.order_by("evaluation_ends_at", "pk")[:MINE]),
        "appraisals": list(appraisals.exclude(given__user=user).order_by("closes_at", "pk")[:MINE]),
    }


def own_objections(user: User) -> QuerySet[Objection]:
    """Return somebody's objections against results with their answers, the newest first."""
    mine = Objection.objects.filter(Q(by=user), notice__resolution__isnull=False)
    return mine.select_related("notice__resolution").order_by("-at", "-pk")[:MINE]
