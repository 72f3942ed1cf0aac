"""Home, news and the pages that stand alone."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from portal.models.blocks import BodyBlock

PAGE_SIZE = 20


def for_everybody(pages: Any) -> Any:
    """Return the pages of a query that are published and have no view restriction, their own or from above."""
    return pages.live().public()


class HomePage(Page):
    """The front door; what it shows is read from the records."""

    template = "portal/home.html"
    max_count = 1
    parent_page_types: ClassVar[list[str]] = ["wagtailcore.Page"]

    class Meta:
        verbose_name = _("首页")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the figures, the map and what is new."""
        from portal.queries import home_context  # noqa: PLC0415  (a page is a door; its table must not wait for queries)

        return {**super().get_context(request, *args, **kwargs), **home_context()}


class WrittenPage(Page):
    """A page with a body of blocks."""

    body = StreamField(BodyBlock(), verbose_name=_("内容"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("body")]
    search_fields = [*Page.search_fields, index.SearchField("body")]

    class Meta:
        abstract = True


class StandardPage(WrittenPage):
    """A page that stands alone: about, accessibility statement, how to raise an issue."""

    template = "portal/standard_page.html"

    class Meta:
        verbose_name = _("普通页面")


class NewsIndexPage(Page):
    """News, the newest first."""

    template = "portal/news_index.html"
    max_count = 1
    subpage_types: ClassVar[list[str]] = ["portal.NewsPage"]

    class Meta:
        verbose_name = _("新闻栏目")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add one page of news."""
        news = for_everybody(NewsPage.objects.child_of(self)).order_by("-published_on", "-pk")
        page = Paginator(news, PAGE_SIZE).get_page(request.GET.get("page"))
        return {**super().get_context(request, *args, **kwargs), "news": page}


class NewsPage(WrittenPage):
    """One piece of news."""

    published_on = models.DateField(_("发布日期"))
    summary = models.CharField(_("摘要"), max_length=160, blank=True)

    template = "portal/news_page.html"
    parent_page_types: ClassVar[list[str]] = ["portal.NewsIndexPage"]
    subpage_types: ClassVar[list[str]] = []
    content_panels = [
        *Page.content_panels,
        FieldPanel("published_on"),
        FieldPanel("summary"),
        FieldPanel("body"),
    ]
    search_fields = [*WrittenPage.search_fields, index.SearchField("summary")]

    class Meta:
        verbose_name = _("新闻")
        indexes = [models.Index(fields=["-published_on"], name="news_published")]
