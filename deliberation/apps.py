"""The deliberation app: halls and issues today; topics, sessions and ballots join it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliberationConfig(AppConfig):
    """Connects its answers to the clock engine."""

    name = "deliberation"
    verbose_name = _("议事厅")

    def ready(self) -> None:
        """Answer the clock engine when an issue's clock strikes."""
        from deliberation import tasks  # noqa: F401  (importing it connects its receivers)
