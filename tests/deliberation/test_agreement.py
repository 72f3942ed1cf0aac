"""Where agreement is wide and where it splits; and what the picture gives away."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberation.agreement import Picture, Reading, Sums, kept, picture, reading

COUNTS = st.integers(min_value=0, max_value=60)
SUMS = st.builds(Sums, COUNTS, COUNTS, COUNTS)


@pytest.mark.parametrize(
    ("sums", "said"),
    [
        (Sums(), Reading.UNSURE),
        (Sums(0, 0, 12), Reading.UNSURE),
        # Exactly 2/3 of those who took a side is wide, one below is not.
        (Sums(8, 4, 0), Reading.AGREED),
        (Sums(7, 4, 1), Reading.SPLIT),
        (Sums(4, 8, 0), Reading.REJECTED),
        (Sums(6, 6, 0), Reading.SPLIT),
        # Exactly half who can't say is not more than half.
        (Sums(5, 1, 6), Reading.AGREED),
        (Sums(5, 1, 7), Reading.UNSURE),
    ],
)
def test_readings(sums: Sums, said: Reading) -> None:
    assert reading(sums) == said


def test_a_picture_has_exact_shares() -> None:
    assert picture(Sums(7, 3, 2), least=10) == Picture(
        12, Fraction(7, 12), Fraction(1, 4), Fraction(1, 6), Reading.AGREED
    )


def test_no_picture_below_the_size_that_protects_people() -> None:
    assert picture(Sums(7, 2, 0), least=10) is None
    assert picture(Sums(7, 3, 0), least=10) is not None
    assert picture(Sums(), least=0) is None


def test_a_count_is_not_negative() -> None:
    with pytest.raises(ValueError, match="not negative"):
        Sums(-1, 0, 0)


@given(SUMS)
def test_the_two_sides_are_alike(sums: Sums) -> None:
    turned = {Reading.AGREED: Reading.REJECTED, Reading.REJECTED: Reading.AGREED}
    said = reading(sums)
    assert reading(Sums(sums.disagree, sums.agree, sums.passed)) == turned.get(said, said)


@given(SUMS)
def test_a_split_has_a_third_on_each_side(sums: Sums) -> None:
    if reading(sums) == Reading.SPLIT:
        assert 3 * min(sums.agree, sums.disagree) >= sums.sides


@given(SUMS, st.integers(min_value=1, max_value=30))
def test_shares_make_a_whole(sums: Sums, least: int) -> None:
    drawn = picture(sums, least=least)
    if drawn is not None:
        assert drawn.agree + drawn.disagree + drawn.passed == 1
        assert drawn.people >= least


@given(
    st.lists(st.tuples(st.integers(min_value=0, max_value=39), st.sampled_from(["agree", "disagree", "passed"]))),
    st.integers(min_value=1, max_value=12),
)
def test_two_pictures_differ_by_many_people_or_not_at_all(steps: list[tuple[int, str]], least: int) -> None:
    """However people answer and change their mind, no picture tells what one of them did since the one before."""
    stances: dict[int, str] = {}
    shown = Sums()
    for person, stance in steps:
        stances[person] = stance
        values = list(stances.values())
        now = Sums(values.count("agree"), values.count("disagree"), values.count("passed"))
        after = kept(shown, now, least=least)
        assert after == shown or after.people - shown.people >= least
        shown = after
    assert shown.people <= len(stances)
