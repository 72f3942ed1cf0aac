"""The forms of the deliberation app; they validate, and save nothing."""

from deliberation.forms.acting import ACTION_FORMS
from deliberation.forms.raising import IssueForm

__all__ = ["ACTION_FORMS", "IssueForm"]
