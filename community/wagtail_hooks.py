"""What of the community app Wagtail's action log knows by name."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry


@hooks.register("register_log_actions")
def resident_actions(actions: LogActionRegistry) -> None:
    """Name what is done with residents' records."""
    actions.register_action("resident.register", _("登记居民"), _("登记了一位由社区代为反映的居民"))
