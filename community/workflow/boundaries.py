"""Outlines of places, read in from a file: all of them or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from community import permissions
from community.acting import lock_roles
from community.errors import NotAllowed
from community.imports.boundaries import Outline, outlines
from community.imports.faults import BadFile, Faults
from community.log import record
from community.models import Area, User
from community.workflow.places import lock

# A ten-thousandth of a degree is about ten metres: as far apart may two surveys of one border be.
TOLERANCE = 0.0001


@dataclass
class Report:
    """What came of a file: how many outlines were set, or would be; or what is wrong, and then none was."""

    faults: Faults = field(default_factory=Faults)
    count: int = 0

    @property
    def is_clean(self) -> bool:
        """Return whether the file has no mistake."""
        return self.faults.count == 0


@transaction.atomic
def import_boundaries(file: IO[bytes], *, by: User, at: datetime, dry_run: bool = False) -> Report:
    """Set the outlines of places by their codes; a file with a mistake changes nothing, and neither does a dry run."""
    # The district's row first, as for a merger: outlines and the tree change one after the other.
    lock([])
    lock_roles(by)
    if not (permissions.changes_places_somewhere(by) or permissions.is_machine(by)):
        raise NotAllowed(_("只有区级干部和系统管理员可以导入界线。"))
    report = Report()
    try:
        given = outlines(file, report.faults)
    except BadFile as bad:
        report.faults.add("", 0, bad.fault.column, bad.fault.reason)
        return report
    places = {area.code: area for area in Area.objects.filter(code__in=[one.code for one in given])}
    fitting = [one for one in given if is_fitting(one, places, by, report.faults)]
    check_parents(fitting, places, report.faults)
    report.count = len(fitting)
    if dry_run or not report.is_clean:
        return report
    for one in fitting:
        area = places[one.code]
        middle = one.shape.representative_point()
        area.boundary = one.geometry()
        area.latitude, area.longitude = round(middle.y, 6), round(middle.x, 6)
        area.save(update_fields=["boundary", "latitude", "longitude"])
        record(area, "area.outline", by=by, at=at)
    return report


def is_fitting(one: Outline, places: dict[str, Area], by: User, faults: Faults) -> bool:
    """Note a code that stands for no place that this person may change; return whether it does."""
    area = places.get(one.code)
    if area is None:
        faults.add("", one.row, "code", _("没有代码是 %(code)s 的地方。") % {"code": one.code[:20]})
    elif area.valid_to is not None:
        faults.add("", one.row, "code", _("%(name)s已经撤并了。") % {"name": area.name})
    elif not (permissions.can_change_places(by, area) or permissions.is_machine(by)):
        faults.add("", one.row, "code", _("%(name)s不归您管。") % {"name": area.name})
    else:
        return True
    return False


def check_parents(given: list[Outline], places: dict[str, Area], faults: Faults) -> None:
    """Note an outline that leaves that of the nearest place above which has one, as it will be after the file."""
    new = {places[one.code].path: one.shape for one in given}
    paths = {path for one in given for path in places[one.code].parent_paths()[:-1]}
    above: dict[str, tuple[str, BaseGeometry]] = {}
    for area in Area.objects.filter(path__in=paths):
        outline = new.get(area.path) or (shape(area.boundary) if area.boundary else None)
        if outline is not None:
            above[area.path] = (area.name, outline)
    for one in given:
        parents = [above[path] for path in reversed(places[one.code].parent_paths()[:-1]) if path in above]
        if parents and not parents[0][1].buffer(TOLERANCE).covers(one.shape):
            faults.add("", one.row, "geometry", _("超出了%(name)s的界线。") % {"name": parents[0][0]})
