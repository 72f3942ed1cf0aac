"""Where the schematic map puts the names of places."""

from __future__ import annotations

from typing import Any

import pytest

from portal.templatetags.maps import LETTER, MAP_WIDTH, area_names, mark_box, middle_of, name_box, name_width, overlaps


def sheet(x: float, y: float) -> tuple[float, float]:
    """Return coordinates as they are: longitude and latitude of these tests are units of the drawing."""
    return x, y


def area(name: str, x: float, y: float, **more: Any) -> dict[str, Any]:
    ring = [[x - 9, y - 9], [x + 9, y - 9], [x + 9, y + 9], [x - 9, y + 9]]
    return {"name": name, "geometry": {"type": "Polygon", "coordinates": [ring]}, **more}


def text(name: str, x: str, y: str, css: str = "") -> str:
    return f'<text class="{css}" x="{x}" y="{y}" text-anchor="middle" aria-hidden="true">{name}</text>'


HALL = mark_box({"kind": "hall", "longitude": 300, "latitude": 300}, sheet, [1])


def test_name_with_room_stands_at_its_place() -> None:
    assert area_names([area("东园", 300, 300)], sheet, []) == [text("东园", "300", "300")]


def test_point_of_an_area_goes_over_the_middle_of_its_ring() -> None:
    assert middle_of(area("东园", 300, 300), sheet) == (300, 300)
    assert middle_of(area("东园", 300, 300, point=[310, 320]), sheet) == (310, 320)


def test_name_goes_below_the_mark_that_stands_in_its_place() -> None:
    assert HALL == (280, 280, 320, 320)
    [name] = area_names([area("东园", 300, 300)], sheet, [HALL])
    assert name == text("东园", "300", "356.6")
    assert not overlaps(name_box("东园", 300, 320 + LETTER * 0.85), HALL)


def test_name_goes_above_where_another_mark_stands_below() -> None:
    below = (280.0, 330.0, 320.0, 350.0)
    assert area_names([area("东园", 300, 300)], sheet, [HALL, below]) == [text("东园", "300", "269.2")]


def test_over_a_mark_is_better_than_over_another_name() -> None:
    around = [HALL, (200.0, 322.0, 400.0, 400.0), (200.0, 200.0, 400.0, 278.0)]
    assert area_names([area("东园", 300, 300)], sheet, around) == [text("东园", "300", "356.6")]


def test_names_of_one_place_keep_clear_of_each_other_and_the_last_is_for_large_sheets() -> None:
    names = area_names([area(name, 300, 300) for name in ("一村", "二村", "三村", "四村")], sheet, [])
    # One box is 1.05 letters high, so what lies one letter away still touches.
    assert names[0] == text("一村", "300", "300")
    assert [name for name in names[1:] if 'class="lg"' not in name] == []


def test_names_far_enough_apart_all_stand() -> None:
    names = area_names([area("一村", 300, 300), area("二村", 300, 300 + 2 * LETTER)], sheet, [])
    assert names == [text("一村", "300", "300"), text("二村", "300", "386")]


@pytest.mark.parametrize(("x", "shown"), [(5, "86"), (755, "674")])
def test_name_stays_on_the_sheet(x: float, shown: str) -> None:
    assert name_width("东园街道") == 4 * LETTER
    assert MAP_WIDTH - 2 * LETTER == 674
    assert area_names([area("东园街道", x, 300)], sheet, []) == [text("东园街道", shown, "300")]


def test_small_area_is_named_on_large_sheets_and_takes_its_room() -> None:
    assert area_names([area("东园", 300, 300, small=True)], sheet, []) == [text("东园", "300", "300", "lg")]


def test_letters_are_narrower_than_characters() -> None:
    assert name_width("A1") == pytest.approx(1.1 * LETTER)
