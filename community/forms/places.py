"""Forms by which places are merged and split."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.models import Area
from community.models.areas import BELOW, AreaKind
from community.workflow.places import NewArea, Part

PARTS = 4
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def by_town(areas: list[Area]) -> list[Any]:
    """Return choices grouped by town; towns themselves stand without a group."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for area in areas:
        groups.setdefault(area.town.name if area.town and area.town != area else "", []).append((area.code, area.name))
    return [*groups.pop("", []), *groups.items()]


def day_field(help_text: Any) -> forms.DateField:
    """Return the field of the day from which a change of places holds."""
    return forms.DateField(
        label=_("哪天生效"), widget=DAY, help_text=help_text,
        error_messages={"required": _("请写生效的日期。"), "invalid": _("请写一个日期。")},
    )  # fmt: skip


class NewPlaceForm(forms.Form):
    """A place below another one."""

    kind = forms.ChoiceField(label=_("类别"), error_messages={"required": _("请选类别。")})
    name = forms.CharField(label=_("名称"), max_length=60, error_messages={"required": _("请写名称。")})
    code = forms.CharField(
        label=_("代码"), max_length=20, help_text=_("统计用区划代码，或者自己编的，不能重复。"),
        error_messages={"required": _("请写代码。")},
    )  # fmt: skip
    on = day_field(_("今天或以前的一天。"))

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind, AreaKind(kind).label) for kind in BELOW.get(area.kind, ())]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]


class MergeForm(forms.Form):
    """Which other places end too, in which one, and from when on."""

    others = forms.MultipleChoiceField(
        label=_("还有哪些一起并"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("没有就不选。")
    )
    into = forms.ChoiceField(label=_("并入哪里"), required=False, help_text=_("合并成一个新的，这里不选，写下面两格。"))
    name = forms.CharField(label=_("新地方的名称"), required=False, max_length=60)
    code = forms.CharField(label=_("新地方的代码"), required=False, max_length=20)
    on = day_field(_("今天或以前的一天。"))

    def __init__(self, *args: Any, area: Area, others: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.area, self.by_code = area, {one.code: one for one in others}
        beside = [(one.code, one.name) for one in others if one.town_id == area.town_id or area.town_id is None]
        self.fields["others"].choices = beside  # type: ignore[attr-defined]
        self.fields["into"].choices = [("", _("合并成一个新的")), *by_town(others)]  # type: ignore[attr-defined]
        if not beside:
            del self.fields["others"]

    def clean(self) -> dict[str, Any]:
        """Ask for a standing place or a new one."""
        data = super().clean() or {}
        if not data.get("into") and not self.errors and not (data.get("name") and data.get("code")):
            self.add_error("into", _("请选并入哪里，或者写新地方的名称和代码。"))
        return data

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        data = self.cleaned_data
        into: Area | NewArea = self.by_code[data["into"]] if data["into"] else NewArea(data["name"], data["code"])
        return {"areas": self.ended(), "into": into, "on": data["on"]}

    def ended(self) -> list[Area]:
        """Return every place that would end."""
        return [self.area, *(self.by_code[code] for code in self.cleaned_data.get("others", []))]


class SplitForm(forms.Form):
    """Into what a place is split, which child goes where, and from when on."""

    on = day_field(_("今天或以前的一天。"))
    heir = forms.ChoiceField(
        label=_("原来的记录归到"), choices=[(str(n), _("第 %(n)d 个") % {"n": n}) for n in range(1, PARTS + 1)],
        help_text=_("直接记在原来这个地方的事、单位和人，归到哪一个。"),
    )  # fmt: skip

    def __init__(self, *args: Any, area: Area, children: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.area, self.children = area, children
        for number in range(1, PARTS + 1):
            needed = number <= 2
            self.fields[f"name{number}"] = forms.CharField(
                label=_("第 %(n)d 个的名称") % {"n": number}, required=needed, max_length=60,
                error_messages={"required": _("请写名称。")},
            )  # fmt: skip
            self.fields[f"code{number}"] = forms.CharField(
                label=_("第 %(n)d 个的代码") % {"n": number}, required=needed, max_length=20,
                error_messages={"required": _("请写代码。")},
            )  # fmt: skip
        numbers = [(str(n), str(n)) for n in range(1, PARTS + 1)]
        for child in children:
            self.fields[f"child{child.pk}"] = forms.ChoiceField(
                label=_("%(name)s归到第几个") % {"name": child.name},
                choices=numbers,
                error_messages={"required": _("请选第几个。")},
            )
        self.order_fields([name for name in self.fields if name not in ("heir", "on")])

    def parts(self) -> dict[str, Part]:
        """Return the parts by their numbers."""
        data = self.cleaned_data
        return {
            str(number): Part(
                data[f"name{number}"],
                data[f"code{number}"].strip(),
                tuple(child.pk for child in self.children if data[f"child{child.pk}"] == str(number)),
            )
            for number in range(1, PARTS + 1)
            if data.get(f"name{number}") or data.get(f"code{number}") or number <= 2
        }

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        parts = self.parts()
        heir = parts.get(self.cleaned_data["heir"])
        return {"parts": list(parts.values()), "heir": heir.code if heir else "", "on": self.cleaned_data["on"]}
