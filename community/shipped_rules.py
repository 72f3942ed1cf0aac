"""The rules as shipped in rules.toml, read without a database."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

RULES_FILE = Path(__file__).with_name("rules.toml")


def shipped_rules() -> list[dict[str, Any]]:
    """Return one dict of column values a shipped rule, ready for the Rule table."""
    data = tomllib.loads(RULES_FILE.read_text(encoding="utf-8"))
    return [
        {
            "key": row["key"],
            "value": row["value"],
            "unit": row["unit"],
            "mark": row["mark"],
            "citation": row["citation"],
            "is_confirmed": row.get("confirmed", True),
            "in_force_from": row.get("in_force_from", data["first_day"]),
            "in_force_to": row.get("in_force_to"),
            "note": row.get("note", ""),
        }
        for row in data["rule"]
    ]


def load_missing(rule_model: Any) -> None:
    """Add the shipped rules whose key the table does not know; what the district edited stays."""
    known = set(rule_model.objects.values_list("key", flat=True))
    rule_model.objects.bulk_create(rule_model(**row) for row in shipped_rules() if row["key"] not in known)
