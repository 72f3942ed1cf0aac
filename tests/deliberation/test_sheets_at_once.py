"""Paper and other ways at the same moment: one voter has one vote, whoever comes first."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from community.errors import Refused
from deliberation.models import Ballot, RollEntry
from deliberation.models.ballot_sheets import SheetState
from deliberation.recount import recount
from deliberation.workflow.owner_papers import check_owner_paper, enter_owner_paper
from deliberation.workflow.paper import check_batch, enter_batch, hand_out_paper, take_back_paper
from deliberation.workflow.results import count_ballot
from deliberation.workflow.voting import cast_vote
from tests.community.threads import together
from tests.factories import MOMENT, build_district
from tests.factories.ballot_sheets import entries_of, on_paper, owners_on_paper, photo, returned, typed
from tests.factories.ballots import HOUR

pytestmark = pytest.mark.django_db(transaction=True)
PAPER = ("paper", "doorstep", "proxy")


def on_sheet(ballot: Ballot, entry: RollEntry, *, by: Any, at: Any, channel: str) -> tuple[str, str]:
    """Be handed a paper and put it in the urn."""
    stub = hand_out_paper(ballot, by=by, at=at, entry=entry, channel=channel, note="女儿")
    take_back_paper(ballot, by=by, at=at, entry=entry)
    return channel, stub


def online(ballot: Ballot, *, by: Any, at: Any, channel: str) -> tuple[str, str]:
    """Vote with an account."""
    return channel, cast_vote(ballot, by=by, at=at, choice="yes", channel=channel)


@pytest.mark.parametrize("turn", range(3))
def test_one_voter_by_all_five_channels_at_once_has_one_vote(turn: int) -> None:
    district = build_district()
    ballot = on_paper(district, MOMENT, 1, may_change=False)
    [entry], at = entries_of(ballot), ballot.opens_at + HOUR
    person = entry.voters.get().resident.user
    calls = [
        *(partial(online, ballot, by=person, at=at, channel=one) for one in ("online", "live")),
        *(partial(on_sheet, ballot, entry, by=district.worker, at=at, channel=one) for one in PAPER),
    ]
    outcomes = together(*calls[turn:], *calls[:turn])
    [(channel, receipt)] = [one for one in outcomes if isinstance(one, tuple)]
    assert all(isinstance(one, Refused) for one in outcomes if not isinstance(one, tuple))
    assert (entries_of(ballot)[0].channel, entries_of(ballot)[0].has_voted) == (channel, True)
    if channel in PAPER:
        typed(ballot, ["yes"], first=district.worker, second=district.worker2)
    done = count_ballot(ballot, by=district.worker, at=ballot.closes_at)
    assert (done.result.figures["present_heads"], done.receipts.get().code) == ("1", receipt)
    assert recount(done) == []


def test_one_owner_by_every_channel_at_once_has_one_vote() -> None:
    district = build_district()
    ballot = owners_on_paper(district, MOMENT, 2, may_change=False)
    entry, at = entries_of(ballot)[0], ballot.opens_at + HOUR
    person = entry.voters.get().resident.user

    def signed(channel: str) -> tuple[str, str]:
        paper = enter_owner_paper(
            ballot, by=district.worker, at=at, entry=entry, choice="no", channel=channel, photos=[photo()],
            proxy="女儿",
        )  # fmt: skip
        return channel, check_owner_paper(paper, by=district.worker2, at=at, choice="no")

    ways = [partial(online, ballot, by=person, at=at, channel=one) for one in ("online", "live")]
    outcomes = together(*ways, *(partial(signed, one) for one in PAPER))
    [(channel, _receipt)] = [one for one in outcomes if isinstance(one, tuple)]
    assert all(isinstance(one, Refused) for one in outcomes if not isinstance(one, tuple))
    vote = entries_of(ballot)[0]
    assert (vote.channel, vote.has_voted) == (channel, True)
    assert ballot.owner_papers.exclude(state=SheetState.WITHDRAWN).count() == (1 if channel in PAPER else 0)


def test_a_batch_is_checked_once_by_two_at_once() -> None:
    district = build_district()
    ballot = on_paper(district, MOMENT, 2)
    batch = enter_batch(ballot, by=district.worker, at=MOMENT, papers=["yes", "no"], photos=[photo()])
    check = partial(check_batch, batch, at=ballot.opens_at, papers=["no", "yes"])
    outcomes = together(partial(check, by=district.worker2), partial(check, by=district.town_officer))
    assert sorted(type(one).__name__ for one in outcomes) == ["PaperBatch", "WrongState"]


def test_a_batch_during_the_counting_is_counted_or_refused() -> None:
    district = build_district()
    ballot = on_paper(district, MOMENT, 2)
    for entry in entries_of(ballot):
        returned(ballot, entry, by=district.worker)
    batch = enter_batch(ballot, by=district.worker, at=MOMENT, papers=["yes", "no"], photos=[photo()])
    together(
        partial(check_batch, batch, by=district.worker2, at=ballot.closes_at, papers=["no", "yes"]),
        partial(count_ballot, ballot, by=district.worker, at=ballot.closes_at),
    )
    done = Ballot.objects.get(pk=ballot.pk)
    if done.state == "open":
        done = count_ballot(ballot, by=district.worker, at=ballot.closes_at)
    assert (done.papers.count(), recount(done)) == (2, [])
