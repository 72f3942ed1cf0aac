"""The demo's public front door: pages, news, documents, figures, header and footer."""

from __future__ import annotations

from community.demo import District, Say
from portal.demo.editors import build_editors
from portal.demo.frame import build_figures, build_frame
from portal.demo.pages import build_pages
from portal.models import DisclosureIndexPage, NewsIndexPage


def build_portal(district: District, *, say: Say) -> None:
    """Insert the pages and figures, and let the editor edit them."""
    editor = district.people.by_name["editor"]
    build_frame()
    pages = build_pages(editor, district.at)
    build_editors(editor, [DisclosureIndexPage.objects.get(), NewsIndexPage.objects.get()])
    say(f"{pages} pages, {build_figures()} reported figures")


__all__ = ["build_portal"]
