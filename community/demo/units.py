"""The units that act in the demo district."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from random import Random

from community.demo.places import Places, named_after
from community.models import Area, Unit
from community.models.areas import AreaKind, UnitKind

UNITS_FILE = Path(__file__).with_name("units.toml")
PROPERTY_COMPANIES, OWNERS_COMMITTEES = 235, 319
VALID_FROM = date(2020, 1, 1)
OFFICE_HOURS = "周一至周五 8:30–12:00，14:30–17:30"


@dataclass
class Units:
    """The units as saved, by what they are looked for by: a word of units.toml, or the id of their area."""

    by_word: dict[str, Unit]
    town_offices: dict[int, Unit]
    committees: dict[int, Unit]
    companies: dict[int, Unit]
    owners: dict[int, Unit]

    def all(self) -> list[Unit]:
        """Return every unit."""
        groups = (self.by_word, self.town_offices, self.committees, self.companies, self.owners)
        return [unit for group in groups for unit in group.values()]


def build_units(places: Places, scale: float, rng: Random) -> Units:
    """Insert a committee for each community and village, and the offices and companies."""
    words = tomllib.loads(UNITS_FILE.read_text(encoding="utf-8"))
    units = Units(
        by_word={
            **named(words["departments"], UnitKind.DEPARTMENT, places.district),
            **named(words["utilities"], UnitKind.UTILITY, places.district),
            # In the last compound of all, so that they are offered to nobody's issue but its own.
            **named(words["stand_ins"], UnitKind.OFFICE, places.compounds[-1]),
        },
        town_offices={
            town.pk: unit(UnitKind.OFFICE, named_after(town, "办事机构（示范）"), town) for town in places.towns
        },
        committees={area.pk: residents_committee(area) for area in places.committees},
        companies=compound_units(places, UnitKind.PROPERTY_COMPANY, round(PROPERTY_COMPANIES * scale), rng),
        owners=compound_units(places, UnitKind.OWNERS_COMMITTEE, round(OWNERS_COMMITTEES * scale), rng),
    )
    rows = units.all()
    for number, row in zip(count(1), rows, strict=False):
        row.phone = f"0711-0000{number % 1000:03d}"
    Unit.objects.bulk_create(rows, batch_size=500)
    return units


def unit(kind: UnitKind, name: str, area: Area) -> Unit:
    """Return an unsaved unit that serves an area."""
    return Unit(kind=kind, name=name, area=area, town=area.town, valid_from=VALID_FROM)


def named(words: dict[str, str], kind: UnitKind, area: Area) -> dict[str, Unit]:
    """Return one unsaved unit a word."""
    return {word: unit(kind, name, area) for word, name in words.items()}


def residents_committee(area: Area) -> Unit:
    """Return the unsaved committee of a community or village."""
    word = "居民委员会" if area.kind == AreaKind.COMMUNITY else "村民委员会"
    committee = unit(UnitKind.RESIDENTS_COMMITTEE, named_after(area, word), area)
    committee.address = named_after(area, "党群服务中心一楼（示范）")
    committee.office_hours = OFFICE_HOURS
    return committee


def compound_units(places: Places, kind: UnitKind, wanted: int, rng: Random) -> dict[int, Unit]:
    """Return unsaved units of a kind for so many compounds, the demo compound always among them."""
    word = "物业服务公司" if kind == UnitKind.PROPERTY_COMPANY else "业主委员会"
    others = [area for area in places.compounds if area.pk != places.home.pk]
    chosen = rng.sample(others, min(max(wanted, 1) - 1, len(others)))
    return {area.pk: unit(kind, named_after(area, word), area) for area in [places.home, *chosen]}
