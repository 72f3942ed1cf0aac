"""One sweep of every statutory clock."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from community.errors import SweepFailed
from community.workflow import sweep


class Command(BaseCommand):
    """Safe to run twice, or by two machines at once."""

    help = "Strike every clock that has something to do now: reminders, escalations, lapses."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep and say how many clocks struck; where some broke, end with an error that names them."""
        try:
            struck = sweep(at=timezone.now())
        except SweepFailed as failed:
            raise CommandError(str(failed)) from None
        self.stdout.write(f"{struck} clocks struck")
