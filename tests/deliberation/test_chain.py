from __future__ import annotations

from typing import Any

import pytest

from community.models import Clock, Rule
from community.shipped_rules import shipped_rules
from community.workflow import pause_clock
from deliberation.chain import TITLES, Step, chain
from deliberation.models import Issue, IssueEvent, IssuePhoto
from deliberation.models.issues import PhotoKind
from deliberation.queries import events_of, issue_clocks
from deliberation.states import ISSUE_TRANSITIONS, IssueState, Outcome
from tests.factories import MOMENT, District, ResidentFactory, clean_photo_of
from tests.factories.deliberation import PATHS

S = IssueState
RULES = {row["key"]: Rule(**row) for row in shipped_rules()}


def steps(issue: Issue, *, staff: bool = False, reporter: bool = False) -> list[Step]:
    clocks = issue_clocks(issue)
    clock = clocks[0] if clocks else None
    return chain(issue, events_of(issue, staff=staff), clock, RULES, staff=staff, reporter=reporter)


def words(found: list[Step]) -> list[tuple[str, str]]:
    return [(step.kind, step.title) for step in found]


def add_photo(event: IssueEvent, *, public: bool) -> IssuePhoto:
    return IssuePhoto.objects.create(
        issue=event.issue,
        event=event,
        kind=PhotoKind.BEFORE,
        is_public=public,
        taken_at=MOMENT,
        width=64,
        height=48,
        **clean_photo_of().files(),
    )


ASKED = [("next", "回访"), ("next", "评价")]
COMING = {
    S.RAISED: [("now", "受理、派单"), ("next", "办结"), *ASKED],
    S.ACCEPTED: [("now", "派单"), ("next", "办结"), *ASKED],
    S.RETURNED: [("now", "派单"), ("next", "办结"), *ASKED],
    S.ADJUDICATING: [("now", "派单"), ("next", "办结"), *ASKED],
    S.DISPATCHED: [("now", "办理"), ("next", "办结"), *ASKED],
    S.REWORK: [("now", "办理"), ("next", "办结"), *ASKED],
    S.RESOLVED: [("now", "回访、评价"), ("next", "结案")],
    S.REFUSED: [],
    S.CLOSED: [],
    S.WITHDRAWN: [],
}


@pytest.mark.parametrize("state", list(S))
def test_steps_of_each_state(issue_in: Any, state: IssueState) -> None:
    issue = issue_in(state)
    done = [("done", str(TITLES[verb])) for verb in ("raise", *PATHS[state])]
    found = steps(issue)
    assert words(found) == done + COMING[state]
    clock = Clock.objects.of(issue).open().order_by("due_at").first()
    assert [step.until for step in found if step.until] == ([clock.due_at] if clock else [])
    assert [step.at for step in found if step.kind == "done"] == [event.at for event in events_of(issue, staff=False)]


@pytest.mark.parametrize("state", [S.DISPATCHED, S.REWORK])
def test_work_has_begun_and_its_resolution_has_a_day(issue_in: Any, state: IssueState) -> None:
    issue = issue_in(state)
    clock = Clock.objects.of(issue).open().get()
    now, resolving = steps(issue)[-4:-2]
    assert (now.title, now.since, now.until) == ("办理", clock.started_at, None)
    assert (resolving.title, resolving.until) == ("办结", clock.due_at)


@pytest.mark.parametrize(("state", "halted"), [(S.RAISED, "受理、派单"), (S.DISPATCHED, "办理")])
def test_a_stopped_clock_waits_for_the_reporter_and_names_no_day(issue_in: Any, state: IssueState, halted: str) -> None:
    issue = issue_in(state)
    pause_clock(Clock.objects.of(issue).open().get(), at=MOMENT)
    found = [step for step in steps(issue) if step.kind != "done"]
    assert words(found) == [("now", "等反映人答复"), ("next", halted), ("next", "办结"), *ASKED]
    assert not any(step.until or step.since for step in found)
    assert "等您答复" in [step.title for step in steps(issue, reporter=True)]


def test_the_call_back_speaks_to_the_reporter(issue_in: Any) -> None:
    issue = issue_in(S.RAISED)
    assert steps(issue)[-2].text == "社区打电话问反映人：真的好了吗？"
    assert steps(issue, reporter=True)[-2].text == "社区打电话问您：真的好了吗？"


def test_every_verb_has_a_title() -> None:
    others = {"raise", "progress", "rate", "escalate", "supplement", "publish", "withhold", "endorse"}
    others |= {"ask", "resume", "reword", "cover"}
    assert set(TITLES) == set(ISSUE_TRANSITIONS) | others


def test_what_was_given_up_is_the_town_s(issue_in: Any) -> None:
    given_up = issue_in(S.RESOLVED, escalated_at=MOMENT, rating=1)
    assert words(steps(given_up))[-2:] == [("now", "督办"), ("next", "结案")]


def test_what_was_only_late_waits_for_its_rating(issue_in: Any) -> None:
    late = issue_in(S.RESOLVED, escalated_at=MOMENT)
    assert words(steps(late))[-2:] == COMING[S.RESOLVED]


def test_only_staff_see_what_is_not_public(district: District, issue_in: Any) -> None:
    issue = issue_in(S.RAISED)
    event = IssueEvent.objects.create(
        issue=issue,
        verb="supplement",
        state=issue.state,
        by=district.neighbour,
        text="也响",
        at=MOMENT,
        is_public=False,
    )
    assert words(steps(issue))[:1] == [("done", "反映")]
    assert [step.event for step in steps(issue) if step.event] == [issue.events.get(verb="raise")]
    shown = steps(issue, staff=True)
    assert [(step.title, step.text) for step in shown if step.event == event] == [("补充情况", "也响")]
    assert event not in [step.event for step in steps(issue, reporter=True)]


def test_photos_that_nobody_has_seen(issue_in: Any) -> None:
    issue = issue_in(S.RAISED)
    event = issue.events.get()
    hidden, public = add_photo(event, public=False), add_photo(event, public=True)
    assert steps(issue)[0].photos == [public]
    assert steps(issue, staff=True)[0].photos == [hidden, public]
    assert steps(issue, reporter=True)[0].photos == [hidden, public]


def told(issue: Issue, verb: str) -> str:
    return next(step.text for step in steps(issue) if step.event and step.event.verb == verb)


def test_words_of_each_step(issue_in: Any) -> None:
    issue = issue_in(S.CLOSED)
    assert told(issue, "raise") == "一位居民反映。"
    assert told(issue, "accept") == "社区看过，受理了。"
    assert told(issue, "dispatch") == "派给幸福物业，时限从派单第二天算起。"
    assert told(issue, "rate") == "打了 5 分。"
    assert told(issue, "close") == "办成了。"


def test_words_that_were_written_stand(issue_in: Any) -> None:
    issue = issue_in(S.CLOSED)
    for verb, text in (("dispatch", "抓紧"), ("rate", "谢谢"), ("close", "开发商跑了"), ("resolve", "换了")):
        IssueEvent.objects.filter(verb=verb).update(text=text)
    assert told(issue, "dispatch") == "派给幸福物业，时限从派单第二天算起。抓紧"
    assert told(issue, "rate") == "打了 5 分。谢谢"
    assert told(issue, "close") == "开发商跑了"
    assert told(issue, "resolve") == "换了"


def test_how_it_was_raised_names_nobody(issue_in: Any) -> None:
    issue = issue_in(S.RAISED, represented=ResidentFactory(user=None, name="李奶奶"))
    event = issue.events.get()
    assert told(issue, "raise") == "社区工作者代一位居民反映。"
    add_photo(event, public=True)
    add_photo(event, public=True)
    assert told(issue, "raise") == "社区工作者代一位居民反映，上传 2 张照片。"


@pytest.mark.parametrize(
    ("outcome", "text"),
    [(Outcome.UNRESOLVED, "没办成"), (Outcome.DUPLICATE, "和别的重复"), (Outcome.RESOLVED, "办成了。")],
)
def test_how_it_ended(issue_in: Any, outcome: str, text: str) -> None:
    assert told(issue_in(S.CLOSED, outcome=outcome), "close") == text


def test_chain_asks_the_database_nothing(issue_in: Any, django_assert_num_queries: Any) -> None:
    issue = issue_in(S.CLOSED)
    events = list(events_of(issue, staff=False))
    with django_assert_num_queries(0):
        chain(issue, events, None, RULES, staff=True)
