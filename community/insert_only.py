"""Tables whose rows are inserted and never changed: the database itself refuses an update or a deletion."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

PREFIX = "insert_only_"
SENTENCE = "rows of {table} are never changed"
FUNCTION = """
CREATE OR REPLACE FUNCTION insert_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END
$$ LANGUAGE plpgsql
"""


def forward_sql(vendor: str, table: str, columns: Sequence[str] = ()) -> list[str]:
    """Return the statements that shut a table, on PostgreSQL or SQLite, without rights beyond the owner's.

    With `columns` only updates that set one of those are refused.
    """
    update = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    if vendor == "postgresql":
        return [
            FUNCTION,
            f'CREATE TRIGGER "{PREFIX}{table}" BEFORE {update} OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION insert_only()",
        ]
    sentence = SENTENCE.format(table=table)
    return [
        f'CREATE TRIGGER "{PREFIX}{table}_{name}" BEFORE {verb} ON "{table}" '
        f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        for name, verb in (("UPDATE", update), ("DELETE", "DELETE"))
    ]


def backward_sql(vendor: str, table: str) -> list[str]:
    """Return the statements that open it again."""
    if vendor == "postgresql":
        return [f'DROP TRIGGER "{PREFIX}{table}" ON "{table}"']
    return [f'DROP TRIGGER "{PREFIX}{table}_{verb}"' for verb in ("UPDATE", "DELETE")]


class InsertOnly(migrations.RunPython):
    """A migration's step that shuts the table of a model for updates and deletions.

    `but` names the encrypted fields that are written anew when FIELD_KEYS change (rotate_keys). A column that
    a later migration adds has to be shut by it too, as the database then lists columns one by one.
    """

    def __init__(self, app_label: str, model_name: str, but: Sequence[str] = ()) -> None:
        self.app_label, self.model_name, self.but = app_label, model_name, tuple(but)
        super().__init__(self.shut, self.reopen)

    def deconstruct(self) -> tuple[str, tuple[str, str], dict[str, Any]]:
        """Return how a migration writes this step."""
        return self.__class__.__name__, (self.app_label, self.model_name), {"but": self.but} if self.but else {}

    def describe(self) -> str:
        """Return what `migrate --plan` says."""
        return f"Refuse changes to rows of {self.model_name}"

    def shut(self, apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        """Create the triggers."""
        fields = apps.get_model(self.app_label, self.model_name)._meta.local_concrete_fields
        columns = [f'"{field.column}"' for field in fields if field.name not in self.but] if self.but else []
        self.run(partial(forward_sql, columns=columns), apps, editor)

    def reopen(self, apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        """Drop the triggers."""
        self.run(backward_sql, apps, editor)

    def run(self, sql: Any, apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        """Execute the statements for the model's table."""
        table = apps.get_model(self.app_label, self.model_name)._meta.db_table
        for statement in sql(editor.connection.vendor, table):
            editor.execute(statement, params=None)
