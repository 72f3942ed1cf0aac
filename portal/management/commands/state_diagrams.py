"""Draw each transition table into docs/states/, or check that what stands there is current."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import TextChoices
from django.utils import translation

from deliberation.chain import TITLES
from deliberation.log_actions import (
    APPRAISAL_TITLES,
    BALLOT_TITLES,
    COMMITMENT_TITLES,
    RESOLUTION_TITLES,
    SESSION_TITLES,
    TOPIC_TITLES,
)
from deliberation.states import (
    APPRAISAL_TRANSITIONS,
    BALLOT_FINAL,
    BALLOT_TRANSITIONS,
    COMMITMENT_TRANSITIONS,
    FINAL_STATES,
    ISSUE_TRANSITIONS,
    RESOLUTION_TRANSITIONS,
    SESSION_TRANSITIONS,
    TOPIC_FINAL,
    TOPIC_TRANSITIONS,
    AppraisalState,
    BallotState,
    CommitmentState,
    IssueState,
    ResolutionState,
    SessionState,
    TopicState,
)

FOLDER = Path(settings.BASE_DIR) / "docs" / "states"


@dataclass(frozen=True)
class Table:
    """One noun's table: the enum, where it begins and ends, what leads from where to where, and the verbs' names."""

    noun: str
    source: str
    states: type[TextChoices]
    first: TextChoices
    final: frozenset[Any]
    transitions: Mapping[str, Mapping[Any, Any]]
    titles: Mapping[str, object]


SOURCE = "deliberation/states.py"
TABLES = {
    "issue": Table("问题", SOURCE, IssueState, IssueState.RAISED, FINAL_STATES, ISSUE_TRANSITIONS, TITLES),
    "ballot": Table("表决", SOURCE, BallotState, BallotState.DRAFT, BALLOT_FINAL, BALLOT_TRANSITIONS, BALLOT_TITLES),
    "topic": Table("议题", SOURCE, TopicState, TopicState.PROPOSED, TOPIC_FINAL, TOPIC_TRANSITIONS, TOPIC_TITLES),
    "session": Table(
        "会议",
        SOURCE,
        SessionState,
        SessionState.PLANNED,
        frozenset({SessionState.CLOSED, SessionState.CANCELLED}),
        SESSION_TRANSITIONS,
        SESSION_TITLES,
    ),
    "resolution": Table(
        "决议",
        SOURCE,
        ResolutionState,
        ResolutionState.PUBLISHED,
        frozenset({ResolutionState.EVALUATED, ResolutionState.REVOKED}),
        RESOLUTION_TRANSITIONS,
        RESOLUTION_TITLES,
    ),
    # What is done can be opened again, and ends with its resolution.
    "commitment": Table(
        "任务",
        SOURCE,
        CommitmentState,
        CommitmentState.OPEN,
        frozenset({CommitmentState.DONE, CommitmentState.DROPPED}),
        COMMITMENT_TRANSITIONS,
        COMMITMENT_TITLES,
    ),
    "appraisal": Table(
        "评议监督",
        SOURCE,
        AppraisalState,
        AppraisalState.DRAFT,
        frozenset({AppraisalState.PUBLISHED, AppraisalState.WITHDRAWN}),
        APPRAISAL_TRANSITIONS,
        APPRAISAL_TITLES,
    ),
}


class Command(BaseCommand):
    """Writes one file a noun."""

    help = "Generate docs/states/ from the transition tables; --check only compares."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to compare only."""
        parser.add_argument("--check", action="store_true", help="exit 1 where a file differs, and write nothing")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Write the files, or name the first that is not current."""
        for name, table in TABLES.items():
            path, drawn = FOLDER / f"{name}.md", page(table)
            if check and (not path.exists() or path.read_text(encoding="utf-8") != drawn):
                raise CommandError(
                    f"docs/states/{name}.md is not what {table.source} says: run manage.py state_diagrams"
                )
            if not check:
                FOLDER.mkdir(parents=True, exist_ok=True)
                path.write_text(drawn, encoding="utf-8")


def page(table: Table) -> str:
    """Return the page of a table: a diagram, and the same as a plain table."""
    with translation.override("zh-hans"):
        parts = [
            f"# {table.noun}的状态",
            f"由 `manage.py state_diagrams` 从 `{table.source}` 生成，请勿手改。",
            "```mermaid\n" + "\n".join(diagram(table)) + "\n```",
            "\n".join(rows(table)),
        ]
    return "\n\n".join(parts) + "\n"


def diagram(table: Table) -> list[str]:
    """Return the lines of a Mermaid state diagram, with the verbs on the arrows."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{state.label}" as {state.value}' for state in table.states]
    lines.append(f"    [*] --> {table.first.value}")
    for verb, moves in table.transitions.items():
        lines += [f"    {old.value} --> {new.value}: {table.titles[verb]}" for old, new in moves.items()]
    lines += [f"    {state.value} --> [*]" for state in table.states if state in table.final]
    return lines


def rows(table: Table) -> list[str]:
    """Return the lines of the table: the step, its verb in the code, from where, to where."""
    lines = ["| 步骤 | 动词 | 从 | 到 |", "|---|---|---|---|"]
    for verb, moves in table.transitions.items():
        lines += [f"| {table.titles[verb]} | `{verb}` | {old.label} | {new.label} |" for old, new in moves.items()]
    return lines
