"""The demo district's places, units and people; nothing in it is real but the figures of 2023."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from community.demo.people import PASSWORD, People, build_people
from community.demo.places import Places, build_places
from community.demo.units import Units, build_units
from community.models import Area

DISTRICT_CODE = "420704"
Say = Callable[[str], None]


@dataclass
class District:
    """What the apps above build their part of the demo on."""

    places: Places
    units: Units
    people: People
    scale: float
    seed: int
    at: datetime

    def rng(self, purpose: str) -> Random:
        """Return a generator of its own for each purpose, so that one part never shifts another."""
        return Random(f"{self.seed}:{purpose}")


def is_loaded() -> bool:
    """Return whether the demo district stands already."""
    return Area.objects.filter(code=DISTRICT_CODE).exists()


def build_district(*, scale: float, seed: int, at: datetime, say: Say) -> District:
    """Insert the district's places, units and people."""
    places = build_places(scale, Random(f"{seed}:places"))
    say(f"地方：{len(places.towns)} 个镇街，{len(places.committees)} 个村和社区，{len(places.leaves)} 个小区和湾组")
    units = build_units(places, scale, Random(f"{seed}:units"))
    people = build_people(places, units, scale, Random(f"{seed}:people"))
    say(f"单位 {len(units.all())} 个，账号 {len(people.by_name)} 个")
    return District(places, units, people, scale, seed, at)


__all__ = ["DISTRICT_CODE", "PASSWORD", "District", "Say", "build_district", "is_loaded"]
