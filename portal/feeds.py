"""RSS of what is new in public."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from community.clock import SHANGHAI
from deliberation.models import Issue, Topic
from portal.models import DisclosurePage, NewsPage, for_everybody

NEWEST = 30


def public_address(path: str) -> str:
    """Return an address under BASE_URL, by whatever name the site was asked."""
    return f"{settings.BASE_URL}{path}"


class OwnFeed(Feed):
    """A feed whose addresses all stand under BASE_URL."""

    path = "/"
    name = ""

    def link(self) -> str:
        """Return the page of which this is the feed."""
        return public_address(self.path)

    def feed_url(self) -> str:
        """Return the feed's own address."""
        return public_address(reverse(self.name))


class IssueFeed(OwnFeed):
    """Public issues."""

    title = _("居民反映的事 · 共治")
    path, name = "/issues/", "issue_feed"
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

    def item_link(self, item: Issue) -> str:
        """Return the issue's address."""
        return public_address(item.get_absolute_url())

    def item_pubdate(self, item: Issue) -> datetime:
        """Return when it was raised."""
        return item.raised_at


class TopicFeed(OwnFeed):
    """Public topics."""

    title = _("正在议的事 · 共治")
    path, name = "/topics/", "topic_feed"
    description = _("公开的议题，最新的在前")

    def items(self) -> Any:
        """Return the newest."""
        return Topic.objects.public().select_related("area").order_by("-proposed_at", "-pk")[:NEWEST]

    def item_title(self, item: Topic) -> str:
        """Return what it is about."""
        return item.title

    def item_description(self, item: Topic) -> str:
        """Return its place and state, no person."""
        return f"{item.number} · {item.area.name} · {item.get_state_display()}"

    def item_link(self, item: Topic) -> str:
        """Return the topic's address."""
        return public_address(item.get_absolute_url())

    def item_pubdate(self, item: Topic) -> datetime:
        """Return when it was proposed."""
        return item.proposed_at


class PageFeed(OwnFeed):
    """Pages with a date of publication."""

    def item_title(self, item: Any) -> str:
        """Return the page's title."""
        return str(item.title)

    def item_description(self, item: Any) -> str:
        """Return the page's summary."""
        return str(item.summary)

    def item_link(self, item: Any) -> str:
        """Return the page's address."""
        return str(item.full_url)

    def item_pubdate(self, item: Any) -> datetime:
        """Return the day of publication."""
        return datetime.combine(item.published_on, time(9), tzinfo=SHANGHAI)


class DisclosureFeed(PageFeed):
    """Disclosed documents."""

    title = _("政策公开 · 共治")
    path, name = "/disclosure/", "disclosure_feed"
    description = _("新公开的文件")

    def items(self) -> Any:
        """Return the newest."""
        return for_everybody(DisclosurePage.objects.all()).order_by("-published_on", "-pk")[:NEWEST]


class NewsFeed(PageFeed):
    """News."""

    title = _("新闻 · 共治")
    path, name = "/news/", "news_feed"
    description = _("最新的新闻")

    def items(self) -> Any:
        """Return the newest."""
        return for_everybody(NewsPage.objects.all()).order_by("-published_on", "-pk")[:NEWEST]
