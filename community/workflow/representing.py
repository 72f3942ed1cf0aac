"""Speaking for somebody without an account: registering them, and a paper receipt for each act."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from community import permissions
from community.acting import keep_place, lock_roles
from community.clock import SHANGHAI
from community.errors import BadInput, NotAllowed
from community.log import record
from community.models import Area, ReceiptSeries, Representation, Resident, User
from community.models.people import normalise_phone
from community.roles import Role
from community.workflow.typed import check_home, clean_name

PREFIX = "DB"


@transaction.atomic
def register_person(*, by: User, at: datetime, name: str, home: Area, phone: str = "") -> Resident:
    """Write down somebody without an account for whom a worker of `home` speaks.

    The same name with the same phone in the same community is the same person, who is not registered
    twice. Raises NotAllowed, or BadInput with the field at fault.
    """
    # With the place's row locked, two taps on a slow line register one person.
    home = keep_place(home)
    lock_roles(by)
    if not permissions.holds_over(by, home, Role.COMMUNITY_WORKER):
        raise NotAllowed(_("只有当地的社区工作者可以替别人反映。"))
    check_home(home, on=at.astimezone(SHANGHAI).date())
    text, number = clean_name(name, "person_name"), normalise_phone(phone)
    if phone.strip() and not number:
        raise BadInput(_("电话号码不对。请写 11 位手机号，或者带区号的座机号；没有就空着。"), "person_phone")
    known = same_person(text, number, home)
    if known is not None:
        return known
    resident = Resident.objects.create(name=text, phone=number, home=home, town_id=home.town_id, created_at=at)
    record(resident, "resident.register", by=by, at=at)
    return resident


def same_person(name: str, number: str, home: Area) -> Resident | None:
    """Return who has this name and phone without an account in the same place; without a phone nobody is told apart."""
    if not number:
        return None
    found = Resident.objects.kept().filter(user=None, home=home).with_phone(number)
    return next((one for one in found.order_by("pk") if one.name == name), None)


def represent(resident: Resident, *, by: User, at: datetime, act: str, subject: str, url: str = "") -> Representation:
    """Insert that a worker acted for somebody, with the number that is on the paper receipt."""
    if resident.home is None or not permissions.can_note_act(by, resident):
        raise NotAllowed(_("只能替本地没有账号的居民办事。"))
    with transaction.atomic():
        row = Representation.objects.create(
            number=next_number(at), resident=resident, worker=by, area=resident.home, act=act, subject=subject, url=url,
            at=at,
        )  # fmt: skip
        record(row, "representation.create", by=by, at=at, act=act)
    return row


def next_number(at: datetime, prefix: str = PREFIX) -> str:
    """Take the next number of the year, such as DB-2026-000123; its series stays locked until commit."""
    year = at.astimezone(SHANGHAI).year
    ReceiptSeries.objects.get_or_create(year=year)
    series = ReceiptSeries.objects.select_for_update().get(year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{prefix}-{year}-{series.last:06d}"
