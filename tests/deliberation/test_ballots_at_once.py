"""Votes at the same moment: by one voter from several places, and while the ballot is being counted."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from community.errors import WrongState
from deliberation.models import Ballot, BallotReceipt
from deliberation.recount import recount
from deliberation.workflow.ballots import open_ballot, void_ballot
from deliberation.workflow.results import count_ballot
from deliberation.workflow.voting import cast_vote
from tests.community.threads import together
from tests.factories import MOMENT, build_district
from tests.factories.ballots import HOUR, drafted, opened, voters

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
