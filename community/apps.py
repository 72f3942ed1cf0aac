"""The community app: areas, people, roles, units, clocks and notices."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunityConfig(AppConfig):
    """What every other app stands on."""

    name = "community"
    verbose_name = _("社区")
