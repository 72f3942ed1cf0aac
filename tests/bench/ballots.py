"""Ballots and topics: count and certificate of 100,000 papers beside 1,000, the list of 100,000 topics, votes a second.

The verb of a vote is measured beside its own statements: they are recorded once, with what differs between two
voters, and sent by psycopg alone for others, in the same rounds on the same server.
"""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.databases import url_of, using
from tests.bench.pages import CALLS, ROUNDS, Series, count_queries

SMALL, LARGE = "gongzhi_bench_ballots_small", "gongzhi_bench_ballots_large"
SIZES = {SMALL: 1_000, LARGE: 100_000}
MOMENT = datetime(2023, 5, 1, 9, tzinfo=UTC)
COUNTED_SMALL = 9
VOTERS = 400
VOTE_ROUNDS = 5
BATCH = 2_000
MOST_GROWTH = 1.3
MOST_MEGABYTES = 200
LEAST_OF_RAW = 0.3

Call = tuple[str, tuple[Any, ...]]


def prepare(database: str) -> None:
    """Make the district, the topics, and ballots whose boxes are all cast."""
    from django.core.management import call_command
    from django.db import connection

    from tests.factories import build_district
    from tests.factories.ballots import many_voters, opened_for

    with using(database):
        call_command("migrate", verbosity=0)
        district = build_district()
        add_topics(SIZES[database], district)
        people = many_voters(VOTERS, district.compound)
        opened_for(district.worker, district.community, MOMENT, people, question="投票")
        for _each in range(COUNTED_SMALL if database == SMALL else 1):
            add_cast(SIZES[database], district)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def add_topics(number: int, district: Any) -> None:
    """Add public topics, half of them only proposed."""
    from deliberation.models import Topic
    from tests.factories import HallFactory

    hall = HallFactory(area=district.community)
    shared = {"hall": hall, "area": district.community, "town": district.town, "proposer": district.resident}
    for start in range(0, number, BATCH):
        rows = []
        for n in range(start, min(start + BATCH, number)):
            at = MOMENT + timedelta(minutes=n)
            state = {"state": "noticed", "weight": "joint_doing", "noticed_at": at, "notice_ends_at": at + timedelta(7)}
            rows.append(
                Topic(
                    **shared, **(state if n % 2 else {}), number=f"YT-BENCH-{n}", submission_key=uuid.uuid4(),
                    title=f"第 {n} 议：车棚装不装充电桩", question="电动车没处充电。", is_public=True, reviewed_at=at,
                    proposed_at=at,
                )
            )  # fmt: skip
        Topic.objects.bulk_create(rows)


def add_cast(number: int, district: Any) -> None:
    """Add an open ballot in which `number` have voted."""
    from deliberation.models import Ballot, RollEntry
    from deliberation.sealing import Vote, new_receipt, seal
    from tests.factories.ballots import opened, voters

    ballot = opened(district.worker, district.community, MOMENT, voters(1, district.compound), question="计票")
    public = bytes(ballot.public_key or b"")
    for start in range(0, number, BATCH):
        boxes = [seal(public, Vote(("yes", "no")[n % 2], new_receipt())) for n in range(min(BATCH, number - start))]
        RollEntry.objects.bulk_create(
            RollEntry(ballot=ballot, key=f"bench:{start + n}", has_voted=True, channel="online", box=box)
            for n, box in enumerate(boxes)
        )
    Ballot.objects.filter(pk=ballot.pk).update(eligible_heads=number + 1)


# --- Counting -----------------------------------------------------------------------------------------------
def counting() -> tuple[dict[str, float], float]:
    """Return the seconds of count and certificate a paper, by database, and how many MB the large one took."""
    from deliberation.models import Ballot
    from deliberation.workflow.results import count_ballot

    seconds, megabytes = {}, 0.0
    for database in (SMALL, LARGE):
        with using(database):
            times = []
            for ballot in Ballot.objects.filter(question="计票").order_by("pk"):
                before = reset_peak()
                start = time.perf_counter()
                done = count_ballot(ballot, by=ballot.made_by, at=ballot.closes_at)
                times.append(time.perf_counter() - start)
                megabytes = memory("VmHWM") - before
                assert done.result.figures["present_heads"] == str(SIZES[database])
            seconds[database] = statistics.median(times) / SIZES[database]
    return seconds, megabytes


def reset_peak() -> float:
    """Forget the most memory that this process had; return what it has now, in MB."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return memory("VmRSS")


def memory(name: str) -> float:
    """Return a figure of this process's memory in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


# --- Votes --------------------------------------------------------------------------------------------------
def voting() -> tuple[float, float, int]:
    """Return votes a second by the verb, by its statements alone, and how many those are."""
    from deliberation.models import Ballot

    with using(SMALL):
        ballot = Ballot.objects.get(question="投票")
        voters = list(voters_of(ballot))
        one, other = recorded(ballot, voters[0]), recorded(ballot, voters[1])
        statements = list(varying(one, other, voters[0]))
        verb, raw = [], []
        with psycopg.connect(url_of(SMALL).replace("postgres://", "postgresql://")) as server:
            for _round in range(VOTE_ROUNDS):
                verb.append(timed(lambda: [cast(ballot, user) for user, _entry in voters]))
                raw.append(timed(lambda: replay(server, statements, voters)))
    return VOTERS / statistics.median(verb), VOTERS / statistics.median(raw), len(statements)


def voters_of(ballot: Any) -> Iterator[tuple[Any, int]]:
    """Return who may vote, with the number of their entry."""
    for entry in ballot.roll.prefetch_related("voters__resident__user").order_by("pk"):
        yield entry.voters.all()[0].resident.user, entry.pk


def cast(ballot: Any, user: Any) -> None:
    """Vote as somebody."""
    from deliberation.workflow.voting import cast_vote

    cast_vote(ballot, by=user, at=ballot.opens_at, choice="yes")


def recorded(ballot: Any, voter: tuple[Any, int]) -> list[Call]:
    """Return what the verb sends for one voter; BEGIN and COMMIT come with the transaction."""
    from django.db import connection

    sent: list[Call] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, tuple(params or ())))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        cast(ballot, voter[0])
    return sent


def varying(one: list[Call], other: list[Call], voter: tuple[Any, int]) -> Iterator[tuple[str, list[Any]]]:
    """Return the statements with their parameters; what differs between voters is named: user, entry, box."""
    assert [sql for sql, _params in one] == [sql for sql, _params in other]
    names = {voter[0].pk: "user", voter[1]: "entry"}
    assert len(names) == 2
    for (sql, params), (_sql, differing) in zip(one, other, strict=True):
        yield (
            sql,
            [
                (None, value)
                if value == there
                else (names.get(value, "box") if isinstance(value, int) else "box", value)
                for value, there in zip(params, differing, strict=True)
            ],
        )


def replay(server: Any, statements: list[tuple[str, list[Any]]], voters: list[tuple[Any, int]]) -> None:
    """Send the statements for each voter, each in a transaction, and fetch what they give."""
    for user, entry in voters:
        values = {"user": user.pk, "entry": entry}
        for sql, params in statements:
            cursor = server.execute(sql, [values.get(name, value) for name, value in params])
            if cursor.description:
                cursor.fetchall()
        server.commit()


def timed(call: Callable[[], Any]) -> float:
    """Return the seconds of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


# --- Topics -------------------------------------------------------------------------------------------------
def first_topics() -> Callable[[], int]:
    """Return a call that opens the public list of topics as a reader; gives the answer's status."""
    from django.test import Client

    client = Client(headers={"accept-language": "zh-CN"}, SERVER_NAME="localhost")
    return lambda: client.get("/topics/").status_code


def topics() -> dict[str, Series]:
    """Return the series of the list of topics, uncached, by database, the rounds interleaved."""
    from django.test import override_settings

    call, series = first_topics(), {}
    with override_settings(PAGE_CACHE_SECONDS=0):
        for database in (SMALL, LARGE):
            with using(database):
                assert call() == 200
                series[database] = Series(queries=count_queries(call))
        for _round in range(ROUNDS):
            for database in (SMALL, LARGE):
                with using(database):
                    call()
                    series[database].seconds.append(timed(lambda: [call() for _call in range(CALLS)]) / CALLS)
    return series


def table() -> tuple[list[str], list[str]]:
    """Return the rows of the report, and one line for each claim that does not hold."""
    seconds, megabytes = counting()
    verb, raw, statements = voting()
    series = topics()
    per_paper = seconds[LARGE] / seconds[SMALL]
    growth = series[LARGE].median / series[SMALL].median
    rows = [
        "| what | ratio |",
        "|---|---|",
        f"| count and certificate, time a paper, {SIZES[LARGE]:,} papers : {SIZES[SMALL]:,} | {per_paper:.2f} |",
        f"| list of topics, time, {SIZES[LARGE]:,} : {SIZES[SMALL]:,} | {growth:.2f} |",
        f"| list of topics, queries, {SIZES[LARGE]:,} : {SIZES[SMALL]:,} | {series[LARGE].queries} : {series[SMALL].queries} |",
        f"| votes a second, verb : its own {statements} statements by psycopg alone | {verb / raw:.2f} |",
        "",
        f"Counting {SIZES[LARGE]:,} papers took {seconds[LARGE] * SIZES[LARGE]:.0f} s and {megabytes:.0f} MB here; "
        f"one process cast {verb:.0f} votes a second, psycopg alone {raw:.0f}.",
    ]
    claims = {
        f"a paper of {SIZES[LARGE]:,} counted in at most {MOST_GROWTH} times": per_paper <= MOST_GROWTH,
        f"counted in at most {MOST_MEGABYTES} MB": megabytes <= MOST_MEGABYTES,
        f"list of topics at most {MOST_GROWTH} times as long": growth <= MOST_GROWTH,
        "list of topics with as many queries": series[LARGE].queries == series[SMALL].queries,
        f"votes at least {LEAST_OF_RAW} of psycopg's": verb / raw >= LEAST_OF_RAW,
    }
    return rows, [f"ballots: not {claim}" for claim, holds in claims.items() if not holds]
