"""Print the district's figures."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from portal.figures import figures


class Command(BaseCommand):
    """Each key of the report with its value, unit and source."""

    help = "Print the district's figures of a year, computed from the records or entered by the bureau."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the year and the form of the answer."""
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument("--json", action="store_true", help="one JSON object: key to value, unit and source")

    def handle(self, *args: Any, year: int, **options: Any) -> None:
        """Print one line a figure, or JSON."""
        if not 1949 <= year <= 9998:
            raise CommandError(f"--year {year}: write a year with four digits, such as 2023")
        with translation.override("zh-hans"):
            rows = figures(year)
        if options["json"]:
            answer = {row.key: {"value": row.value, "unit": row.unit, "source": row.source} for row in rows}
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
            return
        for row in rows:
            self.stdout.write(f"{row.key}\t{row.value}\t{row.unit}\t{row.source}")
