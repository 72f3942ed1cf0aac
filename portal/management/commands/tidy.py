"""Forget what nobody needs any longer."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from community.workflow.files import sweep_orphans
from community.workflow.ownership import mend_links
from community.workflow.retention import Budget, forget_records, forget_traces
from deliberation.workflow.drafts import drop_old_drafts


class Command(BaseCommand):
    """Safe to run at any time; once an hour is often enough. What takes longer than half a minute, the next run goes on with."""

    help = "Drop drafts, expired sessions, codes, old records and results of tasks; warn and erase unused accounts."

    def handle(self, *args: Any, verbosity: int = 1, **options: Any) -> None:
        """Drop everything whose time is over."""
        at = timezone.now()
        drop_old_drafts(at=at)
        sweep_orphans(at=at)
        mend_links(at=at)
        call_command("clearsessions")
        call_command("prune_db_task_results", min_age_days=1, verbosity=0)
        budget = Budget()
        gone = forget_traces(at=at, budget=budget)
        if not settings.DEMO:
            # The demo's years lie behind it: its records and people are what it shows.
            gone |= forget_records(at=at, budget=budget)
        if verbosity > 1:
            self.stdout.write(", ".join(f"{name} {count}" for name, count in gone.items()))
