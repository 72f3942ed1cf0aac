"""Resolutions, what people object to them, and commitments: the acts of the table."""

from __future__ import annotations

from typing import Any

from deliberation.models import Commitment, Objection
from tests.attacks import proceedings
from tests.attacks.acts.base import STAFF_OF_PLACE, Act, Given, day, fixed
from tests.attacks.records import Made
from tests.factories import District

RESIDENTS = {"resident", "neighbour"}


def opinion(district: District) -> Made:
    """Make a topic on which a session has come to an opinion."""
    proceedings.concluded(district)
    return Made((), ())


def publishing(given: Given) -> dict[str, Any]:
    """Return a lawful resolution."""
    return {
        "title": "装充电桩",
        "text": "先装四个",
        "task1": "装四个",
        "unit1": given.district.property.pk,
        "due1": day(60),
    }


def on_objection(**fields: Any) -> Any:
    """Return a form about the objection."""
    return lambda given: {"row": Objection.objects.get().pk, **fields}


def on_commitment(**fields: Any) -> Any:
    """Return a form about the commitment."""
    return lambda given: {"row": Commitment.objects.get().pk, **fields}


def act(verb: str, may: set[str], form: Any, build: Any) -> dict[str, Act]:
    """Return one verb's row."""
    return {f"resolution_action {verb}": Act(may, form, build, verb)}


RESOLUTIONS = {
    "new_resolution": Act(STAFF_OF_PLACE, publishing, opinion, query=f"?topic={proceedings.CONCLUDED}"),
    **act("object", RESIDENTS, fixed(text="没有通知我家"), proceedings.shown_resolution),
    **act("answer", STAFF_OF_PLACE, on_objection(uphold="0", answer="通知贴在楼下"), proceedings.objected_resolution),
    **act("revoke", {"town_officer"}, fixed(reason="重新议"), proceedings.upheld_resolution),
    **act("evaluate", RESIDENTS, fixed(rating="5", text=""), proceedings.rated_resolution),
    **act("update", {"handler", *STAFF_OF_PLACE}, on_commitment(text="材料到了"), proceedings.running_resolution),
    **act("finish", {"handler"}, on_commitment(text="装好了"), proceedings.running_resolution),
    **act("drop", {"town_officer"}, on_commitment(reason="改由供电公司装"), proceedings.running_resolution),
    **act("reopen", STAFF_OF_PLACE, on_commitment(reason="少装一个"), proceedings.rated_resolution),
}
