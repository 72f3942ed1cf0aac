from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from community.clock import SHANGHAI, end_of
from community.models import Clock, Rule, Unit
from community.models.clocks import RuleUnit
from community.shipped_rules import shipped_rules
from deliberation.models import Issue
from deliberation.sentences import TimeLeft, beads, if_late, next_step, rework_text, status, term_text, time_left
from deliberation.states import IssueState, Outcome
from tests.factories import MOMENT

# Due at the end of Monday, 13 November 2023.
DUE = end_of(date(2023, 11, 13))
S = IssueState
RULES = {row["key"]: Rule(**row) for row in shipped_rules()}


def clock(unit: str = RuleUnit.WORKING_DAYS, value: int = 5, due_at: datetime = DUE, **columns: Any) -> Clock:
    return Clock(rule=Rule(unit=unit, value=value), started_at=MOMENT, due_at=due_at, **columns)


def here(day: int, hour: int = 9, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2023, 11, day, hour, minute, second, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("at", "lane", "text"),
    [
        (here(5), "later", "还剩 8 天"),
        (here(6), "week", "还剩 7 天"),
        (here(12, 23, 59, 59), "week", "还剩 1 天"),
        (here(13, 0), "soon", "今天到期"),
        (here(13, 23, 59, 59), "soon", "今天到期"),
        (here(14, 0), "over", "过期 1 天"),
        (here(16), "over", "过期 3 天"),
        (datetime(2023, 11, 13, 15, 59, 59, tzinfo=SHANGHAI), "soon", "今天到期"),
    ],
)
def test_time_left_in_days(at: datetime, lane: str, text: str) -> None:
    assert time_left(clock(), at) == TimeLeft(lane, text)


@pytest.mark.parametrize(
    ("at", "lane", "text"),
    [
        (here(6, 9), "soon", "还剩 2 小时"),
        (here(6, 9, 1), "soon", "还剩 1 小时"),
        (here(6, 10, 0), "soon", "还剩 1 小时"),
        (here(6, 10, 0, 1), "soon", "还剩 59 分钟"),
        (here(6, 10, 59, 30), "soon", "还剩 1 分钟"),
        (here(6, 11), "soon", "还剩 1 分钟"),
        (here(6, 11, 0, 1), "over", "今天过期了"),
        (here(7, 9), "over", "过期 1 天"),
        (here(5, 22), "week", "还剩 1 天"),
    ],
)
def test_time_left_in_hours(at: datetime, lane: str, text: str) -> None:
    assert time_left(clock(RuleUnit.HOURS, 2, here(6, 11)), at) == TimeLeft(lane, text)


def test_paused_clock_is_on_hold() -> None:
    assert time_left(clock(paused_at=MOMENT), here(30)) == TimeLeft("hold", "暂停计时")


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        (RuleUnit.HOURS, 2, "2 小时"),
        (RuleUnit.WORKING_DAYS, 5, "5 个工作日"),
        (RuleUnit.DAYS, 3, "3 天"),
    ],
)
def test_term_text(unit: str, value: int, text: str) -> None:
    assert term_text(Rule(unit=unit, value=value)) == text


UNIT = Unit(name="幸福物业")


@pytest.mark.parametrize(
    ("issue", "sentence"),
    [
        (Issue(state=S.RAISED), "已经收到，社区会在 5 个工作日内受理，还剩 4 个工作日。"),
        (Issue(state=S.ACCEPTED), "已经受理，正在派给办理的单位，还剩 4 个工作日。"),
        (Issue(state=S.DISPATCHED, unit=UNIT), "已派给幸福物业，5 个工作日内答复，还剩 4 个工作日。"),
        (Issue(state=S.REWORK, unit=UNIT), "已退回幸福物业重办，5 个工作日内答复，还剩 4 个工作日。"),
        (Issue(state=S.RETURNED, unit=UNIT), "幸福物业说不归它管，社区正在另派。"),
        (Issue(state=S.ADJUDICATING, unit=UNIT), "镇街正在审定由谁办。"),
        (Issue(state=S.RESOLVED, unit=UNIT), "幸福物业说办好了，等反映人打分。"),
        # Escalated while it was late, and resolved since: it is the reporter's turn.
        (Issue(state=S.RESOLVED, unit=UNIT, escalated_at=MOMENT), "幸福物业说办好了，等反映人打分。"),
        (Issue(state=S.RESOLVED, unit=UNIT, escalated_at=MOMENT, rating=1), "居民还不满意，镇街正在督办。"),
        (Issue(state=S.WITHDRAWN, outcome=Outcome.WITHDRAWN), "反映人撤回了这件事。"),
        (Issue(state=S.REFUSED, outcome=Outcome.NOT_OURS), "没有受理。点开看原因。"),
        (Issue(state=S.CLOSED, outcome=Outcome.RESOLVED, rating=4), "办成了，反映人打了 4 分。"),
        (Issue(state=S.CLOSED, outcome=Outcome.RESOLVED), "办成了。回访没有等到答复，按规定结案。"),
        (Issue(state=S.CLOSED, outcome=Outcome.UNRESOLVED, rating=1), "已结案，结果：没办成。"),
        (Issue(state=S.CLOSED, outcome=Outcome.DUPLICATE), "已结案，结果：和别的重复。"),
    ],
)
def test_status(issue: Issue, sentence: str) -> None:
    assert status(issue, clock(), here(7)) == sentence


@pytest.mark.parametrize("state", [S.RETURNED, S.ADJUDICATING, S.RESOLVED, S.CLOSED, S.REFUSED, S.WITHDRAWN])
def test_status_without_a_clock(state: str) -> None:
    outcome = {S.CLOSED: Outcome.RESOLVED, S.REFUSED: Outcome.NOT_OURS, S.WITHDRAWN: Outcome.WITHDRAWN}.get(state, "")
    sentence = status(Issue(state=state, outcome=outcome, unit=UNIT), None, MOMENT)
    assert sentence.endswith("。")
    assert "%(" not in sentence
    assert "，。" not in sentence


@pytest.mark.parametrize(
    ("issue", "step", "late"),
    [
        (Issue(state=S.RAISED), "社区看过，受理或说明为什么不受理", "第二天催办；再过 5 个工作日，镇街督办"),
        (Issue(state=S.DISPATCHED), "办好，交照片和说明", "第二天催办；再过 5 个工作日，镇街督办"),
        (Issue(state=S.DISPATCHED, escalated_at=MOMENT), "办好，交照片和说明", ""),
        (Issue(state=S.RESOLVED), "反映人打 1 到 5 分", "5 个工作日没有答复，自动结案，记为未答复"),
        (
            Issue(state=S.RESOLVED, escalated_at=MOMENT),
            "反映人打 1 到 5 分",
            "5 个工作日没有答复，自动结案，记为未答复",
        ),
        (Issue(state=S.RESOLVED, escalated_at=MOMENT, rating=2), "镇街督办", ""),
        (Issue(state=S.CLOSED), "", ""),
        (Issue(state=S.REFUSED), "", ""),
        (Issue(state=S.WITHDRAWN), "", ""),
    ],
)
def test_next_step_and_what_if_it_is_late(issue: Issue, step: str, late: str) -> None:
    assert (next_step(issue), if_late(issue, RULES)) == (step, late)


def test_edited_rules_are_what_the_page_says() -> None:
    edited = {
        "issue.answer": Rule(unit=RuleUnit.DAYS, value=7),
        "clock.reminder": Rule(unit=RuleUnit.DAYS, value=3),
        "clock.escalation": Rule(unit=RuleUnit.WORKING_DAYS, value=8),
        "issue.low_rating": Rule(unit=RuleUnit.POINTS, value=3),
        "issue.reworks": Rule(unit=RuleUnit.TIMES, value=1),
    }
    assert if_late(Issue(state=S.RESOLVED), edited) == "7 天没有答复，自动结案，记为未答复"
    assert if_late(Issue(state=S.RAISED), edited) == "过期 3 天催办；再过 8 个工作日，镇街督办"
    assert rework_text(edited) == "打 3 分或更低就退回重办，最多 1 次，再不行由镇街督办。"


def test_rework_text_by_the_shipped_rules() -> None:
    assert rework_text(RULES) == "打 2 分或更低就退回重办，最多 2 次，再不行由镇街督办。"


@pytest.mark.parametrize(
    ("at", "used"), [(here(6), 0), (here(7), 1), (here(11), 4), (here(13, 23), 5), (here(20), 10), (here(5), 0)]
)
def test_beads(at: datetime, used: int) -> None:
    assert beads(clock(), at, {}) == (5, used)


def test_beads_count_the_district_s_own_calendar() -> None:
    assert beads(clock(), here(8), {date(2023, 11, 7): False}) == (4, 1)


@pytest.mark.parametrize("unit", [RuleUnit.HOURS, RuleUnit.DAYS])
def test_beads_are_of_working_days_alone(unit: str) -> None:
    assert beads(clock(unit), here(7), {}) is None


def test_lanes_follow_the_clock_into_another_zone() -> None:
    # 16:00 UTC on the 13th is the 14th in Shanghai.
    assert time_left(clock(), here(14, 0).astimezone(tz=None)) == TimeLeft("over", "过期 1 天")
    assert time_left(clock(), DUE - timedelta(hours=1)) == TimeLeft("soon", "今天到期")
