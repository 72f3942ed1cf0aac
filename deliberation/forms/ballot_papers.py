"""The forms of those who hand out, take back and type votes on paper, and of those who object to a roll and answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.models import Resident
from community.uploads import PhotosField
from deliberation import papers as texts
from deliberation.ballot_queries import PEOPLE_MOST, verified_in
from deliberation.forms.voting import DECISIONS
from deliberation.models import Ballot, RollEntry
from deliberation.models.decisions import Electorate
from deliberation.workflow.paper import NOTE_MOST, CancelReason
from deliberation.workflow.sheets import PAPER_CHANNELS, PHOTOS_MOST

TEXT_MOST = 500
# As tellers read a paper aloud.
SPOKEN = {"同意": "yes", "不同意": "no", "反对": "no", "弃权": "abstain", "空白": "abstain", "废票": "abstain"}


def channels_of(ballot: Ballot) -> list[tuple[str, Any]]:
    """Return the ways on paper that the notice names."""
    return [(one.value, one.label) for one in PAPER_CHANNELS if one.value in ballot.channels]


class VoteField(forms.ModelChoiceField):
    """A vote of a roll by the dwellings or the masked names of those who may cast it."""

    def label_from_instance(self, obj: Any) -> str:
        """Return what the answer says."""
        return vote_label(obj)


def vote_label(entry: RollEntry) -> str:
    """Return what staff knows a vote by: its dwellings, else the masked names and homes of its people."""
    homes = [str(one.dwelling) for one in entry.dwellings.all()]
    people = [one.resident for one in entry.voters.all() if one.resident is not None]
    names = [f"{one.masked_name or '*'} {one.home.name if one.home else ''}".strip() for one in people]
    return _("、").join(homes or names) or _("第 %(n)d 票") % {"n": entry.pk}


class HandOutForm(forms.Form):
    """Hand out a paper for a vote."""

    channel = forms.ChoiceField(label=gettext_lazy("怎么投"))
    note = forms.CharField(label=gettext_lazy("委托的，写受托人是谁"), required=False, max_length=NOTE_MOST)

    def __init__(self, *args: Any, ballot: Ballot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = channels_of(ballot)  # type: ignore[attr-defined]


class CancelForm(forms.Form):
    """Why a paper that was handed out is none any more."""

    reason = forms.ChoiceField(label=gettext_lazy("为什么注销"), choices=CancelReason.choices)


class BatchForm(forms.Form):
    """The papers of a batch, one a line, in any order."""

    papers = forms.CharField(
        label=gettext_lazy("选票，一行一张，次序打乱"), strip=False, required=False,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
    )  # fmt: skip
    photos = PhotosField(label=gettext_lazy("纸质票的照片"), most=PHOTOS_MOST)

    def __init__(self, *args: Any, ballot: Ballot, again: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ballot = ballot
        is_decision = ballot.method == texts.DECISION
        self.fields["papers"].help_text = (
            _("每行写同意、不同意或弃权；空白票、废票写弃权。") if is_decision
            else _("写选项的号：选一项写 2，选多项写 1,3，打分写 1:5,2:0，排序写 3>1>2。什么也没选的空一行。")
        )  # fmt: skip
        if again:
            del self.fields["photos"]

    def clean_papers(self) -> list[str]:
        """Return the papers as texts; the last line's end is no paper."""
        lines = self.cleaned_data["papers"].replace("\r\n", "\n").removesuffix("\n").split("\n")
        lines = [line.strip() for line in lines]
        return [SPOKEN.get(line, line) for line in lines] if self.ballot.method == texts.DECISION else lines


class OwnerPaperForm(forms.Form):
    """An owner's signed paper, typed a first time; nothing chosen beforehand."""

    channel = forms.ChoiceField(label=gettext_lazy("怎么投"))
    proxy = forms.CharField(label=gettext_lazy("委托的，写受托人是谁"), required=False, max_length=NOTE_MOST)
    choice = forms.ChoiceField(
        label=gettext_lazy("票上写的"), choices=DECISIONS, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请照票上写的选。")},
    )  # fmt: skip
    photos = PhotosField(label=gettext_lazy("纸质票的照片"), most=PHOTOS_MOST)

    def __init__(self, *args: Any, ballot: Ballot, again: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = channels_of(ballot)  # type: ignore[attr-defined]
        if again:
            for name in ("channel", "proxy", "photos"):
                del self.fields[name]


class ObjectForm(forms.Form):
    """What is wrong with a roll."""

    text = forms.CharField(
        label=gettext_lazy("名册哪里不对"), max_length=TEXT_MOST, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("请写名册上少了谁，或者多了谁。")},
    )  # fmt: skip

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        return dict(self.cleaned_data)


class AnswerForm(forms.Form):
    """Whether an objection is right, why, and how the roll changes."""

    uphold = forms.TypedChoiceField(
        label=gettext_lazy("有没有道理"), coerce=lambda value: value == "1", widget=forms.RadioSelect,
        choices=[("1", gettext_lazy("有道理，改名册")), ("0", gettext_lazy("没有道理，名册不改"))],
        error_messages={"required": gettext_lazy("请选有没有道理。")},
    )  # fmt: skip
    remove = VoteField(RollEntry.objects.none(), label=gettext_lazy("去掉哪一票"), required=False)
    answer = forms.CharField(
        label=gettext_lazy("答复"), max_length=TEXT_MOST, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("请写一句话答复。")},
    )  # fmt: skip

    def __init__(self, *args: Any, ballot: Ballot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if ballot.rule.electorate == Electorate.OWNERS:
            # Their roll is made again from the register of homes.
            del self.fields["remove"]
            return
        missing = verified_in(ballot.area).exclude(roll_voters__ballot=ballot)[:PEOPLE_MOST]
        field = OnePersonField(
            Resident.objects.filter(pk__in=[one.pk for one in missing]).select_related("home", "user"),
            label=_("加上谁"), required=False,
        )  # fmt: skip
        rows = RollEntry.objects.filter(ballot=ballot).prefetch_related("voters__resident__home", "dwellings__dwelling")
        self.fields["remove"].queryset = rows.order_by("pk")  # type: ignore[attr-defined]
        self.fields = {"uphold": self.fields["uphold"], "add": field, **self.fields}


class OnePersonField(forms.ModelChoiceField):
    """A resident as their own staff tells them apart."""

    def label_from_instance(self, obj: Any) -> str:
        """Return what the answer says."""
        home = obj.home.name if obj.home else ""
        return " · ".join(filter(None, (obj.masked_name or "*", obj.masked_phone, home)))
