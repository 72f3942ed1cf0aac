"""What of deliberation Wagtail's admin shows: issues to look at, and the names of their steps in the log."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import unquote
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.views.generic import IndexView, InspectView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import LogActionRegistry
from wagtail.permissions import register_permission_policy

from community.readonly import ReadOnlyPolicy
from deliberation.chain import TITLES
from deliberation.log_actions import (
    BALLOT_TITLES,
    HALL_TITLES,
    METHOD_TITLES,
    RESULT_ACTIONS,
    TOPIC_SCOPE_TITLES,
    TOPIC_TITLES,
    VENUE_TITLES,
)
from deliberation.models import Issue

register_permission_policy(Issue, ReadOnlyPolicy(Issue))


@hooks.register("register_log_actions")
def issue_actions(actions: LogActionRegistry) -> None:
    """Name every verb of an issue, a ballot and a topic in the log."""
    for verb, title in TITLES.items():
        actions.register_action(f"issue.{verb}", title, _("问题：%(step)s") % {"step": title})
    for verb, title in BALLOT_TITLES.items():
        actions.register_action(f"ballot.{verb}", title, _("表决：%(step)s") % {"step": title})
    for noun, (sentence, titles) in RESULT_ACTIONS.items():
        for verb, title in titles.items():
            actions.register_action(f"{noun}.{verb}", title, sentence % {"step": title})
    for verb, title in TOPIC_TITLES.items():
        actions.register_action(f"topic.{verb}", title, _("议题：%(step)s") % {"step": title})
    for verb, title in TOPIC_SCOPE_TITLES.items():
        actions.register_action(f"topic_scope.{verb}", title, _("议事清单：%(step)s") % {"step": title})


@hooks.register("register_log_actions")
def hall_actions(actions: LogActionRegistry) -> None:
    """Name every verb of a hall, a venue and a method in the log."""
    for verb, title in HALL_TITLES.items():
        actions.register_action(f"hall.{verb}", title, _("议事厅：%(step)s") % {"step": title})
    for verb, title in VENUE_TITLES.items():
        actions.register_action(f"venue.{verb}", title, _("议事阵地：%(step)s") % {"step": title})
    for verb, title in METHOD_TITLES.items():
        actions.register_action(f"method.{verb}", title, _("工作法：%(step)s") % {"step": title})


class IssueIndexView(IndexView):
    """The list of issues, without those for the people who handle them alone."""

    def get_base_queryset(self) -> Any:
        """Leave private issues out."""
        return super().get_base_queryset().filter(is_private=False)


class IssueInspectView(InspectView):
    """One issue's columns, unless it is private."""

    def get_object(self, queryset: Any = None) -> Issue:
        """Return the issue; a private one is not found."""
        return get_object_or_404(Issue, pk=unquote(str(self.pk)), is_private=False)


class IssueViewSet(ModelViewSet):
    """Issues, read-only; who handles one does it on the desk. Nothing personal and nothing private is listed."""

    model = Issue
    index_view_class = IssueIndexView
    inspect_view_class = IssueInspectView
    icon = "comment"
    menu_label = _("问题")
    add_to_admin_menu = True
    inspect_view_enabled = True
    copy_view_enabled = False
    list_display = ["number", "title", "category", "community", "state", "raised_at"]
    list_filter = ["state", "category", "is_public"]
    search_fields = ["number", "title"]
    search_backend_name = None
    inspect_view_fields = [
        "number", "title", "category", "community", "state", "outcome", "unit", "is_public",
        "return_count", "rework_count", "endorsement_count", "rating", "raised_at", "dispatched_at", "resolved_at",
        "closed_at",
    ]  # fmt: skip
    form_fields = ["number"]


@hooks.register("register_admin_viewset")
def issue_viewset() -> IssueViewSet:
    """Show issues in the menu."""
    return IssueViewSet("issues_admin")
