"""The form of a compound's profile."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.models import Area, CompoundProfile
from community.models.areas import UnitKind
from community.models.homes import SelfGovernance, Station
from community.queries import today
from community.workflow.compounds import NAME_LENGTH, NOTE_LENGTH, Profile, serving

DAY_ERRORS = {"invalid": _("请写一个日期。")}


def day(label: Any) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages=DAY_ERRORS,
    )


def name(label: Any) -> forms.CharField:
    """Return a field for the name of a unit that is not in the list yet."""
    return forms.CharField(label=label, required=False, max_length=NAME_LENGTH, help_text=_("上面没有的才写。"))


class ProfileForm(forms.Form):
    """How a compound governs itself and who serves it."""

    self_governance = forms.ChoiceField(label=_("业主组织"), choices=SelfGovernance.choices)
    committee = forms.ChoiceField(label=_("是哪个单位"), required=False)
    committee_name = name(_("业主组织的名称"))
    committee_since = day(_("哪天组建的"))
    term_from = day(_("这一届从哪天起"))
    term_to = day(_("这一届到哪天止"))
    property_company = forms.ChoiceField(label=_("物业服务企业"), required=False)
    property_company_name = name(_("物业服务企业的名称"))
    has_council = forms.BooleanField(label=_("有小区治理委员会或小区议事会"), required=False)
    council_since = day(_("治理委员会哪天成立的"))
    station = forms.ChoiceField(label=_("服务阵地"), choices=Station.choices)
    station_since = day(_("阵地哪天启用的"))
    household_count = forms.IntegerField(label=_("户数"), required=False, min_value=0, max_value=100_000)
    note = forms.CharField(
        label=_("说明"), required=False, max_length=NOTE_LENGTH, help_text=_("公开给所有人看，不写姓名电话。")
    )

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, kind in (
            ("committee", UnitKind.OWNERS_COMMITTEE),
            ("property_company", UnitKind.PROPERTY_COMPANY),
        ):
            units = [(str(unit.pk), unit.name) for unit in serving(area, kind, today())]
            self.fields[field].choices = [("", _("没有")), *units]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, area: Area, row: CompoundProfile | None) -> ProfileForm:
        """Return the form with what is stored."""
        initial = {} if row is None else {one.name: getattr(row, one.name, None) for one in fields(Profile)}
        for field in ("committee", "property_company"):
            initial[field] = str(unit.pk) if (unit := initial.get(field)) else ""
        return cls(area=area, initial=initial)

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        data = dict(self.cleaned_data)
        for field in ("committee", "property_company"):
            data[field] = int(data[field]) if data[field] else None
        return {"profile": Profile(**data)}
