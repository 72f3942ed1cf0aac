"""Reads about who holds what: whom one may appoint over what, who remains, what is open, what is due for review."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from community.appointing import GRANTS, SECOND_FACTOR, Over, Reach, agree, fits_place, fits_unit, givers_of, grants_of
from community.models import Appointment, Area, Clock, Unit, User
from community.models.appointments import AppointmentQuerySet
from community.models.people import phone_indexes
from community.queries import appointments, rule_value, today, within_any
from community.roles import AREA_ROLES, Role, Scope
from community.second_factor import has_second_factor

Place = Area | Unit
# Where everybody with a role may be seen by those who watch over them.
WATCHERS = (Role.AUDITOR, Role.DISTRICT_OFFICER, Role.ADMINISTRATOR)
# How lists of appointments are ordered: the matrix person by person, a review by what waits longest.
MATRIX_ORDER = ("user__username", "role", "pk")
REVIEW_ORDER = ("looked_on", "pk")


def over(place: Place) -> Over:
    """Return a place or unit as the table of grants takes it."""
    return Over(place.area.path, place.pk) if isinstance(place, Unit) else Over(place.path)


def scope_of(appointment: Appointment) -> Place:
    """Return the area or unit that an appointment names."""
    found = appointment.area or appointment.unit
    assert found is not None  # a constraint sees to it
    return found


def own_appointments(user: User) -> list[Appointment]:
    """Return what a person holds today in their own right: who stands in gives no roles."""
    return [held for held in appointments(user) if held.delegated_from_id is None]


def roles_to_give(user: User) -> list[Role]:
    """Return the roles that a person may give somewhere, in the order of Role."""
    given = {grant.given for held in own_appointments(user) for grant in grants_of(Role(held.role))}
    return [role for role in Role if role in given]


def managed(user: User, roles: Collection[Role] | None = None) -> Q:
    """Return the condition for the appointments that a person may give, end and review.

    A row of the table for each thing they hold; who reaches only their own place or unit is held to it.
    """
    condition = Q(pk__in=[])
    for held in own_appointments(user):
        for reach in Reach:
            given = [grant.given for grant in grants_of(Role(held.role)) if grant.reach is reach]
            wanted = [role for role in given if roles is None or role in roles]
            if wanted:
                condition |= Q(role__in=wanted) & reached(held, reach)
    return condition


def reached(held: Appointment, reach: Reach) -> Q:
    """Return the condition for the appointments that lie within what somebody holds."""
    if reach is Reach.UNIT:
        return Q(unit=held.unit_id) if held.unit_id is not None else Q(pk__in=[])
    if held.area is None:
        return Q(pk__in=[])
    if reach is Reach.HERE:
        return Q(area=held.area_id) | Q(unit__area=held.area_id)
    return Q(area__path__startswith=held.area.path) | Q(unit__area__path__startswith=held.area.path)


def managed_appointments(user: User) -> AppointmentQuerySet:
    """Return the appointments that a person may give, end and review, their own never among them."""
    return with_names(Appointment.objects.filter(managed(user)).exclude(user=user))


def with_names(found: AppointmentQuerySet) -> AppointmentQuerySet:
    """Read along whatever a list shows of an appointment."""
    joined = found.select_related(
        "user", "area", "area__town", "unit", "unit__area", "appointed_by", "delegated_from__user"
    )
    return joined.defer("area__boundary", "area__town__boundary", "unit__area__boundary")


def places_to_give(user: User, role: Role, day: date) -> list[Place]:
    """Return the areas or units over which a person may give a role, in the order of the tree."""
    condition = Q(pk__in=[])
    for held in own_appointments(user):
        for grant in GRANTS:
            if grant.giver == held.role and grant.given == role:
                condition |= places_within(held, grant.reach, role)
    if role in AREA_ROLES:
        areas = Area.objects.valid_on(day).filter(condition).select_related("town").defer("boundary", "town__boundary")
        return [area for area in areas if fits_place(role, area.kind)]
    units = Unit.objects.filter(condition).filter(Q(valid_to=None) | Q(valid_to__gte=day)).select_related("area")
    return [unit for unit in units.order_by("area__path", "name") if fits_unit(role, unit.kind)]


def places_within(held: Appointment, reach: Reach, role: Role) -> Q:
    """Return the condition for the areas, or for a role of units the units, that one appointment reaches."""
    if reach is Reach.UNIT:
        return Q(pk=held.unit_id)
    if held.area is None:
        return Q(pk__in=[])
    prefix = "" if role.scope == Scope.AREA else "area__"
    if reach is Reach.HERE:
        return Q(**{f"{prefix}path": held.area.path})
    return Q(**{f"{prefix}path__startswith": held.area.path})


def account_called(name: str) -> User | None:
    """Return the account in use with exactly this user name, or None."""
    return User.objects.filter(is_active=True, erased_at=None, username=name).first()


def account_with_phone(phone: str) -> User | None:
    """Return the account in use with exactly this phone, or None; who asks, counts it (workflow/finding.py)."""
    return User.objects.filter(is_active=True, erased_at=None, phone_index__in=phone_indexes(phone)).first()


def holders(role: Role, place: Place, day: date) -> AppointmentQuerySet:
    """Return the appointments in their own right that give `role` over a place, or in a unit, on a day."""
    held = Appointment.objects.in_force(day).own().filter(role=role, user__is_active=True)
    if isinstance(place, Unit):
        return held.filter(unit=place)
    return held.filter(area__path__in=place.parent_paths())


def open_work(appointment: Appointment) -> QuerySet[Clock]:
    """Return the open clocks that wait for the role of an appointment where it is held."""
    waiting = Clock.objects.open().filter(holder_role=appointment.role)
    if appointment.area is None:
        return waiting.filter(holder_unit=appointment.unit_id)
    places = Area.objects.filter(within_any([appointment.area.path], "path")).order_by()
    return waiting.filter(area__in=places.values("pk"))


def due_for_review(user: User, on: date) -> AppointmentQuerySet:
    """Return the appointments that a person has to review: not looked at for as long as the rule allows."""
    last = on - timedelta(days=rule_value("appointment.review", on))
    looked = Coalesce(F("reviewed_on"), F("starts_on"))
    # What ends today has been decided already.
    held = managed_appointments(user).in_force(on).own().exclude(ends_on=on).annotate(looked_on=looked)
    return held.filter(looked_on__lte=last).order_by(*REVIEW_ORDER)


def colleagues(appointment: Appointment, day: date) -> AppointmentQuerySet:
    """Return the appointments whose holders may stand in for somebody.

    In a unit: whoever is in it. Over a place: who holds the same role in the same town (for a town or the
    district: anywhere in the district), or a role above that gives this one there.
    """
    held = Appointment.objects.in_force(day).own().filter(user__is_active=True).exclude(user=appointment.user_id)
    if appointment.unit_id is not None:
        return held.filter(unit=appointment.unit_id)
    area = appointment.area
    assert area is not None  # a constraint sees to it
    near = Q(role=appointment.role)
    if area.town_id and area.town_id != area.pk:
        near &= Q(area__town=area.town_id)
    above = Q(role__in=sorted(givers_of(Role(appointment.role))), area__path__in=area.parent_paths())
    return held.filter(near | above)


def already_there(appointment: Appointment, day: date) -> AppointmentQuerySet:
    """Return what others hold of the same role over the same place: they do its work anyway, and nobody asks them to."""
    found = Appointment.objects.not_over(day).own().filter(role=appointment.role, user__is_active=True)
    found = found.exclude(user=appointment.user_id)
    if appointment.area is None:
        return found.filter(unit=appointment.unit_id)
    return found.filter(area__path__in=appointment.area.parent_paths())


def stand_ins(appointment: Appointment, day: date) -> AppointmentQuerySet:
    """Return the colleagues who can be asked: neither who does the work there anyway, nor whose role forbids it."""
    clashing = [role for role in Role if not agree(Role(appointment.role), role)]
    barred = Appointment.objects.not_over(day).filter(role__in=clashing)
    found = colleagues(appointment, day).exclude(user__in=already_there(appointment, day).values("user"))
    return found.exclude(user__in=barred.values("user"))


def watched(user: User) -> Q:
    """Return the condition for the appointments that a person may see on the matrix."""
    paths = [held.area.path for held in appointments(user) if held.role in WATCHERS and held.area is not None]
    return within_any(paths, "area__path") | within_any(paths, "unit__area__path")


def matrix_rows(user: User, on: date, *, area: Area | None = None, role: str = "") -> AppointmentQuerySet:
    """Return who holds what on a day within what a person may see, person by person."""
    rows = Appointment.objects.in_force(on).filter(watched(user))
    if area is not None:
        rows = rows.filter(Q(area__path__startswith=area.path) | Q(unit__area__path__startswith=area.path))
    if role:
        rows = rows.filter(role=role)
    return with_names(rows).order_by(*MATRIX_ORDER)


def places_seen(user: User) -> list[Area]:
    """Return the district and the towns by which somebody filters, within what they hold."""
    paths = [held.area.path for held in appointments(user) if held.area is not None]
    found = Area.objects.filter(within_any(paths, "path"), kind__in=("district", "town")).defer("boundary")
    return list(found.filter(Q(valid_to=None) | Q(valid_to__gte=today())))


def lacks_second_factor(user: User, role: Role) -> bool:
    """Return whether a role needs a second factor that somebody has not set up; the demo asks for none."""
    return role in SECOND_FACTOR and settings.STAFF_SECOND_FACTOR and not has_second_factor(user)
