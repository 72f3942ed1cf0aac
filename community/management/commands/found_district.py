"""Begin a district: its root and its first administrator."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from community.errors import Refused
from community.models import User
from community.workflow.founding import found_district


class Command(BaseCommand):
    """Once a deployment, after `createsuperuser`; everybody and every place else is made on the desk."""

    help = "Make the district and its first administrator, who appoints everybody else."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what the district is called, and by whom it is begun."""
        parser.add_argument("code", metavar="CODE", help="the district's code, like 420704")
        parser.add_argument("name", metavar="NAME", help="its name, like 鄂城区")
        parser.add_argument("--administrator", required=True, metavar="USERNAME", help="an account that exists")

    def handle(self, *args: Any, code: str, name: str, administrator: str, **options: Any) -> None:
        """Make both, or say why not."""
        person = User.objects.filter(username=administrator).first()
        if person is None:
            raise CommandError(f"there is no account {administrator!r}; make one with createsuperuser")
        with translation.override("zh-hans"):
            try:
                found_district(name=name, code=code, administrator=person, by=User.objects.clock(), at=timezone.now())
            except Refused as refused:
                raise CommandError(str(refused)) from refused
        self.stdout.write(f"{name} ({code}) stands; {administrator} is its administrator")
