"""The demo's pages: documents, news, and those that stand alone."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db.models.signals import post_save
from modelsearch.signal_handlers import post_save_signal_handler
from wagtail.models import Page, PageLogEntry, ReferenceIndex, Revision
from wagtail.signal_handlers import disable_reference_index_auto_update

from community.clock import SHANGHAI
from community.models import User
from portal.demo.blocks import body_of
from portal.models import (
    DisclosureIndexPage,
    DisclosurePage,
    HomePage,
    NewsIndexPage,
    NewsPage,
    StandardPage,
    Validity,
)

HERE = Path(__file__).parent
ISSUER = "鄂州市鄂城区民政局"
OPENS = time(9, 0)
STANDING_SINCE = date(2023, 1, 3)
PAGE_MODELS = (DisclosurePage, NewsPage, StandardPage)


class Publisher:
    """Adds pages as an editor would publish them, each with one revision and its line in the log."""

    def __init__(self, editor: User, at: datetime) -> None:
        self.editor, self.at = editor, at
        self.today = at.astimezone(SHANGHAI).date()
        self.pages = 0

    def day(self, row: dict[str, Any]) -> date:
        """Return the day on which a row was published."""
        return row["published"] if "published" in row else self.today - timedelta(days=row["days_ago"])

    def publish(self, parent: Page, page: Page, day: date) -> None:
        """Add a page below another, published on a day."""
        moment = min(datetime.combine(day, OPENS, tzinfo=SHANGHAI), self.at)
        page.owner = self.editor
        page.draft_title = page.title
        page.live, page.has_unpublished_changes = True, False
        page.first_published_at = page.last_published_at = moment
        parent.add_child(instance=page)
        revision = page.save_revision(user=self.editor, changed=False, clean=False)
        Revision.objects.filter(pk=revision.pk).update(created_at=moment)
        page.live_revision = revision
        page.latest_revision_created_at = moment
        page.save(clean=False, update_fields=["live_revision", "latest_revision_created_at"])
        ReferenceIndex.create_or_update_for_object(page)
        PageLogEntry.objects.create(
            page=page,
            content_type=page.cached_content_type,
            label=page.title,
            action="wagtail.publish",
            timestamp=moment,
            user=self.editor,
            revision=revision,
            content_changed=True,
        )
        self.pages += 1


def build_pages(editor: User, at: datetime) -> int:
    """Insert every page; return how many."""
    publisher = Publisher(editor, at)
    with indexed_later():
        add_standing(publisher)
        add_news(publisher)
        add_documents(publisher)
    return publisher.pages


@contextmanager
def indexed_later() -> Iterator[None]:
    """Queue no task a page: `publish` writes its references, and the search index is rebuilt when all are there."""
    for model in PAGE_MODELS:
        post_save.disconnect(post_save_signal_handler, sender=model)
    try:
        with disable_reference_index_auto_update():
            yield
    finally:
        for model in PAGE_MODELS:
            post_save.connect(post_save_signal_handler, sender=model)


def read(name: str) -> dict[str, Any]:
    """Return one file of the demo."""
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def add_standing(publisher: Publisher) -> None:
    """Add help, about, the accessibility statement and find-an-error below the home page."""
    home = HomePage.objects.get()
    for row in read("pages.toml")["page"]:
        page = StandardPage(title=row["title"], slug=row["slug"], body=body_of(row))
        publisher.publish(home, page, STANDING_SINCE)


def add_news(publisher: Publisher) -> None:
    """Add the news, the oldest first."""
    column = NewsIndexPage.objects.get()
    for row in sorted(read("news.toml")["page"], key=publisher.day):
        day = publisher.day(row)
        page = NewsPage(
            title=row["title"], slug=row["slug"], summary=row["summary"], published_on=day, body=body_of(row)
        )
        publisher.publish(column, page, day)


def add_documents(publisher: Publisher) -> None:
    """Add the documents, the oldest first, so that what replaces or explains another finds it."""
    column = DisclosureIndexPage.objects.get()
    known: dict[str, DisclosurePage] = {}
    rows = sorted(documents(), key=publisher.day)
    for number, row in enumerate(rows, start=1):
        day = publisher.day(row)
        page = document(row, day, number)
        page.replaces = known.get(row.get("replaces", ""))
        page.explains = known.get(row.get("explains", ""))
        publisher.publish(column, page, day)
        known[page.slug] = page


def documents() -> list[dict[str, Any]]:
    """Return the rows of all files of documents, each with its subject."""
    found = []
    for file in sorted((HERE / "disclosure").glob("*.toml")):
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        found += [{"subject": data.get("subject"), **row} for row in data["page"]]
    return found


def document(row: dict[str, Any], day: date, number: int) -> DisclosurePage:
    """Return one unsaved document; its numbers are masked, for they are nobody's."""
    return DisclosurePage(
        title=row["title"],
        slug=row["slug"],
        summary=row["summary"],
        subject=row["subject"],
        issuer=ISSUER,
        index_number=f"011×××-{day.year}-{number:05d}",
        document_number=row.get("number", ""),
        written_on=row.get("written", day),
        published_on=day,
        effective_on=row.get("effective"),
        validity=row.get("validity", Validity.IN_FORCE),
        body=body_of(row),
    )
