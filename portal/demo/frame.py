"""The demo's header and footer, and the figures that the bureau reports."""

from __future__ import annotations

from wagtail.models import Site

from portal.demo.pages import read
from portal.models import FooterLink, ReportedFigure, SiteSettings


def build_frame() -> None:
    """Fill in the site's settings and the links of its footer."""
    data = read("pages.toml")
    settings = SiteSettings.for_site(Site.objects.get(is_default_site=True))
    for name, value in data["settings"].items():
        setattr(settings, name, value)
    settings.footer_links = [
        FooterLink(label=row["label"], url=row["url"], sort_order=position)
        for position, row in enumerate(data["footer"])
    ]
    settings.save()


def build_figures() -> int:
    """Insert what the bureau reported for 2023; return how many figures."""
    data = read("reported_2023.toml")
    rows = [
        ReportedFigure(
            key=row["key"],
            year=data["year"],
            label=row["label"],
            value=row["value"],
            unit=row["unit"],
            note=row.get("note", ""),
            source=data["source"],
            position=position,
        )
        for position, row in enumerate(data["figure"], start=1)
    ]
    ReportedFigure.objects.bulk_create(rows)
    return len(rows)
