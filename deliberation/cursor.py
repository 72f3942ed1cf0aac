"""Pages by cursor: where a list goes on, instead of how far to count."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet

from deliberation.models import Issue


def encode(issue: Issue) -> str:
    """Return the cursor after `issue`."""
    return f"{issue.raised_at.isoformat()}_{issue.pk}"


def after(issues: QuerySet[Issue], cursor: str) -> QuerySet[Issue]:
    """Keep what comes after a cursor, newest first; a cursor that can't be read starts at the top."""
    moment, _, pk = cursor.partition("_")
    try:
        raised_at, last = datetime.fromisoformat(moment), int(pk)
        if raised_at.utcoffset() is None:
            return issues
        # The first and the last hours of time itself have no UTC.
        raised_at = raised_at.astimezone(UTC)
    except (ValueError, OverflowError):
        return issues
    # The first condition alone lets the index find the place; the second tells equals apart.
    return issues.filter(Q(raised_at__lt=raised_at) | Q(raised_at=raised_at, pk__lt=last), raised_at__lte=raised_at)


def page(issues: QuerySet[Issue], cursor: str, size: int) -> tuple[list[Issue], str]:
    """Return one page, and the cursor of the next or '' at the end."""
    rows: list[Any] = list(after(issues, cursor).order_by("-raised_at", "-pk")[: size + 1])
    return rows[:size], encode(rows[size - 1]) if len(rows) > size else ""
