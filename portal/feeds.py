"""RSS of what is new in public."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.contrib.syndication.views import Feed
from django.utils.translation import gettext_lazy as _

from community.clock import SHANGHAI
from deliberation.models import Issue
from portal.models import DisclosurePage, NewsPage

NEWEST = 30


class IssueFeed(Feed):
    """Public issues."""

    title = _("居民反映的事 · 共治")
    link = "/issues/"
    description = _("审看后公开的问题，最新的在前")

    def items(self) -> Any:
        """Return the newest."""
        return Issue.objects.public().select_related("community").order_by("-raised_at", "-pk")[:NEWEST]

    def item_title(self, item: Issue) -> str:
        """Return what it is about."""
        return item.title

    def item_description(self, item: Issue) -> str:
        """Return its place and state, no person."""
        return f"{item.number} · {item.community.name} · {item.get_state_display()}"

    def item_pubdate(self, item: Issue) -> datetime:
        """Return when it was raised."""
        return item.raised_at


class PageFeed(Feed):
    """Pages with a date of publication."""

    def item_title(self, item: Any) -> str:
        """Return the page's title."""
        return str(item.title)

    def item_description(self, item: Any) -> str:
        """Return the page's summary."""
        return str(item.summary)

    def item_link(self, item: Any) -> str:
        """Return the page's address."""
        return str(item.url)

    def item_pubdate(self, item: Any) -> datetime:
        """Return the day of publication."""
        return datetime.combine(item.published_on, time(9), tzinfo=SHANGHAI)


class DisclosureFeed(PageFeed):
    """Disclosed documents."""

    title = _("政策公开 · 共治")
    link = "/disclosure/"
    description = _("新公开的文件")

    def items(self) -> Any:
        """Return the newest."""
        return DisclosurePage.objects.live().order_by("-published_on", "-pk")[:NEWEST]


class NewsFeed(PageFeed):
    """News."""

    title = _("新闻 · 共治")
    link = "/news/"
    description = _("最新的新闻")

    def items(self) -> Any:
        """Return the newest."""
        return NewsPage.objects.live().order_by("-published_on", "-pk")[:NEWEST]
