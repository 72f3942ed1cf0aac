"""Sessions: the acts of the table."""

from __future__ import annotations

from typing import Any

from deliberation.models import AgendaItem, Ballot
from tests.attacks import proceedings
from tests.attacks.acts.base import STAFF_OF_PLACE, Act, Given, fixed
from tests.attacks.proceedings import hours
from tests.attacks.records import Made
from tests.factories import District
from tests.factories.ballots import drafted

MINUTES = "%Y-%m-%dT%H:%M"


def with_hall(district: District) -> Made:
    """Make the hall that meets."""
    proceedings.hall_of(district)
    return Made((), ())


def planning(given: Given) -> dict[str, Any]:
    """Return a lawful plan."""
    return {
        "title": "十一月议事会", "kind": "hall", "place": "活动室",
        "starts_at": f"{hours(48):{MINUTES}}", "ends_at": f"{hours(50):{MINUTES}}",
    }  # fmt: skip


def row(given: Given) -> int:
    """Return the topic on the agenda."""
    return AgendaItem.objects.get().topic_id


def on_topic(**fields: Any) -> Any:
    """Return a form about the topic on the agenda."""
    return lambda given: {"row": row(given), **fields}


def with_ballot(district: District) -> Made:
    """Make a session, and a draft that can be put to its topic."""
    made = proceedings.held_session(district)
    drafted(district.worker, district.community, hours(0))
    return made


def attaching(given: Given) -> dict[str, Any]:
    """Put the draft to the topic."""
    return {"row": row(given), "ballot": Ballot.objects.get().pk}


def act(verb: str, may: set[str], form: Any, build: Any) -> dict[str, Act]:
    """Return one verb's row."""
    return {f"session_action {verb}": Act(may, form, build, verb)}


SESSIONS = {
    "new_session": Act(STAFF_OF_PLACE, planning, with_hall),
    **act("notice", STAFF_OF_PLACE, fixed(), proceedings.planned_session),
    **act("open", STAFF_OF_PLACE, fixed(), proceedings.come_session),
    **act("close", STAFF_OF_PLACE, fixed(attended="21", summary="都说了话"), proceedings.held_session),
    **act("cancel", STAFF_OF_PLACE, fixed(reason="下大雨"), proceedings.come_session),
    **act("agenda", STAFF_OF_PLACE, fixed(topics=[]), proceedings.planned_session),
    # Its moderator and its recorder alone, who are none of the table's people.
    **act("opinion", set(), on_topic(text="装，先装四个"), proceedings.held_session),
    **act("adjourn", set(), on_topic(reason="再议一次"), proceedings.held_session),
    **act("attach", STAFF_OF_PLACE, attaching, with_ballot),
}
