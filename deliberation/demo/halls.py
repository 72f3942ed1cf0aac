"""The demo's halls and discussion points."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from community.demo import District
from community.demo.places import named_after
from community.demo.sharing import shares
from community.models import Area
from community.models.areas import AreaKind
from deliberation.models import Hall, Venue
from deliberation.models.halls import VenueKind

HALLS, DISCUSSION_POINTS = 120, 445
TOWN_HALLS = 3
POINT_WORDS = (
    "长廊议事点",
    "树下议事点",
    "驿站议事点",
    "活动室议事点",
    "凉亭议事点",
    "车棚边议事点",
    "党群服务站议事点",
)


def build_halls(district: District, rng: Random) -> tuple[int, int]:
    """Insert the halls and points; return how many of each."""
    halls = [hall(area, rng) for area in hall_places(district)]
    Hall.objects.bulk_create(halls)
    by_area = {one.area_id: one for one in halls}
    points = discussion_points(district, by_area, rng)
    Venue.objects.bulk_create(points, batch_size=500)
    return len(halls), len(points)


def hall_places(district: District) -> list[Area]:
    """Return where halls are: every community and village, three towns, and compounds for the rest."""
    places = district.places
    towns = places.towns[:TOWN_HALLS]
    left = HALLS - len(places.committees) - len(towns)
    return [*places.committees, *towns, *places.compounds[:1], *places.compounds[-left:-1]][:HALLS]


def hall(area: Area, rng: Random) -> Hall:
    """Return an unsaved hall."""
    word = "村民议事厅" if area.kind == AreaKind.VILLAGE else "居民议事厅"
    return Hall(
        name=named_after(area, word),
        area=area,
        town=area.town,
        address=named_after(area, "服务中心"),
        opened_on=opened(rng),
    )


def opened(rng: Random) -> date:
    """Return a day between early 2021 and autumn 2023."""
    return date(2021, 3, 1) + timedelta(days=rng.randrange(940))


def discussion_points(district: District, halls: dict[int, Hall], rng: Random) -> list[Venue]:
    """Return unsaved points in the urban communities: one in each, the others in their compounds."""
    places = district.places
    urban = [area for area in places.committees if area.kind == AreaKind.COMMUNITY]
    total = max(len(urban), round(DISCUSSION_POINTS * district.scale))
    weights = [float(len(places.below[area.pk])) for area in urban]
    points = []
    for community, count in zip(urban, shares(total, weights, least=1), strict=True):
        spots = [community, *places.below[community.pk]]
        for number in range(count):
            area = spots[number % len(spots)]
            points.append(point(area, halls[community.pk], number, rng))
    return points


def point(area: Area, hall: Hall, number: int, rng: Random) -> Venue:
    """Return one unsaved point, a little off the middle of its place."""
    return Venue(
        kind=VenueKind.DISCUSSION_POINT,
        name=named_after(area, POINT_WORDS[number % len(POINT_WORDS)]),
        area=area,
        town=area.town,
        hall=hall,
        address=area.name,
        opened_on=opened(rng),
        latitude=round((area.latitude or 0) + rng.uniform(-0.0004, 0.0004), 6),
        longitude=round((area.longitude or 0) + rng.uniform(-0.0004, 0.0004), 6),
    )
