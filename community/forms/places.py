"""Forms by which places are merged and split."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from community.models import Area
from community.models.areas import BELOW, LEVELS, AreaKind
from community.workflow.places import NewArea, Part

PARTS = 4
Group = tuple[str, list[tuple[str, str]]]
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def grouped(areas: list[Area], beside: Area) -> list[Group]:
    """Return choices by what they lie in: first those that lie where `beside` does; towns lie in no group."""
    above: dict[str, Area] = {}
    if beside.kind in LEVELS[AreaKind.COMPOUND]:
        paths = {area.path[: -Area.steplen] for area in [*areas, beside]}
        above = {one.path: one for one in Area.objects.filter(path__in=paths).defer("boundary")}

    def group_of(area: Area) -> str:
        if above:
            return above[area.path[: -Area.steplen]].name
        return area.town.name if area.town and area.town != area else ""

    groups: dict[str, list[tuple[str, str]]] = {group_of(beside): []}
    for area in areas:
        groups.setdefault(group_of(area), []).append((area.code, area.name))
    return [(name, choices) for name, choices in groups.items() if choices]


def options(groups: list[Group]) -> list[Any]:
    """Return groups as the choices of a list; what has no group stands by itself."""
    return [choice for name, choices in groups for choice in ([(name, choices)] if name else choices)]


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

    into = forms.ChoiceField(label=_("并入哪里"), required=False, help_text=_("合并成一个新的，这里不选，写下面两格。"))
    name = forms.CharField(label=_("新地方的名称"), required=False, max_length=60)
    code = forms.CharField(label=_("新地方的代码"), required=False, max_length=20)
    on = day_field(_("今天或以前的一天。"))
    others = forms.MultipleChoiceField(
        label=_("还有哪些一起并"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("没有就不选。")
    )

    def __init__(self, *args: Any, area: Area, others: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.area, self.by_code = area, {one.code: one for one in others}
        # Towns are merged with towns of the district; all else is joined by what lies in the same town.
        near = [one for one in others if area.kind == AreaKind.TOWN or one.town_id == area.town_id]
        self.groups = grouped(near, area)
        listed = options(grouped(others, area))
        self.fields["others"].choices = options(self.groups)  # type: ignore[attr-defined]
        self.fields["into"].choices = [("", _("合并成一个新的")), *listed]  # type: ignore[attr-defined]
        if not near:
            del self.fields["others"]

    def clean(self) -> dict[str, Any]:
        """Ask for a standing place or a new one."""
        data = super().clean() or {}
        if self.errors:
            return data
        if not data.get("into") and not (data.get("name") and data.get("code")):
            self.add_error("into", _("请选并入哪里，或者写新地方的名称和代码。"))
        elif data.get("into") and (data.get("name") or data.get("code")):
            self.add_error("into", _("选了并入哪里，就不写新地方；要合并成新的，这里就不选。"))
        elif data.get("into") in data.get("others", []):
            self.add_error("into", _("不能并入自己。"))
        return data

    def other_groups(self) -> list[dict[str, Any]]:
        """Return the boxes of what is merged too, by community: the first group open, and any with a tick in it."""
        ticked = set(self["others"].value() or []) if "others" in self.fields else set()
        return [
            {
                "name": name,
                "is_open": number == 0 or bool(ticked & {code for code, _name in choices}),
                "boxes": [{"code": code, "name": text, "ticked": code in ticked} for code, text in choices],
            }
            for number, (name, choices) in enumerate(self.groups)
        ]

    def target(self) -> str:
        """Return the name of what follows: of a standing place with its town, of a new one with its code."""
        data = self.cleaned_data
        if not data["into"]:
            return _("新设的%(name)s（%(code)s）") % {"name": data["name"], "code": data["code"]}
        area = self.by_code[data["into"]]
        return f"{area.name}（{area.town.name}）" if area.town and area.town != area else area.name

    def decided(self) -> list[dict[str, str]]:
        """Return what is to be decided, in words."""
        return [
            {"label": gettext("并掉哪些"), "text": gettext("、").join(one.name for one in self.ended())},
            {"label": gettext("并入哪里"), "text": self.target()},
        ]

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

    def clean(self) -> dict[str, Any]:
        """Ask that whatever goes somewhere goes to a place that has a name."""
        data = super().clean() or {}
        if self.errors:
            return data
        parts = self.parts()
        for name in ("heir", *(f"child{child.pk}" for child in self.children)):
            if data[name] not in parts:
                self.add_error(name, _("第 %(n)s 个还没有写名称。") % {"n": data[name]})
        return data

    def target(self) -> str:
        """Return the name of what the records follow."""
        return self.parts()[self.cleaned_data["heir"]].name

    def decided(self) -> list[dict[str, str]]:
        """Return what is to be decided, in words."""
        names = {child.pk: child.name for child in self.children}
        parts = [
            {
                "label": f"{part.name}（{part.code}）",
                "text": gettext("、").join(names[pk] for pk in part.children) or gettext("下面没有地方"),
            }
            for part in self.parts().values()
        ]
        return [*parts, {"label": gettext("原来的记录归到"), "text": self.target()}]

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
