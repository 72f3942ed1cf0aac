"""Who may do what to a resolution, its objections and commitments; whatever their state."""

from __future__ import annotations

import rules
from django.db.models import Q

from community.models import Area, Ownership
from community.models.areas import UnitKind
from community.models.people import Verification
from community.permissions import Person, holds_over, is_machine, is_signed_in
from community.queries import resident_of, today, units_of
from community.roles import Role
from deliberation import ballot_permissions
from deliberation.models import Commitment, Objection, Resolution, Topic

ORGANISERS = (Role.HALL_MODERATOR, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)
# Units that have no handlers of their own: those who serve the place act for them.
SERVED_BY = {
    UnitKind.RESIDENTS_COMMITTEE: (Role.COMMUNITY_WORKER,),
    UnitKind.OFFICE: (Role.TOWN_OFFICER,),
    UnitKind.OWNERS_COMMITTEE: (),
}


def lives_in(user: Person, area: Area) -> bool:
    """Return whether a person is a verified resident of a place."""
    own = resident_of(user)
    if own is None or own.verification != Verification.VERIFIED or own.home is None:
        return False
    return own.home.path.startswith(area.path)


def owns_in(user: Person, area: Area) -> bool:
    """Return whether a verified person owns a dwelling in a place today."""
    own = resident_of(user)
    if own is None or own.verification != Verification.VERIFIED:
        return False
    today_ = today()
    held = Ownership.objects.filter(resident=own, dwelling__area__path__startswith=area.path, starts_on__lte=today_)
    return held.filter(Q(ends_on=None) | Q(ends_on__gte=today_)).exists()


@rules.predicate
def is_organiser_of_place(user: Person, subject: Resolution | Topic) -> bool:
    """A hall's moderator, a community worker or a town officer over the place."""
    return holds_over(user, subject.area, *ORGANISERS)


@rules.predicate
def is_town_officer_of_place(user: Person, subject: Resolution) -> bool:
    """A town officer over the place."""
    return holds_over(user, subject.area, Role.TOWN_OFFICER)


@rules.predicate
def is_resident_of_place(user: Person, resolution: Resolution) -> bool:
    """A verified resident of the place that it concerns."""
    return is_signed_in(user) and lives_in(user, resolution.area)


@rules.predicate
def is_owner_in_place(user: Person, resolution: Resolution) -> bool:
    """A verified owner of a dwelling there."""
    return is_signed_in(user) and owns_in(user, resolution.area)


@rules.predicate
def is_doer(user: Person, resolution: Resolution) -> bool:
    """Somebody of a unit that carries it out."""
    units = units_of(user, Role.HANDLER, Role.OWNERS_COMMITTEE)
    return bool(units) and resolution.commitments.filter(unit__in=units).exists()


@rules.predicate
def is_clock(user: Person, resolution: Resolution) -> bool:
    """The machine, at the hour."""
    return bool(is_machine(user))


can_publish = is_organiser_of_place
can_publish_ballot = ballot_permissions.can_organise
can_object = is_resident_of_place | is_owner_in_place
can_revoke = is_town_officer_of_place
can_sweep = is_clock
# The unit that did the work never rates it.
can_evaluate = is_resident_of_place & ~is_doer


# --- Objections ---------------------------------------------------------------------------------
@rules.predicate
def is_organiser_of_objection(user: Person, objection: Objection) -> bool:
    """A hall's moderator, a community worker or a town officer over the place of what it is against."""
    return holds_over(user, objection.notice.area, *ORGANISERS)


@rules.predicate
def is_objector(user: Person, objection: Objection) -> bool:
    """Who objects."""
    return is_signed_in(user) and objection.by_id == user.pk


@rules.predicate
def has_objected_beside(user: Person, objection: Objection) -> bool:
    """Somebody who has an objection of their own against the same."""
    return is_signed_in(user) and Objection.objects.filter(notice=objection.notice_id, by=user.pk).exists()


can_answer = is_organiser_of_objection & ~is_objector & ~has_objected_beside


# --- Commitments --------------------------------------------------------------------------------
@rules.predicate
def is_of_unit(user: Person, commitment: Commitment) -> bool:
    """Somebody of the responsible unit."""
    if commitment.unit_id in units_of(user, Role.HANDLER, Role.OWNERS_COMMITTEE):
        return True
    roles = SERVED_BY.get(UnitKind(commitment.unit.kind), ())
    return bool(roles) and holds_over(user, commitment.unit.area, *roles)


@rules.predicate
def is_responsible_of_commitment(user: Person, commitment: Commitment) -> bool:
    """A community worker or town officer over the place of the resolution."""
    return holds_over(user, commitment.resolution.area, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)


@rules.predicate
def is_town_officer_of_commitment(user: Person, commitment: Commitment) -> bool:
    """A town officer over the place of the resolution."""
    return holds_over(user, commitment.resolution.area, Role.TOWN_OFFICER)


can_update = is_of_unit | is_responsible_of_commitment
can_finish = is_of_unit
can_drop = is_town_officer_of_commitment
can_reopen = is_responsible_of_commitment
