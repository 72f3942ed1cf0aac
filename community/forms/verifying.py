"""The forms of verification; they check that something is there, the verbs what it is worth."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.models.verifying import Method, Paper
from community.workflow.letters import CODE_LENGTH
from community.workflow.typed import ADDRESS_LENGTH, NAME_LENGTH, NOTE_LENGTH
from community.workflow.verifying import offered_methods

METHOD_WORDS = {
    Method.PAPER: _("带身份证到社区办"),
    Method.LETTER: _("给我家寄一封信，我把信上的码填进来"),
    Method.IDENTITY_CHECK: _("在线核对身份；住址没核到的，再由社区核"),
}
# As typed: with blanks between, in full-width characters, or by somebody who writes more than fits.
TYPED_MOST = 60


class AskForm(forms.Form):
    """Who somebody is and where they live."""

    home = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    name = forms.CharField(
        label=_("姓名"), max_length=NAME_LENGTH, error_messages={"required": _("请写姓名，和身份证上一样。")}
    )
    id_number = forms.CharField(
        label=_("身份证号"), max_length=TYPED_MOST, error_messages={"required": _("请写身份证号，18 位。")}
    )
    address = forms.CharField(
        label=_("住址"), max_length=ADDRESS_LENGTH, error_messages={"required": _("请写住址，到门牌号。")}
    )
    # Not `method`: a script that asks a form for its method would get this field.
    way = forms.ChoiceField(
        label=_("怎么核验"),
        widget=forms.RadioSelect,
        error_messages={"required": _("请选一种核验的办法。"), "invalid_choice": _("请选一种核验的办法。")},
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)
    agreed = forms.BooleanField(
        label=_("我看过上面的说明，同意为核验身份处理我的身份证号"),
        error_messages={"required": _("要您同意，才能核对身份证号。不同意就先不核验，其他的都能照常用。")},
    )

    def __init__(self, *args: Any, for_another: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        methods = offered_methods(for_another=for_another)
        field = self.fields["way"]
        field.choices = [(method.value, METHOD_WORDS[method]) for method in methods]  # type: ignore[attr-defined]
        if len(methods) == 1:
            self.initial.setdefault("way", methods[0].value)
        if for_another:
            self.fields["agreed"].label = _("本人看过说明，已在纸上签字同意")


class CodeForm(forms.Form):
    """The code of a letter."""

    code = forms.CharField(
        label=_("信上的码"),
        max_length=TYPED_MOST,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("请把信上的码填进来。")},
    )


class VerifyForm(forms.Form):
    """Which paper a worker has seen."""

    paper = forms.ChoiceField(
        label=_("看了哪种证件"),
        choices=Paper,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选看了哪种证件。"), "invalid_choice": _("请选看了哪种证件。")},
    )
    join = forms.BooleanField(label=_("是同一个人，把以前办的事并过来"), required=False)


class RefuseForm(forms.Form):
    """Why not."""

    reason = forms.CharField(
        label=_("为什么没有通过"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("居民会看到。别写身份证号。"),
        error_messages={"required": _("请写一句为什么没有通过，居民会看到。")},
    )


class HomeForm(forms.Form):
    """Where somebody lives now."""

    home = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**62)
    address = forms.CharField(
        label=_("新住址"), max_length=ADDRESS_LENGTH, error_messages={"required": _("请写住址，到门牌号。")}
    )


__all__ = ["CODE_LENGTH", "AskForm", "CodeForm", "HomeForm", "RefuseForm", "VerifyForm"]
