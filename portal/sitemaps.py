"""What search engines may know: live pages and public issues, at the public address of the site."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Max, QuerySet
from django.urls import reverse
from wagtail.contrib.sitemaps import Sitemap as WagtailSitemap

from deliberation.models import Issue


class OwnSitemap(Sitemap):
    """Addresses under BASE_URL, by whatever name the site was asked."""

    def get_protocol(self, protocol: str | None = None) -> str:
        """Return that of BASE_URL."""
        return urlsplit(settings.BASE_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        """Return the host, and port, of BASE_URL."""
        return urlsplit(settings.BASE_URL).netloc


class IssueSitemap(OwnSitemap):
    """Public issues, in pages of a thousand."""

    limit = 1000

    def items(self) -> QuerySet[Issue]:
        """Return every public issue."""
        return Issue.objects.public().order_by("-raised_at", "-pk")

    def lastmod(self, item: Issue) -> datetime:
        """Return when something last happened that a reader sees."""
        return item.closed_at or item.resolved_at or item.dispatched_at or item.raised_at

    def get_latest_lastmod(self) -> datetime | None:
        """Return the same of all of them in one query; Django would read every issue."""
        moments = ("closed_at", "resolved_at", "dispatched_at", "raised_at")
        newest = Issue.objects.public().aggregate(**{moment: Max(moment) for moment in moments})
        return max((moment for moment in newest.values() if moment), default=None)


class PlaceSitemap(OwnSitemap):
    """The pages that are no Wagtail page."""

    def items(self) -> list[str]:
        """Return their names."""
        return ["issues", "figures", "site_map", "places", "contacts"]

    def location(self, item: str) -> str:
        """Return the address of a name."""
        return reverse(item)


SITEMAPS = {"pages": WagtailSitemap, "issues": IssueSitemap, "places": PlaceSitemap}
