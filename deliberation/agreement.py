"""Where agreement on a statement is wide and where it splits, from sums alone. Exact fractions; no database.

What protects people: a picture is shown only from `least` people on, and it changes only when at least
`least` more people have taken a stance since it was shown last. Two pictures that follow each other therefore
differ by the stances of `least` people or more, and whoever knows that one neighbour has answered in
between learns nothing of how. (Rounding to steps of 5 % would not do that: the one stance that lifts
the figure over an edge shows.) People who change their mind change the next picture, not this one.
That `least` people took a stance in the whole topic follows: everybody on one statement is among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

WIDE = Fraction(2, 3)
HALF = Fraction(1, 2)


class Reading(StrEnum):
    """What a picture says in a word."""

    AGREED = "agreed"
    REJECTED = "rejected"
    SPLIT = "split"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Sums:
    """How many people agree, disagree, or can't say."""

    agree: int = 0
    disagree: int = 0
    passed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no count."""
        if min(self.agree, self.disagree, self.passed) < 0:
            raise ValueError("a number of people is not negative")

    @property
    def people(self) -> int:
        """Return how many took a stance, "can't say" too."""
        return self.agree + self.disagree + self.passed

    @property
    def sides(self) -> int:
        """Return how many took a side."""
        return self.agree + self.disagree


@dataclass(frozen=True)
class Picture:
    """What may be shown: how many people, their shares of all, and the reading."""

    people: int
    agree: Fraction
    disagree: Fraction
    passed: Fraction
    reading: Reading


def kept(shown: Sums, now: Sums, *, least: int) -> Sums:
    """Return the sums for the picture: those of now once `least` more people took part, else those shown last."""
    return now if now.people - shown.people >= max(least, 1) else shown


def reading(sums: Sums) -> Reading:
    """Return what sums say: a side has wide agreement with 2/3 of those who took one; else it splits.

    Where more than half can't say, or nobody took a side, people are unsure.
    """
    if not sums.sides or sums.passed > HALF * sums.people:
        return Reading.UNSURE
    if Fraction(sums.agree, sums.sides) >= WIDE:
        return Reading.AGREED
    if Fraction(sums.disagree, sums.sides) >= WIDE:
        return Reading.REJECTED
    return Reading.SPLIT


def picture(shown: Sums, *, least: int) -> Picture | None:
    """Return the picture of the sums that `kept` let through, or None below the size that protects people."""
    if shown.people < max(least, 1):
        return None
    return Picture(
        shown.people,
        Fraction(shown.agree, shown.people),
        Fraction(shown.disagree, shown.people),
        Fraction(shown.passed, shown.people),
        reading(shown),
    )
