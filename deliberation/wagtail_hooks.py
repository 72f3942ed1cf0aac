"""What of deliberation Wagtail's action log knows by name."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from deliberation.chain import TITLES


@hooks.register("register_log_actions")
def issue_actions(actions: LogActionRegistry) -> None:
    """Name every verb of an issue in the log."""
    for verb, title in TITLES.items():
        actions.register_action(f"issue.{verb}", title, _("问题：%(step)s") % {"step": title})
