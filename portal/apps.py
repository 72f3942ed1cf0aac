"""The portal app: the public front door."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class PortalConfig(AppConfig):
    """Registers nothing but itself; signals are connected in signals.py."""

    name = "portal"
    verbose_name = _("门户")

    def ready(self) -> None:
        """Connect what a change below makes stale in the page cache."""
        from portal import signals  # noqa: F401  (importing it connects its receivers)


class UsersConfig(WagtailUsersAppConfig):
    """Wagtail's accounts, with forms that know our user."""

    user_viewset = "portal.user_admin.UserViewSet"
