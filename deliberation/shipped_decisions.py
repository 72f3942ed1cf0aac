"""The shipped decision rules as rows of their table; a migration loads those that are missing."""

from __future__ import annotations

from typing import Any

from deliberation.decision import RULES, DecisionRule


def load_missing(rule_model: Any) -> None:
    """Add the shipped rules whose key the table does not know; what the district edited stays."""
    known = set(rule_model.objects.values_list("key", flat=True))
    # A migration's table may not have a column yet that a later one adds and fills.
    columns = {field.name for field in rule_model._meta.get_fields()}
    rows = [columns_of(rule) for rule in RULES.values() if rule.key not in known]
    rule_model.objects.bulk_create(
        rule_model(**{name: value for name, value in row.items() if name in columns}) for row in rows
    )


def fill_extensions(rule_model: Any) -> None:
    """Write how often a shipped rule lets a closing be put off, into rows from before that was a column."""
    for rule in RULES.values():
        rows = rule_model.objects.filter(key=rule.key, extensions_most=0, in_force_from=rule.in_force_from)
        rows.update(extensions_most=rule.extensions_most, extension_days=rule.extension_days)
        for row in rule_model.objects.filter(key=rule.key, in_force_from=rule.in_force_from):
            if row.note != rule.note and rule.note.startswith(row.note):
                row.note = rule.note
                row.save(update_fields=["note"])


def columns_of(rule: DecisionRule) -> dict[str, object]:
    """Return a rule as the columns of its row."""
    return {
        "key": rule.key,
        "name": rule.name,
        "electorate": rule.electorate,
        "has_area": rule.is_named,
        "participation_numerator": rule.participation.value.numerator,
        "participation_denominator": rule.participation.value.denominator,
        "participation_inclusive": rule.participation.inclusive,
        "approval_numerator": rule.approval.value.numerator,
        "approval_denominator": rule.approval.value.denominator,
        "approval_inclusive": rule.approval.inclusive,
        "notice_days": rule.notice_days,
        "silence_citation": rule.silence_citation,
        "extensions_most": rule.extensions_most,
        "extension_days": rule.extension_days,
        "mark": rule.mark,
        "citation": rule.citation,
        "is_confirmed": rule.confirmed,
        "in_force_from": rule.in_force_from,
        "in_force_to": rule.in_force_to,
        "note": rule.note,
    }
