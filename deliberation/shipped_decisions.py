"""The shipped decision rules as rows of their table; a migration loads those that are missing."""

from __future__ import annotations

from typing import Any

from deliberation.decision import RULES, DecisionRule


def load_missing(rule_model: Any) -> None:
    """Add the shipped rules whose key the table does not know; what the district edited stays."""
    known = set(rule_model.objects.values_list("key", flat=True))
    rows = [columns_of(rule) for rule in RULES.values() if rule.key not in known]
    rule_model.objects.bulk_create(rule_model(**row) for row in rows)


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
        "mark": rule.mark,
        "citation": rule.citation,
        "is_confirmed": rule.confirmed,
        "in_force_from": rule.in_force_from,
        "in_force_to": rule.in_force_to,
        "note": rule.note,
    }
