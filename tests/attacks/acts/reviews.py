"""Reviewing and appeals: the acts of the table."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from community.models import (
    Hiding,
)
from deliberation import workflow as handling
from deliberation.models import IssueEvent
from tests.attacks import records
from tests.attacks.acts.base import (
    PLACE_AND_ABOVE,
    STAFF_OF_PLACE,
    Act,
    Given,
    fixed,
    no_fields,
    no_record,
)
from tests.attacks.records import Made
from tests.factories import District


def refused_words(district: District) -> Made:
    """Hide a neighbour's words; they have not appealed yet."""
    words = records.written(district, is_public=True)
    handling.hide_words(words, by=district.worker2, at=timezone.now(), reason="personal", note="有门牌号")
    return records.numbered(Hiding.objects.get().pk)


def public_supplement(district: District) -> Made:
    """Write a neighbour's words to a public issue."""
    made = records.written(district, is_public=True)
    return Made((made.issue.number, made.pk), ())


def waiting_words(district: District) -> Made:
    """Write a neighbour's words, which wait on the list."""
    records.written(district, is_public=True)
    return no_record(district)


def all_words(given: Given) -> dict[str, Any]:
    """Tick all that was written."""
    written = IssueEvent.objects.filter(verb="supplement")
    return {"chosen": [f"supplement-{pk}" for pk in written.values_list("pk", flat=True)]}


HIDE = {"reason": "personal", "note": "有门牌号"}
REVIEWS = {
    "appeal": Act(PLACE_AND_ABOVE, fixed(result="grant", decision="可以公开"), records.hiding),
    "cover": Act(STAFF_OF_PLACE, fixed(boxes="0,0,500,500"), records.photo),
    "reviews": Act(STAFF_OF_PLACE, all_words, waiting_words),
    "review_action publish words": Act(STAFF_OF_PLACE, no_fields, records.words, "publish"),
    "review_action hide words": Act(STAFF_OF_PLACE, fixed(**HIDE), records.words, "hide"),
    "review_action publish photo": Act(STAFF_OF_PLACE, no_fields, records.photo, "publish"),
    "review_action hide photo": Act(STAFF_OF_PLACE, fixed(**HIDE), records.photo, "hide"),
    "hiding": Act({"neighbour"}, fixed(text="不是我家"), refused_words),
    "publish_supplement": Act(STAFF_OF_PLACE, build=public_supplement),
}  # fmt: skip
