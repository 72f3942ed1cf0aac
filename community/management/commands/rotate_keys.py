"""Bring personal fields under the current key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from community.workflow.rotating import reindex, rotate


class Command(BaseCommand):
    """Runs beside the site, may be stopped and started again; docs/operations.md says in which order."""

    help = "Write personal fields anew under the first of FIELD_KEYS; --check only counts what is under older ones."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do."""
        parser.add_argument("--check", action="store_true", help="count only; ends with 1 where old keys are needed")
        parser.add_argument("--batch", type=int, default=500, help="rows read at a time (500)")
        parser.add_argument("--indexes", action="store_true", help="do the same for the blind indexes and INDEX_KEY")

    def handle(self, *args: Any, check: bool, batch: int, indexes: bool, **options: Any) -> None:
        """Do it, and say how it went."""
        if not 1 <= batch <= 10_000:
            raise CommandError("--batch: give a number from 1 to 10000")
        if indexes:
            self.index(batch, check)
            return
        found = rotate(say=self.stdout.write, batch=batch, is_check=check)
        if found.unreadable:
            raise CommandError(f"{found.unreadable} tokens fit none of FIELD_KEYS: put the key back that wrote them")
        left = found.old if check else found.missed
        if left:
            raise CommandError(f"{left} still need an old key: run rotate_keys" + ("" if check else " again"))
        self.stdout.write("everything is under the current key")

    def index(self, batch: int, check: bool) -> None:
        """Write the blind indexes anew; while any is left that is not of today, the old key has to stay."""
        found = reindex(say=self.stdout.write, batch=batch, is_check=check)
        if found.left:
            raise CommandError(f"{found.left} rows still need an old INDEX_KEY: run rotate_keys --indexes again")
        self.stdout.write(f"{found.written} rows indexed anew; everything is under the current key")
