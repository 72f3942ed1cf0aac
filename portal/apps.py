"""The portal app: the public front door."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Registers nothing but itself; signals are connected in signals.py."""

    name = "portal"
    verbose_name = "门户"

    def ready(self) -> None:
        """Connect what a change below makes stale in the page cache."""
        from portal import signals  # noqa: F401  (importing it connects its receivers)
