"""What Wagtail's admin shows: what editors may edit, and what they may only look at."""

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from community.models import Holiday, Rule, Unit
from deliberation.models import Category, Hall, Venue
from portal.models import ReportedFigure


class RuleViewSet(SnippetViewSet):
    """The district's numbers, each version with its citation."""

    model = Rule
    list_display = ["key", "value", "unit", "mark", "in_force_from", "in_force_to", "is_confirmed"]
    list_filter = ["mark", "is_confirmed"]
    search_fields = ["key", "note", "citation"]


class HolidayViewSet(SnippetViewSet):
    """Days over the library's calendar."""

    model = Holiday
    list_display = ["day", "is_working_day", "name"]


class CategoryViewSet(SnippetViewSet):
    """Kinds of issue."""

    model = Category
    list_display = ["name", "urgency", "handle_rule", "position", "retired_on"]


class ReportedFigureViewSet(SnippetViewSet):
    """Figures that the bureau enters."""

    model = ReportedFigure
    list_display = ["label", "year", "value", "unit", "source"]
    list_filter = ["year"]
    search_fields = ["label", "key"]


class UnitViewSet(SnippetViewSet):
    """Units that handle issues."""

    model = Unit
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
        HallViewSet,
        VenueViewSet,
    )


register_snippet(DistrictGroup)
