"""The figures page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.figures import by_subject, figures
from portal.models import ReportedFigure
from portal.queries import counted_year, issues_by_town, monthly_issues, newest_issue_year


@require_safe
def figures_page(request: HttpRequest) -> HttpResponse:
    """The figures of a year: what is counted from the records, and what the bureau has entered."""
    years = sorted(
        {counted_year(), newest_issue_year() or counted_year(), *ReportedFigure.objects.values_list("year", flat=True)},
        reverse=True,
    )
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) < 5 and int(asked) in years else counted_year()
    rows = figures(year)
    months = monthly_issues(year)
    return render(
        request,
        "portal/figures.html",
        {
            "year": year,
            "years": years,
            "counted": [row for row in rows if row.source == "computed"],
            "entered": by_subject([row for row in rows if row.source == "entered"]),
            "by_key": {row.key: row for row in rows},
            "months": months,
            "most": max(collected for _, collected, _ in months),
            "towns": issues_by_town(year),
        },
    )
