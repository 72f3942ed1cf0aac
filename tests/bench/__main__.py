"""Run every benchmark and write docs/benchmarks.md: `make bench`; `python -m tests.bench ballots` only says those."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.bench.ballots import LARGE as LARGE_BALLOTS
from tests.bench.ballots import SMALL as SMALL_BALLOTS
from tests.bench.databases import drop, recreate, url_of
from tests.bench.pages import LARGE, SMALL
from tests.bench.people import LARGE as LARGE_PEOPLE
from tests.bench.people import SMALL as SMALL_PEOPLE

REPORT = Path(__file__).resolve().parent.parent.parent / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench` on PostgreSQL. Each number is a ratio within one run; times of different runs
or machines are not compared. Pages are asked for as a reader who is not signed in, in one process,
through all middleware; the rounds of all pages and both databases are interleaved, and the median counts.

"""
PARTS = {
    "pages": (SMALL, LARGE),
    "people": (SMALL_PEOPLE, LARGE_PEOPLE),
    "ballots": (SMALL_BALLOTS, LARGE_BALLOTS),
}


def main() -> int:
    """Run, write the report where all of it was run, and say which claims do not hold; returns the exit code."""
    with tempfile.TemporaryDirectory() as keys:
        os.environ["BALLOT_KEY_DIR"] = keys
        return run([part for part in PARTS if part in sys.argv[1:]] or list(PARTS))


def run(parts: list[str]) -> int:
    """Run some parts."""
    databases = [database for part in parts for database in PARTS[part]]
    os.environ["DATABASE_URL"] = url_of(databases[0])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    recreate(*databases)
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.bench import ballots, pages, people

    # Pages name their assets by the manifest of the collected ones, which a bare clone has not yet.
    call_command("collectstatic", interactive=False, verbosity=0)

    # One connection that is pointed from one database to the other; a pool would stay with the first.
    connection.settings_dict["OPTIONS"].pop("pool", None)
    modules = {"pages": pages, "people": people, "ballots": ballots}
    for part in parts:
        for database in PARTS[part]:
            print(f"filling {database} of {part}", flush=True)  # noqa: T201
            modules[part].prepare(database)
    sections, faults = [], []
    for part in parts:
        rows, more_faults = modules[part].table()
        sections.append("\n".join([f"## {part.capitalize()}", "", *rows, ""]))
        faults += more_faults
    if parts == list(PARTS):
        REPORT.write_text(HEAD + "\n".join(sections), encoding="utf-8")
    print("\n".join([*sections, *faults]))  # noqa: T201
    connection.close()
    drop(*databases)
    return 1 if faults else 0


sys.exit(main())
