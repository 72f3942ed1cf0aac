"""Forget what nobody needs any longer."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from deliberation.workflow.drafts import drop_old_drafts


class Command(BaseCommand):
    """Safe to run at any time; once an hour is often enough."""

    help = "Drop photos of forms that nobody came back to, expired sessions, and results of tasks older than a day."

    def handle(self, *args: Any, **options: Any) -> None:
        """Drop all three."""
        drop_old_drafts(at=timezone.now())
        call_command("clearsessions")
        call_command("prune_db_task_results", min_age_days=1, verbosity=0)
