"""Moments at which people raise, work and answer."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from community.clock import SHANGHAI, Holidays, add_working_days, is_working_day

OPENS, CLOSES = time(8, 30), time(17, 30)
# How many issues a month, a weekday and an hour bring, beside each other.
BY_MONTH = (70, 56, 78, 82, 88, 104, 116, 110, 88, 76, 72, 62)
BY_WEEKDAY = (1.25, 1.1, 1.0, 1.0, 1.05, 0.8, 0.75)
BY_HOUR = {
    6: 2,
    7: 6,
    8: 10,
    9: 11,
    10: 9,
    11: 6,
    12: 4,
    13: 4,
    14: 6,
    15: 7,
    16: 6,
    17: 6,
    18: 7,
    19: 9,
    20: 9,
    21: 6,
    22: 3,
    23: 1,
}


def raised_moments(year: int, count: int, rng: Random) -> list[datetime]:
    """Return when the issues of a year were raised, in order and no two at once."""
    days = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    weights = [BY_MONTH[day.month - 1] * BY_WEEKDAY[day.weekday()] for day in days]
    chosen: set[datetime] = set()
    while len(chosen) < count:
        day = rng.choices(days, weights)[0]
        hour = rng.choices(list(BY_HOUR), list(BY_HOUR.values()))[0]
        chosen.add(on(day, time(hour, rng.randrange(60), rng.randrange(60))))
    return sorted(chosen)


def on(day: date, at: time) -> datetime:
    """Return a moment in Asia/Shanghai."""
    return datetime.combine(day, at, tzinfo=SHANGHAI)


def at_work(moment: datetime, holidays: Holidays, rng: Random) -> datetime:
    """Return the moment itself in working hours, else soon after work begins again."""
    here = moment.astimezone(SHANGHAI)
    if is_working_day(here.date(), holidays) and OPENS <= here.time() < CLOSES:
        return here
    day = here.date()
    if here.time() >= CLOSES or not is_working_day(day, holidays):
        day = add_working_days(day, 1, holidays)
    return on(day, OPENS) + timedelta(minutes=rng.randint(2, 110), seconds=rng.randrange(60))


def working_day(after: datetime, days: int, holidays: Holidays, rng: Random) -> datetime:
    """Return a moment in working hours `days` working days after another, always later than it."""
    if days <= 0:
        return at_work(after + timedelta(minutes=rng.randint(25, 200)), holidays, rng)
    day = add_working_days(after.astimezone(SHANGHAI).date(), days, holidays)
    return on(day, time(rng.randint(8, 16), rng.randint(31, 59), rng.randrange(60)))


def at_home(after: datetime, days: int, rng: Random) -> datetime:
    """Return a moment in somebody's free time, `days` days after another and later than it."""
    if days <= 0:
        return after + timedelta(minutes=rng.randint(20, 300), seconds=rng.randrange(60))
    day = after.astimezone(SHANGHAI).date() + timedelta(days=days)
    return on(day, time(rng.choice((7, 8, 9, 12, 13, 18, 19, 20, 21)), rng.randrange(60), rng.randrange(60)))
