"""An attacker who may read everything but the destroyed key, and tries to say who cast which paper.

Each voter order (of the roll, by whatever can be read of it) is laid beside each paper order; an attack is a pair
of them, and its score is how many voters it names with their true vote.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from deliberation.models import Ballot

OPTIONS = 6
RANKING = re.compile(rb"[1-6](?:>[1-6]){5}")
ENTRY = re.compile(rb"resident:(\d+)")
SHUFFLES = 1_000
LEVEL = 0.99

Orders = dict[str, list[Any]]
Attack = tuple[str, str]


class Evidence(NamedTuple):
    """What the attacker has: orders of voters (entries of the roll) and of papers (their texts)."""

    voters: Orders
    papers: Orders
    votes: dict[int, str]

    def score(self, attack: Attack) -> int:
        """Return how many voters one attack names with their true vote."""
        voters, papers = self.voters[attack[0]], self.papers[attack[1]]
        return sum(self.votes[voter] == paper for voter, paper in zip(voters, papers, strict=False))

    def baseline(self) -> int:
        """Return what 99 of 100 shuffles of the papers do not exceed."""
        drawn, votes = random.Random(4), list(self.votes.values())
        papers, scores = list(votes), []
        for _each in range(SHUFFLES):
            drawn.shuffle(papers)
            scores.append(sum(one == other for one, other in zip(votes, papers, strict=True)))
        return sorted(scores)[int(SHUFFLES * LEVEL) - 1]

    def links(self) -> set[Attack]:
        """Return the attacks that name more voters than the baseline."""
        most = self.baseline()
        return {attack for attack in product(self.voters, self.papers) if self.score(attack) > most}


def both_ways(orders: Orders) -> Orders:
    """Return orders with their reverses."""
    return orders | {f"{name}, backwards": order[::-1] for name, order in orders.items()}


def once(seen: Iterable[Any]) -> list[Any]:
    """Return what was seen in the order of its first sight."""
    return list(dict.fromkeys(seen))


# --- What any reader of the tables has --------------------------------------------------------------------
def roll_orders(ballot: Ballot, name: str) -> Orders:
    """Return orders of the roll as it stands at one moment."""
    rows = list(ballot.roll.filter(has_voted=True).values_list("pk", "key", "box"))
    orders = {
        f"{name}: roll by id": sorted(pk for pk, _key, _box in rows),
        f"{name}: roll by key": [pk for pk, _key, _box in sorted(rows, key=lambda row: row[1])],
    }
    if any(box for _pk, _key, box in rows):
        orders[f"{name}: by bytes of the box"] = [pk for pk, _key, _b in sorted(rows, key=lambda row: bytes(row[2]))]
    return orders | (pages_of_roll(ballot, name) if is_postgresql() else files_of_roll(ballot, name))


def paper_orders(ballot: Ballot) -> Orders:
    """Return orders of the papers."""
    texts = list(ballot.papers.order_by("pk").values_list("choice", flat=True))
    orders = {"papers by id": texts, "papers by text": sorted(texts)}
    return orders | (pages_of_papers(ballot) if is_postgresql() else files_of_papers(ballot))


def is_postgresql() -> bool:
    """Return which of the two databases this is."""
    return connection.vendor == "postgresql"


# --- PostgreSQL: pages with their dead rows, transaction ids, the write-ahead log ---------------------------
def rows_of(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    """Ask past Django."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def pages_of_roll(ballot: Ballot, name: str) -> Orders:
    """Return the roll by place, by transaction, and by where old and new versions of its rows lie in the pages."""
    voted = set(ballot.roll.filter(has_voted=True).values_list("pk", flat=True))
    live = rows_of(
        "SELECT id, ctid::text, xmin::text::bigint FROM deliberation_rollentry WHERE has_voted ORDER BY ctid"
    )
    lying = [pk for pk in page_ids("deliberation_rollentry") if pk in voted]
    return {
        f"{name}: roll by place": [pk for pk, _place, _xmin in live if pk in voted],
        f"{name}: roll by transaction": [pk for pk, *_rest in sorted(live, key=lambda row: row[2]) if pk in voted],
        f"{name}: first version in the pages": once(lying),
        f"{name}: last version in the pages": once(lying[::-1])[::-1],
    }


def page_ids(table: str) -> list[int]:
    """Return the ids of all rows in a table's pages, dead ones too, by where their bytes lie."""
    [(pages,)] = rows_of("SELECT pg_relation_size(%s) / current_setting('block_size')::int", table)
    items = rows_of(
        "SELECT p, i.lp_off, substring(i.t_data FROM 1 FOR 8) FROM generate_series(0, %s) AS p, "
        "LATERAL heap_page_items(get_raw_page(%s, p::int)) AS i WHERE i.t_data IS NOT NULL",
        pages - 1, table,
    )  # fmt: skip
    return [int.from_bytes(bytes(data), "little") for _page, _offset, data in sorted(items, key=lambda row: row[:2])]


def pages_of_papers(ballot: Ballot) -> Orders:
    """Return the papers by place and by where their bytes lie."""
    text = dict(ballot.papers.values_list("pk", "choice"))
    placed = rows_of("SELECT id FROM deliberation_ballotpaper WHERE ballot_id = %s ORDER BY ctid", ballot.pk)
    return {
        "papers by place": [text[pk] for (pk,) in placed],
        "papers by bytes in the pages": [text[pk] for pk in page_ids("deliberation_ballotpaper") if pk in text],
    }


def log_position() -> str:
    """Return where the write-ahead log ends."""
    return str(rows_of("SELECT pg_current_wal_flush_lsn()::text")[0][0])


def log_orders(ballot: Ballot, since: str) -> tuple[Orders, Orders]:
    """Return roll and papers in the order in which the write-ahead log of the counting names their places."""
    records = rows_of(
        "SELECT record_type, description, block_ref FROM pg_get_wal_records_info(%s, %s) "
        "WHERE resource_manager IN ('Heap', 'Heap2') ORDER BY start_lsn",
        since, log_position(),
    )  # fmt: skip
    roll = placed_in_log(records, "deliberation_rollentry", r"new.off:? (\d+)")
    papers = placed_in_log(records, "deliberation_ballotpaper", r"^off:? (\d+)")
    text = dict(ballot.papers.values_list("pk", "choice"))
    voted = set(ballot.roll.filter(has_voted=True).values_list("pk", flat=True))
    return (
        {"log: roll as its boxes are wiped": [pk for pk in roll if pk in voted]},
        {"log: papers as they are written": [text[pk] for pk in papers if pk in text]},
    )


def placed_in_log(records: list[tuple[Any, ...]], table: str, offset: str) -> list[int]:
    """Return the ids of a table's rows in the order of the log, by the places that it names."""
    [(file,)] = rows_of("SELECT pg_relation_filenode(%s)", table)
    at = {place: pk for pk, place in rows_of(f"SELECT id, ctid::text FROM {table}")}
    found = []
    for _kind, description, blocks in records:
        block, slot = re.search(rf"rel \d+/\d+/{file} .*?blk (\d+)", blocks or ""), re.search(offset, description)
        if block and slot and (pk := at.get(f"({block[1]},{slot[1]})")):
            found.append(pk)
    return once(found)


# --- SQLite: the bytes of the file and of its write-ahead log -------------------------------------------------
def files() -> dict[str, bytes]:
    """Return the database as it lies on the disk, free pages and all."""
    place = Path(str(connection.settings_dict["NAME"]))
    log = place.with_name(f"{place.name}-wal")
    frames = log.read_bytes() if log.exists() else b""
    # What the log holds goes into the file too, as it does sooner or later.
    rows_of("PRAGMA wal_checkpoint(FULL)")
    return {"file": place.read_bytes(), "log": frames}


def files_of_roll(ballot: Ballot, name: str) -> Orders:
    """Return the roll by the first and last place of each key in the files."""
    key = {one.removeprefix("resident:"): pk for pk, one in ballot.roll.filter(has_voted=True).values_list("pk", "key")}
    orders = {}
    for file, data in files().items():
        seen = [key[text] for match in ENTRY.finditer(data) if (text := match[1].decode()) in key]
        orders[f"{name}: first in the {file}"] = once(seen)
        orders[f"{name}: last in the {file}"] = once(seen[::-1])[::-1]
    return orders


def files_of_papers(ballot: Ballot) -> Orders:
    """Return the papers by the places of their texts in the files."""
    most = ballot.papers.count()
    orders = {}
    for file, data in files().items():
        seen = [match.group().decode() for match in RANKING.finditer(data)]
        orders |= {f"papers, first in the {file}": seen[:most], f"papers, last in the {file}": seen[-most:]}
    return orders
