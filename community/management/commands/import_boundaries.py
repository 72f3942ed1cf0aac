"""Read in the outlines of places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from community.models import User
from community.workflow.boundaries import import_boundaries


class Command(BaseCommand):
    """Each feature names its place by the property `code`; a file with a mistake changes nothing."""

    help = "Import the outlines of places from a GeoJSON file in WGS 84."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", metavar="FILE.geojson", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="look at every outline and write nothing")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        """Say what came of it; a file with a mistake ends with exit code 1."""
        try:
            source = file.open("rb")
        except OSError as missing:
            raise CommandError(f"{file}: {missing.strerror}") from missing
        with source, translation.override("zh-hans"):
            report = import_boundaries(source, by=User.objects.clock(), at=timezone.now(), dry_run=dry_run)
        for fault in report.faults.listed:
            self.stdout.write("\t".join((str(fault.row or ""), fault.column, fault.reason)))
        if not report.is_clean:
            raise CommandError(f"{report.faults.count} mistakes; nothing was imported")
        self.stdout.write(f"{report.count} outlines {'would be set' if dry_run else 'set'}")
