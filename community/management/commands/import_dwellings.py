"""Read in a file of dwellings and their owners."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from community.models import User
from community.workflow.dwellings import import_dwellings


class Command(BaseCommand):
    """Each row accepted or refused with sheet, row, column and reason; a file with a bad row changes nothing."""

    help = "Import dwellings and ownerships from an Excel file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", metavar="FILE.xlsx", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="look at every row and write nothing")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        """Say what came of it; a file with a mistake ends with exit code 1."""
        try:
            source = file.open("rb")
        except OSError as missing:
            raise CommandError(f"{file}: {missing.strerror}") from missing
        with source, translation.override("zh-hans"):
            report = import_dwellings(source, by=User.objects.clock(), at=timezone.now(), dry_run=dry_run)
        for fault in report.faults.listed:
            self.stdout.write("\t".join((fault.sheet, str(fault.row or ""), fault.column, fault.reason)))
        if not report.is_clean:
            more = f" ({report.faults.unlisted} not listed)" if report.faults.unlisted else ""
            raise CommandError(f"{report.faults.count} mistakes{more}; nothing was imported")
        done = "would be imported" if dry_run else "imported"
        self.stdout.write(f"{report.dwellings} dwellings with {report.owners} ownerships {done}")
