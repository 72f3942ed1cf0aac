"""The search backend to name in settings; it finds Chinese, on SQLite and on PostgreSQL alike.

    WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "portal.search.backend"}}
"""

from typing import Any

from django.db import NotSupportedError, connection


def SearchBackend(params: dict[str, Any]) -> Any:  # noqa: N802 - the name that modelsearch looks for
    """Return the backend for the default database, as modelsearch.backends.database does."""
    if connection.vendor == "postgresql":
        from portal.search.postgres import PostgresSearchBackend

        return PostgresSearchBackend(params)
    if connection.vendor == "sqlite":
        from portal.search.sqlite import SQLiteSearchBackend

        return SQLiteSearchBackend(params)
    raise NotSupportedError(f"Search works on SQLite and PostgreSQL, not on {connection.vendor}.")
