"""Send the e-mails and SMS that are due."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from community.models.notices import DeliveryState
from community.workflow import deliver_due


class Command(BaseCommand):
    """Safe to run twice, or by two machines at once; runs for a minute at most."""

    help = "Send what is due by e-mail and SMS: notices at once, daily digests, and what did not go the last time."

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, and say what became of how many."""
        counts = deliver_due(at=timezone.now())
        self.stdout.write(
            f"{counts[DeliveryState.SENT]} sent, {counts[DeliveryState.WAITING]} put off, "
            f"{counts[DeliveryState.FAILED]} failed, {counts[DeliveryState.DROPPED]} not wanted any more"
        )
