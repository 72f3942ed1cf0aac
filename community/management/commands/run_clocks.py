"""One sweep of every statutory clock."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from community.errors import SweepFailed
from community.models import Clock
from community.signals import sweep_begun
from community.workflow import sweep
from community.workflow.ending import remind_of_endings
from community.workflow.standing import sweep_verifications


class Command(BaseCommand):
    """Safe to run twice, or by two machines at once."""

    help = "Strike every clock that has something to do now: reminders, escalations, lapses; end verifications; tell of appointments that run out."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep and say how many clocks struck; where some broke, end with an error that names them."""
        sweep_begun.send(sender=Clock, at=timezone.now())
        sweep_verifications(at=timezone.now())
        remind_of_endings(at=timezone.now())
        try:
            struck = sweep(at=timezone.now())
        except SweepFailed as failed:
            raise CommandError(str(failed)) from None
        self.stdout.write(f"{struck} clocks struck")
