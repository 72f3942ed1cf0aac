"""The forms by which somebody acts on sessions, resolutions and appraisals; each one's fields are its verb's arguments."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.models import Area, Unit
from community.queries import today
from community.uploads import PhotosField
from deliberation.forms.acting import note
from deliberation.forms.rows import RowsField
from deliberation.models import Ballot, Hall, Resolution, Topic, TopicBallot
from deliberation.models.issues import PHOTOS_MOST
from deliberation.models.sessions import SessionKind
from deliberation.models.topics import OPINION_LENGTH
from deliberation.workflow.resolutions import TASK_LENGTH, TITLE_LENGTH, Task

REASON_LENGTH = 200
TASK_ROWS = 5
# Far enough for every period that is rated, meeting and task.
YEARS = range(2000, 2100)
MOMENT = "%Y-%m-%dT%H:%M"
CHOOSE = {"required": gettext_lazy("请选一个。"), "invalid_choice": gettext_lazy("请选一个。")}
RATINGS = [
    (1, gettext_lazy("1 分，没做到")),
    (2, gettext_lazy("2 分，不满意")),
    (3, gettext_lazy("3 分，还行")),
    (4, gettext_lazy("4 分，满意")),
    (5, gettext_lazy("5 分，很满意")),
]


def of_our_times(value: date) -> None:
    """Refuse years that nobody means, and near whose ends no term can be counted."""
    if value.year not in YEARS:
        raise forms.ValidationError(_("请看看年份，%(year)d 年不对。"), params={"year": value.year})


def moment_field(label: Any, **options: Any) -> forms.DateTimeField:
    """Return a field for a day and an hour."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    errors = {"required": gettext_lazy("请选日期和时间。"), "invalid": gettext_lazy("请选日期和时间。")}
    return forms.DateTimeField(label=label, widget=widget, error_messages=errors, validators=[of_our_times], **options)


def day_field(label: Any, **options: Any) -> forms.DateField:
    """Return a field for a day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    errors = {"required": gettext_lazy("请选日期。"), "invalid": gettext_lazy("请选日期。")}
    return forms.DateField(label=label, widget=widget, error_messages=errors, validators=[of_our_times], **options)


def words(label: Any, most: int, rows: int = 5, **options: Any) -> forms.CharField:
    """Return a field for longer words."""
    errors = {"required": gettext_lazy("请写一句话说明，居民会看到。")}
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=most, widget=area, error_messages=errors, **options)


def rating_field(label: Any) -> forms.TypedChoiceField:
    """Return a choice from 1 to 5, never preselected."""
    errors = {"required": gettext_lazy("请打 1 到 5 分。"), "invalid_choice": gettext_lazy("请打 1 到 5 分。")}
    return forms.TypedChoiceField(
        label=label, coerce=int, choices=RATINGS, widget=forms.RadioSelect, error_messages=errors
    )


class VerbForm(forms.Form):
    """A form about one subject; `row` is the one of its rows (a topic, an objection, a commitment) that it is about."""

    def __init__(self, *args: Any, subject: Any = None, row: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject, self.row = subject, row
        if row is not None:
            self.fields["row"] = forms.CharField(widget=forms.HiddenInput, initial=row.pk, required=False)

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        return {name: value for name, value in self.cleaned_data.items() if name != "row"}


# --- Sessions -------------------------------------------------------------------------------------------
class SessionForm(VerbForm):
    """Plan a session of a hall; `subject` is the hall, whose topics can go on the agenda."""

    title = forms.CharField(
        label=gettext_lazy("会议名称"),
        max_length=80,
        error_messages={"required": gettext_lazy("请写会议的名称。")},
    )
    kind = forms.ChoiceField(label=gettext_lazy("是哪一种会"), choices=SessionKind.choices, error_messages=CHOOSE)
    starts_at = moment_field(gettext_lazy("几点开始"))
    ends_at = moment_field(gettext_lazy("几点结束"))
    place = forms.CharField(
        label=gettext_lazy("在哪里开"), max_length=120, error_messages={"required": gettext_lazy("请写在哪里开。")}
    )
    topics = RowsField(
        Topic.objects.none(), label=gettext_lazy("议程上的议题"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hall: Hall = self.subject
        self.fields["topics"].queryset = agenda_choices(hall)  # type: ignore[attr-defined]
        self.fields["place"].initial = hall.address

    def arguments(self) -> dict[str, Any]:
        """Plan for this hall."""
        data = self.cleaned_data
        return {**data, "hall": self.subject, "topics": list(data["topics"])}


def agenda_choices(hall: Hall) -> Any:
    """Return the topics of a hall that can be on an agenda: confirmed or shown."""
    return Topic.objects.filter(hall=hall, state__in=("confirmed", "noticed")).order_by("proposed_at", "pk")


class AgendaForm(VerbForm):
    """Other topics on the agenda."""

    topics = RowsField(
        Topic.objects.none(), label=gettext_lazy("议程上的议题"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].queryset = agenda_choices(self.subject.hall)  # type: ignore[attr-defined]
        self.fields["topics"].initial = [item.topic_id for item in self.subject.items.all()]

    def arguments(self) -> dict[str, Any]:
        """Return the topics in the order they were proposed."""
        return {"topics": list(self.cleaned_data["topics"])}


class CloseSessionForm(VerbForm):
    """How many came, and what happened."""

    attended = forms.IntegerField(
        label=gettext_lazy("到会多少人"),
        min_value=1,
        max_value=100_000,
        error_messages={"required": gettext_lazy("请写到会的人数。"), "invalid": gettext_lazy("请写到会的人数。")},
    )
    summary = words(gettext_lazy("会议情况"), 4000)


class ReasonForm(VerbForm):
    """A reason that everybody reads."""

    reason = words(gettext_lazy("原因"), REASON_LENGTH, 3)


class LongReasonForm(VerbForm):
    """A reason that everybody reads, in a few more words."""

    reason = note(gettext_lazy("原因"))


class OpinionForm(VerbForm):
    """What a session came to on a topic."""

    text = words(gettext_lazy("协商意见"), OPINION_LENGTH)


class AttachForm(VerbForm):
    """Put a ballot to a topic."""

    ballot = forms.ModelChoiceField(
        Ballot.objects.none(), label=gettext_lazy("哪一场表决"), empty_label=None, error_messages=CHOOSE
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ballot"].queryset = attachable(self.row)  # type: ignore[attr-defined]


def attachable(topic: Topic) -> Any:
    """Return the ballots that can be put to a topic."""
    waiting = Ballot.objects.filter(state__in=("draft", "noticed"), town=topic.town)
    waiting = waiting.exclude(pk__in=TopicBallot.objects.values("ballot"))
    # A draft is seen by who organises it alone: of those who run this topic, one of its own place.
    waiting = waiting.filter(Q(state="noticed") | Q(area__path__startswith=topic.area.path))
    return waiting.filter(opens_at__gte=topic.notice_ends_at or timezone.now())


# --- Resolutions ------------------------------------------------------------------------------------------
class ResolutionForm(VerbForm):
    """What was decided, and who does what by when; `subject` is the topic or the ballot, `units` who may do it."""

    title = forms.CharField(
        label=gettext_lazy("决议的标题"),
        max_length=TITLE_LENGTH,
        error_messages={"required": gettext_lazy("请写标题。")},
    )
    text = words(gettext_lazy("决定了什么"), OPINION_LENGTH)

    def __init__(self, *args: Any, units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = Unit.objects.filter(pk__in=[unit.pk for unit in units])
        choices = [("", "—"), *((unit.pk, unit.name) for unit in units)]
        for n in range(1, TASK_ROWS + 1):
            self.fields[f"task{n}"] = forms.CharField(
                label=_("第 %(n)d 项任务：做什么") % {"n": n}, max_length=TASK_LENGTH, required=n == 1,
                error_messages={"required": _("至少写一项任务。")},
            )  # fmt: skip
            unit = forms.ModelChoiceField(known, label=_("谁来办"), required=n == 1, error_messages=CHOOSE)
            unit.choices = choices
            self.fields[f"unit{n}"] = unit
            self.fields[f"due{n}"] = day_field(_("哪天办完"), required=n == 1)

    def clean(self) -> dict[str, Any]:
        """Ask for all three parts of a task, or none."""
        data = super().clean() or self.cleaned_data
        for n in range(2, TASK_ROWS + 1):
            parts = [data.get(f"{name}{n}") for name in ("task", "unit", "due")]
            if any(parts) and not all(parts):
                self.add_error(f"task{n}", _("一项任务要写全：做什么、谁来办、哪天办完。"))
        return data

    def arguments(self) -> dict[str, Any]:
        """Return what was decided with its tasks."""
        data = self.cleaned_data
        rows = [(data.get(f"task{n}"), data.get(f"unit{n}"), data.get(f"due{n}")) for n in range(1, TASK_ROWS + 1)]
        tasks = [Task(str(text), unit, due) for text, unit, due in rows if text and unit and due]
        return {"title": data["title"], "text": data["text"], "commitments": tasks}


class ObjectForm(VerbForm):
    """What speaks against it."""

    text = note(gettext_lazy("您有什么意见"))


class AnswerForm(VerbForm):
    """The answer to an objection."""

    uphold = forms.TypedChoiceField(
        label=gettext_lazy("这条异议"),
        coerce=lambda value: value == "1",
        choices=[("1", gettext_lazy("有理，请镇街决定撤不撤销")), ("0", gettext_lazy("没有采纳"))],
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    answer = note(gettext_lazy("怎么答复"))


class EvaluateForm(VerbForm):
    """From 1 to 5, with a few words."""

    rating = rating_field(gettext_lazy("落实得怎么样"))
    text = note(gettext_lazy("说说为什么"), required=False)


class UpdateForm(VerbForm):
    """How far the work is."""

    text = note(gettext_lazy("办到哪一步了"))
    next_update_on = day_field(gettext_lazy("哪天前再说一次"), required=False)
    photos = PhotosField(label=gettext_lazy("照片"), required=False, most=PHOTOS_MOST)


class FinishForm(VerbForm):
    """That it is done."""

    text = note(gettext_lazy("怎么办好的"))
    photos = PhotosField(label=gettext_lazy("办好之后的照片"), required=False, most=PHOTOS_MOST)


# --- Appraisals --------------------------------------------------------------------------------------------
class AppraisalForm(VerbForm):
    """A round about a unit or a result; `areas` are the places of whoever drafts it."""

    title = forms.CharField(
        label=gettext_lazy("名称"), max_length=80, error_messages={"required": gettext_lazy("请写名称。")}
    )
    area = forms.ModelChoiceField(
        Area.objects.none(), label=gettext_lazy("请哪里的居民评议"), empty_label=None, error_messages=CHOOSE
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=gettext_lazy("评议哪个单位"), required=False, error_messages=CHOOSE
    )
    resolution = forms.ModelChoiceField(
        Resolution.objects.none(), label=gettext_lazy("或者哪项决议的结果"), required=False, error_messages=CHOOSE
    )
    period_from = day_field(gettext_lazy("评议哪段时间：从"))
    period_to = day_field(gettext_lazy("到"))
    opens_at = moment_field(gettext_lazy("几时开始"))
    closes_at = moment_field(gettext_lazy("几时截止"), required=False)

    def __init__(self, *args: Any, areas: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        day = today()
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]
        towns = {area.town_id or area.pk for area in areas}
        units = Unit.objects.filter(area__town__in=towns, valid_from__lte=day).order_by("area__path", "name")
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        ended = Resolution.objects.standing().filter(town__in=towns).order_by("-published_at")
        self.fields["resolution"].queryset = ended  # type: ignore[attr-defined]
        tomorrow = timezone.localtime() + timedelta(days=1)
        self.fields["opens_at"].initial = tomorrow.replace(hour=9, minute=0, second=0, microsecond=0)


class VoiceForm(VerbForm):
    """From 1 to 5, with a few words."""

    rating = rating_field(gettext_lazy("您打几分"))
    text = note(gettext_lazy("说说为什么"), required=False)
