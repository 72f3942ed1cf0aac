"""Whether this process is alive, and whether it can serve."""

from __future__ import annotations

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: answers without asking anything."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready: database, cache and migrations are in order; 503 names what is not."""
    checks = {"database": database_answers, "cache": cache_answers, "migrations": migrations_applied}
    results = {name: holds(check) for name, check in checks.items()}
    return JsonResponse(results, status=200 if all(results.values()) else 503)


def holds(check: object) -> bool:
    """Return what a check says; one that breaks does not hold, whatever broke it."""
    try:
        return bool(check())  # type: ignore[operator]
    except Exception:  # noqa: BLE001  (a readiness probe reports every fault as not ready)
        return False


def database_answers() -> bool:
    """Return whether the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def cache_answers() -> bool:
    """Return whether the cache gives back what it was given."""
    cache.set("readyz", 1, 10)
    return bool(cache.get("readyz") == 1)


def migrations_applied() -> bool:
    """Return whether no migration is waiting."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
