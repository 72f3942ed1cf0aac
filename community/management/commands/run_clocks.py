"""One sweep of every statutory clock."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from community.workflow import sweep


class Command(BaseCommand):
    """Safe to run twice, or by two machines at once."""

    help = "Strike every clock that has something to do now: reminders, escalations, lapses."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep and say how many clocks struck."""
        self.stdout.write(f"{sweep(at=timezone.now())} clocks struck")
