"""Numbers of issues, topics and resolutions: one series a year and kind, none given twice."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from community.clock import SHANGHAI
from deliberation.models import NumberSeries
from deliberation.models.issues import SeriesKind


def locked_series(at: datetime, kind: SeriesKind = SeriesKind.ISSUE) -> NumberSeries:
    """Return the year's series of numbers, locked until commit."""
    year = at.astimezone(SHANGHAI).year
    NumberSeries.objects.get_or_create(kind=kind, year=year)
    return NumberSeries.objects.select_for_update().get(kind=kind, year=year)


def next_number(series: NumberSeries) -> str:
    """Take the next number of a locked series, such as EC-2023-000986 for an issue and EC-T-2023-000012 for a topic."""
    series.last += 1
    series.save(update_fields=["last"])
    return f"{'-'.join(filter(None, [settings.DISTRICT_CODE, series.kind, str(series.year)]))}-{series.last:06d}"
