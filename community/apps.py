"""The community app: areas, people, roles, units, clocks and notices."""

from django.apps import AppConfig


class CommunityConfig(AppConfig):
    """What every other app stands on."""

    name = "community"
    verbose_name = "社区"
