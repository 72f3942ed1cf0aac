"""Ballots: the acts of the table."""

from __future__ import annotations

from typing import Any

from deliberation.models import DecisionRule, Objection, RollEntry
from tests.attacks import proceedings
from tests.attacks.acts.base import STAFF_OF_PLACE, Act, Given, fixed
from tests.attacks.proceedings import hours

MINUTES = "%Y-%m-%dT%H:%M"


def drafting(given: Given) -> dict[str, Any]:
    """Return a lawful draft."""
    return {
        "question": "车棚装不装充电桩", "area": given.district.community.pk, "method": "decision", "options": "",
        "rule": DecisionRule.objects.get(key="hall_consultation").pk, "most_points": "5", "channels": ["online"],
        "may_change": "on", "opens_at": f"{hours(48):{MINUTES}}", "closes_at": f"{hours(72):{MINUTES}}",
    }  # fmt: skip


def inviting(given: Given) -> dict[str, Any]:
    """Invite everybody of the community."""
    return {"among": given.district.community.pk, "whom": "all"}


def first_paper(given: Given) -> dict[str, Any]:
    """Hand out a paper for the first vote of the roll."""
    entry = RollEntry.objects.filter(ballot=int(given.made.there[0])).order_by("pk").first()
    return {"act": "hand_out", "entry": entry.pk if entry else 0, "channel": "paper", "note": ""}


def declining(given: Given) -> dict[str, Any]:
    """Answer the objection to a roll."""
    return {"objection": Objection.objects.get().pk, "uphold": "0", "answer": "名册照登记做，没有少人"}


def act(verb: str, may: set[str], form: Any, build: Any) -> dict[str, Act]:
    """Return one verb's row."""
    return {f"ballot_action {verb}": Act(may, form, build, verb)}


BALLOTS = {
    "new_ballot": Act(STAFF_OF_PLACE, drafting),
    "ballot_vote": Act({"resident"}, fixed(choice="yes"), proceedings.open_ballot),
    # Tellers and the owners' committee alone, who are none of the table's people.
    "ballot_tellers": Act(set(), fixed(), proceedings.open_ballot),
    "ballot_paper": Act(STAFF_OF_PLACE, first_paper, proceedings.paper_ballot),
    "ballot_objections": Act(STAFF_OF_PLACE, declining, proceedings.objected_roll),
    **act("notice", STAFF_OF_PLACE, inviting, proceedings.draft_ballot),
    **act("open", STAFF_OF_PLACE, fixed(), proceedings.noticed_ballot),
    **act("count", STAFF_OF_PLACE, fixed(), proceedings.over_ballot),
    **act("void", {"town_officer"}, fixed(reason="问题写错了"), proceedings.open_ballot),
    **act("withdraw", STAFF_OF_PLACE, fixed(reason="问题写错了"), proceedings.draft_ballot),
}
