"""What every test shares: apart-standing databases, caches and files, and a small district with its people."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client, override_settings

from tests.browser import PLACES, chromium
from tests.factories import District, build_district
from tests.triggers import flush_past_triggers

SERIALIZED = pytest.mark.django_db(transaction=True, serialized_rollback=True)
PLAIN_STATIC = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# Two slow cores are no fault of the code; and a run of CI draws the same cases again.
hypothesis.settings.register_profile("gongzhi", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True)
hypothesis.settings.load_profile("gongzhi")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring migrated rows back before each test that commits, and skip journeys where no browser is."""
    browserless = chromium() is None and os.environ.get("REQUIRE_BROWSER") != "1"
    for item in items:
        if commits(item):
            # Such a test ends with a flush, which takes rules, categories and the clock user with it.
            item.add_marker(SERIALIZED, append=False)
        if browserless and item.get_closest_marker("journey"):
            item.add_marker(pytest.mark.skip(reason="no Chromium here; REQUIRE_BROWSER=1 makes this a failure"))


def commits(item: pytest.Item) -> bool:
    """Return whether a test's transactions are real."""
    marker = item.get_closest_marker("django_db")
    fixtures = getattr(item, "fixturenames", ())
    return bool(
        (marker and marker.kwargs.get("transaction")) or "transactional_db" in fixtures or "live_server" in fixtures
    )


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return the browser of the journeys; its absence fails them (they are skipped before, unless it is required)."""
    path = chromium()
    assert path, f"REQUIRE_BROWSER=1, and none of {', '.join(PLACES)} exists"
    return path


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Test on a file on SQLite, where threads and a live server meet real locks; without the pool on PostgreSQL.

    A pool keeps sessions open, and a database with sessions cannot be dropped.
    """
    from django.db import connections

    described = connections["default"].settings_dict
    if described["ENGINE"].endswith("sqlite3"):
        described["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
    else:
        described["OPTIONS"].pop("pool", None)


@pytest.fixture(scope="session", autouse=True)
def settings_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Set what differs from the product: a quick hasher, files in a folder of their own, no mail, no manifest."""
    from django.conf import settings

    folder = tmp_path_factory.mktemp("files")
    (folder / "static").mkdir()
    with (
        override_settings(
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
            MEDIA_ROOT=folder / "media",
            STATIC_ROOT=folder / "static",
            STORAGES={**settings.STORAGES, "staticfiles": PLAIN_STATIC},
            CACHES=caches_of_worker(settings.CACHES, os.environ.get("PYTEST_XDIST_WORKER", "")),
        ),
        flush_past_triggers(),
    ):
        yield


def caches_of_worker(caches: dict[str, Any], worker: str) -> dict[str, Any]:
    """Return the caches with a Redis database of each worker's own: clearing one empties all of it."""
    location = caches["default"]["LOCATION"]
    address = re.fullmatch(r"(?P<server>rediss?://.*/)(?P<database>\d+)", location)
    if not address or not worker:
        return caches
    database = (int(address["database"]) + int(worker.removeprefix("gw"))) % 16
    own = {"LOCATION": f"{address['server']}{database}"}
    return {alias: {**described, **own} for alias, described in caches.items()}


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Start each test with nothing kept: no page, no count of attempts."""
    from portal.pagecache import Known  # not at collection: the models are not loaded yet

    for cache in caches.all(initialized_only=False):
        cache.clear()
    # No test's count of queries depends on when the generation was read last.
    Known.number, Known.until = 0, float("inf")
    yield
    for cache in caches.all(initialized_only=False):
        if isinstance(cache, LocMemCache):
            cache.clear()


@pytest.fixture
def district(db: None) -> District:
    """Return a small district: two towns, the people of each, and the units that handle issues."""
    return build_district()


@pytest.fixture
def client_of() -> Callable[[Any], Client]:
    """Return a function that gives a client on which somebody is signed in."""

    def signed_in(user: Any) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in
