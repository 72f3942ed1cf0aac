"""One person, one profile: what a worker did for somebody without an account goes to the account that they open."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from wagtail.models import ModelLogEntry

from community import permissions
from community.errors import NotAllowed
from community.log import record
from community.models import Consent, FormerMember, Guardianship, Ownership, Resident, User, VerificationRequest
from community.models.people import ResidentQuerySet, Verification, phone_indexes
from community.signals import profile_joined
from community.workflow.consenting import withdraw_requests
from community.workflow.locking import check_kept, locked_all, locked_open
from community.workflow.memberships import keep_membership
from community.workflow.notices import notify

# So long whoever corrected a name or phone does not join by it: nobody makes two people alike and then one.
CORRECTED_DAYS = 30
MADE_ALIKE = gettext_lazy("有一份同名同电话的登记，是您最近更正过的。要并到一起，请同事来办这次核验。")


def with_same_number(request: VerificationRequest) -> ResidentQuerySet:
    """Return who is registered under the claimed ID number without an account, where an account claims it."""
    others = Resident.objects.kept().filter(user=None).exclude(pk=request.resident_id)
    if request.resident.user_id is None or not request.id_number:
        return others.none()
    return others.with_id_number(request.id_number)


def alike(request: VerificationRequest, by: User) -> list[Resident]:
    """Return who was registered without account and ID number, with the same name and the account's phone.

    Only those for whom `by` may speak: of others a worker learns nothing here. Not those whose name or phone
    `by` has corrected of late.
    """
    found = looking_alike(request, by)
    corrected = corrected_lately(found, by)
    return [one for one in found if one.pk not in corrected]


def made_alike(request: VerificationRequest, by: User) -> list[Resident]:
    """Return who is alike by a name or phone that `by` has corrected of late: a colleague joins them."""
    found = looking_alike(request, by)
    corrected = corrected_lately(found, by)
    return [one for one in found if one.pk in corrected]


def corrected_lately(people: list[Resident], by: User) -> set[int]:
    """Return which of these had their name or phone corrected by somebody within the last days."""
    if not people:
        return set()
    since = timezone.now() - timedelta(days=CORRECTED_DAYS)
    lines = ModelLogEntry.objects.filter(
        user=by, action="resident.correct", timestamp__gte=since, object_id__in=[str(one.pk) for one in people]
    )
    return {int(line.object_id) for line in lines if {"name", "phone"} & set(line.data["fields"])}


def looking_alike(request: VerificationRequest, by: User) -> list[Resident]:
    """Return who was registered with the same name and phone, whoever wrote these down."""
    account = request.resident.user
    if account is None or not request.name:
        return []
    phones = {*phone_indexes(request.resident.phone), *phone_indexes(account.phone or "")}
    found = Resident.objects.kept().filter(user=None, id_index=None, phone_index__in=phones)
    return [
        one
        for one in found.select_related("home", "user").order_by("pk")
        if one.name == request.name and permissions.can_speak_for(by, one) and not permissions.is_family(by, one)
    ]


@transaction.atomic
def join_profile(earlier: Resident, request: VerificationRequest, *, by: User, at: datetime) -> Resident:
    """Join the earlier profile of somebody without an account to that of the account that asks to be verified.

    A worker does it who has seen the person and their paper, as part of finding the request true. What may
    be rewritten goes to the account's profile, the rest goes on pointing to the earlier one, which is
    emptied. Returns the account's profile. Raises NotAllowed or WrongState.
    """
    request, to = locked_open(request, by, earlier=[earlier.pk])
    earlier = check_kept(locked_all([earlier.pk])[earlier.pk])
    check_may_join(earlier, request, by)
    to.is_volunteer = to.is_volunteer or earlier.is_volunteer
    # Who lives where they lived stays in that household.
    if earlier.home_id == request.home_id and (to.household_id is None or to.home_id != request.home_id):
        keep_membership([to.pk], to.household_id, at=at)
        to.household = earlier.household
    elif earlier.household_id != to.household_id:
        keep_membership([to.pk], earlier.household_id, at=at)
    to.save(update_fields=["is_volunteer", "household"])
    FormerMember.objects.filter(resident=earlier).update(resident=to)
    Ownership.objects.filter(resident=earlier).update(resident=to)
    move_guardianships(earlier, to, at=at)
    move_consents(earlier, to, at=at)
    withdraw_requests(earlier, by=by, at=at)
    empty(earlier, to, at=at)
    profile_joined.send(sender=Resident, earlier=earlier, resident=to, by=by, at=at)
    record(to, "resident.join", by=by, at=at, earlier=earlier.pk)
    if to.user is not None:
        told = gettext_noop("社区以前替您办的事，已经并到您的账号里")
        notify([to.user], told, url=reverse("reveal_log"), at=at)
    return to


def check_may_join(earlier: Resident, request: VerificationRequest, by: User) -> None:
    """Refuse whoever has an account already, the family, and who shares neither ID number nor name and phone."""
    if permissions.is_family(by, earlier):
        raise NotAllowed(_("自己和自家人的核验，要由别人办。"))
    is_same = with_same_number(request).filter(pk=earlier.pk).exists()
    if not is_same and earlier.pk in [one.pk for one in made_alike(request, by)]:
        raise NotAllowed(str(MADE_ALIKE))
    if not is_same and earlier.pk not in [one.pk for one in alike(request, by)]:
        raise NotAllowed(_("这两份登记不像同一个人，不能并。"))


def move_guardianships(earlier: Resident, to: Resident, *, at: datetime) -> None:
    """Let the account's profile answer, and be answered for, in place of the earlier one; twice it ends."""
    standing = Guardianship.objects.filter(ended_at=None)
    pairs = set(standing.filter(Q(minor=to) | Q(guardian=to)).values_list("minor", "guardian"))
    for row in standing.filter(Q(minor=earlier) | Q(guardian=earlier)).order_by("pk"):
        minor = to.pk if row.minor_id == earlier.pk else row.minor_id
        guardian = to.pk if row.guardian_id == earlier.pk else row.guardian_id
        if minor == guardian or (minor, guardian) in pairs:
            row.ended_at = at
        else:
            row.minor_id, row.guardian_id = minor, guardian
            pairs.add((minor, guardian))
        row.save(update_fields=["minor", "guardian", "ended_at"])


def move_consents(earlier: Resident, to: Resident, *, at: datetime) -> None:
    """Keep what was agreed to on paper, but nothing on which the person has spoken since; that ends now."""
    standing = Consent.objects.filter(resident=earlier, withdrawn_at=None)
    spoken = Consent.objects.filter(resident=to).values("text")
    standing.exclude(text__in=spoken).update(resident=to)
    standing.update(withdrawn_at=at)


def empty(earlier: Resident, to: Resident, *, at: datetime) -> None:
    """Leave of a profile nothing but its number, and whose it is."""
    earlier.name = earlier.phone = earlier.id_number = earlier.address = ""
    earlier.home = earlier.town = earlier.household = None
    earlier.verification = Verification.UNVERIFIED
    earlier.verified_at = earlier.verified_until = earlier.expiry_told_for = None
    earlier.is_volunteer = False
    earlier.joined_to, earlier.joined_at = to, at
    earlier.save()
