"""Dividing a whole number among many, so that the parts add up to it exactly."""

from __future__ import annotations

from collections.abc import Sequence


def shares(total: int, weights: Sequence[float], least: int = 0) -> list[int]:
    """Return whole numbers in proportion to `weights`, none below `least`, that add up to `total`.

    The largest remainders round up; where `total` can't give everybody the least, ValueError.
    """
    spare = total - least * len(weights)
    if spare < 0:
        raise ValueError(f"{total} is too few to give {least} to each of {len(weights)}")
    exact = [spare * weight / sum(weights) for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_remainder[: spare - sum(parts)]:
        parts[index] += 1
    return [part + least for part in parts]
