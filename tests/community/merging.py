"""Merging and splitting the small district, as several tests do."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from community.models import Area
from community.models.areas import AreaKind
from community.workflow.places import Part, merge_areas, split_area
from tests.factories import (
    AreaFactory,
    District,
)

ON = date(2026, 1, 1)


def merge(district: District, *areas: Area, into: Any, on: date = ON) -> Area:
    return merge_areas(
        list(areas) or [district.community], into=into, on=on, by=district.district_officer, at=timezone.now()
    )


def again(person: Any) -> Any:
    """Return a person as their next request has them."""
    return type(person).objects.get(pk=person.pk)


def split(district: District, **how: Any) -> list[Area]:
    second = AreaFactory(parent=district.community, kind=AreaKind.COMPOUND, name="东园二区")
    parts = [Part("东一社区", "E1", (district.compound.pk,)), Part("东二社区", "E2", (second.pk,))]
    given = {"parts": parts, "heir": "E1", "on": ON, "by": district.district_officer, "at": timezone.now(), **how}
    return split_area(district.community, **given)
