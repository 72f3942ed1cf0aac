"""What search engines may know: live pages, public issues and ballots, at the public address of the site."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Max, QuerySet
from django.urls import reverse
from wagtail.contrib.sitemaps import Sitemap as WagtailSitemap

from community.queries import today
from deliberation.models import Ballot, Hall, Issue, Method, Topic
from deliberation.states import BallotState


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


class TopicSitemap(OwnSitemap):
    """Public topics, in pages of a thousand."""

    limit = 1000

    def items(self) -> QuerySet[Topic]:
        """Return every public topic."""
        return Topic.objects.public().order_by("-proposed_at", "-pk")

    def lastmod(self, item: Topic) -> datetime:
        """Return when something last happened that a reader sees."""
        return item.ended_at or item.answered_at or item.noticed_at or item.proposed_at

    def get_latest_lastmod(self) -> datetime | None:
        """Return the same of all of them in one query."""
        moments = ("ended_at", "answered_at", "noticed_at", "proposed_at")
        newest = Topic.objects.public().aggregate(**{moment: Max(moment) for moment in moments})
        return max((moment for moment in newest.values() if moment), default=None)


class BallotSitemap(OwnSitemap):
    """Ballots that are open or counted, in pages of a thousand."""

    limit = 1000

    def items(self) -> QuerySet[Ballot]:
        """Return every ballot that is open or counted."""
        return Ballot.objects.filter(state__in=(BallotState.OPEN, BallotState.COUNTED)).order_by("-opens_at", "-pk")

    def lastmod(self, item: Ballot) -> datetime | None:
        """Return when it was counted, or opened."""
        return item.counted_at or item.opened_at

    def get_latest_lastmod(self) -> datetime | None:
        """Return the same of all of them in one query."""
        newest = self.items().aggregate(counted=Max("counted_at"), opened=Max("opened_at"))
        return max((moment for moment in newest.values() if moment), default=None)


class PlaceSitemap(OwnSitemap):
    """The pages that are no Wagtail page."""

    def items(self) -> list[str]:
        """Return their names."""
        return [
            "issues",
            "topics",
            "topic_scopes",
            "figures",
            "site_map",
            "places",
            "contacts",
            "ballots",
            "halls",
            "venues",
            "methods",
        ]

    def location(self, item: str) -> str:
        """Return the address of a name."""
        return reverse(item)


class HallSitemap(OwnSitemap):
    """The halls of today."""

    limit = 1000

    def items(self) -> QuerySet[Hall]:
        """Return them."""
        return Hall.objects.standing_on(today()).order_by("pk")


class MethodSitemap(OwnSitemap):
    """The methods in use."""

    limit = 1000

    def items(self) -> QuerySet[Method]:
        """Return them."""
        return Method.objects.standing_on(today()).order_by("pk")


SITEMAPS = {
    "pages": WagtailSitemap,
    "issues": IssueSitemap,
    "topics": TopicSitemap,
    "ballots": BallotSitemap,
    "places": PlaceSitemap,
    "halls": HallSitemap,
    "methods": MethodSitemap,
}
