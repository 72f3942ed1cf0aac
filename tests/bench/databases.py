"""Two PostgreSQL databases that differ only in how many issues they hold, and a switch between them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/test"
EVENTS_EACH = 4


def server_url() -> str:
    """Return the server on which databases are made, from TEST_DATABASE_URL or the local one."""
    return os.environ.get("TEST_DATABASE_URL", DEFAULT_URL)


def url_of(name: str) -> str:
    """Return the address of a database on the server."""
    parts = urlsplit(server_url())
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", "", ""))


def recreate(*names: str) -> None:
    """Make empty databases."""
    with psycopg.connect(url_of("postgres").replace("postgres://", "postgresql://"), autocommit=True) as server:
        for name in names:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            server.execute(f'CREATE DATABASE "{name}"')


def drop(*names: str) -> None:
    """Remove databases."""
    with psycopg.connect(url_of("postgres").replace("postgres://", "postgresql://"), autocommit=True) as server:
        for name in names:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def using(name: str) -> Iterator[None]:
    """Point Django's connection at a database."""
    from django.core.cache import caches
    from django.db import connection

    from portal.pagecache import Known

    if connection.settings_dict["NAME"] != name:
        connection.close()
        connection.settings_dict["NAME"] = name
        # The generation of kept pages is read anew, as it would be in a process of the other database.
        Known.until = 0.0
        for cache in caches.all():
            cache.clear()
    yield


def fill(issues: int) -> None:
    """Make `issues` public issues with their events and clocks, spread over places, kinds, states and three years."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(ISSUES, {"n": issues})
        cursor.execute(EVENTS, {"each": EVENTS_EACH})
        cursor.execute(CLOCKS)
        cursor.execute("VACUUM ANALYZE")


ISSUES = """
WITH places AS (
    SELECT a.id, a.town_id, row_number() OVER (ORDER BY a.path) - 1 AS place, count(*) OVER () AS places
    FROM community_area a WHERE a.kind IN ('community', 'village')
), kinds AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS kind, count(*) OVER () AS kinds FROM deliberation_category
), reporter AS (SELECT id FROM community_user WHERE username = 'resident'),
unit AS (SELECT id FROM community_unit ORDER BY id LIMIT 1)
INSERT INTO deliberation_issue (
    number, submission_key, category_id, title, details, area_id, community_id, town_id, address,
    latitude, longitude, shown_latitude, shown_longitude, geohash, reporter_id, is_private, is_public, reviewed_at,
    review_note, state, outcome, unit_id, return_count, rework_count, endorsement_count, raised_at, dispatched_at,
    resolved_at, closed_at
)
SELECT
    'EC-BENCH-' || n, gen_random_uuid(), kinds.id, '第 ' || n || ' 件：路口的路灯不亮', '晚上看不清路，老人走得慢。',
    places.id, places.id, places.town_id, '路口', 30.39, 114.89, 30.39, 114.89, 'wt3b', reporter.id, false, true,
    now(), '',
    CASE WHEN n %% 20 = 0 THEN 'dispatched' WHEN n %% 20 = 1 THEN 'raised' ELSE 'closed' END,
    CASE WHEN n %% 20 IN (0, 1) THEN '' ELSE 'resolved' END,
    CASE WHEN n %% 20 = 1 THEN NULL ELSE unit.id END, 0, 0, n %% 60,
    timestamptz '2023-12-31 12:00+08' - n * interval '1 minute',
    CASE WHEN n %% 20 = 1 THEN NULL ELSE timestamptz '2024-01-01 12:00+08' END, NULL, NULL
FROM generate_series(1, %(n)s) AS n
JOIN places ON places.place = n %% places.places
JOIN kinds ON kinds.kind = n %% kinds.kinds
CROSS JOIN reporter CROSS JOIN unit
"""
EVENTS = """
INSERT INTO deliberation_issueevent (issue_id, verb, state, by_id, role, unit_id, text, is_public, is_text_public, at)
SELECT i.id, (ARRAY['raise', 'accept', 'dispatch', 'progress'])[k], i.state, i.reporter_id, '', i.unit_id,
    CASE k WHEN 4 THEN '材料已经到了' ELSE '' END, true, true, i.raised_at + k * interval '1 hour'
FROM deliberation_issue i CROSS JOIN generate_series(1, %(each)s) AS k
"""
CLOCKS = """
INSERT INTO community_clock (
    kind, subject_type_id, subject_id, rule_id, holder_role, holder_unit_id, area_id, town_id, started_at, due_at,
    is_provisional, on_due, stage, strikes_at
)
SELECT 'issue.handle', t.id, i.id, r.id, 'handler', i.unit_id, i.area_id, i.town_id, i.raised_at,
    i.raised_at + interval '7 days', false, 'remind', 'running', i.raised_at + interval '8 days'
FROM deliberation_issue i
JOIN django_content_type t ON t.app_label = 'deliberation' AND t.model = 'issue'
JOIN community_rule r ON r.key = 'issue.handle'
WHERE i.state = 'dispatched'
"""
