"""Signing in and up by phone: the number, the code, who of a family it is, and a new password."""

from __future__ import annotations

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
        if not number or not PHONE_SPELLING.fullmatch(typed.strip()):
            raise ValidationError(_now("请写手机号，比如 138 0000 0000。"))
        return number


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
    """Who of those who share a phone it is; all but its holder give their own password."""

    who = forms.ChoiceField(label=_("您是哪一位"), widget=forms.RadioSelect)
    password = forms.CharField(
        label=_("您自己的密码"),
        required=False,
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("机主不用填。共用的人要填自己的：验证码只说明手机在身边，不说明是谁；表决、积分都不能由别人代。"),
    )

    def __init__(self, people: list[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        holder, *sharers = people
        choices = [(str(holder.pk), _now("机主 %(name)s") % {"name": label_of(holder)})]
        choices += [(str(one.pk), label_of(one)) for one in sharers]
        self.fields["who"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField


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
