"""The demo's dice: the same seed throws the same numbers."""

from __future__ import annotations

from random import Random


def generator(seed: int, purpose: str) -> Random:
    """Return a generator of its own for each purpose, so that one part never shifts another."""
    return Random(f"{seed}:{purpose}")
