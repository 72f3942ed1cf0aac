"""Reads of halls and issues that more than one caller uses."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet

from community.models import Area, Clock, Hiding, Resident, Unit, User
from community.models.areas import AreaKind
from community.queries import today
from deliberation.models import Hall, Issue, IssueEvent, Method, Venue
from deliberation.models.halls import VenueKind
from deliberation.states import RESIDENTS_WORDS

# An uncommon page size keeps a page short on a phone and still fills a desktop column.
PAGE_SIZE = 20
NEWEST_FIRST = ("-raised_at", "-pk")


def halls(year: int) -> int:
    """Return how many halls stood at the end of `year`."""
    return Hall.objects.standing_at_end_of(year).count()


def discussion_points(year: int) -> int:
    """Return how many discussion points stood at the end of `year`."""
    return Venue.objects.standing_at_end_of(year).filter(kind=VenueKind.DISCUSSION_POINT).count()


def activity_centres(year: int) -> int:
    """Return how many activity centres of village groups stood at the end of `year`."""
    return Venue.objects.standing_at_end_of(year).filter(kind=VenueKind.ACTIVITY_CENTRE).count()


def culture_halls(year: int) -> int:
    """Return how many culture halls of village groups stood at the end of `year`."""
    return Venue.objects.standing_at_end_of(year).filter(kind=VenueKind.CULTURE_HALL).count()


def bay_group_points(year: int) -> int:
    """Return how many meeting places of village groups (湾组) stood at the end of `year`."""
    return activity_centres(year) + culture_halls(year)


def deliberation_methods(year: int) -> int:
    """Return how many methods were in use at the end of `year`."""
    return Method.objects.standing_at_end_of(year).count()


def issues_collected(year: int) -> int:
    """Return how many issues were raised in `year` and not withdrawn."""
    return Issue.objects.collected_in(year).count()


def issues_resolved(year: int) -> int:
    """Return how many of the issues raised in `year` stand as resolved."""
    return Issue.objects.collected_in(year).resolved().count()


def issues_of(user: User, profile: Resident | None) -> QuerySet[Issue]:
    """Return what somebody raised, and what a worker raised for them before they had an account."""
    own = Issue.objects.filter(reporter=user)
    # By two keys, each with an index; a join in the place of one would look through every issue.
    return own if profile is None else Issue.objects.filter(Q(reporter=user) | Q(represented=profile.pk))


def issue_clocks(issue: Issue) -> list[Clock]:
    """Return the open clocks of an issue, soonest due first."""
    return list(Clock.objects.of(issue).open().select_related("rule", "holder_unit").order_by("due_at", "id"))


def due_clocks(issues: list[Issue]) -> dict[int, Clock]:
    """Return the soonest open clock of each of `issues`, by issue id, in one query."""
    content_type = ContentType.objects.get_for_model(Issue)
    rows = (
        Clock.objects.open()
        .filter(subject_type=content_type, subject_id__in=[issue.pk for issue in issues])
        .select_related("rule")
        .order_by("-due_at", "-id")
    )
    return {clock.subject_id: clock for clock in rows}


def suggested_units(issue: Issue) -> list[Unit]:
    """Return the units to which an issue may be dispatched, the likeliest first.

    Those that serve its place or one above; first the category's usual kind, and of equals the one
    that serves the smallest place.
    """
    units = Unit.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=today()),
        valid_from__lte=today(),
        area__path__in=issue.area.parent_paths(),
    ).select_related("area")
    usual = issue.category.unit_kind
    return sorted(units, key=lambda unit: (unit.kind != usual, -len(unit.area.path), unit.pk))


def events_of(issue: Issue, *, staff: bool) -> QuerySet[IssueEvent]:
    """Return what happened to an issue, oldest first, with the units and photos it tells of; all of it for staff."""
    events = issue.events.all() if staff else issue.events.filter(is_public=True)
    return events.select_related("unit").prefetch_related("photos").order_by("at", "id")


def hidden_words(issue: Issue) -> set[int]:
    """Return the ids of an issue's events whose words somebody has decided to hide."""
    written = issue.events.filter(verb__in=sorted(RESIDENTS_WORDS), is_text_public=False)
    return set(written.filter(Hiding.objects.over(IssueEvent)).order_by().values_list("pk", flat=True))


def places(resident: Resident | None = None) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return the communities and villages grouped by town, a resident's own compound first."""
    rows = Area.objects.valid_on(today()).committees().select_related("town")
    groups: dict[str, list[tuple[int, str]]] = {}
    for area in rows:
        groups.setdefault(area.town.name if area.town else "", []).append((area.pk, area.name))
    listed = list(groups.items())
    if (
        resident is not None
        and resident.home is not None
        and resident.home.kind
        in (
            AreaKind.COMPOUND,
            AreaKind.VILLAGE_GROUP,
        )
    ):
        listed.insert(0, ("", [(resident.home.pk, resident.home.name)]))
    return listed
