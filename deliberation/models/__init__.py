"""The tables of the deliberation app, one module a noun."""

from deliberation.models.ballots import (
    Ballot,
    BallotOption,
    BallotPaper,
    BallotReceipt,
    BallotResult,
    RollDwelling,
    RollEntry,
    RollVoter,
)
from deliberation.models.decisions import DecisionRule
from deliberation.models.halls import Hall, Venue
from deliberation.models.issues import (
    Category,
    Endorsement,
    Follow,
    Issue,
    IssueEvent,
    IssuePhoto,
    NumberSeries,
    PhotoDraft,
)

__all__ = [
    "Ballot",
    "BallotOption",
    "BallotPaper",
    "BallotReceipt",
    "BallotResult",
    "Category",
    "DecisionRule",
    "Endorsement",
    "Follow",
    "Hall",
    "Issue",
    "IssueEvent",
    "IssuePhoto",
    "NumberSeries",
    "PhotoDraft",
    "RollDwelling",
    "RollEntry",
    "RollVoter",
    "Venue",
]
