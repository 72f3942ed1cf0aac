"""The verbs of the deliberation app."""

from deliberation.workflow.contacting import reveal_reporter_phone
from deliberation.workflow.discussing import (
    add_argument,
    add_option,
    add_statement,
    answer_amendment,
    propose_amendment,
    take_stance,
)
from deliberation.workflow.halls import (
    add_method,
    add_venue,
    close_hall,
    close_method,
    close_venue,
    edit_hall,
    edit_method,
    edit_venue,
    open_hall,
)
from deliberation.workflow.handling import (
    accept_issue,
    close_issue,
    dispatch_issue,
    note_progress,
    refuse_issue,
    resolve_issue,
)
from deliberation.workflow.proposing import propose_topic
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
from deliberation.workflow.scopes import add_scope, change_scope, end_scope
from deliberation.workflow.topics import (
    answer_topic,
    confirm_topic,
    endorse_topic,
    follow_topic,
    notice_topic,
    refuse_topic,
    withdraw_topic,
)
from deliberation.workflow.voices import endorse_issue, follow_issue, supplement_issue
from deliberation.workflow.waiting import ask_reporter, resume_work

__all__ = [
    "accept_issue",
    "add_argument",
    "add_method",
    "add_option",
    "add_scope",
    "add_statement",
    "add_venue",
    "answer_amendment",
    "answer_topic",
    "ask_reporter",
    "change_scope",
    "close_hall",
    "close_issue",
    "close_method",
    "close_venue",
    "confirm_topic",
    "cover_photo",
    "dispatch_issue",
    "edit_hall",
    "edit_method",
    "edit_venue",
    "end_scope",
    "endorse_issue",
    "endorse_topic",
    "follow_issue",
    "follow_topic",
    "hide_photo",
    "hide_words",
    "lapse_call_back",
    "note_progress",
    "notice_topic",
    "open_hall",
    "propose_amendment",
    "propose_topic",
    "raise_issue",
    "rate_issue",
    "refuse_issue",
    "refuse_topic",
    "resolve_issue",
    "resume_work",
    "reveal_reporter_phone",
    "review_issue",
    "review_supplement",
    "rework_issue",
    "show_photo",
    "supplement_issue",
    "take_stance",
    "withdraw_issue",
    "withdraw_topic",
]
