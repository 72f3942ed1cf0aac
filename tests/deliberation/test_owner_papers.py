"""Owners' signed papers: typed by two people, a vote once both agree; and who sees the named papers."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from wagtail.models import ModelLogEntry

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Dwelling
from community.models.areas import UnitKind
from community.roles import Role
from deliberation.models import Ballot, PaperEntry
from deliberation.publishing import named_papers
from deliberation.recount import recount
from deliberation.workflow.ballots import notice_ballot, open_ballot, void_ballot
from deliberation.workflow.owner_papers import check_owner_paper, enter_owner_paper, withdraw_owner_paper
from deliberation.workflow.results import count_ballot
from deliberation.workflow.sweeping import sweep_ballots
from deliberation.workflow.voting import cast_vote
from tests.factories import MOMENT, AppointmentFactory, District, UnitFactory, UserFactory
from tests.factories.ballot_sheets import entries_of, on_paper, owners_on_paper, photo
from tests.factories.ballots import counted, drafted, owned, voters

pytestmark = pytest.mark.django_db


@pytest.fixture
def ballot(district: District) -> Ballot:
    """Return an open ballot of three owners, the last of whom has no account."""
    return owners_on_paper(district, MOMENT)


def enter(ballot: Ballot, by: Any, number: int = 2, **given: Any) -> PaperEntry:
    values = {"at": ballot.opens_at, "choice": "yes", "channel": "paper", "photos": [photo()], **given}
    return enter_owner_paper(ballot, by=by, entry=entries_of(ballot)[number], **values)


def test_an_owner_without_account_votes_on_paper(ballot: Ballot, district: District) -> None:
    paper = enter(ballot, district.worker)
    vote = entries_of(ballot)[2]
    assert (vote.channel, vote.has_voted, vote.box) == ("paper", False, None)
    stub = check_owner_paper(paper, by=district.worker2, at=ballot.closes_at, choice="yes")
    vote, paper = entries_of(ballot)[2], PaperEntry.objects.get()
    assert (vote.has_voted, paper.state, paper.box, paper.second_by) == (True, "checked", None, district.worker2)
    for number, choice in enumerate(("yes", "no")):
        person = entries_of(ballot)[number].voters.get().resident.user
        cast_vote(ballot, by=person, at=ballot.opens_at, choice=choice)
    done = counted(ballot)
    assert (done.result.figures["yes_area"], done.result.figures["no_area"]) == ("20000", "10000")
    assert stub in set(done.receipts.values_list("code", flat=True))
    assert recount(done) == []


def test_a_second_person_types_the_same_or_it_is_no_vote(ballot: Ballot, district: District) -> None:
    paper = enter(ballot, district.worker)
    at = ballot.opens_at
    with pytest.raises(NotAllowed, match="另一个人"):
        check_owner_paper(paper, by=district.worker, at=at, choice="yes")
    with pytest.raises(BadInput, match="不一样"):
        check_owner_paper(paper, by=district.worker2, at=at, choice="no")
    assert not ballot.roll.filter(has_voted=True).exists()
    withdraw_owner_paper(paper, by=district.worker2, at=at)
    assert entries_of(ballot)[2].channel == ""
    with pytest.raises(WrongState, match="不用再录"):
        check_owner_paper(paper, by=district.worker2, at=at, choice="yes")
    again = enter(ballot, district.worker, choice="no")
    check_owner_paper(again, by=district.worker2, at=at, choice="no")
    with pytest.raises(WrongState, match="已经投过"):
        enter(ballot, district.worker)


def test_what_is_typed_first_holds_the_vote(ballot: Ballot, district: District) -> None:
    enter(ballot, district.worker, number=0)
    with pytest.raises(WrongState, match="已经领了"):
        enter(ballot, district.worker2, number=0)
    owner = entries_of(ballot)[0].voters.get().resident.user
    with pytest.raises(WrongState, match="不能再投"):
        cast_vote(ballot, by=owner, at=ballot.opens_at, choice="yes")
    with pytest.raises(WrongState, match="1 张业主的纸质票没有第二个人核对"):
        counted(ballot)
    assert sweep_ballots(at=ballot.closes_at) == 0
    assert Ballot.objects.get(pk=ballot.pk).waiting_told_at == ballot.closes_at


def test_no_owner_types_their_own_vote(ballot: Ballot, district: District) -> None:
    owner = entries_of(ballot)[0].voters.get().resident.user
    AppointmentFactory(user=owner, role=Role.TELLER, area=district.community)
    with pytest.raises(NotAllowed, match="您自己的"):
        enter(ballot, owner, number=0)
    paper = enter(ballot, district.worker, number=0)
    with pytest.raises(NotAllowed, match="您自己的"):
        check_owner_paper(paper, by=owner, at=ballot.opens_at, choice="yes")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"choice": "maybe"}, "choice"),
        ({"channel": "online"}, "channel"),
        ({"channel": "proxy"}, "proxy"),
        ({"photos": []}, "photos"),
    ],
)
def test_a_paper_with_a_mistake_is_none(ballot: Ballot, district: District, given: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        enter(ballot, district.worker, **given)
    assert refusal.value.field == field
    assert not PaperEntry.objects.exists()
    assert entries_of(ballot)[2].channel == ""


def test_only_owners_papers_are_named_and_only_in_its_hours(ballot: Ballot, district: District) -> None:
    secret = on_paper(district, MOMENT)
    with pytest.raises(WrongState, match="成批"):
        enter(secret, district.worker)
    with pytest.raises(WrongState, match="表决的时间"):
        enter(ballot, district.worker, at=ballot.closes_at)


def test_a_void_ballot_keeps_no_owners_choice(ballot: Ballot, district: District) -> None:
    enter(ballot, district.worker)
    void_ballot(ballot, by=district.town_officer, at=ballot.opens_at, reason="名册有错")
    assert (PaperEntry.objects.get().box, PaperEntry.objects.get().state) == (None, "withdrawn")


# --- Who sees the named papers ---------------------------------------------------------------------
def committee_of(district: District, at: Any) -> Any:
    unit = UnitFactory(kind=UnitKind.OWNERS_COMMITTEE, name="业委会", area=at)
    return AppointmentFactory(user=UserFactory(), role=Role.OWNERS_COMMITTEE, unit=unit).user


def decided(ballot: Ballot, district: District) -> Ballot:
    for number in range(3):
        paper = enter(ballot, district.worker, number=number)
        check_owner_paper(paper, by=district.worker2, at=ballot.opens_at, choice="yes")
    return count_ballot(ballot, by=district.worker, at=ballot.closes_at)


def test_tellers_and_the_committee_see_named_papers_and_are_noted(ballot: Ballot, district: District) -> None:
    teller = AppointmentFactory(user=UserFactory(), role=Role.TELLER, area=district.community).user
    with pytest.raises(WrongState, match="计票以后"):
        named_papers(ballot, by=teller, at=MOMENT)
    done = decided(ballot, district)
    for person in (teller, committee_of(district, district.compound)):
        rows = named_papers(done, by=person, at=done.closes_at)
        assert sorted(row.dwelling for row in rows) == ["1 101", "1 102", "1 103"]
        assert {(tuple(row.names), row.choice, row.heads, row.area) for row in rows} == {(("业*",), "yes", 1, 10_000)}
    assert ModelLogEntry.objects.filter(action="ballot.look").count() == 2


@pytest.mark.parametrize(
    "role",
    ["worker", "town_officer", "district_officer", "auditor", "administrator", "superuser", "resident", "handler"],
)
def test_nobody_else_sees_named_papers(ballot: Ballot, district: District, role: str) -> None:
    with pytest.raises(NotAllowed):
        named_papers(ballot, by=getattr(district, role), at=MOMENT)


def test_another_compounds_committee_and_secret_ballots(ballot: Ballot, district: District) -> None:
    with pytest.raises(NotAllowed):
        named_papers(ballot, by=committee_of(district, district.other_compound), at=MOMENT)
    teller = AppointmentFactory(user=UserFactory(), role=Role.TELLER, area=district.community).user
    with pytest.raises(NotAllowed):
        named_papers(on_paper(district, MOMENT), by=teller, at=MOMENT)


@pytest.mark.parametrize("count", [1, 3])
def test_named_papers_take_the_same_number_of_queries(
    district: District, django_assert_num_queries: Any, count: int
) -> None:
    ballot = owners_on_paper(district, MOMENT, count)
    for number in range(count):
        paper = enter(ballot, district.worker, number=number)
        check_owner_paper(paper, by=district.worker2, at=ballot.opens_at, choice="yes")
    done = count_ballot(ballot, by=district.worker, at=ballot.closes_at)
    teller = AppointmentFactory(user=UserFactory(), role=Role.TELLER, area=district.community).user
    named_papers(done, by=teller, at=MOMENT)
    with django_assert_num_queries(7):
        named_papers(done, by=teller, at=MOMENT)


# --- Who types -----------------------------------------------------------------------------------------
TYPES = {"worker", "moderator", "recorder", "teller", "town_officer", "committee"}


def somebody(district: District, role: str) -> Any:
    """Return who has a role; those whom the district lacks are appointed."""
    own = {"moderator": Role.HALL_MODERATOR, "recorder": Role.RECORDER, "teller": Role.TELLER}
    if role == "committee":
        return committee_of(district, district.compound)
    if role in own:
        return AppointmentFactory(user=UserFactory(), role=own[role], area=district.community).user
    return getattr(district, role)


def outcome(call: Any) -> str:
    """Return what a verb answered, changing nothing."""
    try:
        with transaction.atomic():
            call()
            transaction.set_rollback(True)
    except (NotAllowed, WrongState) as refusal:
        return type(refusal).__name__
    return "done"


@pytest.mark.parametrize(
    "role",
    [
        *sorted(TYPES), "district_officer", "neighbour_worker", "other_town_officer", "handler", "steward", "auditor",
        "administrator", "superuser", "resident",
    ],
)  # fmt: skip
def test_who_types_before_during_and_after(district: District, role: str) -> None:
    people = voters(2, district.compound)
    for number, one in enumerate(people):
        flat = Dwelling.objects.create(area=district.compound, building="2", room=str(number), floor_area=10_000)
        owned(flat, one, since=MOMENT)
    maker, person = district.worker2, somebody(district, role)
    draft = drafted(maker, district.compound, MOMENT, rule="owners_ordinary", channels=["paper"])
    ballot = notice_ballot(draft, by=maker, at=MOMENT)

    def answers(at: Any, paper: PaperEntry | None) -> list[str]:
        found = [outcome(lambda: enter(ballot, person, number=0, at=at))]
        if paper is not None:
            found.append(outcome(lambda: check_owner_paper(paper, by=person, at=at, choice="yes")))
            found.append(outcome(lambda: withdraw_owner_paper(paper, by=person, at=at)))
        return found

    def expected(*given: str) -> list[str]:
        return list(given) if role in TYPES else ["NotAllowed"] * len(given)

    assert answers(MOMENT, None) == expected("WrongState")
    ballot = open_ballot(ballot, by=maker, at=ballot.opens_at)
    paper = enter(ballot, maker, number=1)
    assert answers(ballot.opens_at, paper) == expected("done", "done", "done")
    assert answers(ballot.closes_at, paper) == expected("WrongState", "done", "done")
    check_owner_paper(paper, by=district.worker, at=ballot.closes_at, choice="yes")
    done = count_ballot(ballot, by=maker, at=ballot.closes_at)
    count_ballot(done, by=maker, at=done.closes_at)
    assert answers(done.closes_at, paper) == expected("WrongState", "WrongState", "WrongState")
