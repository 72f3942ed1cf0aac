"""Where the demo's places lie: schematic outlines of our own drawing, and points spread inside them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from random import Random
from typing import Any

from shapely import Point, Polygon
from shapely.geometry import shape

OUTLINES_FILE = Path(__file__).with_name("outlines.geojson")
# How far from its town's edge a community stands, in degrees.
MARGIN = 0.004
CANDIDATES = 24
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


def outlines() -> dict[str, dict[str, Any]]:
    """Return {code: GeoJSON geometry} of the district and its towns."""
    features = json.loads(OUTLINES_FILE.read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["code"]: feature["geometry"] for feature in features}


def middle(outline: dict[str, Any]) -> tuple[float, float]:
    """Return (latitude, longitude) of a point well inside an outline."""
    centre = shape(outline).centroid
    return round(centre.y, 5), round(centre.x, 5)


def spread(polygon: Polygon, count: int, rng: Random) -> list[Point]:
    """Return `count` points inside a polygon, each as far from the others as the best of a few tries."""
    inner = polygon.buffer(-MARGIN)
    found: list[Point] = []
    while len(found) < count:
        tries = [random_point(inner, rng) for _ in range(CANDIDATES)]
        found.append(max(tries, key=lambda one: min((one.distance(other) for other in found), default=0)))
    return found


def random_point(polygon: Any, rng: Random) -> Point:
    """Return a random point of a polygon."""
    west, south, east, north = polygon.bounds
    while True:
        point = Point(rng.uniform(west, east), rng.uniform(south, north))
        if polygon.contains(point):
            return point


def around(centre: Point, count: int, radius: float, polygon: Polygon) -> list[Point]:
    """Return `count` points round a centre like the seeds of a sunflower; one outside moves inward."""
    return [pulled_in(centre, seed(centre, index, count, radius), polygon) for index in range(1, count + 1)]


def seed(centre: Point, index: int, count: int, radius: float) -> Point:
    """Return the place of one seed."""
    distance, angle = radius * math.sqrt(index / count), index * GOLDEN_ANGLE
    return Point(centre.x + distance * math.cos(angle), centre.y + distance * math.sin(angle) * 0.86)


def pulled_in(centre: Point, point: Point, polygon: Polygon) -> Point:
    """Return the point, or the nearest of a few on the way to the centre that lies inside."""
    while not polygon.contains(point):
        point = Point(centre.x + (point.x - centre.x) * 0.77, centre.y + (point.y - centre.y) * 0.77)
    return point
