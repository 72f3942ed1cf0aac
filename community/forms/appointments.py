"""Forms for giving, lending and ending roles."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.fields import area_choices, day_field
from community.holding import Place
from community.models import Appointment, Area, Unit
from community.roles import Role
from community.workflow.leaving import REASONS

STATES = (("now", _("在任")), ("later", _("还没开始")), ("over", _("已结束")), ("all", _("都看")))


class PersonField(forms.CharField):
    """A user name or a whole phone number; whose it is the verb `find_person` says, which counts how often."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=60,
            help_text=_("写用户名，或者完整的手机号；按手机号找，本人会知道。下一步先核对是谁。"),
            error_messages={"required": _("请写用户名或者手机号。")},
            **kwargs,
        )


class AppointmentFilter(forms.Form):
    """What of the list to show."""

    role = forms.ChoiceField(label=_("角色"), required=False)
    area = forms.ChoiceField(label=_("哪里"), required=False)
    who = forms.CharField(label=_("用户名"), required=False, max_length=60)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=STATES)

    def __init__(self, *args: Any, roles: list[Role], areas: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", _("都看")), *((role.value, role.label) for role in roles)]  # type: ignore[attr-defined]
        self.fields["area"].choices = [("", _("都看")), *area_choices(areas)]  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """Return what was asked for as far as it makes sense; nonsense asks for nothing."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value}


class AppointForm(forms.Form):
    """Who gets a role, over what, from when to when."""

    place = forms.ChoiceField(
        error_messages={"required": _("请选一个。"), "invalid_choice": _("这里不归您任命。请另选一个。")}
    )
    person = PersonField(label=_("任命谁"))
    starts_on = day_field(_("从哪天起"))
    ends_on = day_field(_("到哪天止"), required=False, help_text=_("不定期的不填。"))

    def __init__(self, *args: Any, role: Role, places: list[Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role, self.places = role, {str(place.pk): place for place in places}
        field = self.fields["place"]
        field.label = role.scope.label
        field.choices = [(key, label_of(place)) for key, place in self.places.items()]  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments, once the person is found."""
        data = self.cleaned_data
        days = {"starts_on": data["starts_on"], "ends_on": data["ends_on"]}
        return {"user": data["person"], "role": self.role, "place": self.places[data["place"]], **days}


def label_of(place: Place) -> str:
    """Return a place with its town, or a unit with its place: names come more than once in a district."""
    if isinstance(place, Unit):
        return f"{place.name}（{place.area.name}）"
    is_below_town = place.town is not None and place.town_id != place.pk
    return f"{place.name}（{place.town}）" if is_below_town else place.name


class EndForm(forms.Form):
    """Why and when an appointment ends."""

    reason = forms.ChoiceField(
        label=_("原因"),
        choices=[(reason.value, reason.label) for reason in REASONS],
        error_messages={"required": _("请选一个原因。"), "invalid_choice": _("请选一个原因。")},
    )
    last_day = day_field(_("最后一天"), required=False, help_text=_("那一天还能办事，第二天起不能。"))
    at_once = forms.BooleanField(label=_("马上停止，今天也不再办"), required=False)

    def __init__(self, *args: Any, appointment: Appointment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if appointment.delegated_from_id is not None:
            # It ends because the other is back.
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        """Ask for a day, or for none at all."""
        data = super().clean() or {}
        if "last_day" in data and not data["last_day"] and not data.get("at_once"):
            self.add_error("last_day", _("请选最后一天，或者选“马上停止”。"))
        return data

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments; at once has no last day."""
        data = self.cleaned_data
        return {"reason": data.get("reason", ""), "last_day": None if data["at_once"] else data["last_day"]}


class HandOverForm(forms.Form):
    """Who takes over, and when the other leaves."""

    person = PersonField(label=_("交给谁"))
    last_day = day_field(_("离任的人最后一天"), help_text=_("接手的人今天起就能办，到这天两人都能办。"))
    reason = forms.ChoiceField(
        label=_("原因"),
        choices=[(reason.value, reason.label) for reason in REASONS],
        error_messages={"required": _("请选一个原因。"), "invalid_choice": _("请选一个原因。")},
    )

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments, once the person is found."""
        data = self.cleaned_data
        return {"successor": data["person"], "last_day": data["last_day"], "reason": data["reason"]}


class LendForm(forms.Form):
    """Who stands in, from when to when."""

    to = forms.ChoiceField(
        label=_("请谁代"),
        error_messages={"required": _("请选一位同事。"), "invalid_choice": _("请在名单里选一位同事。")},
    )
    starts_on = day_field(_("从哪天起"))
    ends_on = day_field(_("到哪天止"))
    also = forms.MultipleChoiceField(
        label=_("这几项也请此人一起代"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("请在列出的任职里选。")},
    )

    def __init__(self, *args: Any, people: list[Appointment], others: list[Appointment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(held.user_id): held.user for held in people}
        self.fields["to"].choices = [("", _("请选")), *by_place(people)]  # type: ignore[attr-defined]
        self.others = {str(held.pk): held for held in others}
        if others:
            self.fields["also"].choices = [(key, str(held)) for key, held in self.others.items()]  # type: ignore[attr-defined]
        else:
            del self.fields["also"]

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        data = self.cleaned_data
        also = [self.others[key] for key in data.get("also", [])]
        days = {"starts_on": data["starts_on"], "ends_on": data["ends_on"]}
        return {"to": self.people[data["to"]], "also": also, **days}


def by_place(people: list[Appointment]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return colleagues under what they hold and where, each once, in the order given."""
    groups: dict[str, list[tuple[str, str]]] = {}
    seen: set[int] = set()
    for held in people:
        if held.user_id not in seen:
            seen.add(held.user_id)
            groups.setdefault(str(held), []).append(
                (str(held.user_id), f"{held.user.masked_name} {held.user.username}")
            )
    return list(groups.items())


def first_days(day: date) -> dict[str, str]:
    """Return what the day fields of a new form say at first: today."""
    return {"starts_on": day.isoformat(), "last_day": day.isoformat()}
