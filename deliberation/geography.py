"""Whether a point lies in the district."""

from __future__ import annotations

import math

from shapely import Point
from shapely.geometry import shape

from community.models import Area
from community.models.areas import AreaKind
from community.queries import today


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
