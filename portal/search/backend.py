"""The search backend to name in settings; it finds Chinese, on SQLite and on PostgreSQL alike.

WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "portal.search.backend"}}
"""

from typing import Any

from django.db import NotSupportedError, connection


def SearchBackend(params: dict[str, Any]) -> Any:  # noqa: N802 - the name that modelsearch looks for
    """Return the backend for the default database, as modelsearch.backends.database does."""
    # Either module asks for the tables of its own database as it is read.
    if connection.vendor == "postgresql":
        from portal.search.postgres import PostgresSearchBackend  # noqa: PLC0415  # noqa: PLC0415  (only where its driver is)

        return PostgresSearchBackend(params)
    if connection.vendor == "sqlite":
        from portal.search.sqlite import SQLiteSearchBackend  # noqa: PLC0415  # noqa: PLC0415  (as above)

        return SQLiteSearchBackend(params)
    raise NotSupportedError(f"Search works on SQLite and PostgreSQL, not on {connection.vendor}.")
