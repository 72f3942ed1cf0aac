"""The forms of those who serve residents: search, look, register, guardians."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.models import Area
from community.models.privacy import REGISTER_REASONS, RevealedField
from community.workflow.guardians import PAPER_LENGTH
from community.workflow.typed import NAME_LENGTH, NOTE_LENGTH

TYPED_MOST = 60


class SearchForm(forms.Form):
    """By phone, ID number or surname, in one of the areas that somebody serves."""

    by = forms.ChoiceField(
        label=_("按什么找"),
        choices=[("phone", _("手机号或电话")), ("id_number", _("身份证号")), ("surname", _("姓（限一个地方）"))],
        widget=forms.RadioSelect,
        initial="phone",
        error_messages={"required": _("请选按什么找。"), "invalid_choice": _("请选按什么找。")},
    )
    text = forms.CharField(
        label=_("号码，或者姓"),
        max_length=TYPED_MOST,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("请写号码，或者姓。")},
    )
    area = forms.TypedChoiceField(
        label=_("哪个地方"),
        coerce=int,
        required=False,
        empty_value=None,
        help_text=_("按姓找，要选一个；按号码找，不用选。"),
        error_messages={"invalid_choice": _("这个地方不归您管。请从名单里选。")},
    )
    after = forms.IntegerField(required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, *args: Any, areas: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = [("", _("请选")), *((area.pk, area.name) for area in areas)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for a place where a surname is looked for; a number is one person's wherever they live."""
        data = super().clean() or {}
        if data.get("by") == "surname" and data.get("area") is None and "area" not in self.errors:
            self.add_error("area", _("请选哪个地方。"))
        return data


class RevealForm(forms.Form):
    """What to look at, why, and one line about it."""

    field = forms.ChoiceField(
        label=_("看哪一项"),
        choices=RevealedField,
        error_messages={"required": _("请选要看哪一项。"), "invalid_choice": _("请选要看哪一项。")},
    )
    reason = forms.ChoiceField(
        label=_("为什么要看"),
        choices=[("", _("请选")), *((one.value, one.label) for one in REGISTER_REASONS)],
        error_messages={"required": _("请选为什么要看。"), "invalid_choice": _("请选为什么要看。")},
    )
    note = forms.CharField(
        label=_("说明一句"),
        max_length=NOTE_LENGTH,
        help_text=_("比如哪一件事。本人看得到。"),
        error_messages={"required": _("请写一句说明，本人会看到。")},
    )


class PaperErasureForm(forms.Form):
    """Somebody without an account wants to be erased, and has signed that."""

    signed = forms.BooleanField(
        label=_("本人拿身份证来过，在纸上签了字，要求删除"),
        error_messages={"required": _("先请本人在纸上签字，再打勾。")},
    )


class RevokeForm(forms.Form):
    """Why a verification is taken back."""

    reason = forms.CharField(
        label=_("为什么撤销"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("本人会看到。"),
        error_messages={"required": _("请写为什么撤销，本人会看到。")},
    )


class GuardianForm(forms.Form):
    """Who answers for a minor."""

    guardian_id_number = forms.CharField(
        label=_("监护人的身份证号"),
        max_length=TYPED_MOST,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("请照监护人的身份证写号码。")},
    )
    paper = forms.CharField(
        label=_("看了什么证件"),
        max_length=PAPER_LENGTH,
        help_text=_("比如户口簿、出生证。"),
        error_messages={"required": _("请写看了什么证件，比如户口簿。")},
    )


class RegisterForm(forms.Form):
    """Somebody without an account."""

    person_name = forms.CharField(
        label=_("居民姓名"), max_length=NAME_LENGTH, error_messages={"required": _("请写姓名。")}
    )
    person_phone = forms.CharField(label=_("居民电话"), required=False, max_length=TYPED_MOST)
    home = forms.TypedChoiceField(
        label=_("住在哪里"),
        coerce=int,
        error_messages={"required": _("请选住在哪里。"), "invalid_choice": _("这个地方不归您管。请从名单里选。")},
    )

    def __init__(self, *args: Any, areas: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["home"].choices = [(area.pk, area.name) for area in areas]  # type: ignore[attr-defined]
