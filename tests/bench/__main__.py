"""Run every benchmark and write docs/benchmarks.md: `make bench`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.bench.databases import drop, recreate, url_of
from tests.bench.pages import LARGE, SMALL
from tests.bench.people import LARGE as LARGE_PEOPLE
from tests.bench.people import SMALL as SMALL_PEOPLE

REPORT = Path(__file__).resolve().parent.parent.parent / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench` on PostgreSQL. Each number is a ratio within one run; times of different runs
or machines are not compared. Pages are asked for as a reader who is not signed in, in one process,
through all middleware; the rounds of all pages and both databases are interleaved, and the median counts.

## Pages

"""


def main() -> int:
    """Run, write the report, and say which claims do not hold; returns the exit code."""
    os.environ["DATABASE_URL"] = url_of(SMALL)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    recreate(SMALL, LARGE, SMALL_PEOPLE, LARGE_PEOPLE)
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.bench import pages, people

    # Pages name their assets by the manifest of the collected ones, which a bare clone has not yet.
    call_command("collectstatic", interactive=False, verbosity=0)

    # One connection that is pointed from one database to the other; a pool would stay with the first.
    connection.settings_dict["OPTIONS"].pop("pool", None)
    for database in (SMALL, LARGE):
        print(f"filling {database} with {pages.ISSUES[database]:,} issues", flush=True)  # noqa: T201
        pages.prepare(database)
    for database in (SMALL_PEOPLE, LARGE_PEOPLE):
        print(f"filling {database} with {people.RESIDENTS[database]:,} residents", flush=True)  # noqa: T201
        people.prepare(database)
    rows, faults = pages.table()
    more_rows, more_faults = people.table()
    rows, faults = [*rows, "", "## People", "", *more_rows], [*faults, *more_faults]
    REPORT.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    print("\n".join([*rows, *faults]))  # noqa: T201
    connection.close()
    drop(SMALL, LARGE, SMALL_PEOPLE, LARGE_PEOPLE)
    return 1 if faults else 0


sys.exit(main())
