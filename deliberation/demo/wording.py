"""What the demo's residents and handlers say: hand-written cases with slots, and who usually gets each."""

from __future__ import annotations

import tomllib
from collections import deque
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from community.models import Area
from community.models.areas import AreaKind

HERE = Path(__file__).parent
# How often each category is raised, and in which months more of it: rules of thumb of any such desk.
WEIGHTS = {
    "facilities": 18,
    "sanitation": 17,
    "property": 16,
    "parking": 14,
    "noise": 9,
    "neighbours": 8,
    "utilities": 7,
    "safety": 6,
    "care": 6,
    "other": 5,
}
SEASONS = {
    "utilities": {1: 2.2, 2: 1.6, 7: 1.8, 8: 1.8, 12: 2.2},
    "sanitation": {6: 1.5, 7: 1.8, 8: 1.7},
    "parking": {6: 1.4, 7: 1.5, 2: 1.3},
    "noise": {5: 1.4, 6: 1.5, 7: 1.5, 8: 1.3},
}
# Slots that only a compound has.
URBAN = ("{b}", "{gate}", "{u}", "{f}")
SPOTS = (*URBAN, "{lane}", "{spot}")
# Rows of a list that stand near each other don't tell the same case, and a place doesn't soon tell one twice.
RECENT, RECENT_IN_TOWN, RECENT_HERE = 10, 5, 30
# Categories that are talked over more than mended.
TALK = frozenset({"noise", "neighbours", "care", "other"})
# How often a title that names no spot begins with where it is.
PLACED = 0.55


@dataclass(frozen=True)
class Case:
    """A kind of thing that goes wrong somewhere, with its slots unfilled."""

    category: str
    title: str
    where: str
    scene: str
    unit: str
    address: str
    details: tuple[str, ...]
    done: tuple[str, ...]
    months: tuple[int, ...]

    def fits(self, kind: str) -> bool:
        """Return whether it can be told of this kind of place."""
        if kind in (AreaKind.COMMUNITY, AreaKind.COMPOUND):
            return self.where != "village"
        told = self.title + self.address + "".join(self.details)
        return self.where == "village" or (self.where == "any" and not any(slot in told for slot in URBAN))


@dataclass(frozen=True)
class Told:
    """A case as somebody tells it of one place."""

    case: Case
    title: str
    details: str
    address: str
    done: str


@cache
def words() -> dict[str, Any]:
    """Return the slots and phrases that all categories share."""
    return tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))


@cache
def cases() -> dict[str, list[Case]]:
    """Return the cases by category."""
    found: dict[str, list[Case]] = {}
    for file in sorted((HERE / "cases").glob("*.toml")):
        rows = tomllib.loads(file.read_text(encoding="utf-8"))["case"]
        found[file.stem] = [case(file.stem, row) for row in rows]
    return found


def case(category: str, row: dict[str, Any]) -> Case:
    """Return one case of a file."""
    return Case(
        category=category,
        title=row["title"],
        where=row["where"],
        scene=row["scene"],
        unit=row["unit"],
        address=row["address"],
        details=tuple(row["details"]),
        done=tuple(row["done"]),
        months=tuple(row.get("months", ())),
    )


def is_rural(area: Area) -> bool:
    """Return whether a place is a village or lies in one."""
    return area.kind in (AreaKind.VILLAGE, AreaKind.VILLAGE_GROUP)


class Wording:
    """Chooses cases so that neighbours in a list differ, and fills them."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.recent: deque[Case] = deque(maxlen=RECENT)
        self.last_told: dict[Case, int] = {}
        self.told = 0
        self.told_of: dict[int, deque[Case]] = {}

    def phrase(self, *keys: str) -> str:
        """Return one of the shared phrases."""
        found: Any = words()
        for key in keys:
            found = found[key]
        return str(self.rng.choice(found))

    def tell(self, area: Area, committee: Area, month: int, category: str = "") -> Told:
        """Return a case told of a place."""
        chosen = self.choose(area, committee, month, category)
        self.recent.append(chosen)
        self.told += 1
        self.last_told[chosen] = self.told
        self.told_of.setdefault(committee.pk, deque(maxlen=RECENT_HERE)).append(chosen)
        self.told_of.setdefault(committee.town_id or 0, deque(maxlen=RECENT_IN_TOWN)).append(chosen)
        slots = self.slots(area)
        address = chosen.address.format_map(slots)
        return Told(
            chosen,
            self.title(chosen, address, slots),
            self.rng.choice(chosen.details).format_map(slots),
            address,
            self.rng.choice(chosen.done).format_map(slots),
        )

    def title(self, chosen: Case, address: str, slots: dict[str, str]) -> str:
        """Return the title; one that names no spot begins with it more often than not."""
        names_spot = any(slot in chosen.address for slot in SPOTS) and "{" not in chosen.title
        where = f"{address}，" if names_spot and self.rng.random() < PLACED else ""
        return where + chosen.title.format_map(slots)

    def choose(self, area: Area, committee: Area, month: int, category: str) -> Case:
        """Return a case that fits place and month: one of those that were told longest ago."""
        fitting = self.fitting(area, month, category or self.category(area, month))
        lately = {*self.recent, *self.told_of.get(committee.town_id or 0, ())}
        fresh = [one for one in fitting if one not in lately]
        if not fresh and not category:
            return self.choose(area, committee, month, category)
        fresh = fresh or fitting
        unheard = [one for one in fresh if one not in self.told_of.get(committee.pk, ())] or fresh
        unheard.sort(key=lambda one: self.last_told.get(one, -1))
        return self.rng.choice(unheard[: max(1, (len(unheard) + 1) // 2)])

    def fitting(self, area: Area, month: int, category: str) -> list[Case]:
        """Return the cases of a category that can be told of a place, in their season where they have one."""
        found = [one for one in cases()[category] if one.fits(area.kind)]
        return [one for one in found if not one.months or month in one.months] or found

    def category(self, area: Area, month: int) -> str:
        """Return a category by its usual weight and the season."""
        weights = {
            code: weight * SEASONS.get(code, {}).get(month, 1.0)
            for code, weight in WEIGHTS.items()
            if not (is_rural(area) and code == "property")
        }
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def slots(self, area: Area) -> dict[str, str]:
        """Return one filling of the slots."""
        choices = words()["slots"] | (words()["rural"] if is_rural(area) else {})
        filled = {name: self.rng.choice(found) for name, found in choices.items()}
        numbers = {"b": (1, 26), "u": (1, 4), "f": (3, 17)}
        return filled | {name: str(self.rng.randint(*ends)) for name, ends in numbers.items()} | {"area": area.name}

    def progress(self, told: Told) -> str:
        """Return what a handler says on the way."""
        return self.phrase("notes", "progress_talk" if told.case.category in TALK else "progress_work")

    def closing(self, told: Told, outcome: str) -> str:
        """Return why something was closed without being resolved."""
        kind = "_talk" if told.case.category in TALK else "_work"
        return self.phrase("close", f"{outcome}{kind}" if outcome == "unresolved" else outcome)

    def comment(self, rating: int) -> str:
        """Return what somebody says with a rating."""
        return self.phrase("comments", str(rating))
