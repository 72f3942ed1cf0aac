"""Units: founding one, changing how it is called and reached, and ending it on a day."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from django.db import transaction
from django.db.models import CharField
from django.utils.translation import gettext as _

from community.acting import lock_roles
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Appointment, Area, Clock, Unit, User
from community.models.appointments import EndReason
from community.models.areas import UnitKind
from community.permissions import is_officer_of_unit
from community.workflow.appointing import lock_appointments
from community.workflow.leaving import finish
from community.workflow.terms import day_of
from community.workflow.typed import clean_line

# A mobile number is a person's own; the public gets the office's.
MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
CONTACT = ("phone", "address", "office_hours")


@transaction.atomic
def create_unit(*, kind: str, area: Area, contact: dict[str, str], by: User, at: datetime) -> Unit:
    """Found a unit that serves a place; `contact` holds its name, office phone, address and hours."""
    unit = Unit(kind=kind, area=area, town_id=area.pk if area.kind == "town" else area.town_id, valid_from=day_of(at))
    lock_appointments(area)
    lock_roles(by)
    if not is_officer_of_unit(by, unit):
        raise NotAllowed(_("这个地方不归您管，所以没有改动。"))
    if kind not in UnitKind.values:
        raise BadInput(_("请选单位的类别。"), "kind")
    if area.valid_to is not None and area.valid_to < day_of(at):
        raise BadInput(_("这个地方已经撤并，请选它并入的地方。"), "area")
    set_contact(unit, contact)
    unit.save()
    record(unit, "unit.create", by=by, at=at, kind=kind, area=area.pk)
    return unit


@transaction.atomic
def change_unit(unit: Unit, *, contact: dict[str, str], by: User, at: datetime) -> Unit:
    """Change a unit's name, office phone, address or hours."""
    unit = locked_unit(unit, by)
    before = {name: getattr(unit, name) for name in ("name", *CONTACT)}
    set_contact(unit, contact)
    changed = sorted(name for name, value in before.items() if value != getattr(unit, name))
    if changed:
        unit.save(update_fields=changed)
        record(unit, "unit.change", by=by, at=at, changed=changed)
    return unit


@transaction.atomic
def end_unit(unit: Unit, *, last_day: date, by: User, at: datetime) -> Unit:
    """End a unit after a day, and what is held in it; refused while something still waits for it."""
    unit = locked_unit(unit, by)
    if unit.valid_to is not None:
        raise WrongState(_("这个单位已经定了哪天撤销。"))
    if last_day < day_of(at):
        raise BadInput(_("最后一天不能早于今天。"), "last_day")
    if last_day < unit.valid_from:
        raise BadInput(_("最后一天不能早于成立的日子。"), "last_day")
    if waiting := Clock.objects.open().filter(holder_unit=unit).count():
        raise WrongState(_("这个单位手上还有 %(count)d 件没办完，先办结或者改派，再撤销。") % {"count": waiting})
    unit.valid_to = last_day
    unit.save(update_fields=["valid_to"])
    held = Appointment.objects.select_for_update(of=("self",), no_key=True).own().filter(unit=unit, ended_at=None)
    for one in held.not_over(last_day).select_related("user", "area", "unit__area", "delegated_from"):
        finish(one, last_day, EndReason.MERGED, by=by, at=at)
    record(unit, "unit.end", by=by, at=at, ends=last_day.isoformat())
    return unit


def locked_unit(unit: Unit, by: User) -> Unit:
    """Return the unit as it is now, with its row locked, or NotAllowed."""
    lock_appointments(unit)
    lock_roles(by)
    fresh = Unit.objects.select_for_update(of=("self",), no_key=True).select_related("area").get(pk=unit.pk)
    if not is_officer_of_unit(by, fresh):
        raise NotAllowed(_("这个单位不归您管，所以没有改动。"))
    return fresh


def set_contact(unit: Unit, contact: dict[str, str]) -> None:
    """Set the name and the public contact, or BadInput; a personal number is not taken."""
    for name in ("name", *CONTACT):
        missing = _("请写单位的名称。") if name == "name" else ""
        setattr(unit, name, clean_line(contact.get(name, ""), name, missing=missing, most=length_of(name)))
    # Digits as they are meant, whatever is typed between them.
    if MOBILE.fullmatch(re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", unit.phone))):
        raise BadInput(_("这里公开给所有人看，请写办公电话，不写个人手机号。"), "phone")
    if Unit.objects.filter(area=unit.area, name=unit.name).exclude(pk=unit.pk).exists():
        raise BadInput(_("这个地方已经有同名的单位。"), "name")


def length_of(field: str) -> int:
    """Return how many characters a column of a unit takes."""
    column = Unit._meta.get_field(field)
    assert isinstance(column, CharField)
    assert column.max_length is not None
    return column.max_length
