"""The flush between tests that commit, past the triggers of insert-only tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.backends.sqlite3.base import DatabaseWrapper

from community.insert_only import PREFIX


@contextmanager
def without_triggers(connection: Any) -> Iterator[None]:
    """Drop the triggers of insert-only tables on SQLite, and bring them back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{PREFIX}%"])
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for _name, sql in triggers:
                cursor.execute(sql)


@contextmanager
def past_triggers(connection: Any, *tables: str) -> Iterator[None]:
    """Let somebody who owns the database change rows of insert-only tables, on PostgreSQL and SQLite."""
    if connection.vendor == "sqlite":
        with without_triggers(connection):
            yield
        return
    alter_triggers(connection, "DISABLE", tables)
    yield
    alter_triggers(connection, "ENABLE", tables)


def alter_triggers(connection: Any, how: str, tables: tuple[str, ...]) -> None:
    """Switch triggers on PostgreSQL, once what constraints put off is checked: it would keep tables from being altered."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" {how} TRIGGER USER')


@contextmanager
def flush_past_triggers() -> Iterator[None]:
    """Let SQLite's flush, which deletes row by row, past them; PostgreSQL truncates, which no row trigger sees."""
    operations = DatabaseWrapper.ops_class
    original = operations.execute_sql_flush

    def execute_sql_flush(self: Any, sql_list: list[str]) -> None:
        with without_triggers(self.connection):
            original(self, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", execute_sql_flush)
        yield
