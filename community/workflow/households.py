"""Households: made, joined, left and ended by a worker of the place, and the dwellings they live in.

Locks are taken in the order of the whole app: residents, the household, its dwellings, the place, the roles.
"""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from community import permissions
from community.acting import lock_roles
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Area, Dwelling, Household, Resident, User
from community.models.areas import LEVELS, AreaKind
from community.models.people import Verification
from community.queries import resident_of
from community.workflow.memberships import keep_membership

NUMBER = re.compile(r"[0-9A-Za-z\u4e00-\u9fff\-]{1,20}")
ADDRESS_LENGTH = 120


def check_keeper(by: User, area: Area) -> None:
    """Refuse whoever does not keep the homes of a place."""
    lock_roles(by)
    if not permissions.can_keep_homes(by, area):
        raise NotAllowed(_("只有当地的社区工作者和镇街干部可以登记户。"))


@transaction.atomic
def create_household(
    area: Area, *, number: str, address: str, by: User, at: datetime, dwelling: int | None = None
) -> Household:
    """Write down a household in a compound or village group; its number is its own there.

    `dwelling` is the id of the one of the same compound that it lives in, where that is known.
    """
    home = lock_dwelling(dwelling) if dwelling is not None else None
    area = Area.objects.select_for_update(of=("self",)).get(pk=area.pk)
    check_keeper(by, area)
    if area.kind not in LEVELS[AreaKind.COMPOUND] or area.valid_to is not None:
        raise BadInput(_("请选一个小区或湾组。"), "area")
    number, address = number.strip(), " ".join(address.split())
    if not NUMBER.fullmatch(number):
        raise BadInput(_("户编号用数字、字母、汉字和短横，最多 20 位。"), "number")
    if len(address) > ADDRESS_LENGTH or not address.isprintable():
        raise BadInput(_("住址最多 120 个字。"), "address")
    if Household.objects.filter(area=area, number=number).exists():
        raise BadInput(_("%(place)s已经有 %(number)s 号户了。") % {"place": area.name, "number": number}, "number")
    household = Household.objects.create(area=area, town_id=area.town_id, number=number, address=address, created_at=at)
    record(household, "household.create", by=by, at=at)
    if dwelling is not None:
        put_into(household, home, by=by, at=at)
    return household


@transaction.atomic
def house_household(household: Household, *, dwelling: int, by: User, at: datetime) -> Dwelling:
    """Write down in which dwelling of its compound a household lives; in several, one after the other."""
    return put_into(*lock_with_dwelling(household, dwelling, by), by=by, at=at)


@transaction.atomic
def unhouse_household(household: Household, *, dwelling: int, by: User, at: datetime) -> None:
    """Write down that a household lives in a dwelling no longer."""
    found, home = lock_with_dwelling(household, dwelling, by)
    if home is None or home.household_id != found.pk:
        raise BadInput(_("这套房不是这一户的。"), "dwelling")
    home.household = None
    home.save(update_fields=["household"])
    record(found, "household.unhouse", by=by, at=at, dwelling=home.pk)


def lock_with_dwelling(household: Household, dwelling: int, by: User) -> tuple[Household, Dwelling | None]:
    """Return the locked household and the locked dwelling, if there is one of that id; refuse a stranger."""
    row = Household.objects.select_for_update(of=("self",)).get(pk=household.pk)
    home = lock_dwelling(dwelling)
    return lock(row, by), home


def lock_dwelling(pk: int) -> Dwelling | None:
    """Return the locked dwelling of an id, or None."""
    return Dwelling.objects.select_for_update(of=("self",)).select_related("household").filter(pk=pk).first()


def put_into(household: Household, dwelling: Dwelling | None, *, by: User, at: datetime) -> Dwelling:
    """Tie a dwelling of the same compound that nobody lives in to a household; both are locked."""
    if dwelling is None or dwelling.area_id != household.area_id:
        raise BadInput(_("这个小区里没有这套房。"), "dwelling")
    if dwelling.household is not None:
        raise WrongState(_("这套房已经登记给 %(number)s 号户了，请先在那一户里去掉。") % {"number": dwelling.household})
    dwelling.household = household
    dwelling.save(update_fields=["household"])
    record(household, "household.house", by=by, at=at, dwelling=dwelling.pk)
    return dwelling


@transaction.atomic
def join_household(
    household: Household, *, resident: int, by: User, at: datetime, papers_seen: bool = False
) -> Resident:
    """Put a resident who lives in the household's place into it.

    Where somebody who is not verified lives is only what they say: `papers_seen` is the worker's word for it.
    """
    person = Resident.objects.select_for_update(of=("self",)).kept().filter(pk=resident).first()
    found = lock(household, by)
    check_not_own(found, [person] if person is not None else [], by)
    if person is None or person.home_id is None or not lives_there(person, found):
        raise BadInput(_("这位居民不住在这里。"), "resident")
    if person.household_id is not None and person.household_id != found.pk:
        raise WrongState(_("这位居民已经在另一户里了，请先从那一户移出。"))
    is_verified = person.verification == Verification.VERIFIED
    if not is_verified and not papers_seen:
        raise BadInput(_("这位居民没有核验过。看过证件再移入，并打勾。"), "papers_seen")
    Resident.objects.filter(pk=person.pk).update(household=found)
    record(found, "household.join", by=by, at=at, resident=person.pk, papers_seen=not is_verified)
    person.household = found
    return person


@transaction.atomic
def leave_household(household: Household, *, resident: int, by: User, at: datetime) -> None:
    """Take a resident out of a household."""
    person = Resident.objects.select_for_update(of=("self",)).filter(pk=resident).first()
    found = lock(household, by)
    check_not_own(found, [person] if person is not None else [], by)
    if not Resident.objects.filter(pk=resident, household=found).update(household=None):
        raise BadInput(_("这位居民不在这一户里。"), "resident")
    keep_membership([resident], found.pk, at=at)
    record(found, "household.leave", by=by, at=at, resident=resident)


@transaction.atomic
def end_household(household: Household, *, by: User, at: datetime) -> Household:
    """End a household: its members are no household any more, its dwellings nobody's home."""
    people = list(Resident.objects.filter(household=household).order_by("pk").select_for_update(of=("self",)))
    found = lock(household, by)
    check_not_own(found, people, by)
    members = list(Resident.objects.filter(household=found).values_list("pk", flat=True))
    Resident.objects.filter(household=found).update(household=None)
    keep_membership(members, found.pk, at=at)
    found.dwellings.update(household=None)
    found.ended_at = at
    found.save(update_fields=["ended_at"])
    record(found, "household.end", by=by, at=at, members=members)
    return found


def lock(household: Household, by: User) -> Household:
    """Return the locked household; refuse a stranger, and one that has ended."""
    found = Household.objects.select_for_update(of=("self",)).select_related("area").get(pk=household.pk)
    check_keeper(by, found.area)
    if found.ended_at is not None:
        raise WrongState(_("这一户已经注销了。"))
    return found


def check_not_own(household: Household, people: list[Resident], by: User) -> None:
    """Refuse whoever would change their own household, or that of their family: who is family binds them."""
    own = resident_of(by)
    if own is None:
        return
    is_own = own.household_id == household.pk or any(one.pk == own.pk for one in people)
    if is_own or any(permissions.is_family(by, one) for one in people):
        raise NotAllowed(_("自己和自家人的户，要由别人登记。"))


def lives_there(person: Resident, household: Household) -> bool:
    """Return whether a person's home is the household's place, or the one that follows it."""
    assert person.home is not None
    return person.home_id == household.area_id or person.home.covers(household.area)
