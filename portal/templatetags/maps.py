"""The schematic map of the district, drawn as SVG; the table beside it is its twin."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.templatetags.charts import rect
from portal.templatetags.drawing import joined, short

MAP_WIDTH = 760


def projection(rings: Iterable[Sequence[Sequence[float]]]) -> tuple[Any, int]:
    """Return a function from longitude and latitude to the sheet, and the sheet's height."""
    points = [point for ring in rings for point in ring] or [[114.7, 30.2], [115.1, 30.5]]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    margin = 24
    scale = (MAP_WIDTH - 2 * margin) / (((east - west) * squeeze) or 1)
    height = round((north - south) * scale) + 2 * margin

    def place(longitude: float, latitude: float) -> tuple[float, float]:
        return margin + (longitude - west) * squeeze * scale, margin + (north - latitude) * scale

    return place, height


def rings_of(geometry: Mapping[str, Any]) -> list[Sequence[Sequence[float]]]:
    """Return the outer rings of a GeoJSON polygon or multipolygon."""
    if geometry["type"] == "MultiPolygon":
        return [polygon[0] for polygon in geometry["coordinates"]]
    return [geometry["coordinates"][0]]


def area_shape(area: Mapping[str, Any], place: Any) -> SafeString:
    """Return one area's outline with its name as SVG text, a link where it has an address."""
    path = "".join(
        "M" + "L".join(f"{short(x)} {short(y)}" for x, y in (place(*point[:2]) for point in ring)) + "z"
        for ring in rings_of(area["geometry"])
    )
    outline = format_html('<path class="land" d="{}"/>', path)
    if not area.get("url"):
        return outline
    return format_html('<a href="{}"><title>{}</title>{}</a>', area["url"], area["name"], outline)


# How large a name is on the smallest sheet (area-map.css), in units of the drawing.
LETTER = 43
Box = tuple[float, float, float, float]


def overlaps(one: Box, other: Box) -> bool:
    """Return whether two boxes (left, top, right, bottom) touch."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def name_width(name: str) -> float:
    """Return how wide a name is; Latin letters and digits take about half of what characters take."""
    return LETTER * sum(0.55 if letter.isascii() else 1 for letter in name)


def name_box(name: str, x: float, y: float) -> Box:
    """Return the box of a name whose baseline has its middle at a point."""
    half = name_width(name) / 2
    return x - half, y - LETTER * 0.85, x + half, y + LETTER * 0.2


def area_names(areas: Sequence[Mapping[str, Any]], place: Any, marks: Sequence[Box]) -> list[SafeString]:
    """Return the names of areas, each at its point, or clear of the mark that stands there and of other names.

    A name that finds no room is left out on small sheets; the table beside the map has it.
    """
    taken: list[Box] = []
    written = []
    for area in areas:
        x, y = middle_of(area, place)
        own = next((mark for mark in marks if mark[0] <= x <= mark[2] and mark[1] <= y <= mark[3]), None)
        half = min(MAP_WIDTH / 2, name_width(area["name"]) / 2)
        x = min(max(x, half), MAP_WIDTH - half)
        heights = (own[3] + LETTER * 0.85, own[1] - LETTER * 0.25) if own else (y, y + LETTER, y - LETTER)
        boxes = [(height, name_box(area["name"], x, height)) for height in heights]
        free = [(height, box) for height, box in boxes if not any(overlaps(box, other) for other in [*taken, *marks])]
        # Over a mark is worse than clear of it, and over another name is worst.
        spare = [(height, box) for height, box in boxes if not any(overlaps(box, other) for other in taken)]
        y, box = (free or spare or boxes)[0]
        fits = bool(free or spare)
        if fits:
            taken.append(box)
        written.append(
            format_html(
                '<text class="{}" x="{}" y="{}" text-anchor="middle" aria-hidden="true">{}</text>',
                "" if fits and not area.get("small") else "lg", short(x), short(y), area["name"],
            )
        )  # fmt: skip
    return written


def middle_of(area: Mapping[str, Any], place: Any) -> tuple[float, float]:
    """Return an area's own point, or the middle of its largest ring."""
    ring = max(rings_of(area["geometry"]), key=len)
    middle = (sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring))
    x, y = place(*(area.get("point") or middle))
    return float(x), float(y)


def hall_radius(count: int, counts: Sequence[int]) -> float:
    """Return how large a circle is: the fewest and the most halls of a map lie far enough apart to be seen."""
    least, most = min(counts, default=count), max(counts, default=count)
    return 20.0 if least == most else 12 + 20 * (count - least) / (most - least)


def map_mark(point: Mapping[str, Any], place: Any, counts: Sequence[int]) -> SafeString:
    """Return a drop for an issue, a double circle for halls (its size is their number), a square for a place."""
    x, y = place(point["longitude"], point["latitude"])
    if point.get("kind") == "hall":
        r = hall_radius(point.get("count", 1), counts)
        return joined(
            format_html('<circle class="{}" cx="{}" cy="{}" r="{}"/>', name, short(x), short(y), short(size))
            for name, size in (("hall", r), ("hall-in", r * 0.62))
        )
    if point.get("kind") == "place":
        return format_html('<rect class="place" x="{}" y="{}" width="14" height="14"/>', short(x - 7), short(y - 7))
    return format_html('<path class="pin" d="M{} {}l-9-15a10.5 10.5 0 1 1 18 0z"/>', short(x), short(y))


def mark_box(point: Mapping[str, Any], place: Any, counts: Sequence[int]) -> Box:
    """Return the room that a mark takes."""
    x, y = place(point["longitude"], point["latitude"])
    if point.get("kind") == "hall":
        r = hall_radius(point.get("count", 1), counts)
        return x - r, y - r, x + r, y + r
    return (x - 7, y - 7, x + 7, y + 7) if point.get("kind") == "place" else (x - 10, y - 26, x + 10, y)


# How far a drop steps aside from what stands in its place, in units of the drawing.
STEPS_ASIDE = (0, 26, -26, 48, -48)


def apart(points: Sequence[Mapping[str, Any]], place: Any, counts: Sequence[int]) -> list[tuple[SafeString, Box]]:
    """Return the marks with their room: a drop whose place is taken steps aside, or is left out where all is taken."""
    marks: list[tuple[SafeString, Box]] = []
    for point in points:
        for step in STEPS_ASIDE:
            aside = moved(place, step)
            box = mark_box(point, aside, counts)
            if point.get("kind") == "hall" or not any(overlaps(box, other) for _mark, other in marks):
                marks.append((map_mark(point, aside, counts), box))
                break
    return marks


def moved(place: Any, step: float) -> Any:
    """Return a projection that puts everything `step` units to the right."""

    def place_moved(longitude: float, latitude: float) -> tuple[float, float]:
        x, y = place(longitude, latitude)
        return x + step, y

    return place_moved


def area_map(areas: Sequence[Mapping[str, Any]], points: Sequence[Mapping[str, Any]], label: str) -> SafeString:
    """Return the district's schematic map: outlines, names, marks. The table beside it is its twin."""
    place, height = projection(ring for area in areas for ring in rings_of(area["geometry"]))
    counts = [point.get("count", 1) for point in points if point.get("kind") == "hall"]
    # What is large lies below, so that small marks stay seen.
    drawn = apart(sorted(points, key=lambda point: point.get("kind") != "hall"), place, counts)
    body = joined(
        [
            rect(0, MAP_WIDTH, height, "f-track"),
            *(area_shape(area, place) for area in areas),
            *(mark for mark, _box in drawn),
            *area_names(areas, place, [box for _mark, box in drawn]),
        ]
    )
    box = f"0 0 {MAP_WIDTH} {height}"
    # Links inside an image would be lost to readers: with links it is a group with a name instead.
    role = "group" if any(area.get("url") for area in areas) else "img"
    return format_html('<svg viewBox="{}" role="{}" aria-label="{}">{}</svg>', box, role, label, body)
