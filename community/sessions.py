"""Where somebody is signed in: kept short of an exact address, seen now and then, ended with the old password."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from allauth.account import signals as account_signals
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as factor_signals
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import HTTP_USER_AGENT_MAX_LENGTH, UserSession
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.log import record
from community.models import Resident, User
from community.models.people import Verification
from community.reach import emails
from community.workflow.accounts import SESSIONS_PAGE, after_new_password, open_profile, void_slips
from community.workflow.notices import notify

# So often, at most, a session's last visit is written down.
SEEN_EVERY = 10 * 60
BROWSERS = (
    ("MicroMessenger", gettext_noop("微信")),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("OPR", "Opera"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
DEVICES = (
    ("iPhone", gettext_noop("苹果手机")),
    ("iPad", gettext_noop("苹果平板")),
    ("HarmonyOS|OpenHarmony", gettext_noop("鸿蒙手机")),
    ("Android", gettext_noop("安卓手机")),
    ("Windows", gettext_noop("Windows 电脑")),
    ("Macintosh", gettext_noop("苹果电脑")),
    ("Linux", gettext_noop("Linux 电脑")),
)
# What a person is told, by the kind of factor and whether it came.
FACTOR_WORDS = {
    (Authenticator.Type.WEBAUTHN, True): gettext_noop("您加了通行密钥。不是您本人加的，请马上带身份证到社区。"),
    (Authenticator.Type.WEBAUTHN, False): gettext_noop("您删了通行密钥。不是您本人删的，请马上带身份证到社区。"),
    (Authenticator.Type.TOTP, True): gettext_noop("您设了验证器。不是您本人设的，请马上带身份证到社区。"),
    (Authenticator.Type.TOTP, False): gettext_noop("您不再用验证器了。不是您本人停的，请马上带身份证到社区。"),
}


def device_of(agent: str) -> str:
    """Return in words what somebody sits before, as far as the browser tells."""
    found = [next((name for mark, name in marks if re.search(mark, agent)), "") for marks in (DEVICES, BROWSERS)]
    return " · ".join(_(name) for name in found if name) or _("不认识的设备")


def place_of(address: str) -> str:
    """Return the network somebody comes from, without the part that names one household."""
    try:
        found = ip_address(address)
    except ValueError:
        return _("不知道")
    if found.is_unspecified:
        return _("不知道")
    if found.is_loopback or found.is_private:
        return _("本机或内部网络")
    return ":".join(found.exploded.split(":")[:3]) + ":*" if found.version == 6 else f"{address.rsplit('.', 1)[0]}.*"


def network_of(address: str) -> str:
    """Return an address without its last part, so that no list of exact addresses comes to be."""
    try:
        found = ip_address(address)
    except ValueError:
        return "0.0.0.0"  # noqa: S104  (stands for no address)
    length = 48 if isinstance(found, IPv6Address) else 24
    return str(ip_network(f"{found}/{length}", strict=False).network_address)


@receiver(pre_save, sender=UserSession)
def shorten_address(sender: object, instance: UserSession, **kwargs: Any) -> None:
    """Keep the network alone."""
    instance.ip = network_of(instance.ip)


@receiver(user_logged_in)
def note_sign_in(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    """Count the sign-in as a visit."""
    if request.session.session_key:
        cache.set(seen_key(request), 1, SEEN_EVERY)


@receiver(user_logged_in)
def end_slips(sender: object, user: User, **kwargs: Any) -> None:
    """Whoever is in needs no slip any more, and nobody else shall have it."""
    void_slips(user, at=timezone.now())


@receiver(user_logged_in)
def tell_of_sign_in(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Tell a verified person that a code let in a device they are not known by: carriers give old numbers to others.

    Only where somebody else than that device can read it: on another one, or by an e-mail address that is proven.
    """
    ways = [one["method"] for one in get_authentication_records(request, user)]
    if ways[-1:] != ["code"] or not Resident.objects.filter(user=user, verification=Verification.VERIFIED).exists():
        return
    others = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
    agent = request.META.get("HTTP_USER_AGENT", "")[:HTTP_USER_AGENT_MAX_LENGTH]
    if others.filter(user_agent=agent).exists() or not (others.exists() or emails([user.pk])):
        return
    told = gettext_noop("一台新的设备用短信验证码登录了您的账号。不是您本人，请马上带身份证到社区。")
    notify([user], told, url=SESSIONS_PAGE, at=timezone.now(), urgent=True)


def seen_key(request: HttpRequest) -> str:
    """Return under which key it is kept that a session was seen lately."""
    return f"seen:{request.session.session_key}"


class LastSeenMiddleware:
    """Writes down, every ten minutes at most, when a session was last used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Note the visit once the page is done."""
        response = self.get_response(request)
        session = getattr(request, "session", None)
        # A session that nobody has read says nothing of who is there, and a page from the cache reads none.
        if session is not None and session.accessed and session.session_key and request.user.is_authenticated:
            note_visit(request)
        return response


def note_visit(request: HttpRequest) -> None:
    """Note that a session was used, unless that was done lately."""
    if cache.add(seen_key(request), 1, SEEN_EVERY):
        UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=timezone.now())


@receiver(account_signals.password_changed)
@receiver(account_signals.password_set)
@receiver(account_signals.password_reset)
def on_new_password(sender: object, request: HttpRequest, user: User, signal: Any, **kwargs: Any) -> None:
    """Do after allauth's own pages what our verb does; a page of theirs is for the first password alone."""
    with transaction.atomic():
        is_first = signal is account_signals.password_set
        after_new_password(user, at=timezone.now(), keep=request.session.session_key, is_first=is_first)


@receiver(factor_signals.authenticator_added)
@receiver(factor_signals.authenticator_removed)
def on_factor(sender: object, user: User, authenticator: Any, signal: Any, **kwargs: Any) -> None:
    """Tell a person that a way to sign in came or went; the spare codes come and go with another, which is told."""
    record(user, "account.factor", by=user, at=timezone.now(), kind=str(authenticator.type))
    told = FACTOR_WORDS.get((authenticator.type, signal is factor_signals.authenticator_added))
    if told:
        notify([user], told, url="/accounts/2fa/", at=timezone.now())


@receiver(account_signals.user_signed_up)
def on_sign_up(sender: object, user: User, **kwargs: Any) -> None:
    """Give whoever signs up by name or e-mail their resident's profile."""
    open_profile(user, at=timezone.now())
