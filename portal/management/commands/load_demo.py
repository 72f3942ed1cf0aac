"""Load the demo district."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone, translation

from community.demo import build_district, is_loaded, taken_names
from community.models import Area
from deliberation.demo import build_deliberation
from deliberation.models import Issue
from portal.demo import build_portal
from portal.pagecache import invalidate

SEED = 2023
MOST = 100.0


class Command(BaseCommand):
    """Fills an empty database with an invented district under the real one's figures of 2023."""

    help = "Load the demo district: invented places, people and issues, with the real district's counts at --scale 1."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the size and the seed of what is invented."""
        parser.add_argument("--scale", type=float, default=1.0, help="how many times the real district's counts")
        parser.add_argument("--seed", type=int, default=SEED, help="the same seed makes the same district")

    def handle(self, *args: Any, scale: float, seed: int, **options: Any) -> None:
        """Load it all or nothing; what stands already is left alone."""
        if not settings.DEMO:
            raise CommandError("the demo district has accounts with printed passwords: it is loaded with DEMO=1 only")
        if not 0 < scale <= MOST:
            raise CommandError(f"--scale {scale:g}: give a number above 0 and at most {MOST:g}")
        if is_loaded():
            self.stdout.write(f"the demo district stands: {Issue.objects.count()} issues; nothing was changed")
            return
        refuse_used_database()
        self.started = time.monotonic()
        with translation.override("zh-hans"), transaction.atomic():
            district = build_district(scale=scale, seed=seed, at=timezone.now(), say=self.say)
            build_deliberation(district, say=self.say)
            build_portal(district, say=self.say)
        call_command("wagtail_update_index", verbosity=0)
        invalidate()
        self.say("search index; done")

    def say(self, line: str) -> None:
        """Print one line of progress with the seconds so far."""
        self.stdout.write(f"  {time.monotonic() - self.started:5.1f} s  {line}")
        self.stdout.flush()


def refuse_used_database() -> None:
    """Stop where places or accounts stand that the demo would mix with."""
    if Area.objects.exists():
        raise CommandError("this database holds a district of its own: load the demo into an empty one")
    if names := taken_names():
        raise CommandError(f"the account {names[0]} exists already: load the demo into an empty database")
