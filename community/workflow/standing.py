"""How a verification ends: it runs out, its holder moves, or a town officer revokes it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community import permissions
from community.acting import keep_place, lock_roles
from community.errors import NotAllowed, WrongState
from community.log import record
from community.models import Area, Resident, User, VerificationRecord
from community.models.people import Verification
from community.models.verifying import VerificationOutcome
from community.queries import rule_value
from community.workflow.consenting import resident_for
from community.workflow.locking import locked
from community.workflow.memberships import keep_membership
from community.workflow.notices import notify
from community.workflow.ownership import unlink_ownerships
from community.workflow.typed import check_home, clean_address, clean_line
from community.workflow.verifying import day_of, town_of

ENDED = ("verification", "verified_until")


@transaction.atomic
def move_home(*, by: User, at: datetime, home: Area, address: str) -> Resident:
    """Write down where one lives now; who was verified at the old home has to be verified at the new one."""
    resident = locked(resident_for(by=by, at=at))
    if resident.verification_requests.open().exists():
        raise WrongState(_("有一份核验申请还没办完。请先撤回，再改住址。"))
    home = keep_place(home)
    check_home(home, on=day_of(at))
    text = clean_address(address)
    if resident.home_id == home.pk and resident.address == text:
        raise WrongState(_("住址没有变。"))
    if resident.home_id != home.pk:
        keep_membership([resident.pk], resident.household_id, at=at)
        resident.household = None
    if resident.verification != Verification.UNVERIFIED:
        end(resident, Verification.UNVERIFIED, VerificationOutcome.MOVED, by=by, at=at, area=home)
    resident.home, resident.town, resident.address = home, town_of(home), text
    resident.save(update_fields=["home", "town", "address", "household"])
    record(resident, "resident.move", by=by, at=at, home=home.pk)
    return resident


@transaction.atomic
def revoke_verification(resident: Resident, *, by: User, at: datetime, reason: str) -> Resident:
    """Take a verification back; the ID number is free again for whom it belongs to. A town officer of the place."""
    resident = locked(resident)
    lock_roles(by)
    if not permissions.is_town_officer_of_home(by, resident):
        raise NotAllowed(_("只有住地的镇街干部可以撤销核验。"))
    if not permissions.can_revoke_verification(by, resident):
        raise NotAllowed(_("自己和自家人的核验，要由别人撤销。"))
    if resident.verification == Verification.UNVERIFIED:
        raise WrongState(_("这位居民没有核验过，不用撤销。"))
    note = clean_line(reason, "reason", missing=_("请写为什么撤销，本人会看到。"))
    end(resident, Verification.UNVERIFIED, VerificationOutcome.REVOKED, by=by, at=at, note=note)
    resident.id_number = ""
    resident.save(update_fields=["id_number", "id_index"])
    unlink_ownerships(resident, by=by, at=at)
    record(resident, "verification.revoke", by=by, at=at)
    tell(resident, gettext_noop("您的实名核验被撤销了，原因在这里看"), at=at)
    return resident


def end(
    resident: Resident, state: Verification, outcome: VerificationOutcome, *, by: User, at: datetime,
    area: Area | None = None, note: str = "",
) -> None:  # fmt: skip
    """Set that a verification stands no longer, and insert the line that says why."""
    resident.verification, resident.verified_until = state, None
    resident.save(update_fields=ENDED)
    VerificationRecord.objects.create(
        resident=resident, outcome=outcome, area=area or resident.home, by=by, at=at, note=note
    )


def tell(resident: Resident, message: str, *, at: datetime, **params: Any) -> None:
    """Tell a person with an account."""
    if resident.user is not None:
        notify([resident.user], message, url=reverse("my_verification"), at=at, **params)


def sweep_verifications(*, at: datetime) -> int:
    """End the verifications that have run out, and tell people whose verification soon will; return how many ended.

    Safe to run twice and by two machines at once: each resident is locked and looked at again.
    """
    day = day_of(at)
    over = Resident.objects.filter(verification=Verification.VERIFIED, verified_until__lt=day)
    ended = sum(expire_one(pk, day, at) for pk in list(over.order_by("verified_until").values_list("pk", flat=True)))
    for pk in soon_to_end(day):
        tell_one(pk, at)
    return ended


def soon_to_end(day: date) -> list[int]:
    """Return the residents whose verification ends within the rule's days and who were not told of that day."""
    last = day + timedelta(days=rule_value("verification.expiry_notice", day))
    near = Resident.objects.filter(
        Q(expiry_told_for=None) | ~Q(expiry_told_for=F("verified_until")),
        verification=Verification.VERIFIED,
        verified_until__gte=day,
        verified_until__lte=last,
    )
    return list(near.order_by("verified_until").values_list("pk", flat=True))


@transaction.atomic
def expire_one(pk: int, day: date, at: datetime) -> bool:
    """End one verification that has run out; False where another machine did, or holds the row."""
    rows = Resident.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user", "home")
    resident = rows.filter(pk=pk, verification=Verification.VERIFIED, verified_until__lt=day).first()
    if resident is None:
        return False
    by = User.objects.clock()
    end(resident, Verification.EXPIRED, VerificationOutcome.EXPIRED, by=by, at=at)
    record(resident, "verification.expire", by=by, at=at)
    tell(resident, gettext_noop("您的实名核验到期了，请重新核验"), at=at)
    return True


@transaction.atomic
def tell_one(pk: int, at: datetime) -> None:
    """Tell somebody once that their verification ends soon."""
    rows = Resident.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user")
    resident = rows.filter(pk=pk, verification=Verification.VERIFIED).first()
    if resident is None or resident.verified_until is None or resident.expiry_told_for == resident.verified_until:
        return
    resident.expiry_told_for = resident.verified_until
    resident.save(update_fields=["expiry_told_for"])
    until = resident.verified_until.isoformat()
    tell(resident, gettext_noop("您的实名核验 %(until)s 到期，请提前重新核验"), at=at, until=until)
