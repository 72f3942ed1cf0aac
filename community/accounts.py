"""How allauth and axes find, lock out and address people by user name, e-mail or phone."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.fields import PhoneField
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from community.encryption import blind_index
from community.factors import lacks_second_factor
from community.forwarding import client_address
from community.models import User
from community.models.people import PHONE_SPELLING, normalise_phone, phone_indexes
from community.permissions import is_staff_member
from community.queries import rule_value, today
from community.second_factor import has_authenticator, has_second_factor
from community.stepup import confirmed_lately
from community.workflow.accounts import free_username

# A row of digits that may be somebody's number; a user name is shown to others.
LONG_NUMBER = re.compile(r"\d{7,}")


class AccountAdapter(DefaultAccountAdapter):
    """Gives allauth the encrypted phone by its blind index."""

    def is_safe_url(self, url: str | None) -> bool:
        """Return whether to go on to an address: to a path of this site alone; what has no slash is taken for a name."""
        return bool(url) and str(url).startswith("/") and super().is_safe_url(url)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead who signed in without a page in mind to where their work is: the desk, the editors' pages, their own."""
        user = request.user
        if not isinstance(user, User):
            return super().get_login_redirect_url(request)
        if lacks_second_factor(user):
            return reverse("second_factor")
        if is_staff_member(user):
            return "/desk/"
        return "/admin/" if user.is_staff and user.has_perm("wagtailadmin.access_admin") else "/my/"

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Return the phone and whether it is verified."""
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Store the phone with its index."""
        user.set_phone(phone, verified)
        user.save(update_fields=["phone", "phone_index", "phone_verified"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Mark the phone as proven to be the person's own."""
        self.set_phone(user, phone, verified=True)

    def get_user_by_phone(self, phone: str) -> User | None:
        """Return who holds this phone, or None."""
        return User.objects.with_phone(phone).first()

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        """Return a field that takes a number in any spelling; allauth's own asks for +86."""
        return PhoneField(validators=[check_phone], **kwargs)

    def clean_phone(self, phone: str) -> str:
        """Return the number in the one form in which it is stored."""
        return normalise_phone(phone)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Refuse a user name that holds a phone or ID number: others read it."""
        name: str = super().clean_username(username, shallow=shallow)
        if LONG_NUMBER.search(unicodedata.normalize("NFKC", name)) or "@" in name:
            raise ValidationError(_("用户名别人看得到，请不要用手机号、身份证号和邮箱。"))
        return name

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """Give a user name that tells nothing where none was chosen; allauth's own is made of the e-mail address."""
        if not user.username:
            user.username = free_username()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Lead from every mail to the site's own address: a request names whatever host its sender wrote."""
        ours = {name: on_this_site(value) if name.endswith("_url") else value for name, value in context.items()}
        site = {"name": settings.WAGTAIL_SITE_NAME, "domain": urlsplit(settings.BASE_URL).netloc}
        super().send_mail(template_prefix, email, {**ours, "current_site": site})

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that rate limits count by, in a form that a column for addresses takes."""
        try:
            return str(ip_address(client_address(request)))
        except ValueError:
            return "0.0.0.0"  # noqa: S104  (stands for no address)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Return whether allauth's own pages ask again; a recent sign-in counts, as in community/stepup.py."""
        return not confirmed_lately(self.request)

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """Return the ways to confirm being oneself: allauth's in our words, and a code to one's own phone."""
        methods = super().get_reauthentication_methods(user)
        codes = _("用验证器的验证码确认") if isinstance(user, User) and has_authenticator(user) else _("用备用码确认")
        words = {
            "reauthenticate": _("用密码确认"),
            "mfa_reauthenticate": codes,
            "mfa_reauthenticate:webauthn": _("用通行密钥确认"),
        }
        methods = [{**method, "description": words.get(method["id"], method["description"])} for method in methods]
        # Where there is a second factor, a code to the phone would be a weaker way round it.
        if isinstance(user, User) and user.phone and user.phone_verified and not has_second_factor(user):
            url = reverse("confirm_by_phone")
            methods.append({"id": "confirm_by_phone", "description": _("发验证码到手机确认"), "url": url})
        return methods

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Lead on to where one is signed in: all other places have just been ended."""
        return reverse("usersessions_list")


def on_this_site(url: str) -> str:
    """Return an address of ours as it is known to everybody."""
    parts = urlsplit(url)
    return settings.BASE_URL + urlunsplit(("", "", parts.path, parts.query, parts.fragment))


def is_phone(text: str) -> bool:
    """Return whether a text is a telephone number and nothing else."""
    return bool(PHONE_SPELLING.fullmatch(text.strip()) and normalise_phone(text))


def check_phone(text: str) -> None:
    """Refuse what is no telephone number."""
    if not is_phone(text):
        raise ValidationError(_("请写手机号，比如 138 0000 0000。"))


def lockout_name(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """Return the blind index of what was typed as the login: it may be a phone number."""
    # What is being tried counts first: a form may carry a `login` that has nothing to do with it.
    tried = (str((credentials or {}).get(key) or "") for key in ("username", "login", "email", "phone"))
    typed = next((one for one in tried if one), "")
    if not typed and request is not None:
        typed = request.POST.get("login", "")
    if not typed:
        return ""
    # One account by its user name, e-mail or phone is one login: each would bring five more guesses.
    name = username_meant(typed)
    # So is one number or name in other spellings, where there is no account.
    if not name and is_phone(typed):
        return blind_index("login", normalise_phone(typed))
    return blind_index("login", one_spelling(name or typed))


def username_meant(typed: str) -> str:
    """Return the user name of the account that somebody means by it, by an e-mail or a phone, in one query; or ''."""
    typed = typed.strip()
    means = Q(username__iexact=typed) | Q(email__iexact=typed)
    if is_phone(typed):
        means |= Q(phone_index__in=phone_indexes(typed))
    return User.objects.filter(means).order_by("pk").values_list("username", flat=True).first() or ""


def one_spelling(login: str) -> str:
    """Return a login in one spelling: a database that compares in upper case takes ı for I and ſ for S."""
    return unicodedata.normalize("NFKC", login).upper().casefold().strip()


def failure_limit(request: HttpRequest | None, credentials: object = None) -> int:
    """Return after how many wrong passwords in a row sign-in is locked."""
    return rule_value("login.wrong", today())


def cool_off(request: HttpRequest | None = None) -> timedelta:
    """Return for how long it is."""
    return timedelta(minutes=rule_value("login.pause", today()))


def locked_out(request: HttpRequest, response: object = None, credentials: object = None) -> HttpResponse:
    """Show until when sign-in is locked and what to do meanwhile."""
    until = timezone.now() + cool_off(request)
    return render(request, "account/lockout.html", {"until": until}, status=429)
