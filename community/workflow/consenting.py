"""Agreeing to a text, and taking that back."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from community.acting import lock_roles
from community.clock import SHANGHAI
from community.errors import NotAllowed, WrongState
from community.log import record
from community.models import Consent, ConsentText, Resident, User, VerificationRecord
from community.models.people import Verification
from community.models.privacy import ConsentChannel, ConsentKind
from community.models.verifying import RequestState, VerificationOutcome, VerificationRequest
from community.permissions import holds_over, is_guardian_of, is_signed_in
from community.queries import consent_text, rule_value, standing_consent
from community.roles import Role
from community.workflow.accounts import open_profile
from community.workflow.clocks import stop_clocks
from community.workflow.locking import locked
from community.workflow.ownership import unlink_ownerships


@transaction.atomic
def resident_for(*, by: User, at: datetime) -> Resident:
    """Return the profile of a person with an account; the first time an empty one, not verified."""
    if not is_signed_in(by):
        raise NotAllowed(_("请先登录。"))
    # Two first steps at once: the second waits for the first.
    User.objects.select_for_update().get(pk=by.pk)
    return open_profile(by, at=at)


@transaction.atomic
def give_consent(
    resident: Resident,
    kind: ConsentKind,
    *,
    by: User,
    at: datetime,
    channel: ConsentChannel = ConsentChannel.SITE,
    seen: str = "",
) -> Consent:
    """Agree to the text of `kind` that is in force; again, the consent that stands.

    On the site the person agrees, or the guardian of a minor; on paper a community worker of the home
    writes it down. `seen` is the `digest_of` the text that was read: of a text that has changed
    meanwhile nobody has agreed to anything. Raises NotAllowed or WrongState.
    """
    resident = locked(resident)
    day = at.astimezone(SHANGHAI).date()
    check_may(resident, kind, by, channel, day)
    text = consent_text(kind, day)
    if text is None:
        raise WrongState(_("现在没有要同意的文本。"))
    consent, is_new = Consent.objects.get_or_create(
        resident=resident,
        text=text,
        withdrawn_at=None,
        defaults={"channel": channel, "given_by": by, "given_at": at},
    )
    # The new row's foreign key keeps the text from changing until commit; what was read is compared only now.
    text.refresh_from_db()
    if seen and seen != digest_of(text):
        raise WrongState(_("文本刚刚改过。请再看一遍，再决定同不同意。"))
    if is_new:
        record(resident, "consent.give", by=by, at=at, kind=str(kind), version=text.version, channel=str(channel))
    return consent


@transaction.atomic
def withdraw_consent(
    resident: Resident,
    kind: ConsentKind,
    *,
    by: User,
    at: datetime,
    channel: ConsentChannel = ConsentChannel.SITE,
) -> None:
    """Take back what was agreed to, in whatever version; what was done before stays lawful.

    Without consent to sensitive data the ID number is deleted, and with it the verification, which
    nothing proves any longer. Raises NotAllowed or WrongState.
    """
    resident = locked(resident)
    check_may(resident, kind, by, channel, at.astimezone(SHANGHAI).date())
    if not Consent.objects.filter(resident=resident, text__kind=kind, withdrawn_at=None).update(withdrawn_at=at):
        raise WrongState(_("您没有同意过，或者已经撤回了。"))
    if kind == ConsentKind.VERIFICATION:
        forget_identity(resident, by=by, at=at)
    record(resident, "consent.withdraw", by=by, at=at, kind=str(kind), channel=str(channel))


def forget_identity(resident: Resident, *, by: User, at: datetime) -> None:
    """Delete what was agreed to be kept for verification, and end the verification that rests on it."""
    withdraw_requests(resident, by=by, at=at)
    was_verified = resident.verification == Verification.VERIFIED
    resident.id_number, resident.id_index = "", None
    resident.verification, resident.verified_at = Verification.UNVERIFIED, None
    resident.verified_until = None
    resident.save(
        update_fields=["id_number", "id_index", "verification", "verified_at", "verified_until"],
    )
    unlink_ownerships(resident, by=by, at=at)
    if was_verified:
        VerificationRecord.objects.create(
            resident=resident,
            outcome=VerificationOutcome.REVOKED,
            area=resident.home,
            by=by,
            at=at,
            note="本人撤回同意",
        )


def withdraw_requests(resident: Resident, *, by: User, at: datetime) -> None:
    """Take back a resident's open requests for verification with their clocks, and empty what they claimed."""
    requests = VerificationRequest.objects.filter(resident=resident, state=RequestState.OPEN)
    for request in requests.select_for_update():
        stop_clocks(request, "verification.decide", "verification.letter", by=by, at=at)
    requests.update(
        state=RequestState.WITHDRAWN, decided_at=at, decided_by=by, name="", id_number="", address=""
    )  # fmt: skip


def check_may(resident: Resident, kind: ConsentKind, by: User, channel: ConsentChannel, day: date) -> None:
    """Refuse who can't speak for this person; a minor does not agree in the guardian's place."""
    if channel == ConsentChannel.PAPER:
        lock_roles(by)
        allowed = resident.home is not None and holds_over(by, resident.home, Role.COMMUNITY_WORKER)
        if not allowed:
            raise NotAllowed(_("纸面的同意，由住地的社区工作者登记。"))
        return
    is_own = is_signed_in(by) and resident.user_id == by.pk and kind != ConsentKind.MINOR
    if not is_own and not is_guardian_of(by, resident):
        age = rule_value("minor.guardian", day)
        raise NotAllowed(_("这要本人同意，不满 %(age)d 周岁的由监护人同意。") % {"age": age})


def digest_of(text: ConsentText) -> str:
    """Return a short proof of which words were shown."""
    return hashlib.sha256(f"{text.pk}\n{text.title}\n{text.body}".encode()).hexdigest()[:32]


__all__ = ["digest_of", "give_consent", "resident_for", "standing_consent", "withdraw_consent"]
