"""Recount a ballot."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from deliberation.models import Ballot
from deliberation.recount import recount
from deliberation.states import BallotState


class Command(BaseCommand):
    """Exit 0 where everything fits; 1 with what does not."""

    help = "Recount a counted ballot: a secret one from its published papers and receipts, a named one from the stored papers."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the ballot's number."""
        parser.add_argument("ballot", type=int, help="the number in the ballot's address")

    def handle(self, *args: Any, ballot: int, **options: Any) -> None:
        """Recount and say what came of it."""
        found = Ballot.objects.select_related("rule").filter(pk=ballot).first()
        if found is None:
            raise CommandError(f"there is no ballot {ballot}")
        if found.state != BallotState.COUNTED:
            raise CommandError(f"ballot {ballot} is not counted: {found.get_state_display()}")
        wrong = recount(found)
        if wrong:
            raise CommandError("\n".join(wrong))
        self.stdout.write(f"{found.papers.count()} papers, {found.receipts.count()} receipts: the result stands")
        for reason in found.result.reasons:
            self.stdout.write(reason["text"])
