"""What the tests of ownerships look at."""

from __future__ import annotations

from datetime import date, timedelta

from community.models import Dwelling


def owners(home: Dwelling) -> list[tuple[str, str, date, date | None]]:
    rows = home.ownerships.order_by("pk")
    return [(one.owner_name, f"{one.share}/{one.share_of}", one.starts_on, one.ends_on) for one in rows]


def whole_on_every_day(home: Dwelling) -> bool:
    """Return whether the shares add up to one on each day on which any of them changes."""
    rows = list(home.ownerships.all())
    days = {one.starts_on for one in rows} | {one.ends_on for one in rows if one.ends_on}
    days |= {one.ends_on + timedelta(days=1) for one in rows if one.ends_on}
    held = {
        day: sum(one.part for one in rows if one.starts_on <= day and (one.ends_on is None or one.ends_on >= day))
        for day in days
    }
    return set(held.values()) == {1}
