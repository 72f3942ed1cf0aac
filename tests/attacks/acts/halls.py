"""Halls, venues and methods: the acts of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.attacks import proceedings
from tests.attacks.acts.base import STAFF_OF_PLACE, Act, Given, day, fixed
from tests.factories import District

OFFICER = {"district_officer"}
VENUE = {"kind": "discussion_point", "name": "长廊", "address": "东门"}
METHOD = {"name": "先问后议", "brand": "", "summary": "先问再议", "suits": "", "steps": "先问\n再议"}


def of_community(**fields: Any) -> Callable[[Given], dict[str, Any]]:
    """Return a form that names the community."""
    return lambda given: {"area": place_of(given.district), **fields}


def place_of(district: District) -> int:
    """Return the community."""
    return district.community.pk


def ending(given: Given) -> dict[str, Any]:
    """End it tomorrow."""
    return {"closed_on": day(1)}


HALLS = {
    "new_hall": Act(OFFICER, of_community(name="东园议事厅", address="一楼")),
    "edit_hall": Act(STAFF_OF_PLACE, fixed(brand="长廊夜话", introduction="", address="二楼"), proceedings.hall),
    "close_hall": Act(OFFICER, ending, proceedings.hall),
    "new_venue": Act(STAFF_OF_PLACE, of_community(**VENUE), proceedings.hall),
    "edit_venue": Act(STAFF_OF_PLACE, fixed(**VENUE), proceedings.venue),
    "close_venue": Act(STAFF_OF_PLACE, ending, proceedings.venue),
    "new_method": Act(STAFF_OF_PLACE, fixed(**METHOD), proceedings.hall),
    "edit_method": Act(STAFF_OF_PLACE, fixed(**METHOD), proceedings.method),
    "close_method": Act(STAFF_OF_PLACE, ending, proceedings.method),
}
