"""Ballots that take paper, for tests: who hands it out, types it and types it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from community.models import Dwelling, User
from community.photos import CleanPhoto
from deliberation.models import Ballot, PaperBatch, RollEntry
from deliberation.models.ballots import Channel
from deliberation.workflow.paper import check_batch, enter_batch, hand_out_paper, take_back_paper
from tests.factories.ballots import HOUR, opened, owned, voters
from tests.factories.district import District
from tests.factories.photos import clean_photo_of


@cache
def photo() -> CleanPhoto:
    """Return a photo of papers."""
    return clean_photo_of()


def on_paper(district: District, at: datetime, count: int = 4, **fields: Any) -> Ballot:
    """Return an open secret ballot that takes every channel."""
    fields = {"channels": Channel.values, **fields}
    return opened(district.worker, district.community, at, voters(count, district.compound), **fields)


def owners_on_paper(district: District, at: datetime, count: int = 3, **fields: Any) -> Ballot:
    """Return an open owners' ballot that takes every channel; the last owner has no account."""
    people = voters(count - 1, district.compound)
    for number, one in enumerate([*people, "a-stranger"], start=1):
        flat = Dwelling.objects.create(area=district.compound, building="1", room=f"10{number}", floor_area=10_000)
        owned(flat, one, since=at)
    fields = {"channels": Channel.values, "rule": "owners_ordinary", **fields}
    return opened(district.worker, district.compound, at, [], **fields)


def entries_of(ballot: Ballot) -> list[RollEntry]:
    """Return the votes on a roll."""
    return list(ballot.roll.order_by("pk"))


def returned(ballot: Ballot, entry: RollEntry, *, by: User, channel: str = Channel.PAPER) -> str:
    """Have somebody vote on paper; returns the code on their stub."""
    at = ballot.opens_at + HOUR
    note = "老伴代投" if channel == Channel.PROXY else ""
    stub = hand_out_paper(ballot, by=by, at=at, entry=entry, channel=channel, note=note)
    take_back_paper(ballot, by=by, at=at, entry=entry)
    return stub


def typed(ballot: Ballot, papers: Sequence[str], *, first: User, second: User) -> PaperBatch:
    """Have two people type a batch, the second in another order."""
    at = ballot.closes_at - HOUR
    batch = enter_batch(ballot, by=first, at=at, papers=papers, photos=[photo()])
    return check_batch(batch, by=second, at=at, papers=list(reversed(papers)))
