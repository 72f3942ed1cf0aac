"""Verification that begins online: what the configured check finds true, and what somebody still has to prove."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from community import permissions
from community.acting import lock_roles
from community.errors import NotAllowed, WrongState
from community.identity_checks import CheckUnavailable, Claim, identity_check
from community.log import record
from community.models import Resident, User, VerificationRequest
from community.models.verifying import Method, RequestState, VerificationOutcome
from community.workflow.locking import locked_open
from community.workflow.verifying import GuardianMissing, close, confirm, hand_to_worker, write_record


def check_online(request: VerificationRequest, *, by: User, at: datetime) -> VerificationRequest:
    """Ask the configured check about one's own request, and act by its answer.

    Both identity and home found true: verified. Identity alone: the request goes to the community with
    that fact, for who somebody is says nothing of where they live. Nobody waits for a provider inside a
    transaction. Where it does not answer, or where a worker has to look, WrongState says so.
    """
    known = VerificationRequest.objects.select_related("resident", "home").get(pk=request.pk)
    check_own(known, by)
    try:
        found = identity_check().check(claim_of(known))
    except CheckUnavailable:
        return send_to_paper(request, by=by, at=at, why=_("在线核验现在用不了，申请已经转给社区。请带身份证到社区办。"))
    if not found.is_identity:
        return refuse_unmatched(request, by=by, at=at)
    if not found.is_residence:
        return keep_identity(request, by=by, at=at)
    try:
        return confirm_online(request, by=by, at=at)
    except GuardianMissing as missing:
        return send_to_paper(request, by=by, at=at, why=_("申请已经转给社区。%(why)s") % {"why": missing})
    except WrongState:
        return send_to_paper(request, by=by, at=at, why=_("没能在线核验，申请已经转给社区。请带身份证到社区办。"))


def claim_of(request: VerificationRequest) -> Claim:
    """Return what a provider is asked."""
    return Claim(request.name, request.id_number, request.home.code, request.home.name, request.address)


def check_own(request: VerificationRequest, by: User) -> None:
    """Refuse what is not one's own, and what is not to be checked online any longer."""
    is_open_online = request.state == RequestState.OPEN and request.method == Method.IDENTITY_CHECK
    if not permissions.is_oneself(by, request.resident) or not is_open_online:
        raise NotAllowed(_("这份申请不能在线核验。"))


def locked_own(request: VerificationRequest, by: User) -> tuple[VerificationRequest, Resident]:
    """Return one's own open request that is checked online, and its resident, both locked."""
    request, resident = locked_open(request)
    lock_roles(by)
    check_own(request, by)
    return request, resident


@transaction.atomic
def confirm_online(request: VerificationRequest, *, by: User, at: datetime) -> VerificationRequest:
    """Verify by the answer of the online check, which has found both person and home true."""
    request, resident = locked_own(request, by)
    return confirm(request, resident, by=by, at=at)


@transaction.atomic
def refuse_unmatched(request: VerificationRequest, *, by: User, at: datetime) -> VerificationRequest:
    """Refuse what the online check did not find true."""
    request, resident = locked_own(request, by)
    close(request, RequestState.REFUSED, by=by, at=at, reason=_("姓名和身份证号对不上"))
    write_record(request, resident, VerificationOutcome.REFUSED, by=by, at=at, note=request.reason)
    record(request, "verification.refuse", by=by, at=at, method=request.method)
    return request


@transaction.atomic
def keep_identity(request: VerificationRequest, *, by: User, at: datetime) -> VerificationRequest:
    """Write down that the identity was found true, and hand the request to the community for the home."""
    request, _resident = locked_own(request, by)
    request.method, request.identity_found_at = Method.PAPER, at
    request.save(update_fields=["method", "identity_found_at"])
    record(request, "verification.identity", by=by, at=at)
    hand_to_worker(request, by=by, at=at)
    return request


def send_to_paper(request: VerificationRequest, *, by: User, at: datetime, why: str) -> VerificationRequest:
    """Hand a request to the community, and say so to the person by WrongState."""
    with transaction.atomic():
        request, _resident = locked_own(request, by)
        request.method = Method.PAPER
        request.save(update_fields=["method"])
        record(request, "verification.to_paper", by=by, at=at)
        hand_to_worker(request, by=by, at=at)
    raise WrongState(why)


@transaction.atomic
def prove_by_letter(request: VerificationRequest, *, by: User, at: datetime) -> VerificationRequest:
    """Let a letter prove the home of somebody whose identity was found true online, in place of a way to the community.

    The worker's term goes on as it was.
    """
    request, resident = locked_open(request)
    lock_roles(by)
    if not permissions.is_oneself(by, resident):
        raise NotAllowed(_("这不是您的申请。"))
    if request.identity_found_at is None or request.method != Method.PAPER:
        raise WrongState(_("这份申请现在不能改成寄信。"))
    request.method = Method.LETTER
    request.save(update_fields=["method"])
    record(request, "verification.to_letter", by=by, at=at)
    return request
