"""The forms of those who organise a ballot; each one's fields are its verb's arguments."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.clock import SHANGHAI
from community.models import Area, Resident, User
from community.queries import today
from deliberation.ballot_queries import PEOPLE_MOST, organised_places, places_below, verified_in
from deliberation.forms.rows import RowsField
from deliberation.models import Ballot, DecisionRule
from deliberation.models.ballots import QUESTION_LENGTH, Channel, CountMethod
from deliberation.models.decisions import Electorate

# What comes back after signing in.
KEPT_FIELDS = (
    "question", "explanation", "area", "rule", "method", "options", "most_points", "opens_at", "closes_at", "may_change",
)  # fmt: skip
INVITING = (Electorate.INVITED, Electorate.REPRESENTATIVES)
EXPLANATION_LENGTH, OPTIONS_LENGTH, REASON_LENGTH = 4000, 4000, 200
MINUTES = "%Y-%m-%dT%H:%M"


class AreaField(forms.ModelChoiceField):
    """A place by its name, moved in as it lies."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the name."""
        return str(obj.name)


class RuleField(forms.ModelChoiceField):
    """A rule with who votes by it and how long before its notice stands."""

    def label_from_instance(self, obj: Any) -> str:
        """Return what the answer says."""
        words = {"name": obj.name, "who": obj.get_electorate_display(), "days": obj.notice_days}
        said = _("%(name)s（%(who)s，提前 %(days)d 天公告）") if obj.notice_days else _("%(name)s（%(who)s）")
        return (said % words) + ("" if obj.is_confirmed else _("，依据待核"))


def moment(label: Any) -> forms.DateTimeField:
    """Return a field for a day and an hour."""
    return forms.DateTimeField(
        label=label,
        input_formats=[MINUTES, "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTES),
        error_messages={"required": gettext_lazy("请选哪天几点。"), "invalid": gettext_lazy("请选哪天几点。")},
    )


class BallotForm(forms.Form):
    """A draft of a ballot."""

    question = forms.CharField(
        label=gettext_lazy("表决什么，一句话问清楚"), max_length=QUESTION_LENGTH,
        error_messages={"required": gettext_lazy("请写要大家表决的问题。")},
    )  # fmt: skip
    explanation = forms.CharField(
        label=gettext_lazy("说明"), required=False, max_length=EXPLANATION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}), help_text=gettext_lazy("为什么表决、花多少钱、通过以后怎么办。"),
    )  # fmt: skip
    area = AreaField(
        Area.objects.none(), label=gettext_lazy("哪里的事"), empty_label=gettext_lazy("请选"),
        error_messages={"required": gettext_lazy("请选是哪里的事。"), "invalid_choice": gettext_lazy("请从名单里选。")},
    )  # fmt: skip
    rule = RuleField(
        DecisionRule.objects.none(), label=gettext_lazy("按什么规则定"), widget=forms.RadioSelect, empty_label=None,
        error_messages={
            "required": gettext_lazy("请选按什么规则定。"), "invalid_choice": gettext_lazy("请选现行的规则。"),
        },
    )  # fmt: skip
    method = forms.ChoiceField(
        label=gettext_lazy("怎么计票"), choices=CountMethod.choices, initial=CountMethod.DECISION,
        error_messages={"invalid_choice": gettext_lazy("请从名单里选。")},
        help_text=gettext_lazy("业主表决只能是同意、不同意或弃权。"),
    )  # fmt: skip
    options = forms.CharField(
        label=gettext_lazy("选项，一行一个"), required=False, max_length=OPTIONS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}), help_text=gettext_lazy("同意、不同意或弃权的表决，这里空着。"),
    )  # fmt: skip
    most_points = forms.IntegerField(
        label=gettext_lazy("打分的，每项最多几分"), initial=5, min_value=1, max_value=10, required=False
    )
    opens_at = moment(gettext_lazy("什么时候开始"))
    closes_at = moment(gettext_lazy("什么时候截止"))
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("可以怎么投"), choices=Channel.choices, initial=[Channel.ONLINE],
        widget=forms.CheckboxSelectMultiple, error_messages={
            "required": gettext_lazy("请选表决的渠道。"), "invalid_choice": gettext_lazy("请选表决的渠道。"),
        },
    )  # fmt: skip
    may_change = forms.BooleanField(label=gettext_lazy("截止前可以改，以最后一次为准"), required=False, initial=True)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = organised_places(by)  # type: ignore[attr-defined]
        self.fields["rule"].queryset = DecisionRule.objects.in_force(today())  # type: ignore[attr-defined]
        morning = datetime.combine(today() + timedelta(days=16), time(8), SHANGHAI)
        self.initial.setdefault("opens_at", morning)
        self.initial.setdefault("closes_at", morning + timedelta(days=7, hours=10))

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        data = dict(self.cleaned_data)
        data["options"] = [line.strip() for line in data["options"].splitlines() if line.strip()]
        data["most_points"] = data["most_points"] or 5
        data["area"] = Area.objects.select_related("town").get(pk=data["area"].pk)
        return data


class AmongForm(forms.Form):
    """From which part of the place people are invited."""

    among = AreaField(Area.objects.none(), label=gettext_lazy("从哪里邀请"), empty_label=None)

    def __init__(self, *args: Any, ballot: Ballot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["among"].queryset = places_below(ballot.area)  # type: ignore[attr-defined]


class PeopleField(RowsField):
    """Residents as their own staff tells them apart: masked name, masked phone, where they live."""

    def label_from_instance(self, obj: Any) -> str:
        """Return what the answer says."""
        home = obj.home.name if obj.home else ""
        return " · ".join(filter(None, (obj.masked_name or "*", obj.masked_phone, home)))


class NoticeForm(forms.Form):
    """Whom to invite, where a rule asks for it: everybody of a part of the place, or those who are ticked."""

    among = AreaField(Area.objects.none(), widget=forms.HiddenInput)
    whom = forms.ChoiceField(
        label=gettext_lazy("邀请谁"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选邀请谁。"), "invalid_choice": gettext_lazy("请选邀请谁。")},
    )
    people = PeopleField(Resident.objects.none(), label=gettext_lazy("一位一位地选"), required=False,
                         widget=forms.CheckboxSelectMultiple)  # fmt: skip

    def __init__(self, *args: Any, ballot: Ballot, among: Area | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invites = ballot.rule.electorate in INVITING
        if not self.invites:
            self.fields.clear()
            return
        self.place = among or self.sent_place(ballot) or ballot.area
        people = verified_in(self.place)
        self.count = people.count()
        self.fields["among"].queryset = places_below(ballot.area)  # type: ignore[attr-defined]
        self.initial["among"] = self.place.pk
        self.fields["whom"].choices = self.answers()  # type: ignore[attr-defined]
        self.fields["people"].queryset = people if self.count <= PEOPLE_MOST else people.none()  # type: ignore[attr-defined]
        if self.count > PEOPLE_MOST or not self.count:
            del self.fields["people"]

    def sent_place(self, ballot: Ballot) -> Area | None:
        """Return the part of the place for which the form was sent."""
        sent = str(self.data.get("among", ""))
        known = sent.isascii() and sent.isdecimal() and len(sent) < 18
        return places_below(ballot.area).filter(pk=int(sent)).first() if known else None

    def answers(self) -> list[tuple[str, str]]:
        """Return the answers to whom: everybody, or some where there are few enough to tick."""
        words = {"place": self.place.name, "count": self.count}
        every = [("all", _("%(place)s核验过的 %(count)d 位，全部邀请") % words)]
        return [*every, ("some", _("只邀请下面勾选的"))] if 0 < self.count <= PEOPLE_MOST else every

    def arguments(self) -> dict[str, Any]:
        """Return those who are invited."""
        if not self.invites:
            return {}
        everybody = self.cleaned_data["whom"] == "all"
        return {"invited": list(verified_in(self.place) if everybody else self.cleaned_data.get("people", ()))}


class ReasonForm(forms.Form):
    """Why a ballot ends before it is counted; everybody reads it."""

    reason = forms.CharField(
        label=gettext_lazy("原因，大家都看得到"), max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("请写原因，大家会看到。")},
    )  # fmt: skip

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        return dict(self.cleaned_data)
