"""The chain on an issue's page: what was done, what is being done, what is to come.

Functions of an issue with its events in hand; they ask the database nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from deliberation.sentences import rework_text
from deliberation.states import RESIDENTS_WORDS, IssueState, Outcome

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from community.models import Clock, Rule
    from deliberation.models import Issue, IssueEvent, IssuePhoto


@dataclass(frozen=True)
class Step:
    """One step: `kind` is done, now or next; `at` and `since` have passed, `until` is a deadline."""

    kind: str
    title: str
    text: str = ""
    at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    hint: str = ""
    photos: list[IssuePhoto] = field(default_factory=list)
    event: IssueEvent | None = None
    waits_for_review: bool = False
    is_hidden: bool = False
    is_residents: bool = False


TITLES: dict[str, _StrPromise] = {
    "raise": gettext_lazy("反映"),
    "accept": pgettext_lazy("step done", "受理"),
    "refuse": gettext_lazy("不受理"),
    "dispatch": pgettext_lazy("step done", "派单"),
    "progress": gettext_lazy("有进展"),
    "ask": pgettext_lazy("step done", "问反映人"),
    "resume": pgettext_lazy("step done", "接着算时限"),
    "resolve": pgettext_lazy("step done", "办结"),
    "rate": pgettext_lazy("step done", "评价"),
    "rework": gettext_lazy("退回重办"),
    "return": gettext_lazy("退单"),
    "refer": gettext_lazy("报镇街审定"),
    "adjudicate": gettext_lazy("审定"),
    "escalate": gettext_lazy("镇街督办"),
    "close": pgettext_lazy("step done", "结案"),
    "withdraw": gettext_lazy("撤回"),
    "supplement": pgettext_lazy("step done", "补充情况"),
    "publish": gettext_lazy("审看后公开"),
    "reword": gettext_lazy("改写后公开，原文如下"),
    "withhold": gettext_lazy("审看后不公开"),
    "cover": gettext_lazy("遮住了照片的一部分"),
    "endorse": pgettext_lazy("step done", "附议"),
}


def chain(
    issue: Issue,
    events: Iterable[IssueEvent],
    clock: Clock | None,
    rules: Mapping[str, Rule],
    *,
    staff: bool,
    reporter: bool = False,
    hidden: Set[int] = frozenset(),
) -> list[Step]:
    """Return the steps of an issue, oldest first; `staff` also see what is not public.

    The reporter sees all that the public sees, and their own photos before anybody has reviewed them.
    `rules` are those in force, by key; `hidden` are the ids of events whose words somebody has decided to hide.
    """
    steps = []
    for event in events:
        if not (event.is_public or staff):
            continue
        photos = [photo for photo in event.photos.all() if photo.is_public or staff or reporter]
        words = event.text if event.is_text_public or staff or (reporter and is_for_reporter(issue, event)) else ""
        steps.append(
            Step(
                "done",
                str(TITLES[event.verb]),
                told(issue, event, words),
                at=event.at,
                photos=photos,
                event=event,
                waits_for_review=staff and waits(event) and event.pk not in hidden,
                is_hidden=staff and event.pk in hidden,
                is_residents=staff and event.verb in RESIDENTS_WORDS and bool(event.text),
            )
        )
    return steps + coming(issue, clock, rules, reporter=reporter)


def waits(event: IssueEvent) -> bool:
    """Return whether an event holds a resident's words that nobody has let the public read yet."""
    return event.verb in RESIDENTS_WORDS and bool(event.text) and not event.is_text_public


def is_for_reporter(issue: Issue, event: IssueEvent) -> bool:
    """Return whether the reporter reads words that are not public: all but a neighbour's."""
    return event.verb != "supplement" or event.by_id == issue.reporter_id


SENTENCES: dict[str, _StrPromise] = {
    "accept": gettext_lazy("社区看过，受理了。"),
    "resume": gettext_lazy("时限接着算。"),
    "rework": gettext_lazy("反映人不满意，退回%(unit)s重办，时限重新算。"),
    # What was public once would leave a hole without a word.
    "supplement": gettext_lazy("这条内容没有公开。"),
    "escalate": gettext_lazy("重办之后还不行，或者过期太久，由镇街督办。"),
}


def told(issue: Issue, event: IssueEvent, words: str) -> str:
    """Return what an event says: its `words` as far as the reader may see them, or else a sentence for the step."""
    unit = event.unit.name if event.unit else ""
    if event.verb == "rate":
        score = _("打了 %(rating)d 分。") % {"rating": event.rating or 0}
        return f"{score}{words}"
    if event.verb == "dispatch":
        sent = _("派给%(unit)s，时限从派单第二天算起。") % {"unit": unit}
        return f"{sent}{words}"
    if words:
        return words
    if event.verb == "raise":
        return raised(issue, event)
    if event.verb == "close":
        return ended(issue)
    return str(SENTENCES.get(event.verb, "")) % {"unit": unit}


def raised(issue: Issue, event: IssueEvent) -> str:
    """Return how an issue was raised, without saying by whom."""
    photos = len(event.photos.all())
    who = _("社区工作者代一位居民反映") if issue.represented_id else _("一位居民反映")
    if not photos:
        return _("%(who)s。") % {"who": who}
    sent = ngettext("上传 %(n)d 张照片", "上传 %(n)d 张照片", photos) % {"n": photos}
    return _("%(who)s，%(sent)s。") % {"who": who, "sent": sent}


def ended(issue: Issue) -> str:
    """Return how an issue ended."""
    if issue.outcome == Outcome.RESOLVED:
        return _("办成了。")
    return str(Outcome(issue.outcome).label) if issue.outcome else ""


HANDLED = frozenset({IssueState.DISPATCHED, IssueState.REWORK})
BEFORE_RESOLUTION = HANDLED | {
    IssueState.RAISED,
    IssueState.ACCEPTED,
    IssueState.RETURNED,
    IssueState.ADJUDICATING,
}


def in_hand(state: IssueState, clock: Clock | None) -> Step:
    """Return the step that is being done before an issue is resolved."""
    until = clock.due_at if clock else None
    if state == IssueState.RAISED:
        return Step("now", _("受理、派单"), _("社区看过，受理并派给办理的单位。"), until=until)
    if state in HANDLED:
        return Step("now", _("办理"), _("办理单位正在办。"), since=clock.started_at if clock else None)
    return Step("now", _("派单"), _("定下由谁办。"), until=until)


def waiting(*, reporter: bool) -> Step:
    """Return the step that is the reporter's: to answer what they were asked."""
    title = _("等您答复") if reporter else _("等反映人答复")
    return Step("now", title, _("时限先停着，答复了接着算。"))


def resolving(until: datetime | None = None) -> Step:
    """Return the step of resolution, to come."""
    return Step("next", _("办结"), _("办理单位交照片和说明。"), until=until)


def calling_back(*, reporter: bool) -> Step:
    """Return the step of the call-back, to come."""
    asked = _("社区打电话问您：真的好了吗？") if reporter else _("社区打电话问反映人：真的好了吗？")
    return Step("next", _("回访"), asked, hint=_("办结之后"))


def rating(rules: Mapping[str, Rule]) -> Step:
    """Return the step of the rating, to come."""
    return Step("next", _("评价"), _("1 到 5 分。") + rework_text(rules), hint=_("回访时"))


def before_resolution(
    state: IssueState, clock: Clock | None, rules: Mapping[str, Rule], *, reporter: bool
) -> list[Step]:
    """Return the steps of an issue that is not resolved yet; while its clock is stopped no day is named."""
    last = [calling_back(reporter=reporter), rating(rules)]
    now = in_hand(state, clock)
    if clock and clock.paused_at:
        halted = replace(now, kind="next", text="", since=None, until=None)
        return [waiting(reporter=reporter), halted, resolving(), *last]
    return [now, resolving(clock.due_at if clock and state in HANDLED else None), *last]


def coming(issue: Issue, clock: Clock | None, rules: Mapping[str, Rule], *, reporter: bool) -> list[Step]:
    """Return the step in hand and those to come; none for an issue that has ended."""
    state = IssueState(issue.state)
    until = clock.due_at if clock else None
    if state in BEFORE_RESOLUTION:
        return before_resolution(state, clock, rules, reporter=reporter)
    if state == IssueState.RESOLVED and not issue.is_with_town:
        asked = _("真的好了吗？反映人打分，或者由社区打电话问。")
        return [Step("now", _("回访、评价"), asked, until=until), Step("next", _("结案"))]
    if state == IssueState.RESOLVED:
        return [Step("now", _("督办"), _("镇街督促办好，或者说明为什么办不成。"), until=until), Step("next", _("结案"))]
    return []
