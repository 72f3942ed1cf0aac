"""Who may: short predicates that compose (django-rules), of a person and a place or unit.

A role over an area reaches its whole subtree, and only between its days. No predicate says yes to a
superuser for being one: Wagtail's administrators are not community workers.
"""

from __future__ import annotations

from datetime import timedelta

import rules
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone

from community import roles
from community.appointing import may_give
from community.filing import may_read
from community.holding import WATCHERS, Place, over, own_appointments, roles_to_give, scope_of
from community.models import (
    Appointment,
    Area,
    FormerMember,
    Guardianship,
    Hiding,
    Recovery,
    Representation,
    Resident,
    StoredFile,
    Unit,
    User,
    VerificationRequest,
)
from community.models.people import CLOCK_USERNAME, ResidentQuerySet
from community.queries import held_today, holds_somewhere, is_below, resident_of
from community.roles import Role

Person = User | AnonymousUser
STAFF_ROLES = roles.STAFF_ROLES
# Whoever was family so lately is so still: nobody ends a conflict of interest by moving out.
FAMILY_DAYS = 365


def holds_over(user: Person, area: Area, *roles: Role) -> bool:
    """Return whether a person holds one of `roles` over `area` today, directly or from above."""
    return any(held.path and held.role in roles and area.path.startswith(held.path) for held in held_today(user))


@rules.predicate
def is_signed_in(user: Person) -> bool:
    """Anybody with an account in use."""
    return bool(user.is_authenticated and user.is_active)


@rules.predicate
def is_staff_member(user: Person) -> bool:
    """Anybody for whom work may wait on the desk."""
    return any(held.role in STAFF_ROLES for held in held_today(user))


@rules.predicate
def is_administrator(user: Person) -> bool:
    """Somebody who runs the site; being a superuser of Wagtail's admin is not that."""
    return holds_somewhere(user, Role.ADMINISTRATOR)


@rules.predicate
def is_worker_anywhere(user: Person) -> bool:
    """A community worker of any place; which place is asked with the record in hand."""
    return holds_somewhere(user, Role.COMMUNITY_WORKER)


@rules.predicate
def is_guardian_of(user: Person, resident: Resident) -> bool:
    """Somebody who answers for this person today, who is not of age yet."""
    return (
        is_signed_in(user)
        and Guardianship.objects.filter(minor=resident, guardian__user=user.pk, ended_at=None).exists()
        and is_below(resident, "minor.adult")
    )


@rules.predicate
def can_change_places(user: Person, area: Area) -> bool:
    """Somebody who merges and splits places: a district officer or an administrator over them."""
    return holds_over(user, area, Role.DISTRICT_OFFICER, Role.ADMINISTRATOR)


@rules.predicate
def changes_places_somewhere(user: Person) -> bool:
    """The same of any place; which place is asked with it in hand."""
    return holds_somewhere(user, Role.DISTRICT_OFFICER, Role.ADMINISTRATOR)


@rules.predicate
def can_keep_homes(user: Person, area: Area) -> bool:
    """Somebody who keeps the books of homes in a place: its community worker, or the officer of its town."""
    return holds_over(user, area, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)


@rules.predicate
def keeps_homes_somewhere(user: Person) -> bool:
    """The same of any place; which place is asked with the record in hand."""
    return holds_somewhere(user, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)


@rules.predicate
def is_oneself(user: Person, resident: Resident) -> bool:
    """The person that a profile is about."""
    return is_signed_in(user) and resident.user_id == user.pk


@rules.predicate
def is_family(user: Person, resident: Resident) -> bool:
    """Somebody of the same household, or guardian and ward, now or within the last year: others decide about them."""
    own = resident_of(user)
    return own is not None and own.pk != resident.pk and family_of(own).filter(pk=resident.pk).exists()


def family_of(own: Resident) -> ResidentQuerySet:
    """Return the household of a resident, their guardians and wards, with those of the last year; not themself."""
    since = timezone.now() - timedelta(days=FAMILY_DAYS)
    left = FormerMember.objects.filter(until__gte=since)
    homes = Q(household__in=left.filter(resident=own).values("household"))
    if own.household_id is not None:
        homes |= Q(household=own.household_id)
    former = left.filter(homes).values("resident")
    of_late = Guardianship.objects.filter(Q(ended_at=None) | Q(ended_at__gte=since))
    wards, guardians = of_late.filter(guardian=own).values("minor"), of_late.filter(minor=own).values("guardian")
    near = Resident.objects.filter(homes | Q(pk__in=former) | Q(pk__in=wards) | Q(pk__in=guardians))
    return near.exclude(pk=own.pk)


@rules.predicate
def is_worker_of_home(user: Person, resident: Resident) -> bool:
    """A community worker over the place where this person lives."""
    return resident.home is not None and holds_over(user, resident.home, Role.COMMUNITY_WORKER)


@rules.predicate
def is_town_officer_of_home(user: Person, resident: Resident) -> bool:
    """A town officer over the place where this person lives."""
    return resident.home is not None and holds_over(user, resident.home, Role.TOWN_OFFICER)


@rules.predicate
def is_without_account(user: Person, resident: Resident) -> bool:
    """Nobody signs in as this person."""
    return resident.user_id is None and resident.joined_to_id is None and resident.erased_at is None


@rules.predicate
def can_search_residents(user: Person) -> bool:
    """Those who serve the residents of some place; no overseer, no auditor, no administrator."""
    return holds_somewhere(user, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)


@rules.predicate
def is_worker_of_request(user: Person, request: VerificationRequest) -> bool:
    """A community worker over the place that a request for verification names as home."""
    return holds_over(user, request.home, Role.COMMUNITY_WORKER)


@rules.predicate
def is_about_oneself_or_family(user: Person, request: VerificationRequest) -> bool:
    """A request of one's own, or of one's family."""
    return is_oneself(user, request.resident) or is_family(user, request.resident)


can_decide_verification = is_worker_of_request & ~is_about_oneself_or_family
can_see_resident = is_worker_of_home | is_town_officer_of_home
can_reveal = can_see_resident & ~is_oneself
can_revoke_verification = is_town_officer_of_home & ~is_oneself & ~is_family
can_record_guardian = is_worker_of_home & ~is_oneself & ~is_family
can_speak_for = is_worker_of_home & is_without_account
can_note_act = can_see_resident & is_without_account
can_erase_on_paper = can_speak_for & ~is_family
can_ask_recovery = is_worker_of_home & ~is_without_account & ~is_oneself & ~is_family
can_correct = is_worker_of_home & ~is_oneself & ~is_family


@rules.predicate
def serves_recovery(user: Person, recovery: Recovery) -> bool:
    """A community worker or town officer of the place where this person lives."""
    return bool(can_see_resident(user, recovery.resident))


@rules.predicate
def is_of_recovery(user: Person, recovery: Recovery) -> bool:
    """The person who is being helped back to their account."""
    return is_oneself(user, recovery.resident)


@rules.predicate
def is_family_of_recovery(user: Person, recovery: Recovery) -> bool:
    """Their family."""
    return is_family(user, recovery.resident)


@rules.predicate
def is_asker_of_recovery(user: Person, recovery: Recovery) -> bool:
    """The worker who has asked for it, and so can't confirm it."""
    return is_signed_in(user) and recovery.asked_by_id == user.pk


can_see_recovery = serves_recovery & ~is_of_recovery
can_confirm_recovery = can_see_recovery & ~is_asker_of_recovery & ~is_family_of_recovery


def may_appoint(user: Person, role: Role, place: Place) -> bool:
    """Return whether a person may give a role over a place or in a unit, by the table of grants."""
    if not isinstance(user, User):
        return False
    return any(may_give(Role(held.role), over(scope_of(held)), role, over(place)) for held in own_appointments(user))


@rules.predicate
def gives_roles(user: Person) -> bool:
    """Somebody who may give a role somewhere."""
    return isinstance(user, User) and bool(roles_to_give(user))


@rules.predicate
def is_holder(user: Person, appointment: Appointment) -> bool:
    """Whose appointment it is."""
    return is_signed_in(user) and appointment.user_id == user.pk


@rules.predicate
def is_lender(user: Person, appointment: Appointment) -> bool:
    """Whose appointment somebody stands in for."""
    origin = appointment.delegated_from
    return is_signed_in(user) and origin is not None and origin.user_id == user.pk


@rules.predicate
def gives_this_role(user: Person, appointment: Appointment) -> bool:
    """Somebody who may give this role over this place or in this unit."""
    return may_appoint(user, Role(appointment.role), scope_of(appointment))


@rules.predicate
def is_watcher_of_appointment(user: Person, appointment: Appointment) -> bool:
    """An auditor, district officer or administrator over the place where it is held."""
    return holds_over(user, appointment.place, *WATCHERS)


@rules.predicate
def is_watcher(user: Person) -> bool:
    """Somebody who may see who holds what: an auditor, a district officer, an administrator."""
    return holds_somewhere(user, *WATCHERS)


@rules.predicate
def is_officer_of_unit(user: Person, unit: Unit) -> bool:
    """A town or district officer over the place that a unit serves."""
    return holds_over(user, unit.area, Role.TOWN_OFFICER, Role.DISTRICT_OFFICER)


@rules.predicate
def keeps_units(user: Person) -> bool:
    """A town or district officer of any place; which place is asked with the unit in hand."""
    return holds_somewhere(user, Role.TOWN_OFFICER, Role.DISTRICT_OFFICER)


can_manage_appointment = gives_this_role & ~is_holder
can_end_appointment = can_manage_appointment | is_lender
can_lend_appointment = is_holder | gives_this_role
can_see_appointment = is_holder | is_lender | gives_this_role | is_watcher_of_appointment


@rules.predicate
def is_machine(user: Person) -> bool:
    """The inactive user in whose name clocks act, and commands at the machine; nobody signs in as it."""
    return isinstance(user, User) and user.username == CLOCK_USERNAME and not user.is_active


imports_dwellings_somewhere = keeps_homes_somewhere | is_machine
can_import_dwellings = can_keep_homes | is_machine


@rules.predicate
def reviews_somewhere(user: Person) -> bool:
    """Somebody before whom things wait for review or appeals for a decision; which, is asked with it in hand."""
    return holds_somewhere(user, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER, Role.DISTRICT_OFFICER)


@rules.predicate
def is_author_of_hidden(user: Person, hiding: Hiding) -> bool:
    """Whose words or photo were kept from the public."""
    return is_signed_in(user) and hiding.author_id == user.pk


@rules.predicate
def is_hider(user: Person, hiding: Hiding) -> bool:
    """Who kept it from the public."""
    return is_signed_in(user) and hiding.by_id == user.pk


@rules.predicate
def is_reviewer_of_hidden(user: Person, hiding: Hiding) -> bool:
    """Staff of the place of what was hidden, or above it."""
    return holds_over(user, hiding.area, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER, Role.DISTRICT_OFFICER)


can_decide_appeal = is_reviewer_of_hidden & ~is_hider & ~is_author_of_hidden
can_see_hidden = is_author_of_hidden | is_reviewer_of_hidden


@rules.predicate
def is_owner_of_file(user: Person, stored: StoredFile) -> bool:
    """Who sent a file."""
    return is_signed_in(user) and stored.owner_id == user.pk


@rules.predicate
def is_held_open(user: Person, stored: StoredFile) -> bool:
    """Somebody to whom a record that holds the file opens it (community/filing.py)."""
    return is_signed_in(user) and may_read(user, stored)


can_read_file = is_owner_of_file | is_held_open


@rules.predicate
def is_of_receipt(user: Person, receipt: Representation) -> bool:
    """For whom a worker acted before they had an account."""
    own = resident_of(user)
    return own is not None and own.profiles.filter(pk=receipt.resident_id).exists()


@rules.predicate
def can_see_receipt(user: Person, receipt: Representation) -> bool:
    """The worker who acted, and those who serve the place; the person has it on paper, with an account here too."""
    served = holds_over(user, receipt.area, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)
    return served or (is_worker_anywhere(user) and receipt.worker_id == user.pk) or is_of_receipt(user, receipt)
