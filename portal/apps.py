"""The portal app: the public front door."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class PortalConfig(AppConfig):
    """Connects what other apps and a migration bring about; the receivers are in signals.py and addresses.py."""

    name = "portal"
    verbose_name = _("门户")

    def ready(self) -> None:
        """Connect what a change below makes stale in the page cache, and keep records out of Wagtail's index."""
        from portal import signals  # noqa: F401  (importing it connects its receivers)
        from portal.addresses import set_site
        from portal.references import leave_out_records

        leave_out_records()
        post_migrate.connect(set_site, sender=self)


class UsersConfig(WagtailUsersAppConfig):
    """Wagtail's accounts, with forms that know our user."""

    user_viewset = "portal.user_admin.UserViewSet"
