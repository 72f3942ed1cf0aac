"""Keep the English catalogue whole."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.catalogue import faults, update, write_source


class Command(BaseCommand):
    """Update or check the catalogue of a language."""

    help = "Bring the messages of code and templates into the catalogue, or check that none is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the language and what to do."""
        parser.add_argument("--language", default="en")
        parser.add_argument("--check", action="store_true")
        parser.add_argument("--source", action="store_true", help="compile the Chinese source, for speed alone")

    def handle(self, *args: Any, language: str, **options: Any) -> None:
        """Update, or fail with a line for each fault."""
        if options["source"]:
            write_source()
            return
        if not options["check"]:
            update(language)
        found = faults(language)
        for line in found:
            self.stdout.write(line)
        if found and options["check"]:
            raise CommandError(f"{len(found)} faults in the {language} catalogue; run manage.py catalogue")
