"""How residents reach the workers of their community at the office, and which compounds each looks after (包联)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.models import Appointment, Area, Unit
from community.models.areas import AreaKind, UnitKind
from community.models.people import surname_of
from community.queries import today, within_any
from community.roles import Role

FOUND_MOST = 20
ROLES = (Role.COMMUNITY_WORKER, Role.STEWARD)


@dataclass
class Worker:
    """Somebody at the office: surname and title, and the places that they look after."""

    title: str
    places: list[str] = field(default_factory=list)


@dataclass
class Office:
    """A community or village, its committee's office, and who works there."""

    area: Area
    unit: Unit | None = None
    workers: list[Worker] = field(default_factory=list)
    # Whom to ask where the committee's office is not on record.
    town_office: Unit | None = None


def offices(areas: Sequence[Area]) -> list[Office]:
    """Return the offices of some communities and villages, in three queries whatever their number; a fourth where an office is missing."""
    by_path = {area.path: Office(area) for area in areas}
    lasts = Q(valid_to=None) | Q(valid_to__gte=today())
    units = Unit.objects.filter(
        lasts, area__in=areas, kind=UnitKind.RESIDENTS_COMMITTEE, valid_from__lte=today()
    ).select_related("area")
    for unit in units.order_by("-pk").defer("area__boundary"):
        by_path[unit.area.path].unit = unit
    held = (
        Appointment.objects.in_force(today())
        .own()
        .filter(within_any(list(by_path), "area__path"), role__in=ROLES, user__is_active=True)
        .select_related("user", "area")
        .only("role", "user__name", "area__path", "area__name", "area__kind", "area__depth")
        .order_by("user_id", "area__path")
    )
    people: dict[str, dict[int, Worker]] = defaultdict(dict)
    for one in held:
        assert one.area is not None  # both roles are held over places
        home = next(path for path in by_path if one.area.path.startswith(path))
        worker = people[home].setdefault(one.user_id, Worker(title_of(one.user.name)))
        if one.area.path != home and one.area.name not in worker.places:
            worker.places.append(one.area.name)
    for path, office in by_path.items():
        office.workers = list(people[path].values())
    name_town_offices([office for office in by_path.values() if office.unit is None])
    return list(by_path.values())


def name_town_offices(lacking: list[Office]) -> None:
    """Give those without an office of their own that of their town."""
    if not lacking:
        return
    lasts = Q(valid_to=None) | Q(valid_to__gte=today())
    units = Unit.objects.filter(lasts, kind=UnitKind.OFFICE, valid_from__lte=today()).exclude(phone="", address="")
    by_town = {
        unit.area_id: unit for unit in units.filter(area__in={one.area.town_id for one in lacking}).order_by("-pk")
    }
    for office in lacking:
        office.town_office = by_town.get(office.area.town_id)


def title_of(name: str) -> str:
    """Return how an office calls its people to the public: the surname with a title."""
    surname = surname_of(name)
    return _("%(surname)s同志") % {"surname": surname} if surname else _("工作人员")


@require_safe
def contacts(request: HttpRequest) -> HttpResponse:
    """The offices of a town's communities, or of the compounds that have the asked name in theirs."""
    places = Area.objects.valid_on(today()).defer("boundary")
    towns = list(places.filter(kind=AreaKind.TOWN))
    query, code = request.GET.get("q", "").strip()[:60], request.GET.get("town", "")
    context: dict[str, object] = {"towns": towns, "q": query}
    if query:
        return render(request, "community/contacts.html", {**context, "found": looked_up(query)})
    asked = Area.objects.filter(code=code if code.isalnum() else "").select_related("successor").first()
    chosen = asked.current() if asked is not None else (towns[0] if towns else None)
    inside = list(places.committees().within(chosen)) if chosen is not None else []
    return render(request, "community/contacts.html", {**context, "chosen": chosen, "offices": offices(inside)})


def looked_up(query: str) -> list[tuple[Area, Office, list[Worker]]]:
    """Return the places of that name, each with its office and who looks after it."""
    if not query.isprintable():
        return []
    places = Area.objects.valid_on(today()).defer("boundary")
    found = list(places.homes().filter(name__contains=query)[:FOUND_MOST])
    found += places.committees().filter(name__contains=query)[: FOUND_MOST - len(found)]
    paths = {path for area in found for path in area.parent_paths()}
    above = offices(list(places.committees().filter(path__in=paths)))
    rows = []
    for area in found:
        office = next((one for one in above if area.path.startswith(one.area.path)), None)
        if office is not None:
            mine = [worker for worker in office.workers if area.name in worker.places]
            rows.append((area, office, mine or office.workers))
    return rows
