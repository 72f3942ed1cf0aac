"""Agreeing, taking back, and leaving."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.models.privacy import ConsentKind

# What somebody types to show that they mean it.
ERASURE_WORD = "注销"
# In every spelling that the page asks for, in Chinese or English.
ERASURE_WORDS = frozenset({"注销", "註銷", "delete"})


class ConsentForm(forms.Form):
    """Agree to one text, for oneself or for a ward."""

    kind = forms.ChoiceField(choices=ConsentKind, widget=forms.HiddenInput)
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    resident = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    agreed = forms.BooleanField(
        label=_("我看过了，同意"),
        error_messages={"required": _("请先打勾。不同意的话，不用点下面的按钮。")},
    )


class WithdrawForm(forms.Form):
    """Take a consent back."""

    kind = forms.ChoiceField(choices=ConsentKind)
    resident = forms.IntegerField(required=False, min_value=1)


class ErasureForm(forms.Form):
    """Say in so many words that the account shall go."""

    word = forms.CharField(
        label=_("请写“注销”两个字"),
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("请写“注销”两个字，免得误点。")},
    )

    def clean_word(self) -> str:
        """Take the word, with or without quotation marks and blanks."""
        word: Any = self.cleaned_data["word"].strip().strip("“”\"'")
        if word.casefold() not in ERASURE_WORDS:
            raise forms.ValidationError(_("请写“注销”两个字，免得误点。"))
        return ERASURE_WORD
