"""The list of issues by cursor: every issue once, whatever comes in meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.paging import page
from deliberation.models import Issue
from deliberation.queries import NEWEST_FIRST
from tests.factories import MOMENT, IssueFactory

pytestmark = pytest.mark.django_db


def walked(size: int, most: int = 100) -> Iterator[list[int]]:
    """Return the keys page by page, until a page says that there is no next one."""
    cursor = ""
    for _ in range(most):
        rows, cursor = page(Issue.objects.all(), NEWEST_FIRST, cursor, size)
        yield [row.pk for row in rows]
        if not cursor:
            return
    pytest.fail("the pages do not end")


def make(offsets: list[int]) -> list[int]:
    """Create issues so many minutes after a moment; return their keys, newest first."""
    first = IssueFactory(history=False, clock=False)
    shared = {"area": first.area, "reporter": first.reporter}
    made = [
        IssueFactory(raised_at=MOMENT + timedelta(minutes=offset), history=False, clock=False, **shared)
        for offset in offsets
    ]
    Issue.objects.filter(pk=first.pk).delete()
    return [issue.pk for issue in sorted(made, key=lambda issue: (issue.raised_at, issue.pk), reverse=True)]


@pytest.mark.parametrize("count", [0, 1, 19, 20, 21, 40, 41])
def test_every_issue_of_one_moment_is_on_one_page(count: int) -> None:
    expected = make([0] * count)
    pages = list(walked(20))
    assert [key for keys in pages for key in keys] == expected
    assert [len(keys) for keys in pages[:-1]] == [20] * (len(pages) - 1)
    assert len(pages) == max(1, -(-count // 20))


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(offsets=st.lists(st.integers(0, 4), max_size=14), size=st.integers(1, 6))
def test_nothing_is_lost_or_doubled_over_equal_moments(db: None, offsets: list[int], size: int) -> None:
    with transaction.atomic():
        expected = make(offsets)
        assert [key for keys in walked(size) for key in keys] == expected
        transaction.set_rollback(True)


def test_what_comes_in_meanwhile_moves_nothing() -> None:
    expected = make([0, 0, 0, 1, 1])
    first, cursor = page(Issue.objects.all(), NEWEST_FIRST, "", 2)
    make([0, 1, 2])
    rest, _ = page(Issue.objects.filter(pk__in=expected), NEWEST_FIRST, cursor, 10)
    assert [row.pk for row in [*first, *rest]] == expected


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "_",
        "2023-11-06T09:00:00+08:00",
        "2023-11-06T09:00:00+08:00_",
        "2023-11-06T09:00:00+08:00_x",
        "2023-11-06T09:00:00_5",
        "9999-99-99T00:00:00+08:00_5",
        "0001-01-01T00:00:00+14:00_5",
        "9999-12-31T23:59:59-14:00_5",
        "\x00_\x00",
        f"2023-11-06T09:00:00+08:00_{'9' * 5000}",
    ],
)
def test_cursor_that_cannot_be_read_starts_at_the_top(cursor: str) -> None:
    expected = make([0, 1])
    assert [row.pk for row in page(Issue.objects.all(), NEWEST_FIRST, cursor, 10)[0]] == expected
