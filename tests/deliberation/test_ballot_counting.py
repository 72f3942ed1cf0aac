"""Counting a ballot, what is kept of it, and what a recount finds."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Dwelling
from deliberation.models import Ballot, BallotPaper, BallotReceipt, BallotResult, RollEntry
from deliberation.recount import recount
from deliberation.sealing import path_of
from deliberation.workflow.ballots import notice_ballot, void_ballot, withdraw_ballot
from deliberation.workflow.results import LOST, count_ballot
from deliberation.workflow.sweeping import sweep_ballots
from deliberation.workflow.voting import cast_vote
from tests.factories import MOMENT, District
from tests.factories.ballots import HOUR, counted, drafted, opened, owned, people_of, vote, voters

pytestmark = pytest.mark.django_db
RULES = (
    "owners_ordinary", "owners_special", "owners_unanimous", "residents_meeting", "villagers_meeting",
    "villagers_meeting_households", "villager_representatives", "village_group", "representatives",
    "hall_consultation", "hall_consensus",
)  # fmt: skip


# --- Counting ---------------------------------------------------------------------------------------------
def test_a_passed_ballot_with_its_certificate(
    ballot: Ballot, keys: Path, django_capture_on_commit_callbacks: Any
) -> None:
    vote(ballot, "yes", "yes", "no")
    with pytest.raises(WrongState, match="还没有到截止"):
        count_ballot(ballot, by=ballot.made_by, at=ballot.closes_at - HOUR)
    with django_capture_on_commit_callbacks(execute=True):
        done = counted(ballot)
    result = done.result
    assert (done.state, result.quorate, result.passed) == ("counted", True, True)
    assert result.figures["participation_heads"] == "3/4"
    assert result.figures["approval_heads"] == "2/3"
    assert result.reasons[-1] == {"text": "都达到要求，通过。", "code": "result.passed", "params": {}}
    assert list(keys.iterdir()) == []
    assert recount(done) == []


def test_too_few_take_part(ballot: Ballot) -> None:
    vote(ballot, "yes")
    result = counted(ballot).result
    assert (result.quorate, result.passed) == (False, False)
    assert recount(ballot) == []


def test_a_ballot_between_options_counts_by_its_method(district: District) -> None:
    ballot = opened(
        district.worker, district.community, MOMENT, voters(4, district.compound), method="instant_runoff",
        options=["东门", "西门", "南门"],
    )  # fmt: skip
    vote(ballot, "1>3", "2>3>1", "3", "3>1")
    result = counted(ballot).result
    assert (result.quorate, result.passed, result.winner) == (True, None, "南门")
    assert recount(Ballot.objects.get(pk=ballot.pk)) == []


def test_owners_papers_are_named_and_their_totals_public(district: District) -> None:
    people = voters(3, district.compound)
    for number, one in enumerate(people, start=1):
        flat = Dwelling.objects.create(area=district.compound, building="1", room=f"10{number}", floor_area=10_000)
        owned(flat, one, since=MOMENT)
    ballot = opened(district.worker, district.compound, MOMENT, [], rule="owners_ordinary")
    vote(ballot, "yes", "yes", "no")
    result = counted(ballot).result
    assert (result.passed, result.figures["approval_area"]) == (True, "2/3")
    papers = BallotPaper.objects.filter(ballot=ballot)
    assert {paper.entry.pk: paper.named_choice for paper in papers if paper.entry} == dict(
        zip(ballot.roll.order_by("pk").values_list("pk", flat=True), ("yes", "yes", "no"), strict=True)
    )
    assert {paper.choice for paper in papers} == {""}
    assert recount(Ballot.objects.get(pk=ballot.pk)) == []


# --- The key is lost, and other ends ------------------------------------------------------------------------
def test_a_lost_key_voids_the_ballot_with_a_clear_record(ballot: Ballot, keys: Path) -> None:
    vote(ballot, "yes", "no")
    for key in keys.iterdir():
        key.unlink()
    done = counted(ballot)
    assert (done.state, done.ended_reason) == ("void", LOST)
    assert not BallotPaper.objects.exists()
    assert not ballot.roll.exclude(box=None).exists()


def test_another_ballots_key_opens_nothing(ballot: Ballot, district: District, keys: Path) -> None:
    vote(ballot, "yes")
    other = opened(district.worker, district.community, MOMENT, voters(1, district.compound))
    path_of(keys, bytes(other.public_key or b"")).rename(path_of(keys, bytes(ballot.public_key or b"")))
    assert counted(ballot).state == "void"


def test_the_town_voids_and_organisers_withdraw_before_the_opening(ballot: Ballot, district: District) -> None:
    vote(ballot, "yes")
    with pytest.raises(NotAllowed):
        void_ballot(ballot, by=district.worker, at=MOMENT, reason="名册有错")
    with pytest.raises(BadInput):
        void_ballot(ballot, by=district.town_officer, at=MOMENT, reason=" ")
    with pytest.raises(WrongState):
        withdraw_ballot(ballot, by=district.worker, at=MOMENT, reason="不办了")
    done = void_ballot(ballot, by=district.town_officer, at=MOMENT, reason="名册有错")
    assert (done.state, done.ended_reason) == ("void", "名册有错")
    assert not ballot.roll.exclude(box=None).exists()
    with pytest.raises(WrongState):
        counted(ballot)


def test_the_sweep_opens_and_counts_by_itself(district: District) -> None:
    ballot = notice_ballot(
        drafted(district.worker, district.community, MOMENT), by=district.worker, at=MOMENT,
        invited=voters(2, district.compound),
    )  # fmt: skip
    assert sweep_ballots(at=ballot.opens_at - HOUR) == 0
    assert sweep_ballots(at=ballot.opens_at) == 1
    assert sweep_ballots(at=ballot.opens_at) == 0
    ballot.refresh_from_db()
    vote(ballot, "yes", "yes")
    assert sweep_ballots(at=ballot.closes_at) == 1
    ballot.refresh_from_db()
    assert (ballot.state, ballot.result.passed) == ("counted", True)


# --- Recounting ------------------------------------------------------------------------------------------------
def test_papers_receipts_and_results_are_never_changed(ballot: Ballot) -> None:
    vote(ballot, "yes")
    counted(ballot)
    for model in (BallotPaper, BallotReceipt, BallotResult):
        for change in (lambda rows: rows.update(ballot=ballot), lambda rows: rows.delete()):
            with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
                change(model.objects.all())


def test_a_forged_paper_is_found(ballot: Ballot) -> None:
    """Added, or swapped past the database: by the numbers, or by the certified digest."""
    vote(ballot, "yes", "yes", "no")
    done = counted(ballot)
    forged = BallotPaper.objects.create(ballot=ballot, is_named=False, choice="yes")
    assert [one.code for one in recount(done)] == ["recount.papers", "recount.digest"]
    with pytest.raises(CommandError, match="选票却有 4 张"):
        call_command("recount", ballot.pk)
    assert forged.pk


def test_a_forged_receipt_is_found(ballot: Ballot) -> None:
    vote(ballot, "yes")
    done = counted(ballot)
    BallotReceipt.objects.create(ballot=ballot, code="AAAA-AAAA-AAAA-AAAA")
    assert [one.code for one in recount(done)] == ["recount.receipts", "recount.digest"]


def test_a_vote_that_is_taken_off_the_roll_is_found(ballot: Ballot) -> None:
    vote(ballot, "yes", "no")
    done = counted(ballot)
    RollEntry.objects.filter(pk=ballot.roll.order_by("pk")[0].pk).update(has_voted=False)
    assert [one.code for one in recount(done)] == ["recount.papers", "recount.receipts"]


def test_the_command_says_what_came_of_it(ballot: Ballot, capsys: pytest.CaptureFixture[str]) -> None:
    vote(ballot, "yes", "no", "yes")
    with pytest.raises(CommandError, match="is not counted"):
        call_command("recount", ballot.pk)
    with pytest.raises(CommandError, match="there is no ballot"):
        call_command("recount", 987_654)
    counted(ballot)
    call_command("recount", ballot.pk)
    assert "3 papers, 3 receipts: the result stands" in capsys.readouterr().out


# --- Secrecy -----------------------------------------------------------------------------------------------------
def test_the_paper_of_a_secret_ballot_names_no_entry(ballot: Ballot) -> None:
    entry = ballot.roll.order_by("pk")[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        BallotPaper.objects.create(ballot=ballot, is_named=False, entry=entry, choice="yes")


def test_a_vote_leaves_no_task_behind(ballot: Ballot) -> None:
    """A task's moment beside the number of a roll entry would tell when somebody voted."""
    from django.apps import apps

    tasks = apps.get_model("django_tasks_database.DBTaskResult").objects
    before = tasks.count()
    with CaptureQueriesContext(connection) as queries:
        vote(ballot, "yes")
    written = {match[1] for one in queries if (match := re.match(r'(?:INSERT INTO|UPDATE) "(\w+)"', one["sql"]))}
    assert (written, tasks.count()) == ({"deliberation_rollentry"}, before)


def test_all_boxes_of_a_ballot_are_equally_long_and_unlike(ballot: Ballot) -> None:
    vote(ballot, "yes", "yes", "abstain", "no")
    boxes = [bytes(entry.box or b"") for entry in ballot.roll.all()]
    assert len({len(box) for box in boxes}) == 1
    assert len(set(boxes)) == 4
    assert not any(b"yes" in box for box in boxes)


def test_order_matches_voters_and_papers_no_better_than_chance(district: District) -> None:
    """Five hundred votes, some changed: matching the n-th vote cast with the n-th paper finds no more than chance."""
    ballot = opened(district.worker, district.community, MOMENT, voters(500, district.compound))
    people, at = people_of(ballot), ballot.opens_at + HOUR
    chosen = {}
    for number, person in enumerate([*people, *people[::7]]):
        chosen[person.pk] = "yes" if (number * 7919) % 13 < 7 else "no"
        cast_vote(ballot, by=person, at=at, choice=chosen[person.pk])
    counted(ballot)
    votes = [chosen[person.pk] for person in people]
    papers = list(BallotPaper.objects.order_by("pk").values_list("choice", flat=True))
    assert Counter(papers) == Counter(votes)
    share = Counter(votes)["yes"] / 500
    expected = 500 * (share**2 + (1 - share) ** 2)
    # Four standard deviations of a shuffled baseline.
    for order in (papers, papers[::-1]):
        matches = sum(one == other for one, other in zip(order, votes, strict=True))
        assert abs(matches - expected) < 4 * (500 * 0.25) ** 0.5
