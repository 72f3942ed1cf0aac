from __future__ import annotations

import math

import pytest

from community.models import Area
from community.models.areas import AreaKind
from deliberation.geography import Position, is_in_district, is_near, point_of
from tests.factories import DAY_ONE, AreaFactory, District


@pytest.mark.parametrize(
    ("latitude", "longitude", "inside"),
    [
        (30.391, 114.893, True),
        (30.3, 114.8, True),  # a corner belongs to it
        (30.5, 114.9, True),  # so does an edge
        (30.2999, 114.9, False),
        (30.4, 115.0001, False),
        (114.893, 30.391, False),  # the two the wrong way round
        (-30.391, 114.893, False),
        (0.0, 0.0, False),
        (91.0, 114.9, False),
        (30.4, 181.0, False),
        (math.nan, 114.9, False),
        (30.4, math.nan, False),
        (math.inf, 114.9, False),
        (30.4, -math.inf, False),
        (1e308, 1e308, False),
    ],
)
def test_point_in_the_district(district: District, latitude: float, longitude: float, inside: bool) -> None:
    assert is_in_district(latitude, longitude) is inside


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("latitude", "longitude", "inside"),
    [(0.0, 0.0, True), (90.0, 180.0, True), (-90.0, -180.0, True), (90.1, 0.0, False), (math.nan, 0.0, False)],
)
def test_without_an_outline_any_point_on_earth(latitude: float, longitude: float, inside: bool) -> None:
    AreaFactory()
    assert is_in_district(latitude, longitude) is inside


def test_outline_of_today_counts(district: District) -> None:
    Area.objects.filter(pk=district.area.pk).update(valid_to=DAY_ONE)
    assert is_in_district(0.0, 0.0)


# The compound's own point, and one a few streets away.
HERE, THERE = (30.391, 114.893), (30.41, 114.91)


def neighbour(district: District, **columns: object) -> Area:
    """Return another compound of the community, a few streets away unless said otherwise."""
    where = {"latitude": THERE[0], "longitude": THERE[1]}
    return AreaFactory(parent=district.community, kind=AreaKind.COMPOUND, **{**where, **columns})


@pytest.mark.parametrize(("point", "near"), [(HERE, True), ((30.3999, 114.9), True), (THERE, False)])
def test_near_home_is_nearer_than_to_a_neighbour(district: District, point: Position, near: bool) -> None:
    neighbour(district)
    neighbour(district, latitude=None)
    assert is_near(point, district.compound, district.community) is near
    assert is_near(point, district.compound, district.compound) is near
    # Whatever place was chosen beside the point.
    assert is_near(point, district.compound, district.neighbour_community) is near


def test_outline_of_home_is_asked_first(district: District) -> None:
    home = district.compound
    home.boundary = {
        "type": "Polygon",
        "coordinates": [[[114.89, 30.39], [114.9, 30.39], [114.9, 30.4], [114.89, 30.4], [114.89, 30.39]]],
    }
    assert is_near(HERE, home, district.community) is True
    assert is_near(HERE, home, district.other_community) is True
    assert is_near(THERE, home, district.community) is False


def test_home_without_a_point_is_near_everywhere_around_it(district: District) -> None:
    neighbour(district)
    Area.objects.filter(pk=district.compound.pk).update(latitude=None, longitude=None)
    district.compound.refresh_from_db()
    assert is_near(THERE, district.compound, district.community) is True
    assert is_near(THERE, district.compound, district.neighbour_community) is True
    assert is_near(THERE, district.compound, district.other_community) is False
    assert point_of(district.compound) is None
