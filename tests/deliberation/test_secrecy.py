"""Whether anybody who may read everything but the destroyed key can say who voted how."""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Callable
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from community.models import Area, Dwelling, Resident
from deliberation.models import Ballot, BallotPaper, BallotReceipt
from deliberation.publishing import certified_papers, digest, papers_csv, receipts_csv, table
from deliberation.recount import recount
from deliberation.workflow import results
from deliberation.workflow.voting import cast_vote
from tests.deliberation import linking
from tests.deliberation.linking import Attack, Evidence, both_ways, is_postgresql
from tests.factories import MOMENT, District, build_district
from tests.factories.ballots import HOUR, counted, opened, owned, vote, voters

committing = pytest.mark.django_db(transaction=True)
VOTERS = 500
# In so many ballots in a row an attack has to beat the baseline. A shuffle beats it in 0.8 % of cases (scores are whole
# numbers), so that one of 210 attacks does so by chance in one of a million runs (210 * 0.008 ** 4). Papers that keep
# any order match by hundreds.
BALLOTS = 4


@pytest.fixture
def inspecting() -> None:
    """Give the attacker PostgreSQL's own tools; the tests' server lets them be made."""
    if is_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pageinspect")
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_walinspect")


def ranking(drawn: random.Random) -> str:
    """Return a ranking of all options: so many are possible that few voters share one."""
    return ">".join(drawn.sample("123456", linking.OPTIONS))


def held(district: District, people: list[Resident], seed: int) -> Evidence:
    """Hold a ballot in which everybody votes and a third change their mind; return what an attacker has then."""
    drawn = random.Random(seed)
    ballot = opened(
        district.worker, district.community, MOMENT, people, method="instant_runoff",
        options=[f"方案{number}" for number in range(1, linking.OPTIONS + 1)],
    )  # fmt: skip
    entry = {one.voters.get().resident_id: one.pk for one in ballot.roll.prefetch_related("voters")}
    casting = drawn.sample(people, len(people))
    votes, receipts, backup = {}, {}, {}
    in_turn = [*casting, *drawn.sample(people, len(people) // 3)]
    for number, one in enumerate(in_turn, start=1):
        pk = entry[one.pk]
        votes[pk] = ranking(drawn)
        receipts[pk] = cast_vote(ballot, by=one.user, at=ballot.opens_at + HOUR, choice=votes[pk])
        if number == len(people) // 2:
            backup = {pk: bytes(box) for pk, box in ballot.roll.exclude(box=None).values_list("pk", "box")}
    open_orders = linking.roll_orders(ballot, "open")
    boxes = {pk: bytes(box or b"") for pk, box in ballot.roll.values_list("pk", "box")}
    assert len({len(box) for box in boxes.values()}) == 1
    known = {
        "first vote": [entry[one.pk] for one in casting],
        "last vote": list(dict.fromkeys(entry[one.pk] for one in reversed(in_turn))),
        "changed since the backup": sorted(votes, key=lambda pk: (backup.get(pk) != boxes[pk], pk)),
        # Voters may show their receipts to each other, or lose them.
        "receipts": sorted(votes, key=lambda pk: receipts[pk]),
    }
    since = linking.log_position() if is_postgresql() else ""
    counted(ballot)
    assert set(receipts.values()) == set(ballot.receipts.values_list("code", flat=True))
    known |= open_orders | linking.roll_orders(ballot, "counted")
    papers = linking.paper_orders(ballot)
    if is_postgresql():
        in_log, papers_in_log = linking.log_orders(ballot, since)
        known, papers = known | in_log, papers | papers_in_log
    assert {len(order) for name, order in known.items() if " in the " not in name} == {len(people)}
    return Evidence(both_ways(known), papers, votes)


def linked(district: District, people: list[Resident]) -> set[Attack]:
    """Return the attacks that beat the baseline in each of several ballots; held only as long as one does."""
    found = held(district, people, seed=1).links()
    for seed in range(2, BALLOTS + 1):
        if found:
            found &= held(district, people, seed=seed).links()
    return found


@committing
def test_no_attack_links_more_voters_than_a_shuffled_baseline(inspecting: None, keys: Path) -> None:
    district = build_district()
    assert linked(district, voters(VOTERS, district.compound)) == set()
    assert list(keys.iterdir()) == []


# --- The attacker finds what there is to find ---------------------------------------------------------------
def in_order(by: Callable[[Any], Any] | None) -> Any:
    """Return a source of chance that does not shuffle, but sorts; None leaves the order of the roll."""

    class Sorted:
        def shuffle(self, opened: list[Any]) -> None:
            if by:
                opened.sort(key=by)

    return type("Secrets", (), {"SystemRandom": Sorted, "token_hex": lambda _length: "00"})


@committing
@pytest.mark.parametrize(
    ("by", "voters_by", "papers_by"),
    [
        (None, r"open: (roll by place|roll by id|last in the)", r"papers by (id|place|bytes)"),
        (lambda one: one.receipt, r"receipts", r"papers by (id|place|bytes)|papers as they are written"),
    ],
    ids=["order of the roll", "order of receipts"],
)
def test_the_attacks_find_papers_that_are_not_shuffled(
    by: Any, voters_by: str, papers_by: str, inspecting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    district = build_district()
    people = voters(60, district.compound)
    monkeypatch.setattr(results, "secrets", in_order(by))
    evidence = held(district, people, seed=1)
    best = max(product(evidence.voters, evidence.papers), key=evidence.score)
    assert evidence.score(best) == 60
    assert any(re.search(voters_by, one) and re.search(papers_by, other) for one, other in evidence.links())


@committing
def test_the_attacker_reads_the_log_and_the_pages(inspecting: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way of reading gives whole orders, so that none looks safe because it saw nothing."""
    district = build_district()
    monkeypatch.setattr(results, "secrets", in_order(None))
    evidence = held(district, voters(40, district.compound), seed=1)
    seen = {name: len(order) for name, order in evidence.papers.items()}
    assert seen == dict.fromkeys(seen, 40)
    ways = "log: papers as they are written" if is_postgresql() else "papers, first in the log"
    assert ways in seen
    assert evidence.papers[ways] == evidence.papers["papers by id"] or not is_postgresql()


# --- What a vote leaves behind --------------------------------------------------------------------------------
def contents() -> dict[str, str]:
    """Return every table of the database as text."""
    found = {}
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{name}"')
            found[name] = "\n".join(sorted(repr(row) for row in cursor.fetchall()))
    return found


@pytest.mark.django_db
def test_votes_change_the_roll_alone_and_no_log_line_tells_of_them(
    district: District, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ballot = opened(
        district.worker, district.community, MOMENT, voters(3, district.compound), method="instant_runoff",
        options=[f"方案{number}" for number in range(1, 7)],
    )  # fmt: skip
    before = contents()
    choices = ("3>1>2>6>5>4", "6>1>2>3>4>5", "2>1>3>4>6>5")
    receipts = [*vote(ballot, *choices), *vote(ballot, choices[2])]
    after = contents()
    assert {name for name in after if after[name] != before.get(name)} == {"deliberation_rollentry"}
    assert not [word for word in (*choices, *receipts) if word in "".join(after.values())]
    counted(ballot)
    holding = {
        word: {name for name, text in contents().items() if word in text} for word in (*choices[1:], *receipts[1:])
    }
    assert holding == {
        **{word: {"deliberation_ballotpaper"} for word in choices[1:]},
        **{word: {"deliberation_ballotreceipt"} for word in receipts[1:]},
    }
    assert not [word for word in (*choices, *receipts) if word in caplog.text]


@pytest.mark.django_db
def test_a_receipt_proves_inclusion_and_shows_no_choice(ballot: Ballot) -> None:
    """It is drawn anew for each vote, whatever is in it; the one of a vote that was changed is in no list."""
    first, *others = vote(ballot, "yes", "yes", "no")
    [again] = vote(ballot, "yes")
    done = counted(ballot)
    assert all(re.fullmatch(r"([A-HJ-NP-Z2-9]{4}-){3}[A-HJ-NP-Z2-9]{4}", one) for one in (first, again, *others))
    assert receipts_csv(done).splitlines() == ["receipt", *sorted([again, *others])]
    assert sorted(papers_csv(done).splitlines()[1:]) == ["no", "yes", "yes"]
    assert {field.name for field in BallotReceipt._meta.fields} == {"id", "ballot", "code"}
    assert {field.name for field in BallotPaper._meta.fields} == {
        "id", "ballot", "entry", "is_named", "choice", "named_choice", "heads", "area"
    }  # fmt: skip


# --- Owners' ballots: public downloads and a list of all dwellings ----------------------------------------------
def flats(compound: Area, areas: list[int], people: list[Resident]) -> list[Dwelling]:
    """Return dwellings with their owners."""
    rows = [Dwelling(area=compound, building="1", room=str(n), floor_area=one) for n, one in enumerate(areas, start=1)]
    Dwelling.objects.bulk_create(rows)
    for dwelling, owner in zip(Dwelling.objects.filter(area=compound).order_by("pk"), people, strict=True):
        owned(dwelling, owner, since=MOMENT)
    return list(Dwelling.objects.filter(area=compound).order_by("pk"))


@pytest.mark.django_db
def test_no_public_figure_ties_a_vote_of_300_owners_to_a_flat(district: District) -> None:
    """For each flat there is another way in which all could have voted, it differently, to the very same figures."""
    drawn = random.Random(300)
    people = voters(300, district.compound)
    dwellings = flats(district.compound, [drawn.randint(6_000, 14_000) for _each in people], people)
    ballot = opened(district.worker, district.compound, MOMENT, [], rule="owners_ordinary")
    said = drawn.sample(["yes"] * 170 + ["no"] * 70 + ["abstain"] * 25 + [""] * 35, 300)
    cast = {}
    for dwelling, person, choice in zip(dwellings, people, said, strict=True):
        cast[dwelling.pk] = choice
        if choice:
            cast_vote(ballot, by=person.user, at=ballot.opens_at + HOUR, choice=choice)
    done = counted(ballot)
    figures = {figure for one in done.result.figures.values() for figure in one.split("/")}
    assert papers_csv(done) == "paper\n"
    assert recount(done) == []
    area = {one.pk: one.floor_area for one in dwellings}
    # A flat's area in what is published would be the flat itself.
    assert not figures & {str(one) for one in area.values()}
    assert [pk for pk in cast if not may_differ(pk, cast, area)] == []


def may_differ(flat: int, cast: dict[int, str], area: dict[int, int]) -> bool:
    """Return whether a flat and another of its camp can change camps with two of another, heads and areas the same."""
    pairs: dict[tuple[str, int], tuple[int, int]] = {}
    for camp in {*cast.values()} - {cast[flat]}:
        members = [pk for pk, choice in cast.items() if choice == camp]
        pairs |= {(camp, area[one] + area[other]): (one, other) for one, other in combinations(members, 2)}
    friends = [pk for pk, choice in cast.items() if choice == cast[flat] and pk != flat]
    return any((camp, area[flat] + area[friend]) in pairs for camp in {*cast.values()} for friend in friends)


@pytest.mark.django_db
def test_few_named_papers_cannot_be_tried_out_against_the_certified_digest(district: District) -> None:
    """Four owners have 81 ways to vote; whoever knows the roll could hash each of them."""
    people = voters(4, district.compound)
    flats(district.compound, [8_000, 9_000, 10_000, 11_000], people)
    ballot = opened(district.worker, district.compound, MOMENT, [], rule="owners_ordinary")
    vote(ballot, "yes", "no", "abstain", "yes")
    done = counted(ballot)
    roll = [(one.key, str(one.heads), str(one.area)) for one in ballot.roll.all()]

    def tried(salt: list[tuple[str, ...]]) -> int:
        ways = product(("yes", "no", "abstain"), repeat=4)
        lists = [
            sorted((key, choice, heads, area) for (key, heads, area), choice in zip(roll, way, strict=True))
            for way in ways
        ]
        head = ["vote", "paper", "heads", "area"]
        return sum(digest(table(head, [*one, *salt])) == done.result.papers_digest for one in lists)

    assert tried([]) == tried([("salt", "", "", "")]) == 0
    assert tried([("salt", done.papers_salt or "", "", "")]) == 1
    assert digest(certified_papers(done)) == done.result.papers_digest
    raw = linking.rows_of("SELECT papers_salt FROM deliberation_ballot WHERE id = %s", done.pk)[0][0]
    assert str(done.papers_salt) not in raw
