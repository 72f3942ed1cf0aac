"""Appraisals: the acts of the table."""

from __future__ import annotations

from typing import Any

from tests.attacks import proceedings
from tests.attacks.acts.base import STAFF_OF_PLACE, Act, Given, day, fixed
from tests.attacks.proceedings import hours


def drafting(given: Given) -> dict[str, Any]:
    """Return a lawful draft about the property company."""
    return {
        "title": "物业评议", "area": given.district.compound.pk, "unit": given.district.property.pk,
        "period_from": day(-90), "period_to": day(-1), "opens_at": f"{hours(48):%Y-%m-%dT%H:%M}",
    }  # fmt: skip


def act(verb: str, may: set[str], form: Any, build: Any) -> dict[str, Act]:
    """Return one verb's row."""
    return {f"appraisal_action {verb}": Act(may, form, build, verb)}


APPRAISALS = {
    "new_appraisal": Act(STAFF_OF_PLACE, drafting),
    **act("voice", {"resident", "neighbour"}, fixed(rating="4", text=""), proceedings.open_appraisal),
    **act("notice", STAFF_OF_PLACE, fixed(), proceedings.draft_appraisal),
    **act("withdraw", STAFF_OF_PLACE, fixed(reason="名称写错了"), proceedings.draft_appraisal),
}
