"""Votes at the same moment: by one voter from several places, and while the ballot is being counted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from community.errors import WrongState
from community.models import User
from deliberation.models import Ballot, BallotReceipt
from deliberation.recount import recount
from deliberation.workflow.ballots import open_ballot, void_ballot
from deliberation.workflow.results import count_ballot
from deliberation.workflow.voting import cast_vote
from tests.community.threads import together
from tests.factories import MOMENT, build_district
from tests.factories.ballots import HOUR, drafted, many_voters, opened, opened_for, voters

pytestmark = pytest.mark.django_db(transaction=True)
CHANNELS = ("online", "live")


def begun(count: int, **fields: Any) -> tuple[Ballot, list[Any]]:
    """Return an open ballot with the accounts of its voters."""
    district = build_district()
    people = voters(count, district.compound)
    ballot = opened(district.worker, district.community, MOMENT, people, channels=CHANNELS, **fields)
    return ballot, [one.user for one in people]


@pytest.mark.parametrize("may_change", [True, False])
def test_one_voter_by_every_channel_at_once_has_one_vote(may_change: bool) -> None:
    ballot, [person] = begun(1, may_change=may_change)
    at = ballot.opens_at + HOUR
    calls = [
        partial(cast_vote, ballot, by=person, at=at, choice=choice, channel=channel)
        for choice in ("yes", "no")
        for channel in (*CHANNELS, *CHANNELS)
    ]
    receipts = [one for one in together(*calls) if isinstance(one, str)]
    assert len(receipts) == (8 if may_change else 1)
    done = count_ballot(ballot, by=ballot.made_by, at=ballot.closes_at)
    assert done.result.figures["present_heads"] == "1"
    assert BallotReceipt.objects.get().code in receipts
    assert recount(done) == []


def test_each_vote_during_the_closing_is_counted_or_refused_and_its_voter_knows() -> None:
    """Clocks of machines differ: some votes come as if before the closing, while another counts."""
    ballot, people = begun(12)
    early = ballot.closes_at - HOUR
    votes = [partial(cast_vote, ballot, by=person, at=early, choice="yes") for person in people]
    middle = len(votes) // 2
    count = partial(count_ballot, ballot, by=ballot.made_by, at=ballot.closes_at)
    outcomes = together(*votes[:middle], count, *votes[middle:])
    receipts = {one for one in outcomes if isinstance(one, str)}
    refused = [one for one in outcomes if isinstance(one, WrongState)]
    assert len(receipts) + len(refused) == 12
    done = Ballot.objects.get(pk=ballot.pk)
    assert done.state == "counted"
    assert set(done.receipts.values_list("code", flat=True)) == receipts
    assert done.papers.count() == len(receipts)
    assert recount(done) == []


def test_two_who_count_at_once_count_once() -> None:
    ballot, people = begun(3)
    for person in people:
        cast_vote(ballot, by=person, at=ballot.opens_at, choice="yes")
    outcomes = together(*[partial(count_ballot, ballot, by=ballot.made_by, at=ballot.closes_at)] * 2)
    assert sorted(type(one).__name__ for one in outcomes) == ["Ballot", "WrongState"]
    done = Ballot.objects.get(pk=ballot.pk)
    assert (done.state, done.papers.count()) == ("counted", 3)


def test_counted_or_void_never_both() -> None:
    district = build_district()
    people = voters(2, district.compound)
    ballot = opened(district.worker, district.community, MOMENT, people)
    cast_vote(ballot, by=people[0].user, at=ballot.opens_at, choice="yes")
    outcomes = together(
        partial(count_ballot, ballot, by=district.worker, at=ballot.closes_at),
        partial(void_ballot, ballot, by=district.town_officer, at=ballot.closes_at, reason="名册有错"),
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["Ballot", "WrongState"]
    done = Ballot.objects.get(pk=ballot.pk)
    assert done.papers.count() == (1 if done.state == "counted" else 0)


def test_two_who_open_at_once_leave_one_key(keys: Path) -> None:
    from deliberation.workflow.ballots import notice_ballot

    district = build_district()
    draft = drafted(district.worker, district.community, MOMENT)
    ballot = notice_ballot(draft, by=district.worker, at=MOMENT, invited=voters(1, district.compound))
    outcomes = together(*[partial(open_ballot, ballot, by=district.worker, at=ballot.opens_at)] * 2)
    assert sorted(type(one).__name__ for one in outcomes) == ["Ballot", "WrongState"]
    [key] = keys.iterdir()
    assert key.stem == bytes(Ballot.objects.get(pk=ballot.pk).public_key or b"").hex()


# --- The rush -----------------------------------------------------------------------------------------
WORKERS = 6
IN_THE_RUSH = 500
MANY = 5_000


def rushed(ballot: Ballot, people: Sequence[User]) -> list[str | WrongState]:
    """Have everybody vote, so many at a time; return what each came to know last."""
    at = ballot.closes_at - HOUR

    def cast(some: Sequence[User]) -> list[str | WrongState]:
        outcomes: list[str | WrongState] = []
        try:
            for person in some:
                try:
                    outcomes.append(cast_vote(ballot, by=person, at=at, choice="yes"))
                except WrongState as refused:
                    outcomes.append(refused)
            return outcomes
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        return [one for some in pool.map(cast, [people[start::WORKERS] for start in range(WORKERS)]) for one in some]


def check_all_told(ballot: Ballot, outcomes: list[str | WrongState]) -> Ballot:
    """Check that what voters were told is what was counted, each once."""
    done = Ballot.objects.get(pk=ballot.pk)
    receipts = [one for one in outcomes if isinstance(one, str)]
    assert done.state == "counted"
    assert sorted(done.receipts.values_list("code", flat=True)) == sorted(receipts)
    assert done.papers.count() == done.roll.filter(has_voted=True).count() == len(receipts)
    assert recount(done) == []
    return done


def test_closing_in_the_rush_counts_or_refuses_each_vote_and_its_voter_knows() -> None:
    district = build_district()
    people = many_voters(IN_THE_RUSH, district.compound)
    ballot = opened_for(district.worker, district.community, MOMENT, people)
    closing = ballot.closes_at

    def count() -> Ballot:
        while ballot.roll.filter(has_voted=True).count() < IN_THE_RUSH // 3:
            time.sleep(0.02)
        return count_ballot(ballot, by=ballot.made_by, at=closing)

    outcomes, done = together(partial(rushed, ballot, people), count)
    assert isinstance(done, Ballot)
    assert len(outcomes) == IN_THE_RUSH
    check_all_told(ballot, outcomes)
    # Both sides of the closing are there, or this shows nothing.
    assert IN_THE_RUSH // 3 <= done.papers.count() < IN_THE_RUSH
    assert {str(one) for one in outcomes if isinstance(one, WrongState)} == {"表决已经截止，您这次选的没有计入。"}


def test_votes_of_many_at_once_are_neither_lost_nor_doubled() -> None:
    all_counted(IN_THE_RUSH)


@pytest.mark.soak
@pytest.mark.skipif(
    "not os.environ.get('DATABASE_URL', '').startswith('postgres')", reason="SQLite writes one after the other"
)
def test_five_thousand_votes_in_a_minute() -> None:
    seconds = all_counted(MANY)
    print(f"{MANY / seconds:.0f} votes a second")  # noqa: T201
    assert seconds < 60


def all_counted(number: int) -> float:
    """Have many vote at once and count; return the seconds that their votes took."""
    district = build_district()
    people = many_voters(number, district.compound)
    ballot = opened_for(district.worker, district.community, MOMENT, people)
    start = time.perf_counter()
    outcomes = rushed(ballot, people)
    seconds = time.perf_counter() - start
    count_ballot(ballot, by=ballot.made_by, at=ballot.closes_at)
    done = check_all_told(ballot, outcomes)
    assert done.result.figures["present_heads"] == str(number)
    return seconds
