"""The demo district's places, units and people; nothing in it is real but the figures of 2023."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from community.demo.chance import generator
from community.demo.homes import build_homes
from community.demo.identities import id_numbers
from community.demo.people import PASSWORD, People, build_people, listed_names
from community.demo.places import Places, build_places
from community.demo.units import Units, build_units
from community.models import Area, User

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
        return generator(self.seed, purpose)


def is_loaded() -> bool:
    """Return whether the demo district stands already."""
    return Area.objects.filter(code=DISTRICT_CODE).exists()


def taken_names() -> list[str]:
    """Return which of the demo's own user names somebody has already."""
    return sorted(User.objects.filter(username__in=listed_names()).values_list("username", flat=True))


def build_district(*, scale: float, seed: int, at: datetime, say: Say) -> District:
    """Insert the district's places, units and people."""
    places = build_places(scale, generator(seed, "places"))
    say(
        f"{len(places.towns)} towns, {len(places.committees)} communities and villages, {len(places.leaves)} below them"
    )
    units = build_units(places, scale, generator(seed, "units"))
    numbers = id_numbers(generator(seed, "identities"))
    people = build_people(places, units, scale, generator(seed, "people"), numbers, at)
    say(f"{len(units.all())} units, {len(people.by_name)} accounts")
    dwellings = build_homes(places, units, people, numbers, scale, generator(seed, "homes"), at)
    say(f"{len(places.compounds)} compounds with their profiles, {dwellings} dwellings in one of them")
    return District(places, units, people, scale, seed, at)


__all__ = ["DISTRICT_CODE", "PASSWORD", "District", "Say", "build_district", "is_loaded", "taken_names"]
