"""The days of the desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from community.clock import SHANGHAI
from community.models import Clock
from portal.views.desk import week
from tests.factories import District, IssueFactory

pytestmark = pytest.mark.django_db
# A Tuesday.
START = date(2023, 11, 7)


def rows(clocks: Any) -> list[tuple[int, int | None, int]]:
    return [(row["day"].day, row["until"].day if "until" in row else None, row["count"]) for row in week(clocks, START)]


def test_days_off_that_follow_each_other_are_one_row() -> None:
    days = [(day, 12 if day == 11 else None, 0) for day in (7, 8, 9, 10, 11, 13, 14)]
    assert rows(Clock.objects.all()) == days


def test_a_day_off_on_which_a_term_ends_is_a_row_of_its_own(district: District) -> None:
    IssueFactory(area=district.compound)
    Clock.objects.update(due_at=datetime(2023, 11, 12, 9, tzinfo=SHANGHAI))
    assert rows(Clock.objects.all())[4:6] == [(11, None, 0), (12, None, 1)]
