"""What each role may: a table made by asking the predicates themselves, for the auditor's matrix.

An app registers every predicate of its permissions with a name that people understand and a sample of
what it is asked about (`register`, from its AppConfig.ready). The table then asks each predicate for a
sample holder of each role, in the sample's place and elsewhere: it cannot say anything else than the
doors do. tests/community/test_matrix.py fails where a predicate is not registered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from community import permissions
from community.models import (
    Appointment,
    Area,
    Hiding,
    Recovery,
    Representation,
    Resident,
    Unit,
    User,
    VerificationRequest,
)
from community.models.areas import AreaKind, UnitKind
from community.queries import keep_appointments
from community.roles import Role, Scope

NOBODY, HOLDER = -1, -2


@dataclass(frozen=True)
class Places:
    """Sample places and a unit, never saved: a district, a town, a community, a compound."""

    district: Area
    town: Area
    community: Area
    compound: Area
    unit: Unit

    @classmethod
    def sample(cls, branch: str) -> Places:
        """Return one branch of a tree that no district has: its paths begin with what treebeard never gives."""
        district = Area(pk=-10, path="----", kind=AreaKind.DISTRICT)
        town = Area(pk=-20 - ord(branch), path=f"-------{branch}", kind=AreaKind.TOWN)
        community = Area(pk=-200 - ord(branch), path=f"{town.path}----", kind=AreaKind.COMMUNITY, town=town)
        compound = Area(pk=-400 - ord(branch), path=f"{community.path}----", kind=AreaKind.COMPOUND, town=town)
        unit = Unit(pk=-600 - ord(branch), kind=UnitKind.PROPERTY_COMPANY, area=community, town=town)
        return cls(district, town, community, compound, unit)


Subject = Callable[[Places], Any]


@dataclass(frozen=True)
class Capability:
    """Something that a predicate allows: its name in code, in words, and a sample of what it is about."""

    key: str
    label: str | Promise
    predicate: Callable[..., bool]
    sample: Subject | None = None

    def allows(self, user: User, places: Places) -> bool:
        """Ask the predicate."""
        return bool(self.predicate(user) if self.sample is None else self.predicate(user, self.sample(places)))


@dataclass(frozen=True)
class Answer:
    """What a role may: in its own place, and elsewhere."""

    here: bool
    elsewhere: bool


REGISTRY: dict[str, Capability] = {}


def register(module: str, predicates: Any, words: dict[str, tuple[str | Promise, Subject | None]]) -> None:
    """Register predicates of an app's permissions by their names, each with its words and its sample."""
    for name, (label, sample) in words.items():
        REGISTRY[f"{module}.{name}"] = Capability(f"{module}.{name}", label, getattr(predicates, name), sample)


def holder(role: Role, places: Places) -> User:
    """Return somebody who holds one role where it is usually held, and nothing else; never saved.

    The resident is the one whom the samples are about; everybody else has nothing to do with them.
    """
    user = User(pk=NOBODY if role == Role.RESIDENT else HOLDER, username="-", is_active=True)
    held: list[Appointment] = []
    if role.scope == Scope.UNIT:
        held = [Appointment(pk=-1, user=user, role=role, unit=places.unit, starts_on=date.min)]
    elif role.scope == Scope.AREA:
        held = [Appointment(pk=-1, user=user, role=role, area=usual_place(role, places), starts_on=date.min)]
    keep_appointments(user, held)
    return user


def usual_place(role: Role, places: Places) -> Area:
    """Return the place over which a role is usually held."""
    if role == Role.TOWN_OFFICER:
        return places.town
    low = (Role.COMMUNITY_WORKER, Role.STEWARD, Role.HALL_MODERATOR, Role.RECORDER, Role.TELLER)
    return places.community if role in low else places.district


def table() -> list[tuple[Capability, dict[Role, Answer]]]:
    """Return every registered capability with each role's answer, in the order of registration."""
    own, other = Places.sample("A"), Places.sample("B")
    people = {role: holder(role, own) for role in Role}
    return [
        (one, {role: Answer(one.allows(user, own), one.allows(user, other)) for role, user in people.items()})
        for one in REGISTRY.values()
    ]


# --- Samples of what the community app's predicates are about ------------------------------------
def compound_of(places: Places) -> Area:
    """Return a place to be asked about."""
    return places.compound


def unit_of(places: Places) -> Unit:
    """Return a unit to be asked about."""
    return places.unit


def resident_at(places: Places, *, user_id: int | None = NOBODY) -> Resident:
    """Return somebody else who lives in the compound."""
    return Resident(pk=NOBODY, user_id=user_id, home=places.compound)


def request_at(places: Places) -> VerificationRequest:
    """Return somebody else's request for verification."""
    return VerificationRequest(pk=NOBODY, resident=resident_at(places), home=places.compound)


def receipt_at(places: Places) -> Representation:
    """Return the receipt of what another worker did for somebody."""
    return Representation(pk=NOBODY, area=places.community, worker_id=NOBODY)


def recovery_at(places: Places) -> Recovery:
    """Return what another worker asks for somebody who can't sign in."""
    return Recovery(pk=NOBODY, resident=resident_at(places), asked_by_id=NOBODY - 10)


def appointment_of(places: Places, *, role: Role) -> Appointment:
    """Return somebody else's appointment, in the unit or over the place that its role needs."""
    user = User(pk=NOBODY, username="-")
    if role.scope == Scope.UNIT:
        return Appointment(pk=NOBODY, user=user, role=role, unit=places.unit)
    return Appointment(pk=NOBODY, user=user, role=role, area=usual_place(role, places))


def of(role: Role) -> Subject:
    """Return the sample of somebody else's appointment to a role."""
    return partial(appointment_of, role=role)


def hidden_at(places: Places) -> Hiding:
    """Return something of somebody else's in the compound that another one has hidden."""
    return Hiding(pk=NOBODY, area=places.compound, author_id=NOBODY - 10, by_id=NOBODY - 11)


WORDS: dict[str, tuple[str | Promise, Subject | None]] = {
    "is_staff_member": (_("进工作台"), None),
    "is_administrator": (_("管理系统"), None),
    "can_search_residents": (_("查居民"), None),
    "can_see_resident": (_("看居民资料（打星号）"), resident_at),
    "can_reveal": (_("写明理由，看一项完整的个人信息"), resident_at),
    "can_decide_verification": (_("办实名核验"), request_at),
    "can_revoke_verification": (_("撤销实名核验"), resident_at),
    "can_record_guardian": (_("登记监护人"), resident_at),
    "can_note_act": (_("登记替人办的事"), partial(resident_at, user_id=None)),
    "can_see_receipt": (_("看代办回执"), receipt_at),
    "can_speak_for": (_("替没有账号的人办事"), partial(resident_at, user_id=None)),
    "can_erase_on_paper": (_("删除没有账号的人的信息"), partial(resident_at, user_id=None)),
    "can_ask_recovery": (_("帮本人重新登录"), resident_at),
    "can_confirm_recovery": (_("确认同事经办的重新登录"), recovery_at),
    "can_correct": (_("照证件更正登记"), resident_at),
    "can_keep_homes": (_("管户、房屋和小区资料"), compound_of),
    "can_import_dwellings": (_("导入房屋清单"), compound_of),
    "can_change_places": (_("撤并、拆分地方"), compound_of),
    "gives_roles": (_("任命别人"), None),
    "is_watcher": (_("看权限一览表"), None),
    "can_decide_appeal": (_("复核“没有公开”的申诉"), hidden_at),
    "is_officer_of_unit": (_("管单位和它的办公联系方式"), unit_of),
}
# What others are made of, or what asks about oneself: not shown in a row of its own.
PARTS = frozenset(
    {
        "is_signed_in", "is_worker_anywhere", "is_guardian_of", "changes_places_somewhere", "keeps_homes_somewhere",
        "is_oneself", "is_family", "is_worker_of_home", "is_town_officer_of_home", "is_without_account",
        "is_worker_of_request", "is_about_oneself_or_family", "is_holder", "is_lender", "gives_this_role",
        "is_watcher_of_appointment", "keeps_units", "can_manage_appointment", "can_end_appointment",
        "reviews_somewhere", "is_author_of_hidden", "is_hider", "is_reviewer_of_hidden", "can_see_hidden",
        "is_owner_of_file", "is_held_open", "can_read_file", "is_of_receipt", "serves_recovery", "is_of_recovery",
        "is_family_of_recovery", "is_asker_of_recovery", "can_see_recovery",
        "can_lend_appointment", "can_see_appointment", "is_machine", "imports_dwellings_somewhere",
    }
)  # fmt: skip
register("community", permissions, WORDS)
for given in Role:
    if given.scope != Scope.SELF:
        key = f"community.can_manage_appointment.{given.value}"
        words = format_lazy(_("任命和结束：{role}"), role=given.label)
        REGISTRY[key] = Capability(key, words, permissions.can_manage_appointment, of(given))
