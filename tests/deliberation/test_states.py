from __future__ import annotations

import pytest

from deliberation.models import Issue
from deliberation.sentences import next_step
from deliberation.states import FINAL_STATES, ISSUE_TRANSITIONS, STATE_GROUPS, IssueState, Outcome
from deliberation.workflow.handling import CLOSINGS, REFUSALS

# rules.md section 2, written down once more by hand.
ARROWS = {
    "raised": {"accepted", "refused", "withdrawn"},
    "accepted": {"dispatched", "withdrawn"},
    "dispatched": {"returned", "resolved", "closed"},
    "returned": {"adjudicating", "dispatched"},
    "adjudicating": {"dispatched"},
    "resolved": {"rework", "closed"},
    "rework": {"resolved", "closed"},
    "refused": set(),
    "closed": set(),
    "withdrawn": set(),
}


def arrows() -> dict[str, set[str]]:
    """Return where each state leads by the transition table."""
    found: dict[str, set[str]] = {state.value: set() for state in IssueState}
    for steps in ISSUE_TRANSITIONS.values():
        for start, end in steps.items():
            found[start].add(end.value)
    return found


def test_table_is_that_of_the_rules() -> None:
    assert arrows() == ARROWS


def test_final_states_lead_nowhere_and_every_other_does() -> None:
    assert {state for state, ends in arrows().items() if not ends} == FINAL_STATES


def test_every_state_is_reached() -> None:
    reached = {"raised"}
    for _ in IssueState:
        reached |= {end for state in reached for end in arrows()[state]}
    assert reached == set(IssueState)


def test_every_state_ends_at_last() -> None:
    ending = set(FINAL_STATES)
    for _ in IssueState:
        ending |= {IssueState(state) for state, ends in arrows().items() if ends & ending}
    assert ending == set(IssueState)


def test_public_groups_divide_the_states() -> None:
    listed = [state for group in STATE_GROUPS.values() for state in group]
    assert sorted(listed) == sorted(IssueState)


def test_outcomes_of_staff_are_never_resolved_or_withdrawn() -> None:
    chosen = {Outcome.UNRESOLVED, Outcome.DUPLICATE, Outcome.NOT_OURS}
    assert (set(REFUSALS), set(CLOSINGS)) == (chosen, chosen)


@pytest.mark.parametrize("state", list(IssueState))
def test_what_has_not_ended_has_a_next_step(state: IssueState) -> None:
    assert bool(next_step(Issue(state=state))) == (state not in FINAL_STATES)
