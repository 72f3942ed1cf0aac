"""The paper that somebody fills in on the screen: read once, never shown again with what was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deliberation import papers
from deliberation.models import Ballot, RollEntry

BLANK = "none"
CHOOSE = {"required": gettext_lazy("请先选一个再投。"), "invalid_choice": gettext_lazy("请按选票上的选项选。")}
DECISIONS = (
    ("yes", gettext_lazy("同意")),
    ("no", gettext_lazy("不同意")),
    ("abstain", gettext_lazy("弃权")),
)


class VoteForm(forms.Form):
    """The fields of a ballot's method, none chosen beforehand, and which vote it is where somebody has several.

    `choice` has the paper's text (papers.py) once the form is valid. A form that comes back is an empty one.
    """

    def __init__(self, *args: Any, ballot: Ballot, options: Sequence[str], entries: Sequence[RollEntry]) -> None:
        super().__init__(*args)
        self.ballot, self.options = ballot, list(options)
        if len(entries) > 1:
            self.fields["entry"] = forms.TypedChoiceField(
                label=_("您有几票，这次投的是哪一票"), coerce=int, widget=forms.RadioSelect,
                choices=[(one.pk, entry_label(one, place)) for place, one in enumerate(entries, start=1)],
                error_messages={**CHOOSE, "required": _("您有几票，请选这次投的是哪一票。")},
            )  # fmt: skip
        self.fields |= self.paper_fields()
        # What was chosen never takes part in what the browser keeps of forms.
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    def paper_fields(self) -> dict[str, forms.Field]:
        """Return the fields of the paper."""
        method, numbered = self.ballot.method, [(str(n), text) for n, text in enumerate(self.options, start=1)]
        if method == papers.DECISION:
            return {"choice": radio(_("您的意见"), DECISIONS)}
        if method == papers.SINGLE_CHOICE:
            return {"choice": radio(_("选一项"), [*numbered, (BLANK, _("都不选，算参加"))])}
        if method == papers.APPROVAL:
            field = forms.MultipleChoiceField(
                label=_("可以选多项"), choices=[*numbered, (BLANK, _("都不选，算参加"))],
                widget=forms.CheckboxSelectMultiple, error_messages=CHOOSE,
            )  # fmt: skip
            return {"choice": field}
        if method == papers.SCORE:
            points = [(str(n), _("%(n)d 分") % {"n": n}) for n in range(self.ballot.most_points + 1)]
            return {f"points_{n}": select(text, _("不打分"), points) for n, text in numbered}
        places = [(str(n), _("第 %(n)d 位") % {"n": n}) for n in range(1, len(numbered) + 1)]
        return {f"place_{n}": select(text, _("不排"), places) for n, text in numbered}

    def clean(self) -> dict[str, Any]:
        """Say what is missing on the paper, or that two options stand on one place."""
        data = super().clean() or {}
        method = self.ballot.method
        if self.errors:
            return data
        if method == papers.APPROVAL and BLANK in data["choice"] and len(data["choice"]) > 1:
            self.add_error("choice", _("选了“都不选”，就不能再选别的。"))
        elif method == papers.SCORE and not any(self.chosen("points").values()):
            self.add_error(None, _("请至少给一项打分。"))
        elif method in papers.RANKED:
            places = [place for place in self.chosen("place").values() if place]
            if not places:
                self.add_error(None, _("请至少给一项排上名次。"))
            elif len(set(places)) != len(places):
                self.add_error(None, _("有两项排在同一位了，请改成不同的名次。"))
        return data

    def chosen(self, what: str) -> dict[int, str]:
        """Return what was chosen for each option, by its number."""
        return {n: self.cleaned_data.get(f"{what}_{n}", "") for n in range(1, len(self.options) + 1)}

    @property
    def choice(self) -> str:
        """Return the paper's text."""
        method = self.ballot.method
        if method == papers.SCORE:
            return papers.write({n: int(one) for n, one in self.chosen("points").items() if one}, method=method)
        if method in papers.RANKED:
            placed = sorted((int(place), n) for n, place in self.chosen("place").items() if place)
            return papers.write([n for _place, n in placed], method=method)
        chosen = self.cleaned_data["choice"]
        if method == papers.APPROVAL:
            return papers.write([int(one) for one in chosen if one != BLANK], method=method)
        return "" if chosen == BLANK else str(chosen)

    @property
    def entry(self) -> int | None:
        """Return which vote was chosen, where somebody has several."""
        return self.cleaned_data.get("entry")

    @property
    def sentences(self) -> list[str]:
        """Return what is to be mended, without what was chosen."""
        # The field's own answer would quote the choice; each says one of ours.
        return list(dict.fromkeys(str(CHOOSE["invalid_choice"]) if one.code == "invalid_choice" else one.messages[0]
                                  for errors in self.errors.as_data().values() for one in errors))  # fmt: skip


def radio(label: str, choices: Sequence[tuple[str, Any]]) -> forms.ChoiceField:
    """Return a field of large answers, none chosen."""
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, error_messages=CHOOSE)


def select(label: str, nothing: str, choices: Sequence[tuple[str, str]]) -> forms.ChoiceField:
    """Return a menu for one option, with nothing chosen."""
    return forms.ChoiceField(label=label, choices=[("", nothing), *choices], required=False, error_messages=CHOOSE)


def entry_label(entry: RollEntry, place: int) -> str:
    """Return what tells a vote from the others of its owner: its dwellings, which they know, and its area."""
    homes = _("、").join(str(one.dwelling) for one in entry.dwellings.all())
    return _("第 %(n)d 票：%(homes)s") % {"n": place, "homes": homes} if homes else _("第 %(n)d 票") % {"n": place}
