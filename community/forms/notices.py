"""How somebody wants to be told, and the words of the templates."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm

from community.models import NoticePreference
from community.models.notices import Channel, Frequency
from community.notice_texts import (
    ALLOWED,
    SMS_CHARACTERS,
    is_sms,
    missing_placeholders,
    unknown_placeholders,
)

HOURS = [(hour, gettext_lazy("%(hour)d 点") % {"hour": hour}) for hour in range(24)]
CHOOSE = {
    "required": gettext_lazy("请选一个。"),
    "invalid_choice": gettext_lazy("请从列出的里选一个。"),
}


def hour_field(label: Any) -> forms.TypedChoiceField:
    """Return a field for a full hour of the day."""
    return forms.TypedChoiceField(label=label, choices=HOURS, coerce=int, error_messages=CHOOSE)


def frequency_field(label: Any) -> forms.ChoiceField:
    """Return a field for when a channel is used."""
    return forms.ChoiceField(label=label, choices=Frequency.choices, widget=forms.RadioSelect, error_messages=CHOOSE)


class NoticeSettingsForm(forms.Form):
    """The channels, and their hours. A channel that does not lead to the person has no field, and is not used."""

    email = frequency_field(gettext_lazy("发到邮箱"))
    sms = frequency_field(gettext_lazy("发短信到手机"))
    quiet_from = hour_field(gettext_lazy("免打扰从几点起"))
    quiet_to = hour_field(gettext_lazy("到几点止"))
    digest_hour = hour_field(gettext_lazy("汇总几点发"))
    language = forms.ChoiceField(
        label=gettext_lazy("邮件用哪种语言"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )

    def __init__(
        self, *args: Any, preference: NoticePreference, reached: Collection[str], language: str, **kwargs: Any
    ) -> None:
        names = ("email", "sms", "quiet_from", "quiet_to", "digest_hour")
        initial = {name: getattr(preference, name) for name in names}
        kwargs["initial"] = {**initial, "language": preference.language or language}
        super().__init__(*args, **kwargs)
        for channel in Channel.values:
            if channel not in reached:
                del self.fields[channel]

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        return {**dict.fromkeys(Channel.values, Frequency.NEVER), **self.cleaned_data}


class NoticeTemplateForm(WagtailAdminModelForm):
    """A template's words; what it may hold depends on its kind, which is never changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.instance.kind
        if not kind:
            return
        self.fields["body"].help_text = help_for(kind)
        if is_sms(kind):
            self.fields["subject"].help_text = _("短信没有标题，空着。")
        else:
            self.fields["subject"].required = True
            self.fields["subject"].help_text = _("别人瞥一眼也看得到标题，这里不放通知的内容。")

    def clean(self) -> dict[str, Any]:
        """Refuse a placeholder that means nothing here, and a text that lacks what it is sent for."""
        data = super().clean() or {}
        kind = self.instance.kind
        subject = data.get("subject") or ""
        if subject and is_sms(kind):
            self.add_error("subject", _("短信没有标题。请清空。"))
        elif wrong := unknown_placeholders(f"{kind}_subject", subject):
            self.add_error("subject", unknown_sentence(f"{kind}_subject", wrong))
        if wrong := unknown_placeholders(kind, data.get("body") or ""):
            self.add_error("body", unknown_sentence(kind, wrong))
        elif lacks := missing_placeholders(kind, data.get("body") or ""):
            self.add_error("body", _("正文里少了 %(what)s，收到的人就看不到要紧的内容。") % {"what": "、".join(lacks)})
        return data


def unknown_sentence(kind: str, wrong: list[str]) -> str:
    """Return what to mend, and why, where an SMS asks for a notice's own words."""
    sentence = _("%(wrong)s 在这里用不了。能用的有：%(usable)s。") % {"wrong": "、".join(wrong), "usable": usable(kind)}
    if is_sms(kind) and "{text}" in wrong:
        sentence += _("短信里不能写通知的内容，里面可能有个人信息。")
    return sentence


def usable(kind: str) -> str:
    """Return the placeholders of a kind as one reads them."""
    return " ".join(f"{{{name}}}" for name in sorted(ALLOWED[kind]))


def help_for(kind: str) -> str:
    """Return what an editor has to know about the text of a kind."""
    sentence = _("能用的占位符：%(usable)s。") % {"usable": usable(kind)}
    if is_sms(kind):
        sentence += _("一条短信 %(most)d 个字，网址也算；超过就按几条收费。") % {"most": SMS_CHARACTERS}
    return sentence
