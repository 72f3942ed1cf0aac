"""What an issue's page says in words: who has it, until when, and what comes next.

Functions of plain values; what they return is in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from community.clock import SHANGHAI, Holidays, working_days_between
from community.models.clocks import RuleUnit
from community.roles import Role
from deliberation.states import IssueState, Outcome

if TYPE_CHECKING:
    from community.models import Clock, Rule
    from deliberation.models import Issue


@dataclass(frozen=True)
class TimeLeft:
    """How much of a term is left, and how pressing that is.

    `lane` is one of over, soon, week, later and hold; `text` says it in words.
    """

    lane: str
    text: str


def time_left(clock: Clock, at: datetime) -> TimeLeft:
    """Return what is left of a clock's term at `at`; the days are calendar days, as people count them."""
    due_on, today = (moment.astimezone(SHANGHAI).date() for moment in (clock.due_at, at))
    if clock.paused_at is not None:
        return TimeLeft("hold", _("暂停计时"))
    if at > clock.due_at:
        return overdue(due_on, today)
    if clock.rule.unit == RuleUnit.HOURS and (clock.due_at - at).total_seconds() < 12 * 3600:
        return hours_left(clock.due_at, at)
    days = (due_on - today).days
    if days == 0:
        return TimeLeft("soon", _("今天到期"))
    text = ngettext("还剩 %(days)d 天", "还剩 %(days)d 天", days) % {"days": days}
    return TimeLeft("week" if days <= 7 else "later", text)


def term_left(clock: Clock, at: datetime) -> str:
    """Return what is left in the measure of the term, so that “5 working days, 4 left” adds up over a weekend."""
    today, due_on = (moment.astimezone(SHANGHAI).date() for moment in (at, clock.due_at))
    days = working_days_between(today, due_on)
    if clock.rule.unit != RuleUnit.WORKING_DAYS or at > clock.due_at or days == 0:
        return time_left(clock, at).text
    return ngettext("还剩 %(n)d 个工作日", "还剩 %(n)d 个工作日", days) % {"n": days}


def overdue(due_on: date, today: date) -> TimeLeft:
    """Return by how much a term has been missed."""
    days = (today - due_on).days
    if days == 0:
        return TimeLeft("over", _("今天过期了"))
    return TimeLeft("over", ngettext("过期 %(days)d 天", "过期 %(days)d 天", days) % {"days": days})


def hours_left(due_at: datetime, at: datetime) -> TimeLeft:
    """Return the hours and minutes that are left of a short term."""
    minutes = max(1, int((due_at - at).total_seconds() // 60))
    if minutes < 60:
        return TimeLeft("soon", ngettext("还剩 %(n)d 分钟", "还剩 %(n)d 分钟", minutes) % {"n": minutes})
    hours = minutes // 60
    return TimeLeft("soon", ngettext("还剩 %(n)d 小时", "还剩 %(n)d 小时", hours) % {"n": hours})


def term_text(rule: Rule) -> str:
    """Return the length of the term that a rule sets in words."""
    value = rule.value
    if rule.unit == RuleUnit.HOURS:
        return ngettext("%(n)d 小时", "%(n)d 小时", value) % {"n": value}
    if rule.unit == RuleUnit.WORKING_DAYS:
        return ngettext("%(n)d 个工作日", "%(n)d 个工作日", value) % {"n": value}
    return ngettext("%(n)d 天", "%(n)d 天", value) % {"n": value}


def rework_text(rules: Mapping[str, Rule]) -> str:
    """Return what a low rating leads to; `rules` are those in force, by key."""
    low, most = rules["issue.low_rating"].value, rules["issue.reworks"].value
    return ngettext(
        "打 %(low)d 分或更低就退回重办，最多 %(most)d 次，再不行由镇街督办。",
        "打 %(low)d 分或更低就退回重办，最多 %(most)d 次，再不行由镇街督办。",
        most,
    ) % {"low": low, "most": most}


# Lazy, so that a list looks up the sentence of each row and not all of them.
STATUS = {
    IssueState.RAISED: gettext_lazy("已经收到，社区会在 %(term)s内受理，%(left)s。"),
    IssueState.ACCEPTED: gettext_lazy("已经受理，正在派给办理的单位，%(left)s。"),
    IssueState.DISPATCHED: gettext_lazy("已派给%(unit)s，%(term)s内答复，%(left)s。"),
    IssueState.REWORK: gettext_lazy("已退回%(unit)s重办，%(term)s内答复，%(left)s。"),
    IssueState.RETURNED: gettext_lazy("%(unit)s说不归它管，社区正在另派。"),
    IssueState.ADJUDICATING: gettext_lazy("镇街正在审定由谁办。"),
    IssueState.RESOLVED: gettext_lazy("%(unit)s说办好了，等反映人打分。"),
    IssueState.WITHDRAWN: gettext_lazy("反映人撤回了这件事。"),
}
NEXT_STEPS = {
    IssueState.RAISED: gettext_lazy("社区看过，受理或说明为什么不受理"),
    IssueState.ACCEPTED: gettext_lazy("派给办理的单位"),
    IssueState.DISPATCHED: gettext_lazy("办好，交照片和说明"),
    IssueState.REWORK: gettext_lazy("重新办好，交照片和说明"),
    IssueState.RETURNED: gettext_lazy("派给别的单位"),
    IssueState.ADJUDICATING: gettext_lazy("镇街定下由谁办"),
    IssueState.RESOLVED: gettext_lazy("反映人打 1 到 5 分"),
}


def status(issue: Issue, clock: Clock | None, at: datetime, *, to_reporter: bool = False) -> str:
    """Return one sentence: where the issue is, and how long that may take; to its reporter, where it is their turn."""
    state = IssueState(issue.state)
    if state in (IssueState.CLOSED, IssueState.REFUSED):
        return closed_status(issue)
    if issue.is_with_town:
        return _("居民还不满意，镇街正在督办。")
    if clock is not None and clock.paused_at is not None:
        return _("等您答复，答复了接着办。") if to_reporter else _("等反映人答复，时限先停着，答复了接着算。")
    if state == IssueState.RESOLVED and to_reporter:
        return _("%(unit)s说办好了，请您看看，打个分。") % {"unit": issue.unit.name if issue.unit else ""}
    left = term_left(clock, at) if clock else ""
    term = term_text(clock.rule) if clock else ""
    return str(STATUS[state]) % {"unit": issue.unit.name if issue.unit else "", "term": term, "left": left}


def closed_status(issue: Issue) -> str:
    """Return how an issue ended."""
    if issue.state == IssueState.REFUSED:
        return _("没有受理。点开看原因。")
    if issue.outcome != Outcome.RESOLVED:
        return _("已结案，结果：%(outcome)s。") % {"outcome": Outcome(issue.outcome).label}
    if issue.rating:
        return _("办成了，反映人打了 %(rating)d 分。") % {"rating": issue.rating}
    return _("办成了。回访没有等到答复，按规定结案。")


def row(issue: Issue, clock: Clock | None, at: datetime, *, to_reporter: bool = False) -> dict[str, Any]:
    """Return what one row of a list shows."""
    return {
        "issue": issue,
        "status": status(issue, clock, at, to_reporter=to_reporter),
        "left": time_left(clock, at) if clock else None,
        "is_paused": clock is not None and clock.paused_at is not None,
    }


# What a desk asks of the one who holds the clock.
TO_DO = {
    IssueState.RAISED: gettext_lazy("%(term)s内受理、派单。"),
    IssueState.ACCEPTED: gettext_lazy("定下谁来办，派给它。"),
    IssueState.RETURNED: gettext_lazy("%(unit)s说不归它管，要另派。"),
    IssueState.ADJUDICATING: gettext_lazy("两家都说不归自己管，请定下由谁办。"),
    IssueState.DISPATCHED: gettext_lazy("办好，交照片和说明。"),
    IssueState.REWORK: gettext_lazy("反映人不满意。重新办好，交照片和说明。"),
    IssueState.RESOLVED: gettext_lazy("给反映人打电话：真的好了吗？"),
}


def to_do(issue: Issue, clock: Clock) -> str:
    """Return what is to be done about an issue by the one who holds its clock."""
    unit = issue.unit.name if issue.unit else ""
    if clock.paused_at is not None:
        return _("等反映人答复，答复了接着办。")
    if clock.holder_role == Role.TOWN_OFFICER and issue.state != IssueState.ADJUDICATING:
        return _("督促%(unit)s办好，或者说明为什么办不成。") % {"unit": unit}
    return str(TO_DO[IssueState(issue.state)]) % {"unit": unit, "term": term_text(clock.rule)}


def next_step(issue: Issue) -> str:
    """Return what comes next."""
    if issue.is_with_town:
        return _("镇街督办")
    return str(NEXT_STEPS.get(IssueState(issue.state), ""))


def if_late(issue: Issue, rules: Mapping[str, Rule]) -> str:
    """Return what happens if the next step is late; `rules` are those in force, by key."""
    if issue.state == IssueState.RESOLVED and not issue.is_with_town:
        return _("%(term)s没有答复，自动结案，记为未答复") % {"term": term_text(rules["issue.answer"])}
    if issue.is_final or issue.escalated_at:
        return ""
    days = rules["clock.reminder"].value
    reminder = _("第二天催办") if days == 1 else ngettext("过期 %(n)d 天催办", "过期 %(n)d 天催办", days) % {"n": days}
    term = term_text(rules["clock.escalation"])
    return _("%(reminder)s；再过 %(term)s，镇街督办") % {"reminder": reminder, "term": term}


def beads(clock: Clock, at: datetime, holidays: Holidays) -> tuple[int, int] | None:
    """Return (all, used) working days of a term in working days, else None; a late one has used more than all."""
    if clock.rule.unit != RuleUnit.WORKING_DAYS:
        return None
    start, now, end = (moment.astimezone(SHANGHAI).date() for moment in (clock.started_at, at, clock.due_at))
    total = working_days_between(start, end, holidays)
    return total, working_days_between(start, now, holidays)
