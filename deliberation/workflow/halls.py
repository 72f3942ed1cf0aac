"""Opening, describing and closing halls, with the places where they meet and the methods they work by.

Nothing is deleted: a hall, a venue or a method closes on a day, and what happened there stays readable.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from community.acting import lock_roles
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Area, User
from community.workflow.terms import day_of
from deliberation import hall_permissions
from deliberation.models import Hall, Method, Session, Topic, Venue
from deliberation.models.halls import VenueKind
from deliberation.states import SessionState
from deliberation.workflow.steps import clean_text

Row = TypeVar("Row", Hall, Venue, Method)
HALL_WORDS = ("brand", "introduction", "address")
VENUE_WORDS = ("name", "address")
METHOD_WORDS = ("name", "brand", "summary", "suits", "steps")
MISSING = {
    "name": lambda: _("请写名称。"),
    "summary": lambda: _("请用一句话介绍。"),
    "steps": lambda: _("请写步骤，一行一步。"),
}


# --- Halls --------------------------------------------------------------------------------------------
@transaction.atomic
def open_hall(*, name: str, area: Area, address: str = "", by: User, at: datetime) -> Hall:
    """Open the hall of a place, from today on."""
    lock_roles(by)
    if not hall_permissions.can_found_halls(by, area):
        raise NotAllowed(_("议事厅由区级干部设立和撤销，所以没有改动。"))
    hall = Hall(area=area, town_id=area.town_id, opened_on=day_of(at))
    if area.town_id is None:
        raise BadInput(_("请选一个镇街、社区、村或者小区。"), "area")
    write_words(hall, {"name": name, "address": address})
    refuse_double(hall)
    hall.save()
    record(hall, "hall.open", by=by, at=at, area=area.pk)
    return hall


@transaction.atomic
def edit_hall(hall: Hall, *, words: dict[str, str], by: User, at: datetime) -> Hall:
    """Change a hall's brand, introduction or address."""
    hall = locked(Hall, hall.pk)
    allow(hall_permissions.can_keep_hall, by, hall.area)
    refuse_closed(hall)
    edit(hall, {name: words[name] for name in HALL_WORDS if name in words}, "hall.edit", by=by, at=at)
    return hall


@transaction.atomic
def close_hall(hall: Hall, *, closed_on: date, by: User, at: datetime) -> Hall:
    """Close a hall on a day; refused while a topic or a session of it is still under way."""
    hall = locked(Hall, hall.pk)
    lock_roles(by)
    if not hall_permissions.can_found_halls(by, hall.area):
        raise NotAllowed(_("议事厅由区级干部设立和撤销，所以没有改动。"))
    if waiting := Topic.objects.filter(hall=hall).under_way().count():
        raise WrongState(_("这个议事厅还有 %(count)d 个议题没有走完，先走完再撤销。") % {"count": waiting})
    held = (SessionState.PLANNED, SessionState.NOTICED, SessionState.OPEN)
    if Session.objects.filter(hall=hall, state__in=held).exists():
        raise WrongState(_("这个议事厅还有会没有开，先开完或者取消，再撤销。"))
    close(hall, closed_on, "hall.close", by=by, at=at)
    return hall


# --- Venues -------------------------------------------------------------------------------------------
@transaction.atomic
def add_venue(*, hall: Hall, area: Area, kind: str, words: dict[str, str], by: User, at: datetime) -> Venue:
    """Add a place where a hall meets."""
    hall = locked(Hall, hall.pk)
    allow(hall_permissions.can_keep_venues, by, hall.area)
    refuse_closed(hall)
    refuse_outside(hall, area)
    venue = Venue(hall=hall, area=area, town_id=hall.town_id, opened_on=day_of(at))
    venue.kind = known_kind(kind)
    venue.latitude, venue.longitude = area.latitude, area.longitude
    write_words(venue, {name: words.get(name, "") for name in VENUE_WORDS})
    venue.save()
    record(venue, "venue.add", by=by, at=at, hall=hall.pk, kind=kind)
    return venue


@transaction.atomic
def edit_venue(venue: Venue, *, kind: str, words: dict[str, str], by: User, at: datetime) -> Venue:
    """Change what a venue is called, where it is and of which kind."""
    venue = locked(Venue, venue.pk)
    allow(hall_permissions.can_keep_venues, by, venue.area)
    refuse_closed(venue)
    values = {name: words[name] for name in VENUE_WORDS if name in words}
    edit(venue, values, "venue.edit", by=by, at=at, kind=known_kind(kind))
    return venue


@transaction.atomic
def close_venue(venue: Venue, *, closed_on: date, by: User, at: datetime) -> Venue:
    """Close a venue on a day."""
    venue = locked(Venue, venue.pk)
    allow(hall_permissions.can_keep_venues, by, venue.area)
    close(venue, closed_on, "venue.close", by=by, at=at)
    return venue


# --- Methods ------------------------------------------------------------------------------------------
@transaction.atomic
def add_method(*, hall: Hall, words: dict[str, str], by: User, at: datetime) -> Method:
    """Write up the way in which a hall works."""
    hall = locked(Hall, hall.pk)
    allow(hall_permissions.can_keep_methods, by, hall.area)
    refuse_closed(hall)
    method = Method(hall=hall, area=hall.area, town_id=hall.town_id, opened_on=day_of(at))
    write_words(method, {name: words.get(name, "") for name in METHOD_WORDS})
    refuse_double(method)
    method.save()
    record(method, "method.add", by=by, at=at, hall=hall.pk)
    return method


@transaction.atomic
def edit_method(method: Method, *, words: dict[str, str], by: User, at: datetime) -> Method:
    """Change a method's words."""
    method = locked(Method, method.pk)
    allow(hall_permissions.can_keep_methods, by, method.area)
    refuse_closed(method)
    edit(method, {name: words[name] for name in METHOD_WORDS if name in words}, "method.edit", by=by, at=at)
    return method


@transaction.atomic
def close_method(method: Method, *, closed_on: date, by: User, at: datetime) -> Method:
    """Put a method out of use on a day."""
    method = locked(Method, method.pk)
    allow(hall_permissions.can_keep_methods, by, method.area)
    close(method, closed_on, "method.close", by=by, at=at)
    return method


# --- What they do alike -------------------------------------------------------------------------------
def locked(model: type[Row], pk: int) -> Row:
    """Return the row as it is now, locked, with its place."""
    model._default_manager.select_for_update().only("pk").get(pk=pk)
    return model._default_manager.select_related("area").get(pk=pk)


def allow(may: Any, by: User, area: Area) -> None:
    """Refuse whoever has no role over the place."""
    lock_roles(by)
    if not may(by, area):
        raise NotAllowed(_("这个地方不归您管，所以没有改动。请找当地社区工作者。"))


def refuse_closed(row: Hall | Venue | Method) -> None:
    """Refuse to change what has its last day."""
    if row.closed_on is not None:
        raise WrongState(_("“%(name)s”已经定了停用的日子，不能再改。") % {"name": row.name})


def refuse_outside(hall: Hall, area: Area) -> None:
    """Refuse a place that does not lie in the hall's."""
    if not hall.area.covers(area):
        raise BadInput(_("这个地方不在议事厅的范围里。请另选一个。"), "area")


def refuse_double(row: Hall | Method) -> None:
    """Refuse a name that another of the place has."""
    if type(row)._default_manager.filter(area=row.area, name=row.name).exclude(pk=row.pk).exists():
        raise BadInput(_("这个地方已经有同名的。请换个名称。"), "name")


def known_kind(kind: str) -> str:
    """Return a kind of venue, or BadInput."""
    if kind not in VenueKind.values:
        raise BadInput(_("请选类别。"), "kind")
    return kind


def write_words(row: Hall | Venue | Method, words: dict[str, str]) -> None:
    """Set typed words, each within its column, those that may not be missing with a sentence where they are."""
    for name, text in words.items():
        if name in MISSING and not text.strip():
            raise BadInput(MISSING[name](), name)
        setattr(row, name, clean_text(text, name, most=length_of(type(row), name)))


def length_of(model: type[models.Model], field: str) -> int:
    """Return how many characters a column takes."""
    return int(model._meta.get_field(field).max_length or 0)  # type: ignore[union-attr]


def edit(
    row: Hall | Venue | Method, words: dict[str, str], action: str, *, by: User, at: datetime, **values: Any
) -> None:
    """Write what changed, and log which columns; nothing is written where nothing changed."""
    before = {name: getattr(row, name) for name in (*words, *values)}
    write_words(row, words)
    for name, value in values.items():
        setattr(row, name, value)
    if not isinstance(row, Venue):
        refuse_double(row)
    changed = sorted(name for name, value in before.items() if value != getattr(row, name))
    if changed:
        row.save(update_fields=changed)
        record(row, action, by=by, at=at, changed=changed)


def close(row: Hall | Venue | Method, closed_on: date, action: str, *, by: User, at: datetime) -> None:
    """Set the first day on which it stands no more."""
    refuse_closed(row)
    if closed_on < day_of(at):
        raise BadInput(_("停用的日子不能早于今天。"), "closed_on")
    if closed_on < row.opened_on:
        raise BadInput(_("停用的日子不能早于启用的日子。"), "closed_on")
    row.closed_on = closed_on
    row.save(update_fields=["closed_on"])
    record(row, action, by=by, at=at, closed_on=closed_on.isoformat())
