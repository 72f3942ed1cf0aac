"""What Wagtail's admin shows: what editors may edit, and what they may only look at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from community.models import Appointment, Holiday, Rule, Unit, User
from community.readonly import NoDeletionPolicy, ReadOnlyPolicy
from deliberation.models import Category, Hall, Venue
from portal.models import ReportedFigure

# Records point to these for good; each has a day on which it ends, or is set inactive.
NEVER_DELETED: tuple[type[models.Model], ...] = (Appointment, Category, Hall, Rule, Unit, User, Venue)
# Changed on the desk alone, where a verb asks who may and writes the log.
LOOKED_AT: tuple[type[models.Model], ...] = (Appointment, Unit)
for kept in NEVER_DELETED:
    if kept not in LOOKED_AT:
        register_permission_policy(kept, NoDeletionPolicy(kept))
for looked_at in LOOKED_AT:
    register_permission_policy(looked_at, ReadOnlyPolicy(looked_at))


@hooks.register("before_bulk_action")
def refuse_bulk_actions(request: HttpRequest, action_type: str, objects: list[models.Model], action: Any) -> None:
    """Refuse to delete several at once what may not be deleted one by one; Wagtail asks no policy about accounts.

    What an account may is changed on its own page alone: the verb behind that logs it and tells its owner.
    """
    if issubclass(action.model, User) or (action_type == "delete" and issubclass(action.model, NEVER_DELETED)):
        raise PermissionDenied


class RuleViewSet(SnippetViewSet):
    """The district's numbers, each version with its citation."""

    model = Rule
    list_display = ["key", "town", "value", "unit", "mark", "in_force_from", "in_force_to", "is_confirmed"]
    list_filter = ["mark", "is_confirmed"]
    search_fields = ["key", "note", "citation"]


class HolidayViewSet(SnippetViewSet):
    """Days over the library's calendar."""

    model = Holiday
    list_display = ["day", "is_working_day", "name"]


class CategoryForm(WagtailAdminModelForm):
    """A kind of issue, whose term is chosen among the rules in force that set one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = Rule.objects.in_force(timezone.localdate()).terms().order_by("key")
        self.fields["handle_rule"].widget = forms.Select(choices=[(rule.key, str(rule)) for rule in rules])


class CategoryViewSet(SnippetViewSet):
    """Kinds of issue."""

    model = Category
    edit_handler = ObjectList(
        [
            FieldPanel(name)
            for name in ("code", "name", "hint", "urgency", "handle_rule", "unit_kind", "position", "retired_on")
        ],
        base_form_class=CategoryForm,
    )
    list_display = ["name", "urgency", "handle_rule", "position", "retired_on"]


class ReportedFigureViewSet(SnippetViewSet):
    """Figures that the bureau enters."""

    model = ReportedFigure
    list_display = ["label", "year", "value", "unit", "source"]
    list_filter = ["year"]
    search_fields = ["label", "key"]


class AppointmentViewSet(SnippetViewSet):
    """Who holds what, to look at; roles are given on the desk."""

    model = Appointment
    icon = "user"
    inspect_view_enabled = True
    copy_view_enabled = False
    list_display = ["user", "role", "area", "unit", "starts_on", "ends_on"]
    list_filter = ["role"]
    inspect_view_fields = [
        "user", "role", "area", "unit", "starts_on", "ends_on", "appointed_by", "delegated_from", "ended_by",
        "end_reason", "reviewed_on",
    ]  # fmt: skip


class UnitViewSet(SnippetViewSet):
    """Units that handle issues, to look at; the officers of a place keep them on the desk."""

    model = Unit
    inspect_view_enabled = True
    copy_view_enabled = False
    list_display = ["name", "kind", "area", "phone"]
    list_filter = ["kind"]
    search_fields = ["name"]


class HallViewSet(SnippetViewSet):
    """Halls."""

    model = Hall
    list_display = ["name", "area", "opened_on", "closed_on"]
    search_fields = ["name"]


class VenueViewSet(SnippetViewSet):
    """Meeting places."""

    model = Venue
    list_display = ["name", "kind", "area", "opened_on"]
    list_filter = ["kind"]
    search_fields = ["name"]


class DistrictGroup(SnippetViewSetGroup):
    """One entry of the menu for the district's own tables."""

    menu_label = _("区情")
    menu_icon = "globe"
    items = (
        RuleViewSet,
        HolidayViewSet,
        CategoryViewSet,
        ReportedFigureViewSet,
        UnitViewSet,
        AppointmentViewSet,
        HallViewSet,
        VenueViewSet,
    )


register_snippet(DistrictGroup)
