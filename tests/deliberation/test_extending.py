"""Closings that are put off where too few take part, reminders to those who have not voted, and the signals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from wagtail.models import ModelLogEntry

from community.errors import NotAllowed, WrongState
from community.models import Notice
from deliberation.models import Ballot, DecisionRule
from deliberation.recount import recount
from deliberation.signals import ballot_counted, ballot_opened
from deliberation.workflow.extending import remind_voters, reminds_at
from deliberation.workflow.sweeping import sweep_ballots
from deliberation.workflow.voting import cast_vote
from tests.factories import MOMENT, District
from tests.factories.ballot_sheets import entries_of, returned, typed
from tests.factories.ballots import HOUR, counted, opened, people_of, vote, voters

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
EXTENDED = {
    "owners_ordinary", "owners_special", "owners_unanimous", "residents_meeting", "villagers_meeting",
    "villagers_meeting_households", "village_group",
}  # fmt: skip


@pytest.fixture
def meeting(district: District) -> Ballot:
    """Return an open ballot of the compound's four adults; more than half have to take part."""
    voters(2, district.compound)
    fields: dict[str, Any] = {"rule": "residents_meeting", "channels": ["online", "paper"]}
    return opened(district.worker, district.compound, MOMENT, [], **fields)


def told(words: str) -> set[int]:
    return set(Notice.objects.filter(message__contains=words).values_list("recipient", flat=True))


# --- Extensions -------------------------------------------------------------------------------------
def test_which_rules_put_a_closing_off() -> None:
    rows = DecisionRule.objects.exclude(extensions_most=0)
    assert {(rule.key, rule.extensions_most, rule.extension_days) for rule in rows} == {(key, 1, 7) for key in EXTENDED}
    assert all("平台建议" in rule.note for rule in rows)


def test_too_few_put_the_closing_off_once(
    meeting: Ballot, district: District, django_capture_on_commit_callbacks: Any
) -> None:
    vote(meeting, "yes", "no")
    people = people_of(meeting)
    with django_capture_on_commit_callbacks(execute=True):
        later = counted(meeting)
    assert (later.state, later.extended, later.closes_at) == ("open", 1, meeting.closes_at + WEEK)
    assert told("表决延长到") == {people[2].pk, people[3].pk}
    assert ModelLogEntry.objects.get(action="ballot.extend").data == {"days": 7, "extended": 1}
    with pytest.raises(WrongState, match="还没有到截止"):
        counted(meeting)
    cast_vote(later, by=people[2], at=meeting.closes_at + HOUR, choice="yes")
    done = counted(later)
    assert (done.state, done.result.quorate, done.result.figures["extended"]) == ("counted", True, "1")
    assert recount(done) == []


def test_it_is_put_off_no_second_time(meeting: Ballot) -> None:
    later = counted(meeting)
    done = counted(later)
    assert (done.state, done.extended, done.result.quorate) == ("counted", 1, False)


def test_a_late_sweep_leaves_the_whole_term(meeting: Ballot, district: District) -> None:
    late = meeting.closes_at + WEEK
    assert sweep_ballots(at=late) == 1
    assert Ballot.objects.get(pk=meeting.pk).closes_at == late + WEEK


def test_enough_are_counted_at_once_and_papers_are_among_them(meeting: Ballot, district: District) -> None:
    vote(meeting, "yes", "no")
    returned(meeting, entries_of(meeting)[2], by=district.worker)
    typed(meeting, ["yes"], first=district.worker, second=district.worker2)
    assert counted(meeting).state == "counted"


def test_a_hall_waits_for_nobody(ballot: Ballot) -> None:
    assert (counted(ballot).state, ballot.rule.extensions_most) == ("counted", 0)


# --- Reminders --------------------------------------------------------------------------------------
def test_who_has_not_voted_is_reminded_once(meeting: Ballot, django_capture_on_commit_callbacks: Any) -> None:
    vote(meeting, "yes")
    people = people_of(meeting)
    middle = meeting.opens_at + (meeting.closes_at - meeting.opens_at) / 2
    assert reminds_at(meeting) == middle
    with django_capture_on_commit_callbacks(execute=True):
        sweep_ballots(at=middle - HOUR)
        assert told("您还没有投票") == set()
        sweep_ballots(at=middle)
        sweep_ballots(at=middle + HOUR)
    assert Notice.objects.filter(message__contains="您还没有投票").count() == 3
    assert told("您还没有投票") == {person.pk for person in people[1:]}
    assert Ballot.objects.get(pk=meeting.pk).reminded_at == middle


def test_a_long_ballot_reminds_a_day_before(district: District) -> None:
    fields = {"closes_at": MOMENT + timedelta(days=40)}
    ballot = opened(district.worker, district.community, MOMENT, voters(1, district.compound), **fields)
    assert reminds_at(ballot) == ballot.closes_at - timedelta(hours=24)


def test_who_may_remind_and_when(meeting: Ballot, district: District) -> None:
    with pytest.raises(NotAllowed):
        remind_voters(meeting, by=district.resident, at=meeting.opens_at)
    with pytest.raises(WrongState, match="不用提醒"):
        remind_voters(meeting, by=district.worker, at=meeting.closes_at)
    remind_voters(meeting, by=district.worker, at=meeting.opens_at)
    with pytest.raises(WrongState, match="已经提醒过"):
        remind_voters(meeting, by=district.worker, at=meeting.opens_at)


# --- Signals -----------------------------------------------------------------------------------------
def test_the_opening_and_the_count_are_told_and_an_extension_is_not(district: District) -> None:
    heard: list[tuple[str, int, Any]] = []

    def opening(ballot: Ballot, at: Any, **given: Any) -> None:
        heard.append(("opened", ballot.pk, at))

    def counting(ballot: Ballot, at: Any, **given: Any) -> None:
        heard.append((f"counted {ballot.result.quorate}", ballot.pk, at))

    ballot_opened.connect(opening)
    ballot_counted.connect(counting)
    try:
        ballot = opened(district.worker, district.compound, MOMENT, [], rule="residents_meeting")
        later = counted(ballot)
        counted(later)
    finally:
        ballot_opened.disconnect(opening)
        ballot_counted.disconnect(counting)
    assert heard == [
        ("opened", ballot.pk, ballot.opens_at),
        ("counted False", ballot.pk, later.closes_at),
    ]
