"""What search engines may know: live pages and public issues."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse
from wagtail.contrib.sitemaps import Sitemap as WagtailSitemap

from deliberation.models import Issue


class IssueSitemap(Sitemap):
    """Public issues, in pages of a thousand."""

    limit = 1000

    def items(self) -> QuerySet[Issue]:
        """Return every public issue."""
        return Issue.objects.public().order_by("-raised_at", "-pk")

    def lastmod(self, item: Issue) -> datetime:
        """Return when something last happened that a reader sees."""
        return item.closed_at or item.resolved_at or item.dispatched_at or item.raised_at


class PlaceSitemap(Sitemap):
    """The pages that are no Wagtail page."""

    def items(self) -> list[str]:
        """Return their names."""
        return ["issues", "figures", "search"]

    def location(self, item: str) -> str:
        """Return the address of a name."""
        return reverse(item)


SITEMAPS = {"pages": WagtailSitemap, "issues": IssueSitemap, "places": PlaceSitemap}
