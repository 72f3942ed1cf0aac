"""Whether a point lies in the district, and whether it lies near somebody's home."""

from __future__ import annotations

import math

from shapely import Point
from shapely.geometry import shape

from community.models import Area
from community.models.areas import AreaKind
from community.queries import today

# (latitude, longitude) in WGS 84.
Position = tuple[float, float]


def point_of(area: Area) -> Position | None:
    """Return the point at which a place is shown, or None."""
    return (area.latitude, area.longitude) if area.latitude is not None and area.longitude is not None else None


def is_near(point: Position, home: Area, area: Area) -> bool:
    """Return whether a point lies near `home`, whatever `area` was chosen beside it.

    In its outline, or where it has none nearer to it than to any other home of its kind in the town.
    A home that has no point at all counts as near to whatever is said to be in its town.
    """
    if home.boundary is not None:
        return bool(shape(home.boundary).covers(Point(point[1], point[0])))
    if point_of(home) is None:
        return area.town_id == home.town_id
    others = Area.objects.valid_on(today()).filter(kind=home.kind, town=home.town_id).exclude(latitude=None)
    nearest = min(others.exclude(longitude=None).defer("boundary"), key=lambda one: distance(point, one), default=home)
    return nearest == home


def distance(point: Position, area: Area) -> float:
    """Return how far a point lies from that of a place, good enough to compare within a town."""
    latitude, longitude = point_of(area) or (math.inf, math.inf)
    return math.hypot(point[0] - latitude, (point[1] - longitude) * math.cos(math.radians(point[0])))


def is_in_district(latitude: float, longitude: float) -> bool:
    """Return whether a point (WGS 84) lies within the outline of the district; without an outline, on earth."""
    if not (math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        return False
    outline = (
        Area.objects.valid_on(today())
        .filter(kind=AreaKind.DISTRICT)
        .exclude(boundary=None)
        .values_list("boundary", flat=True)
        .first()
    )
    return outline is None or shape(outline).covers(Point(longitude, latitude))
