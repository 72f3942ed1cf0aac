"""Pages of the portal, published where their columns stand."""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.models import DisclosureIndexPage, DisclosurePage, NewsIndexPage, NewsPage, Subject


def DisclosurePageFactory(**fields: Any) -> DisclosurePage:  # noqa: N802  (named as the factories beside it)
    """Publish a document in the catalogue; `body` takes (block, value) pairs."""
    column = DisclosureIndexPage.objects.get()
    number = DisclosurePage.objects.count() + 1
    values = {
        "title": f"公开文件 {number}",
        "index_number": f"TEST-2023-{number:05d}",
        "document_number": f"明民发〔2023〕{number} 号",
        "issuer": "明湖区民政局",
        "written_on": date(2023, 11, 8),
        "published_on": date(2023, 11, 10),
        "effective_on": date(2023, 1, 1),
        "subject": Subject.ASSISTANCE,
        "summary": "一句话的摘要",
        **fields,
    }
    return column.add_child(instance=DisclosurePage(**values))


def NewsPageFactory(**fields: Any) -> NewsPage:  # noqa: N802  (named as the factories beside it)
    """Publish a piece of news."""
    column = NewsIndexPage.objects.get()
    number = NewsPage.objects.count() + 1
    values = {"title": f"新闻 {number}", "published_on": date(2023, 11, 10), "summary": "一句话", **fields}
    return column.add_child(instance=NewsPage(**values))
