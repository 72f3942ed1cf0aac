"""The forms of getting somebody back to their account, and of correcting what is registered about them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.forms.entering import fault_of_mobile
from community.models import Resident
from community.models.people import Verification, normalise_phone
from community.models.recovering import MadeSure, RecoveryWay
from community.models.verifying import Paper
from community.workflow.typed import ADDRESS_LENGTH, NAME_LENGTH, NOTE_LENGTH

TYPED_MOST = 60
UNSEEN = {"autocomplete": "off"}


class RecoverForm(forms.Form):
    """Who stands there by their ID card, and how they will sign in again."""

    id_number = forms.CharField(
        label=_("身份证号，照证件填"),
        max_length=TYPED_MOST,
        widget=forms.TextInput(attrs=UNSEEN),
        error_messages={"required": _("请照身份证写号码，18 位。")},
    )
    way = forms.ChoiceField(
        label=_("以后怎样登录"),
        choices=RecoveryWay,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选怎样重新登录。"), "invalid_choice": _("请选怎样重新登录。")},
    )
    phone = forms.CharField(
        label=_("新手机号"),
        max_length=TYPED_MOST,
        required=False,
        help_text=_("选登录条的空着。手机要在身边，马上收一条验证码。"),
        widget=forms.TextInput(attrs={**UNSEEN, "type": "tel", "inputmode": "tel"}),
    )
    drops_factors = forms.BooleanField(
        label=_("通行密钥、验证器也没有了，一起去掉（还在本人手里的，不要勾）"), required=False
    )
    present = forms.BooleanField(
        label=_("本人就在面前，我看过身份证，照片和人对得上"),
        error_messages={"required": _("要本人拿着身份证，当面核对。")},
    )

    def clean_phone(self) -> str:
        """Refuse what no text can reach."""
        typed: str = self.cleaned_data["phone"]
        sentence = fault_of_mobile(typed, normalise_phone(typed)) if typed else ""
        if sentence:
            raise forms.ValidationError(sentence)
        return typed


class NewPhoneCodeForm(forms.Form):
    """The code that came to the new phone."""

    code = forms.CharField(
        label=_("新手机收到的验证码"),
        max_length=20,
        help_text=_("短信里的 6 位数。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("请本人把短信里的 6 位数填进来。")},
    )


class ConfirmForm(forms.Form):
    """How the second worker has made sure."""

    made_sure = forms.ChoiceField(
        label=_("您怎样确认是本人"),
        choices=MadeSure,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选您怎样确认是本人。"), "invalid_choice": _("请选您怎样确认是本人。")},
    )


class NotConfirmedForm(forms.Form):
    """Why the second worker does not agree."""

    reason = forms.CharField(
        label=_("为什么不同意"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("本人和经办的同事看得到。别写身份证号。"),
        error_messages={"required": _("请写一句为什么不同意。")},
    )


class SlipForm(forms.Form):
    """The code of a slip that the office has printed."""

    code = forms.CharField(
        label=_("登录条上的码"),
        max_length=TYPED_MOST,
        help_text=_("16 位数字，中间空不空格都行。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("请把登录条上的 16 位数字填进来。")},
    )


class CorrectForm(forms.Form):
    """What a paper says, and which; only what may be corrected of this person."""

    name = forms.CharField(label=_("姓名"), max_length=NAME_LENGTH, required=False, widget=forms.TextInput(UNSEEN))
    phone = forms.CharField(label=_("电话"), max_length=TYPED_MOST, required=False, widget=forms.TextInput(UNSEEN))
    address = forms.CharField(
        label=_("住址"),
        max_length=ADDRESS_LENGTH,
        required=False,
        help_text=_("到门牌号，比如 3 栋 2 单元 501。不用写小区的名字。"),
        widget=forms.TextInput(UNSEEN),
    )
    paper = forms.ChoiceField(
        label=_("看了哪种证件"),
        choices=Paper,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选看了哪种证件。"), "invalid_choice": _("请选看了哪种证件。")},
    )

    def __init__(self, *args: Any, of: Resident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if of.user_id is not None:
            del self.fields["phone"]
        if of.user_id is not None or of.verification != Verification.UNVERIFIED:
            del self.fields["name"]
