"""docs/states/ shows the tables as they are, and the tables are whole."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from deliberation.states import FINAL_STATES, ISSUE_TRANSITIONS, STATE_GROUPS, TOPIC_GROUPS, IssueState, TopicState
from portal.management.commands import state_diagrams


def test_diagrams_are_current() -> None:
    call_command("state_diagrams", check=True)


def test_a_stale_diagram_is_named(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_diagrams, "FOLDER", tmp_path)
    with pytest.raises(CommandError, match=r"docs/states/issue\.md is not what deliberation/states\.py says"):
        call_command("state_diagrams", check=True)
    call_command("state_diagrams")
    call_command("state_diagrams", check=True)


@pytest.mark.parametrize("noun", list(state_diagrams.TABLES))
def test_each_table_reaches_every_state_and_leaves_each_but_the_last(noun: str) -> None:
    table = state_diagrams.TABLES[noun]
    moves = [(old, new) for moves in table.transitions.values() for old, new in moves.items()]
    assert {new for _, new in moves} | {table.first} == set(table.states)
    assert set(table.states) - {old for old, _ in moves} <= table.final
    assert set(table.transitions) <= set(table.titles)


def test_every_state_can_be_reached_and_left() -> None:
    moves = [(old, new) for table in ISSUE_TRANSITIONS.values() for old, new in table.items()]
    assert {new for _, new in moves} == set(IssueState) - {IssueState.RAISED}
    assert {old for old, _ in moves} == set(IssueState) - FINAL_STATES


def test_every_state_is_in_one_group() -> None:
    grouped = [state for group in STATE_GROUPS.values() for state in group]
    assert sorted(grouped) == sorted(IssueState)


def test_every_state_of_a_topic_is_in_one_group() -> None:
    grouped = [state for group in TOPIC_GROUPS.values() for state in group]
    assert sorted(grouped) == sorted(TopicState)


def test_the_last_group_is_what_is_final() -> None:
    assert STATE_GROUPS["closed"] == FINAL_STATES
