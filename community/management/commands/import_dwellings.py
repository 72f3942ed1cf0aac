"""Read in a file of dwellings and their owners."""

from __future__ import annotations

from datetime import datetime
from typing import IO, Any

from django.core.management.base import CommandParser

from community.management.importing import ImportCommand
from community.models import User
from community.workflow.dwellings import Report, import_dwellings


class Command(ImportCommand):
    """Each row accepted or refused with sheet, row, column and reason."""

    help = "Import dwellings and ownerships from an Excel file."
    metavar = "FILE.xlsx"

    renew = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, and whether it may change what is registered."""
        super().add_arguments(parser)
        parser.add_argument("--renew", action="store_true", help="bring dwellings that are registered up to date")

    def handle(self, *args: Any, renew: bool = False, **options: Any) -> None:
        """Say what came of it."""
        self.renew = renew
        super().handle(*args, **options)

    def read(self, source: IO[bytes], *, by: User, at: datetime, dry_run: bool) -> Report:
        """Insert the dwellings."""
        return import_dwellings(source, by=by, at=at, dry_run=dry_run, renew=self.renew)

    def summary(self, report: Report, dry_run: bool) -> str:
        """Return how many dwellings and ownerships there are."""
        done = "would be imported" if dry_run else "imported"
        renewed = f", {report.renewed} brought up to date" if self.renew else ""
        return f"{report.dwellings} dwellings with {report.owners} ownerships {done}{renewed}"
