"""When a notice may leave the site: at once, with the daily digest, and never in somebody's quiet hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from community.clock import SHANGHAI

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """Somebody's hours of the day in Asia/Shanghai; quiet from and to the same hour is no quiet time."""

    quiet_from: int
    quiet_to: int
    digest: int


def is_quiet(at: datetime, hours: Hours) -> bool:
    """Return whether `at` lies in the quiet hours, which may run over midnight; their end does not belong to them."""
    hour = at.astimezone(SHANGHAI).hour
    if hours.quiet_from <= hours.quiet_to:
        return hours.quiet_from <= hour < hours.quiet_to
    return hour >= hours.quiet_from or hour < hours.quiet_to


def after_quiet(at: datetime, hours: Hours) -> datetime:
    """Return `at`, or the end of the quiet hours that it lies in."""
    return next_full_hour(at, hours.quiet_to) if is_quiet(at, hours) else at


def next_full_hour(at: datetime, hour: int) -> datetime:
    """Return the next moment after `at` when that hour begins."""
    begins = at.astimezone(SHANGHAI).replace(hour=hour, minute=0, second=0, microsecond=0)
    return begins if begins > at else begins + DAY


def first_send(at: datetime, hours: Hours, *, is_digest: bool, is_urgent: bool) -> datetime:
    """Return when a notice of `at` may go first; an urgent one waits for nothing.

    A digest goes at the next digest hour, and where that lies in the quiet hours, when they end.
    """
    if is_urgent:
        return at
    return after_quiet(next_full_hour(at, hours.digest) if is_digest else at, hours)
