"""Giving roles: appointing somebody, and lending what one holds to a colleague during an absence.

Changes to appointments go one after another in a district (its row is the lock), so that what one verb
has looked at, another can't change meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.acting import lock_roles
from community.appointing import agree, fits_place, fits_unit
from community.errors import BadInput, NotAllowed, WrongState
from community.holding import Place, colleagues, lacks_second_factor, over, scope_of
from community.log import record
from community.models import Appointment, Area, Unit, User
from community.permissions import can_lend_appointment, may_appoint
from community.queries import rule_value
from community.roles import SELF_ROLES, Role, Scope
from community.workflow.notices import notify
from community.workflow.terms import day_of


@transaction.atomic
def appoint(
    *, user: User, role: Role, place: Place, starts_on: date, ends_on: date | None, by: User, at: datetime
) -> Appointment:
    """Give somebody a role over a place or in a unit, from a day to a day or for good."""
    person = locked_person(user)
    lock_appointments(place)
    lock_roles(by)
    refuse_oneself(person, by)
    if role in SELF_ROLES or not may_appoint(by, role, place):
        raise NotAllowed(_("这个角色不归您任命，所以没有改动。"))
    check_days(starts_on, ends_on, day_of(at))
    check_place(role, place, starts_on)
    check_person(person, role, place, starts_on, ends_on, is_own=True)
    given = Appointment.objects.create(
        user=person, role=role, starts_on=starts_on, ends_on=ends_on, appointed_by=by, **columns(place)
    )
    record(given, "appointment.give", by=by, at=at, role=role, starts=starts_on.isoformat(), ends=text_of(ends_on))
    tell(given, gettext_noop("请您担任%(role)s：%(place)s，从 %(day)s 起"), person, at=at, day=starts_on.isoformat())
    return given


@transaction.atomic
def delegate(
    appointment: Appointment, *, to: User, starts_on: date, ends_on: date, by: User, at: datetime
) -> Appointment:
    """Have a colleague stand in for an absent holder, from a day to a day; it can't be passed on."""
    person = locked_person(to)
    lock_appointments(scope_of(appointment))
    lock_roles(by)
    origin = locked(appointment)
    if not can_lend_appointment(by, origin):
        raise NotAllowed(_("只有本人和任命的人可以安排代行。"))
    refuse_oneself(person, by)
    if origin.delegated_from_id is not None:
        raise WrongState(_("代来的任职不能再转给别人。"))
    check_days(starts_on, ends_on, day_of(at))
    if origin.is_over(ends_on) or not origin.holds_on(starts_on):
        raise BadInput(_("代行的日子要在本人任职的日子里。"), "ends_on")
    most = rule_value("appointment.delegation", day_of(at))
    if ends_on > starts_on + timedelta(days=most - 1):
        raise BadInput(_("一次最多代 %(most)d 天，请把截止日改早一些。") % {"most": most}, "ends_on")
    if not colleagues(origin, day_of(at)).filter(user=person).exists():
        raise BadInput(_("只能请同事代行：同一镇街的同角色、同一单位的人，或者上级。"), "to")
    check_person(person, Role(origin.role), scope_of(origin), starts_on, ends_on, is_own=False)
    lent = Appointment.objects.create(
        user=person,
        role=origin.role,
        starts_on=starts_on,
        ends_on=ends_on,
        appointed_by=by,
        delegated_from=origin,
        **columns(scope_of(origin)),
    )
    record(lent, "appointment.delegate", by=by, at=at, origin=origin.pk, ends=ends_on.isoformat())
    days = {"start": starts_on.isoformat(), "end": ends_on.isoformat(), "name": origin.user.masked_name}
    tell(lent, gettext_noop("请您代%(name)s担任%(role)s：%(place)s，%(start)s 到 %(end)s"), person, at=at, **days)
    if by.pk != origin.user_id:
        tell(lent, gettext_noop("您的%(role)s（%(place)s）%(start)s 到 %(end)s 由同事代行"), origin.user, at=at, **days)
    return lent


@transaction.atomic
def delegate_several(
    appointment: Appointment, *, also: Collection[Appointment], to: User, starts_on: date, ends_on: date, by: User,
    at: datetime,
) -> list[Appointment]:  # fmt: skip
    """Have one colleague stand in for several of one's appointments for the same days: for all of them, or for none."""
    lent = []
    for one in sorted([appointment, *also], key=lambda held: held.pk):
        try:
            lent.append(delegate(one, to=to, starts_on=starts_on, ends_on=ends_on, by=by, at=at))
        except BadInput as refused:
            if not also:
                raise
            raise BadInput(_("%(what)s：%(why)s") % {"what": one, "why": refused}, refused.field) from None
    return lent


def lock_appointments(place: Place) -> None:
    """Have changes to the appointments of a district go one after another, until the transaction ends.

    With `check_person` behind it, this keeps one person from holding one role over one place twice on a day;
    the constraints of the table see only those without a last day. Every verb that gives or ends comes by here.
    """
    root = over(place).path[: Area.steplen]
    # no_key: records that point to the district are inserted meanwhile.
    Area.objects.select_for_update(no_key=True).filter(path=root).values_list("pk", flat=True).get()


def locked(appointment: Appointment) -> Appointment:
    """Return the appointment as it is now, with its row locked."""
    rows = Appointment.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("user", "area", "unit__area", "delegated_from").get(pk=appointment.pk)


def locked_person(user: User) -> User:
    """Return the account as it is now, with its row locked; BadInput where it is not in use."""
    person = User.objects.select_for_update(no_key=True).filter(pk=user.pk, is_active=True, erased_at=None).first()
    if person is None:
        raise BadInput(_("这个账号不在用了。"), "person")
    return person


def refuse_oneself(user: User, by: User) -> None:
    """Refuse to give anything to oneself."""
    if user.pk == by.pk:
        raise NotAllowed(_("自己不能任命自己，请让有权任命的人来办。"))


def check_days(starts_on: date, ends_on: date | None, today: date) -> None:
    """Refuse a start in the past and an end before the start."""
    if starts_on < today:
        raise BadInput(_("开始的日子不能早于今天。"), "starts_on")
    if ends_on is not None and ends_on < starts_on:
        raise BadInput(_("结束的日子不能早于开始的日子。"), "ends_on")


def check_place(role: Role, place: Place, starts_on: date) -> None:
    """Refuse a place or unit that does not fit the role, or does not exist any more."""
    is_unit = isinstance(place, Unit)
    if is_unit != (role.scope == Scope.UNIT):
        raise BadInput(_("这个角色要选%(what)s。") % {"what": role.scope.label}, "place")
    fits = fits_unit(role, place.kind) if is_unit else fits_place(role, place.kind)
    if not fits:
        raise BadInput(_("%(role)s不设在%(kind)s这一级。") % {"role": role.label, "kind": kind_of(place)}, "place")
    stored = type(place)._default_manager.get(pk=place.pk)
    if stored.valid_to is not None and stored.valid_to < starts_on:
        raise BadInput(_("这个地方或单位到那天已经不存在了。"), "place")


def check_person(
    person: User, role: Role, place: Place, starts_on: date, ends_on: date | None, *, is_own: bool
) -> None:
    """Refuse whoever holds the role there already, holds one that does not agree with it, or lacks a second factor.

    Who stands in for somebody may be given the role in their own right; the other way round makes no sense.
    """
    until = Q() if ends_on is None else Q(starts_on__lte=ends_on)
    same_days = Appointment.objects.not_over(starts_on).filter(until, user=person)
    same = same_days.filter(role=role, **columns(place))
    if (same.own() if is_own else same).exists():
        raise BadInput(_("这些日子里，此人在这里已经是%(role)s。") % {"role": role.label}, "person")
    for held in same_days.values_list("role", flat=True):
        if not agree(role, Role(held)):
            raise BadInput(
                _("此人是%(held)s，不能同时担任%(role)s。") % {"held": Role(held).label, "role": role.label}, "person"
            )
    if lacks_second_factor(person, role):
        raise BadInput(_("担任%(role)s，要先开通第二步验证。请本人在“我的”里开通。") % {"role": role.label}, "person")


def columns(place: Place) -> dict[str, Place | None]:
    """Return the columns of an appointment over a place or in a unit."""
    return {"area": None, "unit": place} if isinstance(place, Unit) else {"area": place, "unit": None}


def kind_of(place: Place) -> str:
    """Return what kind of place or unit it is, in words."""
    return str(place.get_kind_display())


def text_of(day: date | None) -> str:
    """Return a day as the log keeps it; nothing for none."""
    return day.isoformat() if day else ""


def tell(appointment: Appointment, message: str, person: User, *, at: datetime, **params: str) -> None:
    """Tell somebody what became of an appointment."""
    role = Role(appointment.role)
    words: dict[str, Any] = {"role": str(role.label), "place": str(scope_of(appointment)), **params}
    notify([person], message, url=appointment.get_absolute_url(), at=at, **words)
