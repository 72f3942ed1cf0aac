"""What the clock starts in the background."""

from __future__ import annotations

from django.core.management import call_command
from django.utils import timezone
from django_tasks import task

from community.workflow import sweep
from deliberation.workflow.drafts import drop_old_drafts


@task()
def sweep_clocks() -> int:
    """Strike every clock that is due, and forget what nobody needs any longer; returns how many struck."""
    at = timezone.now()
    drop_old_drafts(at=at)
    call_command("prune_db_task_results", min_age_days=1, verbosity=0)
    return sweep(at=at)
