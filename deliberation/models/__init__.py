"""The tables of the deliberation app, one module a noun."""

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
    "Category",
    "Endorsement",
    "Follow",
    "Hall",
    "Issue",
    "IssueEvent",
    "IssuePhoto",
    "NumberSeries",
    "PhotoDraft",
    "Venue",
]
