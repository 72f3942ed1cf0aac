"""Every address of the site, and what tests of attacks ask of an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.utils.encoding import iri_to_uri
from django.utils.html import escape

from portal.post_only import above, is_opened, page_at_or_above

BACKEND = "django.contrib.auth.backends.ModelBackend"
KEY = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
# What stands for an argument of each kind.
SAMPLES = {"int": "1", "uuid": KEY, "path": "x/y", "slug": "one", "str": "one"}
# Routes that are regular expressions, as they would be spelled without one.
EXPRESSIONS = {
    r"^documents/\d{19,}/": "documents/1111111111111111111/",
    r"^(?P<pk>\d+)/revisions/compare/(?P<revision_id_a>live|earliest|\d+)\.\.\.(?P<revision_id_b>live|latest|\d+)/$": (
        "<int:pk>/revisions/compare/<int:revision_id_a>...<int:revision_id_b>/"
    ),
    r"^(\d+)/(.*)$": "<int:document_id>/<str:filename>",
    r"^confirm-email/(?P<key>[-:\w]+)/$": "confirm-email/<str:key>/",
    r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "password/reset/key/<int:uidb36>-<str:key>/",
    r"^((?:[\w\-]+/)*)$": "<slug:page>/",
}
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
CHANGE = re.compile(r'\s*(INSERT|UPDATE|DELETE)\b(?:\s+INTO|\s+FROM)?\s+"(\w+)"', re.IGNORECASE)
SAVEPOINT = re.compile(r'(ROLLBACK TO )?SAVEPOINT "(\w+)"')
# A session is made or kept for whoever comes, and the first page makes the site's settings; both are no records.
SESSIONS = re.compile(r'"(django_session|usersessions_usersession|portal_sitesettings)"')


class Address(NamedTuple):
    """One pattern: its whole route, its name, its view and the names of its arguments."""

    route: str
    name: str
    view: Any
    arguments: tuple[str, ...]

    @property
    def sample(self) -> str:
        """Return an address that the pattern matches, whether or not there is anything behind it."""
        found = re.sub(r"<(?:(\w+):)?\w+>", lambda one: SAMPLES.get(one[1] or "str", "one"), self.route)
        return "/" + found


def walk(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[Address]:
    """Give every pattern of the site, those that libraries bring too."""
    for pattern in patterns:
        route = before + plain_route(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, route)
        else:
            arguments = tuple(re.findall(r"<(?:\w+:)?(\w+)>", route))
            yield Address(route, str(pattern.name or ""), pattern.callback, arguments)


def plain_route(route: str) -> str:
    """Return a route in the short spelling of most; some are written as regular expressions."""
    plain = EXPRESSIONS.get(route, route.removeprefix("^").removesuffix("$"))
    assert not re.search(r"[$\\(]", plain), f"no sample for {route}"
    return plain


def every_address() -> list[Address]:
    """Return all patterns."""
    return list(walk(get_resolver().url_patterns))


def ours(address: Address) -> bool:
    """Return whether a pattern is no page of Wagtail's admin, whose own tests know its permissions."""
    return not address.route.startswith("admin/")


def is_reached(address: Address) -> bool:
    """Return whether the sample leads somewhere at all."""
    return bool(resolve(address.sample))


@contextmanager
def nothing_written() -> Iterator[None]:
    """Fail where anything but a session was written to the database inside."""
    with CaptureQueriesContext(connection) as queries:
        yield
    written = [one["sql"] for one in queries if WRITES.match(one["sql"]) and not SESSIONS.search(one["sql"])]
    assert not written, written[0][:200]


@contextmanager
def tables_written() -> Iterator[set[str]]:
    """Give a set that names afterwards the tables in which something new stands; a session made or kept is nothing."""
    tables: set[str] = set()
    with CaptureQueriesContext(connection) as queries:
        yield tables
    written: list[str] = []
    marks: dict[str, int] = {}
    for sql in (one["sql"] for one in queries):
        if savepoint := SAVEPOINT.match(sql):
            # What is taken back, as after a look without an import, has never been there.
            back = marks.setdefault(savepoint[2], len(written))
            written = written[:back] if savepoint[1] else written
        elif found := CHANGE.match(sql):
            # A session that ends is what signing out writes.
            written += [found[2]] if found[1].upper() == "DELETE" or not SESSIONS.search(sql) else []
    tables.update(written)


def is_led_up(response: Any) -> bool:
    """Return whether an address that only takes a form was read, which leads to the page above and tells nothing."""
    path = unquote(response.request["PATH_INFO"])
    if response.request["REQUEST_METHOD"] not in ("GET", "HEAD") or response.status_code != 302 or is_opened(path):
        return False
    return bool(response["Location"] == iri_to_uri(page_at_or_above(above(path))))


def signed_in(user: Any, **options: Any) -> Client:
    """Return a client on which somebody is signed in; nobody for None."""
    client = Client(headers={"accept-language": "zh-CN"}, **options)
    if user is not None:
        client.force_login(user, backend=BACKEND)
    return client


def read(response: Any) -> bytes:
    """Return all that an answer holds; what is not read to its end would stay open."""
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


def plain(text: str, typed: Iterable[str]) -> str:
    """Return a text without tokens and without what was asked for, however it is spelled in an address."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)
    spelled = {spelling for one in typed for spelling in (one, quote(one), quote(one, safe=""), escape(one))}
    for one in sorted(spelled, key=len, reverse=True):
        text = text.replace(one, "…")
    return text
