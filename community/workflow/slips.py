"""The slip by which somebody signs in again who has no phone of their own: printed, shown once, good once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.encryption import blind_index, blind_indexes
from community.errors import BadInput, WrongState
from community.log import record
from community.models import Recovery, Resident, User
from community.models.recovering import RecoveryState, RecoveryWay
from community.queries import rule_value
from community.workflow.letters import digits_of
from community.workflow.notices import notify
from community.workflow.recovering import CONFIRM, check_account, check_asker, lock_open, page_of
from community.workflow.terms import day_of

# As long as a bank card's number: nobody guesses it, so no wrong try need be counted, and none can void a slip.
SLIP_LENGTH = 16


@transaction.atomic
def print_slip(recovery: Recovery, *, by: User, at: datetime) -> tuple[Recovery, str]:
    """Make a code to be printed this once, which is good for one sign-in; the one before it is void."""
    recovery = lock_open(recovery, by)
    check_asker(recovery, by)
    if recovery.state != RecoveryState.DONE or recovery.way != RecoveryWay.SLIP:
        raise WrongState(_("要先由另一位工作人员确认，才能打印登录条。"))
    check_account(recovery.resident)
    assert recovery.decided_at is not None
    if recovery.slip_used_at or at > recovery.decided_at + timedelta(days=rule_value(CONFIRM, day_of(at))):
        raise WrongState(_("登录条已经用过，或者隔得太久了。还是登录不了的话，请重新办一次。"))
    if recovery.slip_expires_at is not None:
        tell_of_another(recovery, at=at)
    code = f"{secrets.randbelow(10**SLIP_LENGTH):0{SLIP_LENGTH}d}"
    recovery.slip_hash = blind_index("slip", code)
    recovery.slip_expires_at = at + timedelta(days=rule_value("recovery.slip", day_of(at)))
    recovery.save(update_fields=["slip_hash", "slip_expires_at"])
    record(recovery, "recovery.slip", by=by, at=at)
    return recovery, code


def tell_of_another(recovery: Recovery, *, at: datetime) -> None:
    """Tell the person and the second worker that a slip is printed again: the first may be in other hands."""
    person, second = recovery.resident.user, recovery.decided_by
    assert person is not None  # check_account has asked
    assert second is not None  # it was confirmed
    again = gettext_noop("您的登录条又打印了一张，前面的作废。不是您本人要的，请马上到社区")
    notify([person], again, url=reverse("reveal_log"), at=at, urgent=True)
    again = gettext_noop("您确认过的重新登录，登录条又打印了一张。本人没有再来的话，请马上告诉镇街")
    notify([second], again, url=page_of(recovery), at=at)


@transaction.atomic
def enter_slip(*, code: str, at: datetime) -> User:
    """Use up a slip; return whose it is, who sets a new password next."""
    typed = digits_of(code)
    found = Recovery.objects.filter(slip_hash__in=blind_indexes("slip", typed)) if len(typed) == SLIP_LENGTH else None
    known = found.select_related("resident").first() if found is not None else None
    if known is None:
        raise BadInput(_("码不对。登录条上是 %(count)d 位数字，请再看一遍。") % {"count": SLIP_LENGTH}, "code")
    user = User.objects.select_for_update(no_key=True).filter(resident=known.resident_id).first()
    person = Resident.objects.select_for_update(of=("self",)).get(pk=known.resident_id)
    recovery = Recovery.objects.select_for_update().get(pk=known.pk)
    is_stale = recovery.slip_used_at or recovery.slip_expires_at is None or recovery.slip_expires_at <= at
    if user is None or not user.is_active or is_stale or recovery.slip_hash != known.slip_hash:
        raise WrongState(_("这张登录条用过了，或者过期了。请到社区重新打印一张。"))
    # It may have come to a role since it was printed.
    check_account(person)
    recovery.slip_used_at = at
    recovery.save(update_fields=["slip_used_at"])
    record(recovery, "recovery.slip_used", by=user, at=at)
    return user
