"""Read in a file of dwellings and their owners."""

from __future__ import annotations

from datetime import datetime
from typing import IO

from community.management.importing import ImportCommand
from community.models import User
from community.workflow.dwellings import Report, import_dwellings


class Command(ImportCommand):
    """Each row accepted or refused with sheet, row, column and reason."""

    help = "Import dwellings and ownerships from an Excel file."
    metavar = "FILE.xlsx"

    def read(self, source: IO[bytes], *, by: User, at: datetime, dry_run: bool) -> Report:
        """Insert the dwellings."""
        return import_dwellings(source, by=by, at=at, dry_run=dry_run)

    def summary(self, report: Report, dry_run: bool) -> str:
        """Return how many dwellings and ownerships there are."""
        done = "would be imported" if dry_run else "imported"
        return f"{report.dwellings} dwellings with {report.owners} ownerships {done}"
