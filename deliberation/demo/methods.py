"""The demo's methods: eighteen hand-written kinds, each practised in five halls under a name of its own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random

from community.demo import District
from community.models import Area
from community.models.areas import AreaKind
from deliberation.models import Hall, Method

METHODS_FILE = Path(__file__).with_name("methods.toml")
# The first is the demo community's own.
HOME_METHOD = "长廊夜话"


@dataclass(frozen=True)
class Kind:
    """One way of working, with the names that it has in five places."""

    where: str
    names: tuple[str, ...]
    brand: str
    summary: str
    suits: str
    steps: tuple[str, ...]


@cache
def kinds() -> list[Kind]:
    """Return the kinds as they are written down."""
    rows = tomllib.loads(METHODS_FILE.read_text(encoding="utf-8"))["kind"]
    return [Kind(**{**row, "names": tuple(row["names"]), "steps": tuple(row["steps"])}) for row in rows]


def methods(district: District, halls: dict[int, Hall], rng: Random) -> list[Method]:
    """Return the unsaved methods: each name in one hall; a hall whose place it suits may have two."""
    places = district.places
    home = next(area for area in places.committees if area.covers(places.home))
    urban = [area for area in places.committees if area.kind == AreaKind.COMMUNITY and area.pk != home.pk]
    rural = [area for area in places.committees if area.kind == AreaKind.VILLAGE]
    for group in (urban, rural):
        rng.shuffle(group)
    turns = {"urban": [home, *urban], "village": rural}
    found: list[Method] = []
    # Name by name, so that the places of one kind lie apart.
    for number in range(len(kinds()[0].names)):
        for kind in kinds():
            area = turns[kind.where].pop(0)
            turns[kind.where].append(area)
            found.append(method(kind, kind.names[number], halls[area.pk], area, rng))
    return found


def method(kind: Kind, name: str, hall: Hall, area: Area, rng: Random) -> Method:
    """Return one unsaved method; it was written up after its hall had opened."""
    earliest = max(hall.opened_on, date(2021, 6, 1))
    hall.brand = hall.brand or kind.brand
    return Method(
        name=name,
        brand=kind.brand,
        area=area,
        town=area.town,
        hall=hall,
        summary=kind.summary,
        suits=kind.suits,
        steps="\n".join(kind.steps),
        opened_on=min(earliest + timedelta(days=rng.randrange(30, 400)), date(2023, 12, 20)),
    )
