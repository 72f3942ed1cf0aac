"""The verbs of the deliberation app."""

from deliberation.workflow.contacting import reveal_reporter_phone
from deliberation.workflow.handling import (
    accept_issue,
    close_issue,
    dispatch_issue,
    note_progress,
    refuse_issue,
    resolve_issue,
)
from deliberation.workflow.raising import raise_issue, withdraw_issue
from deliberation.workflow.rating import lapse_call_back, rate_issue, rework_issue
from deliberation.workflow.reviewing import (
    cover_photo,
    hide_photo,
    hide_words,
    review_issue,
    review_supplement,
    show_photo,
)
from deliberation.workflow.voices import endorse_issue, follow_issue, supplement_issue
from deliberation.workflow.waiting import ask_reporter, resume_work

__all__ = [
    "accept_issue",
    "ask_reporter",
    "close_issue",
    "cover_photo",
    "dispatch_issue",
    "endorse_issue",
    "follow_issue",
    "hide_photo",
    "hide_words",
    "lapse_call_back",
    "note_progress",
    "raise_issue",
    "rate_issue",
    "refuse_issue",
    "resolve_issue",
    "resume_work",
    "reveal_reporter_phone",
    "review_issue",
    "review_supplement",
    "rework_issue",
    "show_photo",
    "supplement_issue",
    "withdraw_issue",
]
