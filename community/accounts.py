"""How allauth and axes find, lock out and address people by user name, e-mail or phone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.fields import PhoneField
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from community.encryption import blind_index
from community.forwarding import client_address
from community.models import User
from community.models.people import normalise_phone
from community.permissions import is_staff_member

# \d knows full-width digits too.
PHONE_SPELLING = re.compile(r"\+?[\d\s()-]+")


class AccountAdapter(DefaultAccountAdapter):
    """Gives allauth the encrypted phone by its blind index."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead who signed in without a page in mind to where their work is: the desk, the editors' pages, their own."""
        user = request.user
        if not isinstance(user, User):
            return super().get_login_redirect_url(request)
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
        number = normalise_phone(phone)
        return User.objects.filter(phone_index=blind_index("phone", number)).first() if number else None

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        """Return a field that takes a number in any spelling; allauth's own asks for +86."""
        return PhoneField(validators=[check_phone], **kwargs)

    def clean_phone(self, phone: str) -> str:
        """Return the number in the one form in which it is stored."""
        return normalise_phone(phone)

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        """Codes by SMS have no sender yet; no flow of this release asks for one."""
        raise RuntimeError("no SMS sender is configured")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that rate limits count by."""
        return client_address(request)


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
    tried = (str((credentials or {}).get(key) or "") for key in ("username", "email", "phone"))
    typed = next((one for one in tried if one), "")
    if not typed and request is not None:
        typed = request.POST.get("login", "")
    # One number in other spellings is one login: each would bring five more guesses.
    name = normalise_phone(typed) if is_phone(typed) else typed.strip().lower()
    return blind_index("login", name) if typed else ""


def locked_out(request: HttpRequest, response: object = None, credentials: object = None) -> HttpResponse:
    """Show until when sign-in is locked and what to do meanwhile."""
    until = timezone.now() + timedelta(hours=settings.AXES_COOLOFF_TIME)
    return render(request, "account/lockout.html", {"until": until}, status=429)
