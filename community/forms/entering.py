"""Signing in and up by phone: the number, the code, who of a family it is, and a new password."""

from __future__ import annotations

import re
import string
import unicodedata
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from community.models import User
from community.models.people import PHONE_SPELLING, normalise_phone


class PhoneForm(forms.Form):
    """A phone number, in any spelling."""

    phone = forms.CharField(
        label=_("手机号"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel", "maxlength": None}),
    )

    def clean_phone(self) -> str:
        """Return the number as it is stored."""
        typed = self.cleaned_data["phone"]
        number = normalise_phone(typed)
        if not PHONE_SPELLING.fullmatch(unicodedata.normalize("NFKC", typed).strip()):
            raise ValidationError(_now("请写手机号，比如 138 0000 0000。"))
        sentence = fault_of_mobile(typed, number)
        if sentence:
            raise ValidationError(sentence)
        return number


MAINLAND_MOBILE = re.compile(r"1[3-9]\d{9}")
MOBILE_DIGITS = 11


def fault_of_mobile(typed: str, number: str) -> str:
    """Return what is wrong with a number that a text is to reach, or nothing; one from abroad says so with a +."""
    plain = "".join(unicodedata.normalize("NFKC", typed).split())
    digits = "".join(character for character in plain if character in string.digits)
    if MAINLAND_MOBILE.fullmatch(number):
        return ""
    if plain.startswith(("+", "00")) and not digits.removeprefix("00").startswith("86"):
        return "" if number else _now("请写手机号，比如 138 0000 0000。")
    count = len(digits.removeprefix("00").removeprefix("86") if plain.startswith(("+", "00")) else digits)
    if count < MOBILE_DIGITS:
        return _now("手机号是 11 位，您写了 %(n)d 位。请看看漏了哪一位。") % {"n": count}
    if count > MOBILE_DIGITS:
        return _now("手机号是 11 位，您写了 %(n)d 位。请看看多了哪一位。") % {"n": count}
    return _now("这不像手机号。请再看一遍；外国的号码，前面要写 +。")


class CodeForm(forms.Form):
    """The code that came by SMS."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=20,
        help_text=_("短信里的 6 位数。"),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autocapitalize": "off", "maxlength": "12"}
        ),
    )


class WhoForm(forms.Form):
    """Who of those who share somebody's phone it is; each gives their own password."""

    who = forms.ChoiceField(label=_("您是哪一位"), widget=forms.RadioSelect)
    password = forms.CharField(
        label=_("您自己的密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("验证码只说明手机在身边，不说明是谁；表决、积分都不能由别人代。"),
        error_messages={"required": _("请填您自己账号的密码。")},
    )

    def __init__(self, sharers: list[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = [(str(one.pk), label_of(one)) for one in sharers]  # type: ignore[attr-defined]
        if len(sharers) == 1:
            self.fields["who"].initial = str(sharers[0].pk)


def label_of(user: User) -> str:
    """Return how those who share a phone tell each other apart."""
    return f"{user.masked_name} ({user.username})" if user.name else user.username


class NewPasswordForm(forms.Form):
    """A new password, written twice."""

    password1 = forms.CharField(
        label=_("新密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("密码再写一遍"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password1(self) -> str:
        """Refuse a password that is easy to guess."""
        password: str = self.cleaned_data["password1"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        """Refuse two different ones."""
        cleaned = super().clean() or {}
        if cleaned.get("password1") and cleaned.get("password1") != cleaned.get("password2"):
            self.add_error("password2", _now("两次写的不一样，请再写一遍。"))
        return cleaned
