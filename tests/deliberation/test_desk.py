from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community.clock import SHANGHAI
from community.models import Clock, Rule, User, VerificationRequest
from community.queries import open_clocks_of
from community.reviewing import cursor_text, read_cursor, waiting_counts, waiting_rows
from community.roles import Role
from community.workflow import pause_clock, start_clock
from deliberation import workflow
from deliberation.desk import LANES, lane_counts
from deliberation.models import Issue
from deliberation.sentences import to_do
from deliberation.states import IssueState
from portal.desk import desk_items
from tests.factories import MOMENT, AppointmentFactory, District, IssueFactory

# Tuesday, 7 November 2023, 12:00.
NOW = datetime(2023, 11, 7, 12, 0, tzinfo=SHANGHAI)
S = IssueState


def due(issue: Issue, at: datetime) -> Issue:
    """Set when an issue's clocks end."""
    Clock.objects.of(issue).update(due_at=at)
    return issue


@pytest.fixture
def lanes(district: District, issue_in: Any) -> dict[str, list[Issue]]:
    """Return issues of the worker in every lane, in the order in which they are due."""

    def raised(title: str, at: datetime) -> Issue:
        return due(issue_in(S.RAISED, number=f"EC-2023-{title}", title=title), at)

    found = {
        "over": [raised("o1", NOW - timedelta(days=1)), raised("o2", NOW - timedelta(seconds=1))],
        "soon": [raised("s1", NOW), raised("s2", NOW.replace(hour=23, minute=59, second=59))],
        "week": [
            raised("w1", NOW.replace(day=8, hour=0, minute=0)),
            raised("w2", NOW.replace(day=14, hour=23, minute=59, second=59)),
        ],
        "later": [raised("l1", NOW.replace(day=15, hour=0, minute=0))],
        "hold": [raised("h1", NOW + timedelta(days=2))],
    }
    pause_clock(Clock.objects.of(found["hold"][0]).get(), at=NOW)
    due(found["hold"][0], NOW - timedelta(hours=1))
    IssueFactory(area=district.other_compound)
    return found


def shown(user: User, lane: str = "", most: int = 50) -> list[str]:
    return [item.issue.title for item in desk_items(open_clocks_of(user), user, NOW, lane=lane, most=most)]


def test_lanes_and_their_counts(district: District, lanes: dict[str, list[Issue]]) -> None:
    assert LANES == ("over", "soon", "week", "hold")
    for lane in LANES:
        assert shown(district.worker, lane) == [issue.title for issue in lanes[lane]]
    counts = lane_counts(open_clocks_of(district.worker), NOW)
    assert counts == {"over": 2, "soon": 2, "week": 2, "hold": 1}


def test_all_rows_are_soonest_first_and_paused_ones_last(district: District, lanes: dict[str, list[Issue]]) -> None:
    order = ["o1", "o2", "s1", "s2", "w1", "w2", "l1", "h1"]
    assert shown(district.worker) == order
    assert shown(district.worker, "nonsense") == order
    # A paused one takes nobody's place on a short page, however early it was due.
    assert shown(district.worker, most=3) == order[:3]


def test_desk_of_others(district: District, lanes: dict[str, list[Issue]]) -> None:
    assert shown(district.worker2) == shown(district.worker)
    assert len(shown(district.other_worker)) == 1
    for user in (district.neighbour_worker, district.handler, district.town_officer, district.resident):
        assert shown(user) == []
        assert lane_counts(open_clocks_of(user), NOW) == dict.fromkeys(LANES, 0)
    assert shown(district.superuser) == []


def rows(user: User) -> list[tuple[str, str, str, bool]]:
    items = desk_items(open_clocks_of(user), user, NOW, lane="", most=50)
    return [(item.verb, item.action, item.tag, bool(item.tap_url)) for item in items]


@pytest.mark.parametrize(
    ("state", "who", "row"),
    [
        (S.RAISED, "worker", ("accept", "受理", "反映", True)),
        (S.ACCEPTED, "worker", ("", "派单", "反映", False)),
        (S.DISPATCHED, "handler", ("", "办结，交照片", "办理", False)),
        (S.REWORK, "handler", ("", "办结，交照片", "重办", False)),
        (S.RESOLVED, "worker", ("", "打电话", "回访", False)),
    ],
)
def test_tap_of_each_state(district: District, issue_in: Any, state: str, who: str, row: tuple[Any, ...]) -> None:
    issue_in(state)
    assert rows(getattr(district, who)) == [row]


def test_tap_of_the_town(district: District, issue_in: Any) -> None:
    issue = issue_in(S.DISPATCHED)
    start_clock(
        issue,
        "issue.escalated",
        rule_key="clock.escalation",
        at=NOW,
        area=issue.area,
        holder_role=Role.TOWN_OFFICER,
    )
    assert rows(district.town_officer) == [("", "督办", "督办", False)]
    assert rows(district.worker) == []


def test_tap_does_what_it_says(district: District, issue_in: Any) -> None:
    issue = issue_in(S.RAISED)
    workflow.accept_issue(issue, by=district.worker, at=NOW)
    assert rows(district.worker) == [("", "派单", "反映", False)]


def test_row_says_how_long_and_what_is_next(district: District, issue_in: Any) -> None:
    issue = issue_in(S.RAISED)
    (item,) = desk_items(open_clocks_of(district.worker), district.worker, NOW, lane="", most=5)
    assert (item.issue, item.left.lane, item.left.text) == (issue, "soon", "今天到期")
    assert item.text == "1 个工作日内受理、派单。"


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (S.ACCEPTED, "定下谁来办，派给它。"),
        (S.RETURNED, "幸福物业说不归它管，要另派。"),
        (S.ADJUDICATING, "两家都说不归自己管，请定下由谁办。"),
        (S.DISPATCHED, "办好，交照片和说明。"),
        (S.REWORK, "反映人不满意。重新办好，交照片和说明。"),
        (S.RESOLVED, "给反映人打电话：真的好了吗？"),
    ],
)
def test_what_a_row_asks_for(issue_in: Any, state: IssueState, text: str) -> None:
    issue = issue_in(state)
    clock = Clock.objects.of(issue).open().order_by("due_at").first() or Clock(rule=Rule(value=1, unit="hours"))
    assert to_do(issue, clock) == text


def test_what_the_town_is_asked_for(issue_in: Any) -> None:
    urged = Clock(holder_role=Role.TOWN_OFFICER)
    assert to_do(issue_in(S.REWORK), urged) == "督促幸福物业办好，或者说明为什么办不成。"


def test_what_is_stopped_waits_for_an_answer(issue_in: Any) -> None:
    assert to_do(issue_in(S.RAISED), Clock(paused_at=MOMENT)) == "等反映人答复，答复了接着办。"


@pytest.mark.parametrize("count", [1, 30])
def test_queries_do_not_grow(district: District, count: int) -> None:
    for n in range(count):
        IssueFactory(area=district.compound, reporter=district.resident, title=f"第{n}件")
    user = User.objects.get(pk=district.worker.pk)
    # Which table a kind of record has is read once a process.
    for model in (Issue, VerificationRequest):
        ContentType.objects.get_for_model(model)
    with CaptureQueriesContext(connection) as queries:
        items = desk_items(open_clocks_of(user), user, NOW, lane="", most=50)
        assert len([item.issue.community.name + item.issue.category.name for item in items]) == count
        lane_counts(open_clocks_of(user), NOW)
    # The appointments, the clocks, their issues, the counts.
    assert len(queries) == 4


def test_reviews_wait_oldest_first(district: District, issue_in: Any) -> None:
    def raised(title: str, hours: int = 0, **columns: Any) -> Issue:
        moment = MOMENT + timedelta(hours=hours)
        return issue_in(columns.pop("state", S.RAISED), number=f"EC-2023-{title}", raised_at=moment, **columns)

    second, first = raised("b", 2), raised("a", 1)
    raised("reviewed", is_public=True)
    raised("private", is_private=True)
    raised("withdrawn", state=S.WITHDRAWN)
    own = raised("own", 3, reporter=district.worker)
    IssueFactory(area=district.other_compound)
    assert subjects(district.worker) == [first, second]
    assert subjects(district.worker2) == [first, second, own]
    assert subjects(district.town_officer) == [first, second, own]
    for user in (district.handler, district.district_officer, district.superuser, district.neighbour_worker):
        assert subjects(user) == []


def test_words_wait_once_their_issue_is_public(district: District, issue_in: Any) -> None:
    """Each kind of words is a line of its own; one's own, and those on one's own report, are another's to review."""
    shown = issue_in(S.DISPATCHED, is_public=True)
    unseen = issue_in(S.DISPATCHED, number="EC-2023-900002")
    words = {"at": MOMENT, "state": S.DISPATCHED, "is_text_public": False}
    waiting = shown.events.create(verb="supplement", by=district.neighbour, text="还在", is_public=False, **words)
    rated = shown.events.create(verb="rate", by=district.resident, text="慢", **words)
    shown.events.create(verb="rate", by=district.resident, text="", **words)
    shown.events.create(verb="ask", by=district.handler, text="哪天在家", **words)
    unseen.events.create(verb="supplement", by=district.neighbour, text="还在", is_public=False, **words)
    # All since the same moment: then by kind.
    assert subjects(district.worker) == [unseen, rated, waiting]
    assert [(kind.key, count) for kind, count in waiting_counts(district.worker)] == [
        ("issue", 1), ("rate", 1), ("supplement", 1),
    ]  # fmt: skip
    assert subjects(district.worker, key="rate") == [rated]
    waiting.by = district.worker
    waiting.save(update_fields=["by"])
    assert subjects(district.worker) == [unseen, rated]


def test_queue_goes_on_behind_its_cursor_with_the_same_queries(district: District, issue_in: Any) -> None:
    """Whatever stands at one moment comes once; three lines cost what one does."""
    for number in range(5):
        issue = issue_in(S.DISPATCHED, number=f"EC-2023-91000{number}", is_public=number < 3)
        issue.events.create(
            verb="supplement", by=district.neighbour, text="还在", at=MOMENT, state=S.DISPATCHED, is_public=False,
            is_text_public=False,
        )  # fmt: skip
    seen, cursor = [], None
    while rows := waiting_rows(district.worker, most=2, cursor=cursor):
        seen += [(row.kind.key, row.pk) for row in rows]
        cursor = read_cursor(cursor_text(rows[-1]))
    assert seen == [(row.kind.key, row.pk) for row in waiting_rows(district.worker, most=50)]
    assert (len(seen), len(set(seen))) == (5, 5)
    assert [key for key, _pk in seen] == ["issue"] * 2 + ["supplement"] * 3
    for most in (1, 2, 50):
        with CaptureQueriesContext(connection) as queries:
            waiting_rows(district.worker, most=most)
        # The order, and one for each kind on the page.
        assert len(queries) == (2 if most < 3 else 3)


def subjects(user: Any, key: str = "") -> list[Any]:
    """Return what waits for somebody, in order."""
    return [row.subject for row in waiting_rows(user, most=50, key=key)]


def test_worker_of_two_places_has_one_desk(district: District, issue_in: Any) -> None:
    here = issue_in(S.RAISED)
    there = IssueFactory(area=district.other_compound, raised_at=MOMENT + timedelta(days=1))
    AppointmentFactory(user=district.worker, role=Role.COMMUNITY_WORKER, area=district.other_community)
    # Holding a role twice over one place shows nothing twice.
    AppointmentFactory(user=district.worker, role=Role.COMMUNITY_WORKER, area=district.town)
    assert [clock.subject_id for clock in open_clocks_of(district.worker)] == [here.pk, there.pk]
