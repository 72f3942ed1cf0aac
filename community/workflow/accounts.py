"""Accounts and their phones: opened by a code, shared in a family, moved to another number."""

from __future__ import annotations

import secrets
import string
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.encryption import blind_index, is_index_of
from community.errors import NotAllowed, WrongState
from community.log import record
from community.models import Recovery, Resident, User
from community.models.people import normalise_phone, phone_index, phone_indexes
from community.models.recovering import RecoveryState, RecoveryWay
from community.queries import rule_value, today
from community.senders import SendFailed, sms_sender
from community.workflow.codes import one_at_a_time
from community.workflow.notices import notify

PHONE_PAGE = "/accounts/phone/"
SESSIONS_PAGE = "/accounts/sessions/"


def free_username() -> str:
    """Return a user name that nobody has, of letters alone: it tells nothing of its owner, least of all a number."""
    while True:
        name = "jm-" + "".join(secrets.choice(string.ascii_lowercase) for _count in range(8))
        if not User.objects.filter(username=name).exists():
            return name


@transaction.atomic
def account_of_phone(*, phone: str, at: datetime) -> tuple[User, bool]:
    """Return the account of whoever has just proved to hold a phone, and whether it was opened now."""
    one_at_a_time(*phone_indexes(phone))
    known = User.objects.with_phone(phone).select_for_update().first()
    if known is not None:
        if not known.phone_verified or known.phone_index != phone_index(phone):
            # Found by the index of an older key, it gets that of today.
            known.set_phone(phone, verified=True)
            known.save(update_fields=["phone", "phone_index", "phone_verified"])
        return known, False
    user = User(username=free_username(), password=make_password(None), date_joined=at)
    user.set_phone(phone, verified=True)
    user.save()
    open_profile(user, at=at)
    record(user, "account.open", by=user, at=at, way="phone")
    return user, True


def ways_in(user: User) -> str:
    """Return what a proof of owning an account rests on: the number that the code went to, and the password of then."""
    return f"{user.pk}:{user.phone or ''}:{user.password}"


def proof_of(user: User) -> str:
    """Return a keyed hash of what a proof rests on, to be kept in a session."""
    return blind_index("proof", ways_in(user))


def is_proof_of(proof: str, user: User) -> bool:
    """Return whether an account is still as it was proved to be one's own; it was moved or recovered otherwise."""
    return is_index_of(proof, "proof", ways_in(user))


@transaction.atomic
def set_new_password(user: User, *, by: User, at: datetime, password: str, keep: str | None = None) -> User:
    """Give an account a new password, after its owner has proved to be that; every session but `keep` ends.

    `user` is the account as it was when the proof was looked at: one that has another number or password since
    is perhaps back with its owner, and the proof somebody else's.
    """
    if by.pk != user.pk:
        raise NotAllowed(_("密码只有本人能改。"))
    fresh = User.objects.select_for_update().get(pk=user.pk)
    if not fresh.is_active or fresh.erased_at is not None:
        raise WrongState(_("这个账号已经停用。"))
    if ways_in(fresh) != ways_in(user):
        raise WrongState(_("这个账号刚刚有了改动。请再要一个验证码，重新来。"))
    is_first = not fresh.has_usable_password()
    fresh.set_password(password)
    fresh.save(update_fields=["password"])
    after_new_password(fresh, at=at, keep=keep, is_first=is_first)
    return fresh


def after_new_password(user: User, *, at: datetime, keep: str | None = None, is_first: bool = False) -> None:
    """End every session but one, log the change and tell the person; called inside a transaction."""
    end_sessions(user, but=keep)
    void_slips(user, at=at)
    record(user, "account.password", by=user, at=at)
    told = gettext_noop("您的密码改了，别的设备都退出了登录。不是您本人改的，请马上带身份证到社区。")
    if is_first:
        told = gettext_noop("您设了密码。不是您本人设的，请马上带身份证到社区。")
    notify([user], told, url=SESSIONS_PAGE, at=at)


def void_slips(user: User, *, at: datetime) -> None:
    """Let a slip be neither used nor printed any more: its owner is back, by whatever way."""
    done = Recovery.objects.filter(resident__user=user, way=RecoveryWay.SLIP, state=RecoveryState.DONE)
    done.filter(slip_used_at=None).update(slip_used_at=at)


def end_sessions(user: User, *, but: str | None = None) -> None:
    """Sign a person out everywhere but in one session."""
    for session in UserSession.objects.filter(user=user).exclude(session_key=but or ""):
        session.end()


def open_profile(user: User, *, at: datetime) -> Resident:
    """Give a new account its resident's profile, unverified; a worker finds it by the phone."""
    values = {"phone": user.phone or "", "phone_index": user.phone_index, "created_at": at}
    return Resident.objects.get_or_create(user=user, defaults=values)[0]


@transaction.atomic
def change_phone(*, by: User, phone: str, at: datetime) -> None:
    """Move an account to a number that its owner has just proved to hold; the old number is told."""
    number = normalise_phone(phone)
    one_at_a_time(*phone_indexes(number))
    user = User.objects.select_for_update().get(pk=by.pk)
    if user.phone == number:
        raise WrongState(_("这就是您现在的手机号，不用换。"))
    if User.objects.with_phone(number).exists():
        raise WrongState(_("这个号码登记在另一个账号上。是您自己的，用它登录后换掉或者注销；不是您的，请换一个号码。"))
    old = user.phone
    user.set_phone(number, verified=True)
    user.shares_phone_of = None
    user.save(update_fields=["phone", "phone_index", "phone_verified", "shares_phone_of"])
    follow_phone(user, old)
    record(user, "account.phone", by=by, at=at)
    notify([user], gettext_noop("您的账号换了手机号。不是您本人换的，请马上带身份证到社区。"), url=PHONE_PAGE, at=at)
    if old:
        transaction.on_commit(lambda: tell_old_phone(old))


def follow_phone(user: User, old: str | None) -> None:
    """Let the resident's profile follow, where it held the same number or none."""
    resident = Resident.objects.select_for_update().filter(user=user, erased_at=None).first()
    if resident is not None and resident.phone in ("", old):
        resident.phone, resident.phone_index = user.phone or "", user.phone_index
        resident.save(update_fields=["phone", "phone_index"])


def tell_old_phone(old: str) -> None:
    """Tell the number that an account has left; that a text did not go holds nothing up."""
    text = _("【%(site)s】您的账号换了手机号，以后不再用这个号码登录。不是您本人换的，请马上带身份证到社区。")
    try:
        sms_sender().send(old, text % {"site": settings.WAGTAIL_SITE_NAME})
    except SendFailed:
        return


@transaction.atomic
def share_phone(*, by: User, phone: str, at: datetime) -> User:
    """Let an account be signed in to by a code to another's phone, which its owner has just proved to have at hand.

    A password of one's own is needed beside it: whoever holds the phone is not everybody who uses it.
    """
    one_at_a_time(*phone_indexes(phone))
    user = User.objects.select_for_update().get(pk=by.pk)
    holder = User.objects.with_phone(phone).filter(is_active=True, erased_at=None).first()
    if not user.has_usable_password():
        raise WrongState(_("先给您自己的账号定一个密码，才能和家里人共用手机。"))
    if holder is None:
        raise WrongState(_("这个号码还没有账号。请机主先用它注册。"))
    if holder == user or user.phone_index:
        raise WrongState(_("您的账号登记了自己的手机号，用它收验证码就行。"))
    if holder.phone_sharers.count() >= rule_value("phone.sharers", today()):
        raise WrongState(
            _("共用这个号码的人已经满了。请用自己的用户名和密码登录；忘了密码，带身份证到社区打印一张登录条。")
        )
    user.shares_phone_of = holder
    user.save(update_fields=["shares_phone_of"])
    record(user, "account.share", by=by, at=at)
    told = gettext_noop("有人和您共用手机号登录了。不是家里人，请到“手机号”里取消。")
    notify([holder], told, url=PHONE_PAGE, at=at)
    return holder


@transaction.atomic
def stop_sharing(sharer: User, *, by: User, at: datetime) -> None:
    """End the sharing of a phone, by who shares it or by who holds it."""
    user = User.objects.select_for_update().get(pk=sharer.pk)
    if user.shares_phone_of_id is None:
        raise WrongState(_("这个账号没有和别人共用手机号。"))
    if by.pk not in (user.pk, user.shares_phone_of_id):
        raise NotAllowed(_("只有机主和共用的人自己能取消。"))
    user.shares_phone_of = None
    user.save(update_fields=["shares_phone_of"])
    record(user, "account.unshare", by=by, at=at)
    if by.pk != user.pk:
        told = gettext_noop("机主取消了共用手机号。您还能用用户名和密码登录。")
        notify([user], told, url=PHONE_PAGE, at=at)


def people_of_phone(holder: User) -> list[User]:
    """Return who may sign in by a code to this person's phone, the holder first."""
    return [holder, *holder.phone_sharers.filter(is_active=True).order_by("pk")]
