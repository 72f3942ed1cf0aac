"""Read in the outlines of places."""

from __future__ import annotations

from datetime import datetime
from typing import IO

from community.imports.faults import Fault
from community.management.importing import ImportCommand
from community.models import User
from community.workflow.boundaries import Report, import_boundaries


class Command(ImportCommand):
    """Each feature names its place by the property `code`."""

    help = "Import the outlines of places from a GeoJSON file in WGS 84."
    metavar = "FILE.geojson"

    def read(self, source: IO[bytes], *, by: User, at: datetime, dry_run: bool) -> Report:
        """Set the outlines."""
        return import_boundaries(source, by=by, at=at, dry_run=dry_run)

    def line(self, fault: Fault) -> tuple[str, ...]:
        """Return the feature, the property and the reason: there are no sheets."""
        return super().line(fault)[1:]

    def summary(self, report: Report, dry_run: bool) -> str:
        """Return how many outlines there are."""
        return f"{report.count} outlines {'would be set' if dry_run else 'set'}"
