"""Second factors: how allauth keeps them, and the gate that staff pass only with one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.encryption import decrypt, encrypt
from community.models import User
from community.queries import appointments_of
from community.roles import STAFF_ROLES
from community.second_factor import has_second_factor

# Pages for staff alone. What staff do on other pages asks predicates, which see no staff role before that.
STAFF_PAGES = ("/desk/", "/admin/")


class FactorAdapter(DefaultMFAAdapter):
    """Keeps secrets encrypted, and shows a passkey by the user name alone."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("验证码不对。看看手机上现在显示的是哪 6 位数。"),
        "cannot_generate_recovery_codes": gettext_lazy("先设好第二步，才有备用码。"),
    }

    def encrypt(self, text: str) -> str:
        """Return a secret as it may lie in the database."""
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret again."""
        return decrypt(encrypted_text)

    def get_totp_label(self, user: User) -> str:
        """Return what the authenticator app shows: never the e-mail address."""
        return user.username

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """Return what the device shows for a passkey: never name, e-mail or phone."""
        entity = super().get_public_key_credential_user_entity(user)
        return {**entity, "display_name": user.username, "name": user.username}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return the site as the device shows it."""
        return {**super().get_public_key_credential_rp_entity(), "name": str(settings.WAGTAIL_SITE_NAME)}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Return a name for a new passkey, which its owner may change."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return _("通行密钥 %(n)s") % {"n": count + 1}


def lacks_second_factor(user: object) -> bool:
    """Return whether somebody is staff, or may enter the admin, and still has to set up a second factor."""
    if not settings.STAFF_SECOND_FACTOR or not isinstance(user, User) or not user.is_active:
        return False
    is_staff = (
        user.is_staff
        or user.is_superuser
        or appointments_of(user).filter(role__in=STAFF_ROLES).exists()
        or user.has_perm("wagtailadmin.access_admin")
    )
    return is_staff and not has_second_factor(user)


class SecondFactorMiddleware:
    """Leads staff to set up a second factor before any page of theirs, and says so where an act was refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the way to the second factor in place of staff pages and refusals."""
        if request.path.startswith(STAFF_PAGES) and lacks_second_factor(request.user):
            return HttpResponseRedirect(f"{reverse('second_factor')}?{urlencode({'next': request.path})}")
        response = self.get_response(request)
        if response.status_code == 403 and is_refusal_for_want_of_it(request):
            return render(request, "account/second_factor.html", {"next": "", "is_refusal": True}, status=403)
        return response


def is_refusal_for_want_of_it(request: HttpRequest) -> bool:
    """Return whether a refusal may be due to a missing second factor; a failed CSRF check has its own page."""
    return request.resolver_match is not None and hasattr(request, "user") and lacks_second_factor(request.user)
