"""Mergers and splits of places on a date.

The place that ends gets its last day and its successor and moves below that in the tree, so that
whatever is asked by path (permissions, clocks, lists) follows; its living children become children
of the successor. What stands on rows as a copy of the tree is brought in line by succession.py and
by the receivers of `places_changed`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from shapely import unary_union
from shapely.geometry import mapping, shape

from community import permissions
from community.acting import lock_roles
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Appointment, Area, User
from community.models.appointments import EndReason
from community.models.areas import LEVELS, AreaKind
from community.queries import within_any
from community.signals import places_changed
from community.workflow import succession
from community.workflow.appointing import lock_appointments
from community.workflow.terms import day_of

CODE = re.compile(r"[0-9A-Za-z]{1,20}")
NAME_LENGTH = 60
FEWEST_PARTS = 2


@dataclass(frozen=True)
class NewArea:
    """A place that is made by a merger, beside those that it joins."""

    name: str
    code: str


@dataclass(frozen=True)
class Part:
    """One of the places that a split makes: its name, its code, and which children go to it."""

    name: str
    code: str
    children: tuple[int, ...] = ()


@transaction.atomic
def merge_areas(areas: Sequence[Area], *, into: Area | NewArea, on: date, by: User, at: datetime) -> Area:
    """End `areas` the day before `on` and let `into`, a standing place or a new one, follow them; return it.

    Raises NotAllowed, WrongState, or BadInput with the field at fault.
    """
    ended = lock_ending([area.pk for area in areas], by)
    if not ended:
        raise BadInput(_("请选要并入的地方。"), "areas")
    for area in ended:
        check_ends(area, on, by, at)
    is_new = isinstance(into, NewArea)
    if isinstance(into, NewArea):
        if len(ended) < FEWEST_PARTS:
            raise BadInput(_("合并成一个新的地方，至少要选两个。"), "areas")
        successor = add_place(into.name, into.code, beside=ended[0], on=on)
        record(successor, "area.create", by=by, at=at)
    else:
        successor = standing_place(into, ended, on, by, at)
    join_outlines([area.boundary for area in ended] + ([] if is_new else [successor.boundary]), successor)
    for area in ended:
        succeed(area, successor, list(living_children(area)), on)
    settle(ended, [successor], at=at)
    for area in ended:
        rows = succession.end_appointments(area, by=by, at=at)
        succession.continue_appointments(rows, fresh(successor), by=by, at=at)
        succession.tell_holders(rows, successor, at=at)
        record(area, "area.merge", by=by, at=at, into=successor.code, on=on.isoformat())
    return fresh(successor)


@transaction.atomic
def split_area(area: Area, *, parts: Sequence[Part], heir: str, on: date, by: User, at: datetime) -> list[Area]:
    """End `area` the day before `on` and divide its children among `parts`; return these.

    `heir` is the code of the part that records of the area itself follow. Appointments over the area
    end: who works for which part is for the officer to say (continue_appointment).
    """
    [ended] = lock_ending([area.pk], by)
    check_ends(ended, on, by, at)
    children = {child.pk: child for child in living_children(ended)}
    check_parts(parts, heir, set(children))
    made: dict[str, Area] = {}
    for part in parts:
        made[part.code] = add_place(part.name, part.code, beside=ended, on=on)
        record(made[part.code], "area.create", by=by, at=at)
        for pk in part.children:
            fresh(children[pk]).move(fresh(made[part.code]), pos="last-child")
    succeed(ended, made[heir], [], on)
    settle([ended], list(made.values()), at=at)
    rows = succession.end_appointments(ended, by=by, at=at)
    succession.tell_holders(rows, None, at=at)
    record(ended, "area.split", by=by, at=at, into=sorted(made), heir=heir, on=on.isoformat())
    return [fresh(one) for one in made.values()]


@transaction.atomic
def continue_appointment(appointment: Appointment, *, over: Area, by: User, at: datetime) -> Appointment:
    """Let somebody whose appointment ended with a split place go on over one of the places that came of it."""
    lock_appointments(over)
    held = Appointment.objects.select_for_update(of=("self",)).select_related("user", "area").get(pk=appointment.pk)
    lock_roles(by)
    if held.area is None or held.area.successor_id is None or held.end_reason != EndReason.MERGED:
        raise WrongState(_("这项任职不是因为区划调整结束的。"))
    if not permissions.can_change_places(by, held.area) or not permissions.can_change_places(by, over):
        raise NotAllowed(_("只有区级干部和系统管理员可以安排。"))
    if over.valid_to is not None or over.kind not in LEVELS.get(held.area.kind, ()):
        raise BadInput(_("请选一个现在还有的、同一级的地方。"), "over")
    if held.delegated_from_id is not None:
        raise WrongState(_("这是代别人的，请先安排本人。"))
    new = succession.continued(held, over, by=by, at=at)
    succession.tell_holders([held], over, at=at)
    return new


@transaction.atomic
def continue_all(given: Mapping[Appointment, Area], *, by: User, at: datetime) -> list[Appointment]:
    """Let several people go on after a split, each over their own place: all of them, or nobody."""
    rows = sorted(given.items(), key=lambda row: row[0].pk)
    return [continue_appointment(held, over=over, by=by, at=at) for held, over in rows]


def lock(pks: Sequence[int]) -> list[Area]:
    """Lock the whole tree against other changes, and return the places of these ids as they stand, in tree order.

    Appointments change one after another by the same row (appointing.py).
    """
    list(Area.objects.select_for_update(no_key=True).filter(depth=1).values_list("pk", flat=True))
    return list(Area.objects.select_related("town").filter(pk__in=pks))


def lock_ending(pks: Sequence[int], by: User) -> list[Area]:
    """Lock all that ending some places changes, in the order of every verb, and return the places as they stand.

    First the records that follow, then the tree and the places inside, then roles. So whoever acts on a record
    there has finished, or waits with nothing in hand that is needed here; and whoever puts a new record there
    keeps the place first (`keep_place`), and reads afterwards that it has ended. Not before all this are places
    moved: until then, what only points to them may still be inserted.
    """
    succession.lock_records(pks, by)
    ended = lock(pks)
    inside = Area.objects.filter(within_any([area.path for area in ended], "path")).order_by("pk")
    list(inside.select_for_update(no_key=True).values_list("pk", flat=True))
    succession.lock_holders(ended, by)
    lock_roles(by)
    return ended


def fresh(area: Area) -> Area:
    """Return a place as the database has it: treebeard moves by what an instance holds."""
    return Area.objects.select_related("town", "successor").get(pk=area.pk)


def living_children(area: Area) -> list[Area]:
    """Return the children that have not ended; the others are the area's own predecessors and stay with it."""
    return list(Area.objects.filter(path__startswith=area.path, depth=area.depth + 1, valid_to=None))


def check_ends(area: Area, on: date, by: User, at: datetime) -> None:
    """Refuse to end a place that this person, its state or the day does not allow."""
    if not permissions.can_change_places(by, area):
        raise NotAllowed(_("只有区级干部和系统管理员可以调整区划。"))
    if area.kind not in LEVELS:
        raise BadInput(_("区不能合并或拆分。"), "areas")
    if area.valid_to is not None:
        raise WrongState(_("%(name)s已经撤并了。") % {"name": area.name})
    if on > day_of(at):
        raise BadInput(_("生效日还没到：请在那一天或以后来登记。"), "on")
    if on <= area.valid_from:
        raise BadInput(_("生效日要在%(name)s设立以后。") % {"name": area.name}, "on")


def standing_place(into: Area, ended: list[Area], on: date, by: User, at: datetime) -> Area:
    """Return the standing place that follows the others; refuse one that can't."""
    [successor] = lock([into.pk])
    if not permissions.can_change_places(by, successor):
        raise NotAllowed(_("只有区级干部和系统管理员可以调整区划。"))
    if successor in ended:
        raise BadInput(_("不能并入自己。"), "into")
    if any(successor.kind not in LEVELS[area.kind] for area in ended):
        raise BadInput(_("只能并入同一级的地方。"), "into")
    if successor.valid_to is not None:
        raise BadInput(_("%(name)s已经撤并了。") % {"name": successor.name}, "into")
    if on < successor.valid_from:
        raise BadInput(_("生效日要在%(name)s设立以后。") % {"name": successor.name}, "on")
    return successor


def add_place(name: str, code: str, *, beside: Area, on: date) -> Area:
    """Make a place of the same kind under the same parent, shown at the same point."""
    return add_below(fresh(beside).get_parent(), beside.kind, name, code, on=on, shown_as=beside)


def add_below(parent: Area, kind: str, name: str, code: str, *, on: date, shown_as: Area) -> Area:
    """Make a place below another one, shown at the point of a third until it has an outline of its own."""
    name, code = checked_name(name, code)
    place = parent.add_child(
        kind=kind, name=name, code=code, valid_from=on, town=parent if parent.kind == AreaKind.TOWN else parent.town,
        latitude=shown_as.latitude, longitude=shown_as.longitude,
    )  # fmt: skip
    if kind == AreaKind.TOWN:
        place.town = place
        place.save(update_fields=["town"])
    return place


def checked_name(name: str, code: str) -> tuple[str, str]:
    """Return name and code without outer blanks, or BadInput for what no new place can have."""
    name, code = name.strip(), code.strip()
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise BadInput(_("请写名称，最多 60 个字。"), "name")
    if not CODE.fullmatch(code):
        raise BadInput(_("代码用数字和字母，最多 20 位。"), "code")
    if Area.objects.filter(code=code).exists():
        raise BadInput(_("代码 %(code)s 已经用过了。") % {"code": code}, "code")
    return name, code


def check_parts(parts: Sequence[Part], heir: str, children: set[int]) -> None:
    """Refuse parts that leave a child out, name one twice, or have no heir among them."""
    if len(parts) < FEWEST_PARTS:
        raise BadInput(_("拆分至少要成两个地方。"), "parts")
    codes = [part.code.strip() for part in parts]
    if len(set(codes)) < len(codes):
        raise BadInput(_("每个新地方要有自己的代码。"), "code")
    if heir not in codes:
        raise BadInput(_("请选原来的记录归到哪一个。"), "heir")
    given = [pk for part in parts for pk in part.children]
    if len(set(given)) < len(given) or set(given) != children:
        raise BadInput(_("下面的每个地方都要归到一个新地方，而且只能归一个。"), "children")


def succeed(area: Area, successor: Area, children: list[Area], on: date) -> None:
    """End a place in its successor: its children go there, then it goes below itself."""
    for child in children:
        fresh(child).move(fresh(successor), pos="last-child")
    Area.objects.filter(pk=area.pk).update(valid_to=on - timedelta(days=1), successor=successor)
    fresh(area).move(fresh(successor), pos="last-child")
    succession.move_homes(area, successor)
    succession.move_units(area, successor, on)


def settle(ended: list[Area], successors: list[Area], *, at: datetime) -> None:
    """Bring what copies the tree in line, here and in the apps above."""
    standing = [fresh(one) for one in successors]
    for successor in standing:
        succession.rename_towns(successor)
    places_changed.send(sender=Area, ended=[fresh(area) for area in ended], successors=standing, at=at)


def join_outlines(outlines: list[dict[str, Any] | None], successor: Area) -> None:
    """Give the successor the outline of all of them, where each has one and together they are one piece."""
    if not outlines or not all(outlines):
        return
    joined = unary_union([shape(outline) for outline in outlines])
    if joined.geom_type != "Polygon":
        return
    middle = joined.representative_point()
    successor.boundary = mapping(joined)
    successor.latitude, successor.longitude = round(middle.y, 6), round(middle.x, 6)
    successor.save(update_fields=["boundary", "latitude", "longitude"])
