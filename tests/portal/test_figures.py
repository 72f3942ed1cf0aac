"""The bureau's figures in the order of what they are about."""

from __future__ import annotations

import pytest

from portal.figures import Figure, by_subject, subject_of


def figure(key: str) -> Figure:
    return Figure(key, key, 1, "人", "entered")


@pytest.mark.parametrize(
    ("key", "subject"),
    [
        ("dibao_urban", "relief"),
        ("disabled_care", "disabled"),
        ("left_behind_elderly", "elderly"),
        ("left_behind_children", "children"),
        ("party_organisations", "community"),
        ("halls", "other"),
        ("", "other"),
    ],
)
def test_subject_by_how_the_key_begins(key: str, subject: str) -> None:
    assert subject_of(key) == subject


def test_subjects_come_in_their_order_with_the_figures_in_theirs() -> None:
    other, elderly, second, relief = (figure(key) for key in ("parks", "elderly_total", "elderly_care", "dibao"))
    assert by_subject([other, elderly, second, relief]) == [
        ("s-relief", "社会救助", [relief]),
        ("s-elderly", "老年人", [elderly, second]),
        ("s-other", "其他", [other]),
    ]
    assert {one.anchor for one in (other, elderly, relief)} == {"s-other", "s-elderly", "s-relief"}


def test_nothing_entered_has_no_subject() -> None:
    assert by_subject([]) == []
