"""Who is on a roll: owners with their dwellings grouped as the law counts them. No Django, no database.

Source: rules.md section 3. One unit is one head; the same owners' several units are one head; joint owners
cast one vote; a developer's unsold or undelivered units are one head.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

DEVELOPER = "developer"


@dataclass(frozen=True, slots=True)
class Holding:
    """A dwelling with its floor area in 0.01 m2 and who owns it today; nobody known where `owners` is empty."""

    dwelling: int
    floor_area: int
    owners: frozenset[str] = frozenset()
    is_developers: bool = False


@dataclass(slots=True)
class OwnersVote:
    """One vote of a roll: who may cast it, and the dwellings whose area it weighs."""

    key: str
    owners: frozenset[str]
    dwellings: list[Holding] = field(default_factory=list)

    @property
    def area(self) -> int:
        """Return the floor area in 0.01 m2."""
        return sum(holding.floor_area for holding in self.dwellings)


def owners_votes(holdings: Iterable[Holding]) -> list[OwnersVote]:
    """Return the votes of a compound's owners, each one head, in the order of their first dwelling.

    A dwelling whose owners nobody knows is a vote of its own, which nobody can cast online: its area counts.
    """
    votes: dict[str, OwnersVote] = {}
    for holding in sorted(holdings, key=lambda one: one.dwelling):
        key = key_of(holding)
        owners = frozenset() if holding.is_developers else holding.owners
        votes.setdefault(key, OwnersVote(key, owners)).dwellings.append(holding)
    return list(votes.values())


def key_of(holding: Holding) -> str:
    """Return what tells the votes of a roll apart: the developer, the set of owners, or the dwelling itself."""
    if holding.is_developers:
        return DEVELOPER
    if holding.owners:
        # Hashed to one length, and so that the key of a roll entry names nobody.
        return "owners:" + hashlib.sha256("|".join(sorted(holding.owners)).encode()).hexdigest()[:40]
    return f"dwelling:{holding.dwelling}"
