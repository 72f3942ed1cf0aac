"""Forms for units and the matrix."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.fields import area_choices, day_field
from community.models import Area, Unit
from community.models.areas import UnitKind
from community.roles import AREA_ROLES, UNIT_ROLES, Role
from community.workflow.units import length_of

CONTACT = ("name", "phone", "address", "office_hours")


def line(name: str, label: Any, *, required: bool = False, help_text: Any = "") -> forms.CharField:
    """Return a field for one line of a unit."""
    return forms.CharField(label=label, required=required, max_length=length_of(name), help_text=help_text)


class UnitForm(forms.Form):
    """How a unit is called, and where the public reaches it."""

    name = line("name", _("名称"), required=True)
    phone = line("phone", _("办公电话"), help_text=_("公开给所有人看，不写个人手机号。"))
    address = line("address", _("办公地址"))
    office_hours = line("office_hours", _("办公时间"), help_text=_("如：工作日 8:30–17:30"))

    @classmethod
    def of(cls, unit: Unit) -> UnitForm:
        """Return the form with what is stored."""
        return cls(initial={name: getattr(unit, name) for name in CONTACT})

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        return {"contact": {name: self.cleaned_data[name] for name in CONTACT}}


class NewUnitForm(UnitForm):
    """A unit of a kind that serves a place."""

    kind = forms.ChoiceField(
        label=_("类别"), choices=UnitKind.choices, error_messages={"required": _("请选单位的类别。")}
    )
    area = forms.ChoiceField(
        label=_("服务哪里"),
        error_messages={"required": _("请选服务的地方。"), "invalid_choice": _("这个地方不归您管。请另选一个。")},
    )
    field_order = ("kind", "area", *CONTACT)

    def __init__(self, *args: Any, areas: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.areas = {str(area.pk): area for area in areas}
        self.fields["area"].choices = area_choices(areas)  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        data = self.cleaned_data
        return {**super().arguments(), "kind": data["kind"], "area": self.areas[data["area"]]}


class EndUnitForm(forms.Form):
    """On which day a unit ends."""

    last_day = day_field(_("最后一天"), help_text=_("在这个单位的任职，到这天一起结束。"))

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        return dict(self.cleaned_data)


class Filter(forms.Form):
    """A filter by link; what makes no sense asks for nothing."""

    def chosen(self) -> dict[str, Any]:
        """Return what was asked for."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value}


class UnitFilter(Filter):
    """What of the units to show."""

    kind = forms.ChoiceField(label=_("类别"), required=False, choices=[("", _("都看")), *UnitKind.choices])
    q = forms.CharField(label=_("名称"), required=False, max_length=80)
    ended = forms.BooleanField(label=_("也看已撤销的"), required=False)


class MatrixFilter(Filter):
    """What of the matrix to show."""

    area = forms.ChoiceField(label=_("哪里"), required=False)
    role = forms.ChoiceField(label=_("角色"), required=False)

    def __init__(self, *args: Any, areas: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [role for role in Role if role in AREA_ROLES | UNIT_ROLES]
        self.fields["area"].choices = [("", _("都看")), *area_choices(areas)]  # type: ignore[attr-defined]
        self.fields["role"].choices = [("", _("都看")), *((role.value, role.label) for role in roles)]  # type: ignore[attr-defined]
