"""Second factors: allauth's forms, with guesses counted in the database and words of ours."""

from __future__ import annotations

import unicodedata
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.errors import WrongState
from community.second_factor import has_authenticator
from community.workflow.factors import check_factor_pause, note_guess, one_guess_at_a_time, was_used


class CountedCode(forms.Form):
    """A code of an authenticator app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who has a passkey alone has no authenticator to look at.
        has_codes = has_authenticator(self.user)  # type: ignore[attr-defined]  # of allauth's form
        self.fields["code"].label = _("验证码") if has_codes else _("备用码")
        self.fields["code"].help_text = (
            _("手机上验证器里的 6 位数；手机不在身边，写一个备用码。")
            if has_codes
            else _("抄在纸上的备用码，写一个。每个只能用一次。")
        )
        self.fields["code"].widget.attrs.update(inputmode="numeric", autocomplete="one-time-code", maxlength="20")

    def clean_code(self) -> str:
        """Take a right code once, count a wrong one, and stop after too many."""
        code = "".join(unicodedata.normalize("NFKC", self.cleaned_data["code"]).split())
        self.cleaned_data["code"] = code
        with transaction.atomic():
            one_guess_at_a_time(self.user)  # type: ignore[attr-defined]  # of allauth's form
            refusal = self.refusal_of(code)
        # After the transaction, which has to keep the count of a wrong one.
        if refusal is not None:
            raise refusal
        return code

    def refusal_of(self, code: str) -> ValidationError | None:
        """Return why a code does not pass, or None; the guess is noted either way."""
        user, at = self.user, timezone.now()  # type: ignore[attr-defined]  # of allauth's form
        try:
            check_factor_pause(user, at=at)
        except WrongState as error:
            return ValidationError(str(error))
        if was_used(user, code, at=at):
            note_guess(user, code, is_right=False, at=at)
            return ValidationError(str(_("这个验证码刚用过。等手机上换了新的，再填一次。")))
        try:
            super().clean_code()  # type: ignore[misc]  # of allauth's form
        except ValidationError as error:
            note_guess(user, code, is_right=False, at=at)
            return error
        note_guess(user, code, is_right=True, at=at)
        return None


class AuthenticateForm(CountedCode, base.AuthenticateForm):
    """The second step of signing in."""


class ReauthenticateForm(CountedCode, base.ReauthenticateForm):
    """The second step once more, before a dangerous act."""


class ReadablePasskey(forms.Form):
    """A passkey's answer, which its reader takes for granted: anything at all may be sent in its place."""

    def clean_credential(self) -> Authenticator:
        """Return whose passkey answered; what can't be read, or was not signed with it, is a wrong code."""
        try:
            read: Authenticator = super().clean_credential()  # type: ignore[misc]  # of allauth's form
        except ValidationError:
            raise
        except Exception as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return read


class LoginPasskeyForm(ReadablePasskey, webauthn.LoginWebAuthnForm):
    """Signing in by a passkey alone."""


class AuthenticatePasskeyForm(ReadablePasskey, webauthn.AuthenticateWebAuthnForm):
    """The second step by a passkey."""


class ReauthenticatePasskeyForm(ReadablePasskey, webauthn.ReauthenticateWebAuthnForm):
    """The same once more, before a dangerous act."""


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    """A new passkey: always one that alone signs in, kept on the device behind its finger, face or PIN."""

    name = forms.CharField(
        label=_("给它起个名字"), required=False, max_length=60, help_text=_("如“我的手机”，以后好认。")
    )
    passwordless = forms.BooleanField(initial=True, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for a passkey whatever was sent."""
        self.cleaned_data["passwordless"] = True
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            raise
        except Exception as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return cleaned
