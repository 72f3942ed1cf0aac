"""Ballots for tests: noticed and open ones, with voters who are of age."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from community.models import Area, Ownership, Resident, User
from community.models.people import Verification
from deliberation.models import Ballot, DecisionRule
from deliberation.states import BallotState
from deliberation.workflow.ballots import create_ballot, notice_ballot, open_ballot
from deliberation.workflow.results import count_ballot
from deliberation.workflow.voting import cast_vote
from tests.factories.community import ResidentFactory, UserFactory, grown_up

HOUR = timedelta(hours=1)
VERIFIED_AT = datetime(2023, 1, 3, tzinfo=UTC)


def voters(count: int, home: Area) -> list[Resident]:
    """Return residents of a place, verified."""
    return [ResidentFactory(user=UserFactory(), home=home) for _each in range(count)]


def drafted(by: User, area: Area, at: datetime, rule: str = "hall_consultation", **fields: Any) -> Ballot:
    """Return a draft that opens in twenty days for a day."""
    values: dict[str, Any] = {
        "question": "车棚装不装充电桩", "area": area, "rule": DecisionRule.objects.get(key=rule),
        "opens_at": at + timedelta(days=20), "closes_at": at + timedelta(days=21), **fields,
    }  # fmt: skip
    return create_ballot(by=by, at=at, **values)


def opened(by: User, area: Area, at: datetime, invited: list[Resident], **fields: Any) -> Ballot:
    """Return a ballot that was noticed and opened as it should be."""
    ballot = notice_ballot(drafted(by, area, at, **fields), by=by, at=at, invited=invited)
    return open_ballot(ballot, by=by, at=ballot.opens_at)


def owned(dwelling: Any, *owners: Resident | str, since: datetime) -> list[Ownership]:
    """Return the ownerships of a dwelling: of residents by their ID number, of others by a made-up index."""
    rows = []
    for owner in owners:
        resident = owner if isinstance(owner, Resident) else None
        index = resident.id_index or f"resident-{resident.pk}" if resident else str(owner)
        rows.append(
            Ownership.objects.create(
                dwelling=dwelling, owner_name="业主", id_index=index, resident=resident, share=1,
                share_of=len(owners), starts_on=since.date(),
            )
        )  # fmt: skip
    return rows


def people_of(ballot: Ballot) -> list[Any]:
    """Return the accounts on a roll."""
    return [entry.voters.get().resident.user for entry in ballot.roll.order_by("pk")]


def vote(ballot: Ballot, *choices: str) -> list[str]:
    """Have the first people of a roll vote; returns their receipts."""
    people = people_of(ballot)
    return [
        cast_vote(ballot, by=person, at=ballot.opens_at + HOUR, choice=choice)
        for person, choice in zip(people, choices, strict=False)
    ]


def counted(ballot: Ballot) -> Ballot:
    """Count a ballot at its closing; it comes back open where that is put off because too few took part."""
    return count_ballot(ballot, by=ballot.made_by, at=ballot.closes_at)


def counted_at_last(ballot: Ballot) -> Ballot:
    """Count a ballot at the last closing that it is given."""
    found = counted(ballot)
    return counted_at_last(found) if found.state == BallotState.OPEN else found


def many_voters(count: int, home: Area) -> list[User]:
    """Return the accounts of many residents of a place, verified, made in bulk: they sign in nowhere."""
    names = [f"voter{number}" for number in range(count)]
    User.objects.bulk_create([User(username=name, password="!", name="张三") for name in names], batch_size=1_000)
    people = list(User.objects.filter(username__in=names).order_by("pk"))
    Resident.objects.bulk_create(
        [
            Resident(
                user=one, name="张三", id_number=grown_up(1_000_000 + number), home=home, town=home.town, verification=Verification.VERIFIED,
                verified_at=VERIFIED_AT, verified_until=date(2099, 12, 31),
            )
            for number, one in enumerate(people)
        ],
        batch_size=1_000,
    )  # fmt: skip
    return people


def opened_for(by: User, area: Area, at: datetime, people: list[User], **fields: Any) -> Ballot:
    """Return an open ballot of those accounts."""
    return opened(by, area, at, list(Resident.objects.filter(user__in=people)), **fields)
