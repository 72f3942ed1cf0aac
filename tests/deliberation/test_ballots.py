"""A ballot's life: made, noticed with its roll, opened, voted, ; what each refuses."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Dwelling
from community.models.areas import AreaKind
from deliberation.models import Ballot, BallotReceipt, DecisionRule, RollEntry
from deliberation.sealing import path_of
from deliberation.workflow.ballots import notice_ballot, open_ballot
from deliberation.workflow.voting import cast_vote
from tests.factories import MOMENT, AreaFactory, District, ResidentFactory
from tests.factories.ballots import HOUR, counted, drafted, opened, owned, people_of, vote, voters
from tests.factories.verifying import id_number_of

pytestmark = pytest.mark.django_db
RULES = (
    "owners_ordinary", "owners_special", "owners_unanimous", "residents_meeting", "villagers_meeting",
    "villagers_meeting_households", "villager_representatives", "village_group", "representatives",
    "hall_consultation", "hall_consensus",
)  # fmt: skip


# --- Rules in the table ------------------------------------------------------------------------------
def test_the_shipped_rules_are_in_the_table_as_they_are() -> None:
    from deliberation.decision import RULES as SHIPPED

    assert list(DecisionRule.objects.values_list("key", flat=True)) == list(RULES)
    assert {rule.key: rule.as_rule() for rule in DecisionRule.objects.all()} == SHIPPED


# --- Making and noticing -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"question": " "}, "question"),
        ({"opens_at": MOMENT}, "opens_at"),
        ({"closes_at": MOMENT + timedelta(days=20)}, "closes_at"),
        ({"channels": []}, "channels"),
        ({"channels": ["smoke"]}, "channels"),
        ({"method": "dice"}, "method"),
        ({"options": ["甲"]}, "options"),
        ({"method": "approval", "options": ["甲"]}, "options"),
        ({"method": "approval", "options": ["甲", "甲"]}, "options"),
        ({"method": "score", "options": ["甲", "乙"], "most_points": 11}, "most_points"),
        ({"rule": "owners_ordinary", "method": "approval", "options": ["甲", "乙"]}, "method"),
    ],
)
def test_a_draft_with_a_mistake_is_none(district: District, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        drafted(district.worker, district.community, MOMENT, **fields)
    assert refusal.value.field == field
    assert not Ballot.objects.exists()


@pytest.mark.parametrize("role", ["resident", "neighbour_worker", "handler", "steward", "auditor", "administrator"])
def test_who_organises_no_ballot_here(district: District, role: str) -> None:
    with pytest.raises(NotAllowed):
        drafted(getattr(district, role), district.community, MOMENT)


def test_owners_are_given_fifteen_days_notice(district: District) -> None:
    Dwelling.objects.create(area=district.compound, building="1", room="101", floor_area=9_000)
    soon = {"opens_at": MOMENT + timedelta(days=15) - HOUR, "closes_at": MOMENT + timedelta(days=30)}
    ballot = drafted(district.worker, district.compound, MOMENT, rule="owners_ordinary", **soon)
    with pytest.raises(WrongState, match="要提前 15 天公告"):
        notice_ballot(ballot, by=district.worker, at=MOMENT)
    assert not RollEntry.objects.exists()
    assert notice_ballot(ballot, by=district.worker, at=MOMENT - HOUR).state == "noticed"


def test_nothing_that_was_not_noticed_opens(district: District) -> None:
    ballot = drafted(district.worker, district.community, MOMENT)
    with pytest.raises(WrongState):
        open_ballot(ballot, by=district.worker, at=ballot.opens_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Ballot.objects.filter(pk=ballot.pk).update(state="noticed")


def test_it_opens_at_its_hour_and_not_before(district: District, keys: Path) -> None:
    ballot = notice_ballot(
        drafted(district.worker, district.community, MOMENT), by=district.worker, at=MOMENT,
        invited=voters(2, district.compound),
    )  # fmt: skip
    with pytest.raises(WrongState, match="还没有到"):
        open_ballot(ballot, by=district.worker, at=ballot.opens_at - HOUR)
    assert list(keys.iterdir()) == []
    ballot = open_ballot(ballot, by=district.worker, at=ballot.opens_at)
    assert (ballot.eligible_heads, ballot.eligible_area) == (2, 0)
    [key] = keys.iterdir()
    assert key == path_of(keys, bytes(ballot.public_key or b""))
    assert key.stat().st_mode & 0o777 == 0o600


# --- Rolls ---------------------------------------------------------------------------------------------
def roll(ballot: Ballot) -> list[tuple[list[int | None], int, int]]:
    """Return each entry: who may cast it, its heads, its area."""
    return [
        (list(entry.voters.order_by("resident").values_list("resident", flat=True)), entry.heads, entry.area)
        for entry in ballot.roll.order_by("pk")
    ]


def test_adults_are_on_the_roll_from_their_eighteenth_birthday(district: District) -> None:
    home = AreaFactory(parent=district.community, kind=AreaKind.COMPOUND)

    def lives(born: str, **fields: Any) -> Any:
        return ResidentFactory(home=home, id_number=id_number_of(born), **fields)

    opens = MOMENT + timedelta(days=20)
    of_age = f"{opens.year - 18}{opens:%m%d}"
    too_young = f"{opens.year - 18}{opens + timedelta(days=1):%m%d}"
    adult, _child = lives(of_age), lives(too_young)
    lives("19600101", verification="unverified", verified_at=None)
    ballot = drafted(district.worker, home, MOMENT, rule="residents_meeting")
    notice_ballot(ballot, by=district.worker, at=MOMENT)
    assert roll(ballot) == [([adult.pk], 1, 0)]


def test_only_verified_people_are_invited_and_each_once(district: District) -> None:
    ballot = drafted(district.worker, district.community, MOMENT)
    with pytest.raises(BadInput, match="还没有实名核验"):
        notice_ballot(ballot, by=district.worker, at=MOMENT, invited=[district.newcomer.resident])
    with pytest.raises(BadInput, match="请先选"):
        notice_ballot(ballot, by=district.worker, at=MOMENT)
    person = district.resident.resident
    notice_ballot(ballot, by=district.worker, at=MOMENT, invited=[person, person])
    assert roll(ballot) == [([person.pk], 1, 0)]


def test_owners_vote_as_the_law_counts_them(district: District) -> None:
    """Two flats of one owner are one head, a couple casts one vote, the developer's are one head, unknown count."""

    def flat(room: str, floor_area: int, **fields: Any) -> Dwelling:
        return Dwelling.objects.create(area=home, building="1", room=room, floor_area=floor_area, **fields)

    home = AreaFactory(parent=district.community, kind=AreaKind.COMPOUND)
    one, wife, husband = (ResidentFactory(home=home) for _each in range(3))
    owned(flat("101", 8_000), one, since=MOMENT)
    owned(flat("102", 9_000), one, since=MOMENT)
    owned(flat("103", 10_000), wife, husband, since=MOMENT)
    flat("201", 5_000, is_developers=True)
    flat("202", 6_000, is_developers=True)
    owned(flat("203", 7_000), "a-stranger", since=MOMENT)
    flat("204", 4_000)
    sold = owned(flat("205", 3_000), one, since=MOMENT - timedelta(days=90))[0]
    sold.ends_on = (MOMENT + timedelta(days=1)).date()
    sold.save()
    ballot = drafted(district.worker, home, MOMENT, rule="owners_ordinary")
    notice_ballot(ballot, by=district.worker, at=MOMENT)
    assert roll(ballot) == [
        ([one.pk], 1, 17_000),
        (sorted([wife.pk, husband.pk]), 1, 10_000),
        ([], 1, 11_000),
        ([None], 1, 7_000),
        ([], 1, 4_000),
        ([], 1, 3_000),
    ]


# --- Voting ----------------------------------------------------------------------------------------------
def test_who_votes_and_changes_their_mind_is_counted_once(ballot: Ballot) -> None:
    first = vote(ballot, "yes", "no", "yes")
    again = vote(ballot, "no")
    result = counted(ballot).result
    assert (result.figures["yes_heads"], result.figures["no_heads"]) == ("1", "2")
    receipts = set(BallotReceipt.objects.values_list("code", flat=True))
    assert receipts == {again[0], first[1], first[2]}
    assert not ballot.roll.exclude(box=None).exists()


def test_where_minds_cannot_be_changed_the_first_vote_stands(district: District) -> None:
    ballot = opened(district.worker, district.community, MOMENT, voters(1, district.compound), may_change=False)
    vote(ballot, "yes")
    with pytest.raises(WrongState, match="不能改"):
        vote(ballot, "no")
    assert counted(ballot).result.figures["yes_heads"] == "1"


def test_nobody_else_votes_and_nobody_outside_the_hours(ballot: Ballot, district: District) -> None:
    with pytest.raises(NotAllowed, match="名册上没有您"):
        cast_vote(ballot, by=district.resident, at=ballot.opens_at, choice="yes")
    person = people_of(ballot)[0]
    with pytest.raises(WrongState, match="已经截止"):
        cast_vote(ballot, by=person, at=ballot.closes_at, choice="yes")
    with pytest.raises(NotAllowed, match="渠道"):
        cast_vote(ballot, by=person, at=ballot.opens_at, choice="yes", channel="paper")
    for choice in ("", "maybe", "YES", "1"):
        with pytest.raises(BadInput):
            cast_vote(ballot, by=person, at=ballot.opens_at, choice=choice)
    assert not ballot.roll.filter(has_voted=True).exists()


@pytest.mark.parametrize("channel", ["paper", "doorstep", "proxy"])
def test_who_was_handed_a_paper_does_not_vote_online_too(ballot: Ballot, channel: str) -> None:
    ballot.roll.update(channel=channel)
    with pytest.raises(WrongState, match="不能再投"):
        vote(ballot, "yes")
