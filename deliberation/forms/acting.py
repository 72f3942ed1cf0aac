"""The small forms by which somebody acts on an issue; each one's fields are its verb's arguments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.models import Hiding, Unit
from community.models.reviews import HideReason
from community.uploads import PhotosField
from deliberation.forms.rows import RowsField
from deliberation.models import Issue, IssuePhoto
from deliberation.models.issues import (
    ADDRESS_LENGTH,
    DETAILS_LENGTH,
    NOTE_LENGTH,
    PHOTOS_MOST,
    TITLE_LENGTH,
    PhotoKind,
)
from deliberation.queries import suggested_units
from deliberation.workflow.handling import CLOSINGS, REFUSALS

WRITE_A_SENTENCE = _("请写一句话说明，居民会看到。")


def note(label: Any, *, required: bool = True, error: Any = WRITE_A_SENTENCE) -> forms.CharField:
    """Return a field for a sentence that the resident reads."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": error},
    )


class ActionForm(forms.Form):
    """A form about one issue."""

    def __init__(self, *args: Any, issue: Issue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.issue = issue

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        return dict(self.cleaned_data)


REWORDED = ("title", "address", "details")


class ReviewForm(ActionForm):
    """Make public, but for some photos."""

    title = forms.CharField(
        label=_("公开的一句话"),
        required=False,
        max_length=TITLE_LENGTH,
        help_text=_("有姓名、电话、门牌号的，改掉再公开。原文留在经过里，只有工作人员看得到。"),
    )
    address = forms.CharField(label=_("公开的地点"), required=False, max_length=ADDRESS_LENGTH)
    details = forms.CharField(
        label=_("公开的详细情况"), required=False, max_length=DETAILS_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )
    hidden_photos = RowsField(
        IssuePhoto.objects.none(), label=_("这几张不公开"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in REWORDED:
            self.initial.setdefault(name, getattr(self.issue, name))
        photos = IssuePhoto.objects.filter(issue=self.issue, kind=PhotoKind.BEFORE)
        self.fields["hidden_photos"].queryset = photos  # type: ignore[attr-defined]
        self.photos = list(photos.annotate(is_hidden=Hiding.objects.over(IssuePhoto)))
        self.tick_again(self["hidden_photos"].value())

    def tick_again(self, sent: Any) -> None:
        """Mark as hidden what was ticked in a form that comes back; None in one that nobody has sent."""
        if sent is None:
            return
        for photo in self.photos:
            photo.is_hidden = str(photo.pk) in {str(one) for one in sent}

    def words(self, data: dict[str, Any]) -> dict[str, str]:
        """Return title, address and details as they would be public; what was not sent stays as it is."""
        sent = {name: data.get(name, "") for name in REWORDED if name in self.data}
        kept = {name: getattr(self.issue, name) for name in REWORDED}
        return {**kept, **sent, "title": sent.get("title") or kept["title"]}

    def arguments(self) -> dict[str, Any]:
        """Publish, with the words as reviewed and the ids of what stays hidden."""
        hidden = [photo.pk for photo in self.cleaned_data["hidden_photos"]]
        return {"publish": True, "hidden_photos": hidden, "words": self.words(self.cleaned_data)}


class WithholdForm(ActionForm):
    """Keep on the staff side, with the reason."""

    reason = forms.ChoiceField(
        label=_("不公开的原因"),
        choices=HideReason.choices,
        error_messages={"required": _("请选一个不公开的原因。"), "invalid_choice": _("请选一个不公开的原因。")},
    )
    note = note(_("为什么不公开"))

    def arguments(self) -> dict[str, Any]:
        """Do not publish."""
        return {"publish": False, **self.cleaned_data}


class RefuseForm(ActionForm):
    """Refuse with a kind of reason and a sentence."""

    outcome = forms.ChoiceField(
        label=_("不受理的原因"),
        choices=[(outcome, outcome.label) for outcome in REFUSALS],
        error_messages={"required": _("请选一个不受理的原因。"), "invalid_choice": _("请选一个不受理的原因。")},
    )
    reason = note(_("说明给反映人听"))


class DispatchForm(ActionForm):
    """Choose the unit; the likeliest is chosen already."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("派给谁"),
        empty_label=None,
        error_messages={
            "required": _("请选派给哪个单位。"),
            "invalid_choice": _("这个单位不管这个地方。请另选一个。"),
        },
    )
    note = note(_("交代一句"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = suggested_units(self.issue)
        field = self.fields["unit"]
        field.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in units])  # type: ignore[attr-defined]
        field.choices = [(unit.pk, unit.name) for unit in units]  # type: ignore[attr-defined]


class ProgressForm(ActionForm):
    """Say how far the work is."""

    text = note(_("办到哪一步了"))
    photos = PhotosField(label=_("照片"), required=False, most=PHOTOS_MOST)


class AskForm(ActionForm):
    """A question that the work waits for."""

    question = note(_("要问反映人什么"))


class ResumeForm(ActionForm):
    """Go on counting."""

    note = note(_("说一句（可不说）"), required=False)


class ResolveForm(ActionForm):
    """Evidence that it is done."""

    text = note(_("怎么办好的"))
    photos = PhotosField(
        label=_("办好之后的照片"),
        most=PHOTOS_MOST,
        error_messages={"required": _("办结要有照片。请拍一张办好之后的照片，最好和办前同一个角度。")},
    )


class RateForm(ActionForm):
    """From 1 to 5, never preselected."""

    rating = forms.TypedChoiceField(
        label=_("您打几分"),
        coerce=int,
        widget=forms.RadioSelect,
        choices=[
            (1, _("1 分，没办好")),
            (2, _("2 分，不满意")),
            (3, _("3 分，还行")),
            (4, _("4 分，满意")),
            (5, _("5 分，很满意")),
        ],
        error_messages={"required": _("请打 1 到 5 分。"), "invalid_choice": _("请打 1 到 5 分。")},
    )
    comment = note(_("说说为什么"), required=False)


class ReworkForm(ActionForm):
    """Have it done once more."""

    reason = note(_("要他们怎么办"))


class CloseForm(ActionForm):
    """Close what was not resolved."""

    outcome = forms.ChoiceField(
        label=_("结案的原因"),
        choices=[(outcome, outcome.label) for outcome in CLOSINGS],
        error_messages={"required": _("请选一个结案的原因。"), "invalid_choice": _("请选一个结案的原因。")},
    )
    reason = note(_("说明给大家听"))


class WithdrawForm(ActionForm):
    """Take it back."""

    reason = note(_("为什么撤回"), required=False)


class SupplementForm(ActionForm):
    """A few more words."""

    text = note(_("再说几句"), error=_("请写几句再补充。"))


class FollowForm(ActionForm):
    """Follow, or no longer."""

    on = forms.TypedChoiceField(choices=[("1", ""), ("0", "")], coerce=lambda value: value == "1")


ACTION_FORMS: dict[str, type[ActionForm]] = {
    "review": ReviewForm,
    "withhold": WithholdForm,
    "accept": ActionForm,
    "refuse": RefuseForm,
    "dispatch": DispatchForm,
    "progress": ProgressForm,
    "ask": AskForm,
    "resume": ResumeForm,
    "resolve": ResolveForm,
    "rate": RateForm,
    "rework": ReworkForm,
    "close": CloseForm,
    "withdraw": WithdrawForm,
    "endorse": ActionForm,
    "follow": FollowForm,
    "supplement": SupplementForm,
}
