"""The forms by which somebody acts on a topic; each one's fields are its verb's arguments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.models import Unit
from community.queries import today
from deliberation.forms.acting import WRITE_A_SENTENCE, note
from deliberation.forms.rows import ID_DIGITS
from deliberation.models import Amendment, Statement, Topic, TopicOption, TopicScope
from deliberation.models.topics import OPINION_LENGTH, WORDS_LENGTH, AmendmentState, Side, Stance, Weight


class RowField(forms.ModelChoiceField):
    """Django's own, but for numbers that no id can be."""

    def to_python(self, value: Any) -> Any:
        """Refuse an id that is too long, as one that does not exist."""
        if len(str(value or "")) > ID_DIGITS:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().to_python(value)


def words(label: Any, *, required: bool = True, most: int = WORDS_LENGTH, rows: int = 3) -> forms.CharField:
    """Return a field for what becomes public."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": WRITE_A_SENTENCE},
    )


class TopicActionForm(forms.Form):
    """A form about one topic."""

    def __init__(self, *args: Any, topic: Topic, units: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topic = topic
        self.units = Unit.objects.none() if units is None else units
        self.fill()

    def fill(self) -> None:
        """Set what there is to choose from."""

    def target(self) -> Any:
        """Return what the verb acts on."""
        return self.topic

    def arguments(self) -> dict[str, Any]:
        """Return the verb's arguments."""
        return dict(self.cleaned_data)


class FollowTopicForm(TopicActionForm):
    """Follow, or no longer."""

    on = forms.TypedChoiceField(choices=[("1", ""), ("0", "")], coerce=lambda value: value == "1")


class ConfirmForm(TopicActionForm):
    """Weight and item of the town's list."""

    weight = forms.ChoiceField(
        label=_("四联里的哪一种"),
        choices=Weight.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选四联里的一种。"), "invalid_choice": _("请选四联里的一种。")},
    )
    scope = RowField(
        TopicScope.objects.none(),
        label=_("属于议事清单哪一项"),
        required=False,
        empty_label=_("请选"),
        error_messages={"invalid_choice": _("这一项不在本镇街现行的议事清单里。请另选一项。")},
    )

    def fill(self) -> None:
        """Offer what the town's list offers today."""
        offered = TopicScope.objects.filter(town=self.topic.town_id).in_force(today()).offered()
        self.fields["scope"].queryset = offered.order_by("position", "pk")  # type: ignore[attr-defined]


class RefuseTopicForm(TopicActionForm):
    """The reason that the proposer reads."""

    reason = note(_("为什么不列为议题，说给提的人听"))


class NoticeForm(TopicActionForm):
    """What is shown."""

    text = words(_("公示的内容"), most=OPINION_LENGTH, rows=6)

    def fill(self) -> None:
        """Start from the question."""
        self.initial.setdefault("text", "\n".join(part for part in (self.topic.title, self.topic.question) if part))


class AnswerForm(TopicActionForm):
    """The official answer."""

    unit = RowField(
        Unit.objects.none(),
        label=_("以哪个单位的名义"),
        empty_label=None,
        error_messages={"required": _("请选答复的单位。"), "invalid_choice": _("只能用管这个地方的单位的名义答复。")},
    )
    text = words(_("正式答复"), most=OPINION_LENGTH, rows=6)

    def fill(self) -> None:
        """Offer the units in whose name this person answers."""
        self.fields["unit"].queryset = self.units  # type: ignore[attr-defined]


class ArgueForm(TopicActionForm):
    """A reason for or against."""

    side = forms.ChoiceField(
        label=_("您赞成还是反对"),
        choices=[(Side.FOR, _("赞成")), (Side.AGAINST, _("反对"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选赞成还是反对。"), "invalid_choice": _("请选赞成还是反对。")},
    )
    text = words(_("为什么"))


class SuggestForm(TopicActionForm):
    """One way to settle it."""

    text = words(_("您的方案"))


class StateForm(TopicActionForm):
    """A short sentence to agree or disagree with."""

    text = words(_("一句话的说法，让街坊表态"), rows=2)


class AmendForm(TopicActionForm):
    """A change to an option."""

    option = RowField(
        TopicOption.objects.none(),
        label=_("改哪个方案"),
        empty_label=None,
        error_messages={"required": _("请选改哪个方案。"), "invalid_choice": _("请选改哪个方案。")},
    )
    text = words(_("改成什么样，写整条"))
    reason = words(_("为什么改"), required=False, rows=2)

    def fill(self) -> None:
        """Offer the public options."""
        self.fields["option"].queryset = self.topic.topicoptions.public()  # type: ignore[attr-defined]

    def target(self) -> Any:
        """Return the option."""
        return self.cleaned_data["option"]

    def arguments(self) -> dict[str, Any]:
        """Return the words."""
        return {name: self.cleaned_data[name] for name in ("text", "reason")}


class ReplyForm(TopicActionForm):
    """Accept a change or not."""

    amendment = RowField(Amendment.objects.none(), widget=forms.HiddenInput)
    is_accepted = forms.TypedChoiceField(
        label=_("采不采纳"),
        choices=[("1", _("采纳，方案照改")), ("0", _("不采纳"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
        error_messages={"required": _("请选采不采纳。"), "invalid_choice": _("请选采不采纳。")},
    )
    answer = words(_("答复；不采纳的要写为什么"), required=False)

    def fill(self) -> None:
        """Take public changes that wait."""
        waiting = self.topic.amendments.public().filter(state=AmendmentState.OPEN)
        self.fields["amendment"].queryset = waiting  # type: ignore[attr-defined]

    def target(self) -> Any:
        """Return the change."""
        return self.cleaned_data["amendment"]

    def arguments(self) -> dict[str, Any]:
        """Return the answer."""
        return {name: self.cleaned_data[name] for name in ("is_accepted", "answer")}


class StanceForm(TopicActionForm):
    """One of three buttons under a statement."""

    statement = RowField(Statement.objects.none())
    stance = forms.TypedChoiceField(choices=Stance.choices, coerce=int)

    def fill(self) -> None:
        """Take public statements."""
        self.fields["statement"].queryset = self.topic.statements.public()  # type: ignore[attr-defined]

    def target(self) -> Any:
        """Return the statement."""
        return self.cleaned_data["statement"]

    def arguments(self) -> dict[str, Any]:
        """Return the stance."""
        return {"stance": self.cleaned_data["stance"]}


TOPIC_FORMS: dict[str, type[TopicActionForm]] = {
    "endorse": TopicActionForm,
    "follow": FollowTopicForm,
    "confirm": ConfirmForm,
    "refuse": RefuseTopicForm,
    "withdraw": TopicActionForm,
    "notice": NoticeForm,
    "answer": AnswerForm,
    "argue": ArgueForm,
    "suggest": SuggestForm,
    "state": StateForm,
    "amend": AmendForm,
    "reply": ReplyForm,
    "stance": StanceForm,
}


class ScopeForm(forms.Form):
    """One item of a town's list."""

    title = forms.CharField(
        label=_("什么事"), max_length=60, error_messages={"required": _("请写是什么事，比如“小区停车怎么停”。")}
    )
    description = words(_("说明；不在这里议的，写明该找谁"), required=False, most=300, rows=2)
    weight = forms.ChoiceField(label=_("四联里的哪一种"), choices=Weight.choices,
                               error_messages={"invalid_choice": _("请选四联里的一种。")})  # fmt: skip
    is_excluded = forms.BooleanField(label=_("这一项不在这里议"), required=False)
    position = forms.IntegerField(label=_("次序"), min_value=0, max_value=999, initial=0)
