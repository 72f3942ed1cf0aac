"""Working days and terms, as functions of plain values; needs neither Django nor a database.

Source: rules.md section 1 (weekends and the State Council's yearly holiday arrangement, with
make-up working days; a clock counts from the day after the event).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
END_OF_DAY = time(23, 59, 59)
Holidays = Mapping[date, bool]
NO_HOLIDAYS: Holidays = {}


def is_announced(year: int, holidays: Holidays = NO_HOLIDAYS) -> bool:
    """Return whether the holiday arrangement of `year` is known, from the library or from `holidays`."""
    if any(day.year == year for day in holidays):
        return True
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def is_working_day(day: date, holidays: Holidays = NO_HOLIDAYS) -> bool:
    """Return whether `day` counts; `holidays` goes over the library, weekends alone fill what neither knows."""
    if day in holidays:
        return holidays[day]
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def end_of(day: date) -> datetime:
    """Return the last second of `day` in Asia/Shanghai."""
    return datetime.combine(day, END_OF_DAY, tzinfo=SHANGHAI)


def due(
    start: datetime,
    *,
    working_days: int | None = None,
    days: int | None = None,
    hours: int | None = None,
    holidays: Holidays = NO_HOLIDAYS,
) -> datetime:
    """Return when a term that begins at `start` ends.

    Give exactly one of `working_days`, `days` (calendar days) or `hours`, a whole number not below 0.
    `start` is an aware datetime; the day of the start is not counted. Terms in days end at 23:59:59
    in Asia/Shanghai; one in calendar days that ends on a day off ends on the next working day.
    Hours run day and night. `holidays` is {date: is_working_day} over the library's calendar.

    Raises ValueError for a naive start, for no term or more than one, and for a term that is not a
    whole number from 0 on.
    """
    if start.utcoffset() is None:
        raise ValueError("start has to be an aware datetime")
    given = [term for term in (working_days, days, hours) if term is not None]
    if len(given) != 1:
        raise ValueError("give exactly one of working_days, days and hours")
    if isinstance(given[0], bool) or not isinstance(given[0], int) or given[0] < 0:
        raise ValueError("a term is a whole number, not below 0")
    here = start.astimezone(SHANGHAI)
    if hours is not None:
        # Through UTC: wall-clock arithmetic would be wrong in a zone that changes its offset.
        return (start.astimezone(UTC) + timedelta(hours=hours)).astimezone(SHANGHAI)
    if working_days is not None:
        return end_of(add_working_days(here.date(), working_days, holidays))
    return end_of(on_or_after(here.date() + timedelta(days=given[0]), holidays))


def add_working_days(day: date, count: int, holidays: Holidays = NO_HOLIDAYS) -> date:
    """Return the `count`th working day after `day`; `day` itself for 0."""
    while count > 0:
        day += timedelta(days=1)
        if is_working_day(day, holidays):
            count -= 1
    return day


def on_or_after(day: date, holidays: Holidays = NO_HOLIDAYS) -> date:
    """Return `day` if it is a working day, else the next one."""
    while not is_working_day(day, holidays):
        day += timedelta(days=1)
    return day


def working_days_between(after: date, until: date, holidays: Holidays = NO_HOLIDAYS) -> int:
    """Return the number of working days after `after`, up to and including `until`; 0 if none."""
    span = (until - after).days
    return sum(is_working_day(after + timedelta(days=n), holidays) for n in range(1, span + 1))


def is_provisional(start: datetime, end: datetime, holidays: Holidays = NO_HOLIDAYS) -> bool:
    """Return whether a term touches a year whose holidays are not announced, so that it may still move."""
    years = range(start.astimezone(SHANGHAI).year, end.astimezone(SHANGHAI).year + 1)
    return not all(is_announced(year, holidays) for year in years)


def years_after(day: date, years: int) -> date:
    """Return the same day some years later; the day before where the 29th of February has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
