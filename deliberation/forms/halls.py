"""The forms by which halls, their venues and methods are kept; and the filter of their lists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.fields import area_choices, day_field
from community.models import Area
from deliberation.models import Hall, Method, Venue
from deliberation.models.halls import VenueKind
from deliberation.workflow.halls import HALL_WORDS, METHOD_WORDS, VENUE_WORDS, length_of

OTHER_PLACE = _("这个地方不归您管。请另选一个。")


def words(
    model: type[Any], name: str, label: Any, *, rows: int = 0, required: bool = False, help_text: Any = ""
) -> forms.CharField:
    """Return a field for a column: one line, or `rows` of them."""
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(
        label=label, required=required, max_length=length_of(model, name), help_text=help_text, widget=widget
    )


class HallForm(forms.Form):
    """How a hall presents itself."""

    brand = words(Hall, "brand", _("品牌"), help_text=_("居民叫得出的名字，如：长廊夜话。"))
    introduction = words(Hall, "introduction", _("介绍"), rows=6, help_text=_("谁来议、什么时候议、议什么。"))
    address = words(Hall, "address", _("地址"))

    @classmethod
    def of(cls, hall: Hall) -> HallForm:
        """Return the form with what is stored."""
        return cls(initial={name: getattr(hall, name) for name in HALL_WORDS})

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        return {"words": {name: self.cleaned_data[name] for name in HALL_WORDS}}


class NewHallForm(forms.Form):
    """A hall of a place."""

    area = forms.ChoiceField(
        label=_("哪里的议事厅"), error_messages={"required": _("请选一个。"), "invalid_choice": OTHER_PLACE}
    )
    name = words(Hall, "name", _("名称"), required=True)
    address = words(Hall, "address", _("地址"))

    def __init__(self, *args: Any, areas: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.areas = {str(area.pk): area for area in areas}
        self.fields["area"].choices = area_choices(areas)  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        data = self.cleaned_data
        return {"area": self.areas[data["area"]], "name": data["name"], "address": data["address"]}


class VenueForm(forms.Form):
    """A place where a hall meets."""

    kind = forms.ChoiceField(label=_("类别"), choices=VenueKind.choices,
                             error_messages={"required": _("请选类别。"), "invalid_choice": _("请选类别。")})  # fmt: skip
    name = words(Venue, "name", _("名称"), required=True)
    address = words(Venue, "address", _("地址"))

    @classmethod
    def of(cls, venue: Venue) -> VenueForm:
        """Return the form with what is stored."""
        return cls(initial={name: getattr(venue, name) for name in ("kind", *VENUE_WORDS)})

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        data = self.cleaned_data
        return {"kind": data["kind"], "words": {name: data[name] for name in VENUE_WORDS}}


class NewVenueForm(VenueForm):
    """The same, with the place in which it lies."""

    area = forms.ChoiceField(
        label=_("在哪里"), error_messages={"required": _("请选一个。"), "invalid_choice": OTHER_PLACE}
    )
    field_order = ("kind", "area", *VENUE_WORDS)

    def __init__(self, *args: Any, areas: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.areas = {str(area.pk): area for area in areas}
        self.fields["area"].choices = area_choices(areas)  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        return {**super().arguments(), "area": self.areas[self.cleaned_data["area"]]}


class MethodForm(forms.Form):
    """A way of working, written up so that a new worker can follow it."""

    name = words(Method, "name", _("名称"), required=True)
    brand = words(Method, "brand", _("品牌"), help_text=_("没有品牌的不填。"))
    summary = words(Method, "summary", _("一句话介绍"), required=True)
    suits = words(Method, "suits", _("适合什么事"), rows=2)
    steps = words(Method, "steps", _("步骤"), rows=8, required=True, help_text=_("一行一步，新来的人照着就能做。"))

    @classmethod
    def of(cls, method: Method) -> MethodForm:
        """Return the form with what is stored."""
        return cls(initial={name: getattr(method, name) for name in METHOD_WORDS})

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        return {"words": {name: self.cleaned_data[name] for name in METHOD_WORDS}}


class CloseForm(forms.Form):
    """From which day on something stands no more."""

    closed_on = day_field(_("从哪天起停用"), help_text=_("以前的记录都留着，随时能看。"))

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        return dict(self.cleaned_data)
