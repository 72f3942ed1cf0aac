"""Reads that more than one caller uses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Left
from django.db.models.lookups import In
from django.utils import timezone

from community.clock import SHANGHAI, Holidays, is_announced
from community.models import (
    Appointment,
    Area,
    Clock,
    Consent,
    ConsentText,
    Guardianship,
    Holiday,
    Resident,
    Rule,
    Unit,
    User,
    VerificationRecord,
    VerificationRequest,
)
from community.models.appointments import AppointmentQuerySet
from community.models.areas import UnitKind
from community.models.people import ResidentQuerySet, phone_indexes, surname_indexes
from community.models.privacy import ConsentKind
from community.roles import Role
from community.second_factor import in_two_steps


def today() -> date:
    """Return the date in Asia/Shanghai."""
    return timezone.now().astimezone(SHANGHAI).date()


def holidays() -> Holidays:
    """Return {date: is_working_day} of the district's own Holiday table."""
    return dict(Holiday.objects.values_list("day", "is_working_day"))


def rests_on_weekends(year: int) -> bool:
    """Return whether terms in `year` rest on weekends alone, because its holidays are not announced."""
    return not is_announced(year, holidays())


def rule(key: str, on: date, town: Area | int | None = None) -> Rule:
    """Return the version of a rule in force on `on`, a town's own before the district's; Rule.DoesNotExist for none."""
    versions = Rule.objects.in_force(on, town).filter(key=key)
    return versions.order_by(F("town").asc(nulls_last=True), "-in_force_from")[:1].get()


def rules_in_force(on: date) -> dict[str, Rule]:
    """Return the version of each rule in force on `on`, by key."""
    return {version.key: version for version in Rule.objects.in_force(on).order_by("in_force_from")}


def rule_value(key: str, on: date, town: Area | int | None = None) -> int:
    """Return the number that a rule sets on `on`, in a town where one is named."""
    return rule(key, on, town).value


def appointments(user: User | AnonymousUser) -> list[Appointment]:
    """Return the appointments that hold today, with their area and unit; read once a request.

    They are kept on the user object, which lives as long as its request does.
    """
    if not user.is_authenticated or not user.is_active:
        return []
    kept: list[Appointment] | None = getattr(user, "_appointments_today", None)
    if kept is None:
        kept = keep_appointments(user, in_two_steps(user, list(appointments_of(user))))
    return kept


def appointments_of(user: User) -> AppointmentQuerySet:
    """Return what a person holds today, with area and unit but without what only maps need."""
    held = Appointment.objects.in_force(today()).filter(user=user).select_related("area", "unit")
    return held.defer("area__boundary").order_by("id")


def keep_appointments(user: User, held: list[Appointment]) -> list[Appointment]:
    """Put what a person holds on their object, in place of what was read before."""
    found = [Held(one.role, one.area.path if one.area else "", one.unit_id, str(one.area or one.unit)) for one in held]
    # Notes on the object, not columns.
    user._appointments_today, user._held_today = held, found  # type: ignore[attr-defined]
    return held


class Held(NamedTuple):
    """As much of an appointment as every page asks for: role, tree path of its area or '', unit, and where by name."""

    role: str
    path: str
    unit_id: int | None
    place: str


def held_today(user: User | AnonymousUser) -> list[Held]:
    """Return what a person holds today as `appointments` does, but without making an object of every row.

    A predicate alone asks so: somebody with forty appointments waits no longer for it than with one.
    """
    if not user.is_authenticated or not user.is_active:
        return []
    kept: list[Held] | None = getattr(user, "_held_today", None)
    if kept is None:
        rows = Appointment.objects.in_force(today()).filter(user=user).order_by("id")
        found = rows.values_list(
            "role", Coalesce("area__path", Value("")), "unit", Coalesce("area__name", "unit__name")
        )
        kept = in_two_steps(user, [Held(*row) for row in found])
        user._held_today = kept  # type: ignore[attr-defined]
    return kept


def within_any(paths: Iterable[str], field: str) -> Q:
    """Return one compact condition: the tree path in `field` lies at or below any of `paths`.

    What lies below another one is left out, and what is equally deep becomes one list, so that forty
    places ask no more of the database than one.
    """
    outermost: list[str] = []
    for path in sorted(set(paths)):
        if not outermost or not path.startswith(outermost[-1]):
            outermost.append(path)
    by_depth: dict[int, list[str]] = {}
    for path in outermost:
        by_depth.setdefault(len(path), []).append(path)
    found = Q(pk__in=[])
    for depth, same in by_depth.items():
        found |= Q(**{f"{field}__startswith": same[0]}) if len(same) == 1 else Q(In(Left(F(field), depth), same))
    return found


def areas_of(user: User | AnonymousUser, *roles: Role) -> list[Area]:
    """Return the areas over which a person holds any of `roles` today."""
    return [held.area for held in appointments(user) if held.role in roles and held.area is not None]


def holds_somewhere(user: User | AnonymousUser, *roles: Role) -> bool:
    """Return whether a person holds any of `roles` over any area today."""
    return any(held.path and held.role in roles for held in held_today(user))


def units_of(user: User | AnonymousUser, *roles: Role) -> list[int]:
    """Return the ids of the units in which a person holds any of `roles` today."""
    return [held.unit_id for held in held_today(user) if held.role in roles and held.unit_id is not None]


def resident_of(user: User | AnonymousUser) -> Resident | None:
    """Return the resident's profile of a person, or None."""
    if not user.is_authenticated:
        return None
    return Resident.objects.filter(user=user).select_related("home", "home__town").first()


def open_clocks_of(user: User) -> QuerySet[Clock]:
    """Return the open clocks that wait for this person's roles, soonest due first, those paused last.

    A role over an area reaches its subtree, one in a unit that unit; however many appointments, it is
    one condition a role.
    """
    mine = Q(pk__in=[])
    for role in sorted({held.role for held in appointments(user)}):
        if paths := [area.path for area in areas_of(user, Role(role))]:
            places = Area.objects.filter(within_any(paths, "path")).order_by()
            mine |= Q(holder_role=role, area__in=places.values("pk"))
        if units := units_of(user, Role(role)):
            mine |= Q(holder_role=role, holder_unit__in=units)
    return Clock.objects.open().filter(mine).order_by(F("paused_at").asc(nulls_first=True), "due_at", "id")


def people_holding(role: Role, area: Area) -> QuerySet[User]:
    """Return the active people who hold `role` today over `area` or a place above it."""
    held = Appointment.objects.in_force(today()).filter(role=role, area__path__in=area.parent_paths())
    return User.objects.filter(pk__in=held.values("user"), is_active=True)


def people_in_unit(role: Role, unit_id: int) -> QuerySet[User]:
    """Return the active people who hold `role` today in a unit."""
    held = Appointment.objects.in_force(today()).filter(role=role, unit=unit_id)
    return User.objects.filter(pk__in=held.values("user"), is_active=True)


def consent_text(kind: str, on: date) -> ConsentText | None:
    """Return the version of a text that is in force on a day, or None where there is none."""
    return ConsentText.objects.in_force(on).filter(kind=kind).first()


def standing_consent(resident: Resident, kind: str) -> Consent | None:
    """Return the consent to the version that is in force today, or None: not given, taken back, or to an older one."""
    text = consent_text(kind, today())
    if text is None:
        return None
    return Consent.objects.filter(resident=resident, text=text, withdrawn_at=None).select_related("text").first()


def texts_to_agree(user: User) -> list[ConsentText]:
    """Return what somebody has to agree to before they write anything: the terms, for a child by the guardian too.

    One query, for a child two more. Staff work under their appointment and its rules.
    """
    if user.is_staff or appointments(user):
        return []
    own = Consent.objects.filter(text=OuterRef("pk"), resident__user=user, withdrawn_at=None)
    wards = Guardianship.objects.filter(minor__user=user, ended_at=None)
    texts = (
        ConsentText.objects.in_force(today())
        .filter(Q(kind=ConsentKind.TERMS) | Q(Exists(wards), kind=ConsentKind.MINOR))
        .annotate(is_agreed=Exists(own))
    )
    newest: dict[str, ConsentText] = {}
    for text in texts:
        newest.setdefault(text.kind, text)
    missing = [text for text in newest.values() if not text.is_agreed]  # type: ignore[attr-defined]  # annotated above
    return [text for text in missing if text.kind != ConsentKind.MINOR or is_below(resident_of(user), "minor.guardian")]


def is_below(person: Resident | None, rule_key: str) -> bool:
    """Return whether somebody is younger than a rule says by their verified ID number, or their age is not known."""
    age = person.age_on(today()) if person is not None else None
    return age is None or age < rule_value(rule_key, today())


def verification_clocks_of(user: User) -> QuerySet[Clock]:
    """Return the open clocks of the requests for verification that wait for this person, soonest due first."""
    return open_clocks_of(user).filter(kind="verification.decide")


def areas_served(user: User | AnonymousUser) -> list[Area]:
    """Return the areas whose residents a person serves today, none of them inside another."""
    held = sorted(areas_of(user, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER), key=lambda area: area.path)
    kept: list[Area] = []
    for area in held:
        if not kept or not kept[-1].covers(area):
            kept.append(area)
    return kept


def residents_served(user: User | AnonymousUser) -> ResidentQuerySet:
    """Return the residents of the areas that a person serves, without tombstones."""
    places = within_any((area.path for area in areas_served(user)), "path")
    # By a list of places, which the index of (home, surname) takes up; a prefix behind a join it would not.
    return Resident.objects.kept().filter(home__in=Area.objects.filter(places).order_by().values("pk"))


def with_any_phone(residents: ResidentQuerySet, phone: str) -> ResidentQuerySet:
    """Keep those who gave this phone, or whose account has it, alone or shared with the family."""
    indexes = phone_indexes(phone)
    if not indexes:
        return residents.none()
    holders = list(User.objects.filter(phone_index__in=indexes).values_list("pk", flat=True))
    sharers = list(User.objects.filter(shares_phone_of__in=holders).values_list("pk", flat=True))
    return residents.filter(Q(phone_index__in=indexes) | Q(user__in=[*holders, *sharers]))


def records_of(resident: Resident) -> QuerySet[VerificationRecord]:
    """Return how a person's verification came and went, before they had an account too, the newest first."""
    return VerificationRecord.objects.filter(resident__in=resident.profiles).select_related("area")


def open_request_of(resident: Resident) -> VerificationRequest | None:
    """Return the request for verification of a resident that nobody has decided, or None."""
    return resident.verification_requests.open().select_related("home", "home__town", "resident").first()


def committee_of(area: Area) -> Unit | None:
    """Return the residents' or villagers' committee that serves a place: whom people without a phone call or visit."""
    units = Unit.objects.filter(kind=UnitKind.RESIDENTS_COMMITTEE, area__path__in=area.parent_paths())
    in_force = units.filter(Q(valid_to=None) | Q(valid_to__gte=today()), valid_from__lte=today())
    return in_force.order_by("-area__path", "pk").first()


def registered_like(name: str, phone: str, home: Area) -> ResidentQuerySet:
    """Return those without an account in the same community who may be this person: the same phone or surname."""
    committee = Area.objects.committees().filter(path__in=home.parent_paths()).first() or home
    alike = Q(surname_index__in=surname_indexes(name)) | Q(phone_index__in=phone_indexes(phone))
    inside = Area.objects.within(committee).order_by().values("pk")
    return Resident.objects.kept().filter(alike, user=None, home__in=inside).select_related("home").order_by("-pk")
