"""What commands have in common that read in a file: look first, all or nothing, every mistake on its line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from community.imports.faults import Fault
from community.models import User


class ImportCommand(BaseCommand):
    """A file with a mistake changes nothing and ends with exit code 1; `metavar` names the kind of file."""

    metavar = "FILE"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", metavar=self.metavar, type=Path)
        parser.add_argument("--dry-run", action="store_true", help="look at all of it and write nothing")

    def read(self, source: IO[bytes], *, by: User, at: datetime, dry_run: bool) -> Any:
        """Read the file in and return its report."""
        raise NotImplementedError

    def line(self, fault: Fault) -> tuple[str, ...]:
        """Return the parts of a mistake's line."""
        return (fault.sheet, str(fault.row or ""), fault.column, fault.reason)

    def summary(self, report: Any, dry_run: bool) -> str:
        """Return what a clean file came to."""
        raise NotImplementedError

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        """Say what came of it."""
        try:
            source = file.open("rb")
        except OSError as missing:
            raise CommandError(f"{file}: {missing.strerror}") from missing
        with source, translation.override("zh-hans"):
            report = self.read(source, by=User.objects.clock(), at=timezone.now(), dry_run=dry_run)
        for fault in report.faults.listed:
            self.stdout.write("\t".join(self.line(fault)))
        if not report.is_clean:
            more = f" ({report.faults.unlisted} not listed)" if report.faults.unlisted else ""
            raise CommandError(f"{report.faults.count} mistakes{more}; nothing was imported")
        self.stdout.write(self.summary(report, dry_run))
