"""What the clock starts in the background."""

from __future__ import annotations

from django.core.management import call_command
from django.utils import timezone
from django_tasks import task

from community.workflow import deliver_due, sweep


@task()
def sweep_clocks() -> int:
    """Strike every clock that is due; returns how many struck, and fails with the names of those that broke."""
    return sweep(at=timezone.now())


@task()
def deliver_notices() -> dict[str, int]:
    """Send the e-mails and SMS that are due; returns how many deliveries came to be in which state."""
    return {str(state): count for state, count in deliver_due(at=timezone.now()).items()}


@task()
def tidy_up() -> None:
    """Forget what nobody needs any longer."""
    call_command("tidy", verbosity=0)
