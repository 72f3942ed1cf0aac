"""The demo district's tree of places, with treebeard's paths worked out for one insert a level."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from shapely import Point, Polygon
from shapely.geometry import shape

from community.demo.geometry import around, middle, outlines, spread
from community.demo.sharing import shares
from community.models import Area
from community.models.areas import AreaKind

PLACES_FILE = Path(__file__).with_name("places.toml")
COMPOUNDS, VILLAGE_GROUPS = 450, 930
HOME_COMMUNITY = "古城社区"
# Named communities and villages are no numbered ones, so numbers start after them.
FIRST_NUMBER = {AreaKind.COMMUNITY: 4, AreaKind.VILLAGE: 3}
# Degrees from a community's middle to its outermost compound, and from a village's to its groups.
RADIUS = {AreaKind.COMMUNITY: 0.0052, AreaKind.VILLAGE: 0.009}
BELOW = {AreaKind.COMMUNITY: AreaKind.COMPOUND, AreaKind.VILLAGE: AreaKind.VILLAGE_GROUP}
WORD = {AreaKind.COMPOUND: "示范小区", AreaKind.VILLAGE_GROUP: "示范湾"}


def named_after(area: Area, word: str) -> str:
    """Return a place's name with a word behind it, and a space where the name ends in a number."""
    return f"{area.name} {word}" if area.name[-1].isdigit() else f"{area.name}{word}"


@dataclass
class Places:
    """The places as saved, by kind, and what lies below each committee."""

    district: Area
    towns: list[Area]
    committees: list[Area]
    below: dict[int, list[Area]] = field(default_factory=lambda: defaultdict(list))

    @property
    def home(self) -> Area:
        """Return the demo compound, where resident1 to resident9 live."""
        return self.below[self.named(HOME_COMMUNITY).pk][0]

    @property
    def leaves(self) -> list[Area]:
        """Return every compound and village group."""
        return [leaf for committee in self.committees for leaf in self.below[committee.pk]]

    @property
    def compounds(self) -> list[Area]:
        """Return every compound, the demo compound first."""
        return [leaf for leaf in self.leaves if leaf.kind == AreaKind.COMPOUND]

    def named(self, name: str) -> Area:
        """Return the town, community or village of this name."""
        return next(area for area in [*self.towns, *self.committees] if area.name == name)


def build_places(scale: float, rng: Random) -> Places:
    """Insert the tree: a district, ten towns, 33 communities, 79 villages, and what `scale` sets below."""
    plan = tomllib.loads(PLACES_FILE.read_text(encoding="utf-8"))
    drawn = outlines()
    district = build_district(plan, drawn)
    towns = build_towns(plan, district, drawn)
    shapes = {town.pk: shape(town.boundary) for town in towns}
    committees = build_committees(plan, towns, shapes, rng)
    places = Places(district, towns, committees)
    build_leaves(plan, places, shapes, scale, rng)
    return places


def build_district(plan: dict[str, Any], drawn: dict[str, Any]) -> Area:
    """Insert the root."""
    code = plan["district"]["code"]
    latitude, longitude = middle(drawn[code])
    district = Area(
        path=Area._get_path("", 1, 1),
        depth=1,
        numchild=len(plan["town"]),
        kind=AreaKind.DISTRICT,
        name=plan["district"]["name"],
        code=code,
        valid_from=plan["valid_from"],
        boundary=drawn[code],
        latitude=latitude,
        longitude=longitude,
        note="演示区：界线是示意图，除 2023 年公开数字外都是虚构",
    )
    Area.objects.bulk_create([district])
    return district


def build_towns(plan: dict[str, Any], district: Area, drawn: dict[str, Any]) -> list[Area]:
    """Insert the towns; each names itself as its town."""
    towns = []
    for number, row in enumerate(plan["town"], start=1):
        town = child(district, number, AreaKind.TOWN, row["name"], f"{district.code}D{number:02d}", plan["valid_from"])
        town.numchild = row.get("communities", 0) + row.get("villages", 0)
        town.boundary = drawn[town.code]
        town.latitude, town.longitude = middle(town.boundary)
        town.note = plan["invented"] if row["name"].startswith("示范") else ""
        towns.append(town)
    Area.objects.bulk_create(towns)
    for town in towns:
        town.town = town
    Area.objects.bulk_update(towns, ["town"])
    return towns


def child(parent: Area, number: int, kind: AreaKind, name: str, code: str, valid_from: date) -> Area:
    """Return an unsaved place, the `number`th below its parent."""
    return Area(
        path=Area._get_path(parent.path, parent.depth + 1, number),
        depth=parent.depth + 1,
        numchild=0,
        kind=kind,
        name=name,
        code=code,
        valid_from=valid_from,
    )


def build_committees(plan: dict[str, Any], towns: list[Area], shapes: dict[int, Polygon], rng: Random) -> list[Area]:
    """Insert the communities and villages, spread over their towns."""
    committees: list[Area] = []
    numbers = dict(FIRST_NUMBER)
    for town, row in zip(towns, plan["town"], strict=True):
        kind = AreaKind.COMMUNITY if "communities" in row else AreaKind.VILLAGE
        names = committee_names(row.get("named", []), town.numchild, kind, numbers)
        points = spread(shapes[town.pk], town.numchild, rng)
        for number, (name, point) in enumerate(zip(names, points, strict=True), start=1):
            area = child(town, number, kind, name, f"{town.code}{number:03d}", plan["valid_from"])
            area.note = plan["placed_for_demo"] if name in row.get("named", []) else plan["invented"]
            committees.append(placed(area, town, point))
    Area.objects.bulk_create(committees)
    return committees


def committee_names(named: list[str], count: int, kind: AreaKind, numbers: dict[AreaKind, int]) -> list[str]:
    """Return the names below one town: the report's first, then numbered ones."""
    word = "示范社区" if kind == AreaKind.COMMUNITY else "示范村"
    first = numbers[kind]
    numbers[kind] += count - len(named)
    return [*named, *(f"{word} {number:02d}" for number in range(first, numbers[kind]))]


def placed(area: Area, town: Area, point: Point) -> Area:
    """Return the place with its town and its point."""
    area.town = town
    area.latitude, area.longitude = round(point.y, 6), round(point.x, 6)
    return area


def build_leaves(plan: dict[str, Any], places: Places, shapes: dict[int, Polygon], scale: float, rng: Random) -> None:
    """Insert compounds and village groups, and the number of them on each committee."""
    counts = leaf_counts(places.committees, scale, rng)
    name_of = leaf_namer(places.committees, counts)
    leaves: list[Area] = []
    for committee in places.committees:
        count, polygon = counts[committee.pk], shapes[committee.town_id or 0]
        committee.numchild = count
        kind = BELOW[AreaKind(committee.kind)]
        centre = Point(committee.longitude or 0, committee.latitude or 0)
        points = around(centre, count, RADIUS[AreaKind(committee.kind)], polygon)
        for number, point in enumerate(points, start=1):
            code = f"{committee.code}{number:04d}"
            leaf = child(committee, number, kind, name_of(committee), code, plan["valid_from"])
            places.below[committee.pk].append(placed(leaf, committee.town, point))  # type: ignore[arg-type]
        leaves += places.below[committee.pk]
    Area.objects.bulk_create(leaves, batch_size=500)
    Area.objects.bulk_update(places.committees, ["numchild"])


def leaf_counts(committees: Iterable[Area], scale: float, rng: Random) -> dict[int, int]:
    """Return how many compounds or groups each committee has."""
    counts: dict[int, int] = {}
    for kind, total in ((AreaKind.COMMUNITY, COMPOUNDS), (AreaKind.VILLAGE, VILLAGE_GROUPS)):
        mine = [area for area in committees if area.kind == kind]
        parts = shares(max(2 * len(mine), round(total * scale)), [rng.uniform(0.6, 1.4) for _ in mine], least=2)
        counts |= {area.pk: part for area, part in zip(mine, parts, strict=True)}
    return counts


def leaf_namer(committees: list[Area], counts: dict[int, int]) -> Callable[[Area], str]:
    """Return what names the next compound or group; the demo compound's community starts at 001."""
    home = next(area for area in committees if area.name == HOME_COMMUNITY)
    last = {AreaKind.COMPOUND: counts[home.pk], AreaKind.VILLAGE_GROUP: 0}
    homely = {"last": 0}

    def name(committee: Area) -> str:
        kind = BELOW[AreaKind(committee.kind)]
        if committee.pk == home.pk:
            homely["last"] += 1
            return f"{WORD[kind]} {homely['last']:03d}"
        last[kind] += 1
        return f"{WORD[kind]} {last[kind]:03d}"

    return name
