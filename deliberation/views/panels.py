"""Which forms an issue's page offers to somebody: what they may do, and what can be done now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from community.keeping import take
from community.models import Clock
from community.permissions import Person
from deliberation import permissions
from deliberation.forms import ACTION_FORMS
from deliberation.models import Follow, Issue
from deliberation.states import ISSUE_TRANSITIONS, IssueState
from deliberation.workflow.waiting import PAUSABLE


@dataclass(frozen=True)
class Panel:
    """One form on the page: the verb it sends, its words, and whether it was just refused."""

    verb: str
    form: Any
    is_open: bool = False

    @property
    def title(self) -> str:
        """Return what the step is called."""
        return str(WORDS[self.verb][0])

    @property
    def button(self) -> str:
        """Return what the button says."""
        return str(WORDS[self.verb][1])

    @property
    def note(self) -> str:
        """Return a sentence of help, or ''."""
        return str(WORDS[self.verb][2])


# Staff's steps in the order of the work: title, button, help.
WORDS = {
    "accept": (_("受理"), _("受理"), _("受理之后接着派单，两步一个时限。")),
    "dispatch": (_("派单"), _("派给这个单位"), _("最可能的单位排在最前。时限从派单第二天算起。")),
    "resolve": (_("办结"), _("办好了，交照片"), ""),
    "review": (_("审看，公开"), _("看过，公开"), ""),
    "rework": (_("督办：再办一次"), _("退回，再办一次"), ""),
    "resume": (_("接着办"), _("接着算时限"), _("反映人答复了，或者不用再等。")),
    "progress": (_("写进展"), _("写上进展"), ""),
    "ask": (
        _("要等反映人"),
        _("停下时限，问反映人"),
        _("约上门时间、要补照片，都可以问。答复之前不计时；太久没有答复，时限自动接着算。"),
    ),
    "refuse": (pgettext_lazy("what to do", "不受理"), _("答复：不受理"), ""),
    "withhold": (pgettext_lazy("what to do", "不公开"), _("不公开，仍然办理"), ""),
    "close": (_("办不成，结案"), _("结案"), _("没有办成的，写清楚原因，大家都看得到。")),
}


MAY = {
    "review": permissions.can_review,
    "withhold": permissions.can_review,
    "accept": permissions.can_accept,
    "refuse": permissions.can_refuse,
    "dispatch": permissions.can_dispatch,
    "progress": permissions.can_note_progress,
    "ask": permissions.can_note_progress,
    "resume": permissions.can_note_progress,
    "resolve": permissions.can_resolve,
    "rate": permissions.can_rate,
    "rework": permissions.can_supervise,
    "close": permissions.can_close,
    "withdraw": permissions.can_withdraw,
    "endorse": permissions.can_endorse,
    "follow": permissions.can_follow,
    "supplement": permissions.can_supplement,
}


def is_possible(verb: str, issue: Issue, clock: Clock | None) -> bool:
    """Return whether `verb` can happen to the issue as it stands; `clock` is its soonest open one."""
    state = IssueState(issue.state)
    if verb in ("ask", "resume"):
        return clock is not None and clock.kind in PAUSABLE and (clock.paused_at is not None) == (verb == "resume")
    if verb == "review":
        return not issue.is_public and not issue.is_private and state != IssueState.WITHDRAWN
    if verb == "withhold":
        return issue.reviewed_at is None or issue.is_public
    if verb in ("progress", "endorse", "supplement"):
        return not issue.is_final
    if verb == "follow":
        return True
    if verb == "rate":
        return state == IssueState.RESOLVED and issue.rating is None
    if verb == "rework" or (verb == "close" and state == IssueState.RESOLVED):
        # A resolved issue ends by its rating; only after the last rework has failed does its town close it.
        return issue.is_with_town
    return state in ISSUE_TRANSITIONS[verb]


def panels(
    viewer: Person, issue: Issue, clock: Clock | None, failed: tuple[str, Any] | None = None
) -> dict[str, Panel]:
    """Return the forms to show, by verb; a refused one comes back with what was typed."""
    offered = {}
    for verb, may in MAY.items():
        if not may(viewer, issue):
            continue
        if failed and failed[0] == verb:
            offered[verb] = Panel(verb, failed[1], is_open=True)
        elif is_possible(verb, issue, clock):
            offered[verb] = Panel(verb, action_form(verb, issue))
    return offered


def restored(viewer: Person, issue: Issue, request: HttpRequest) -> tuple[str, Any] | None:
    """Return the form that somebody sent who had to sign in or agree first, with what they had typed."""
    if not viewer.is_authenticated:
        return None
    for verb in ACTION_FORMS:
        typed = take(request, f"{verb} {issue.number}")
        if typed:
            return verb, action_form(verb, issue, initial=typed)
    return None


def action_form(verb: str, issue: Issue, *bound: Any, **options: Any) -> Any:
    """Return the form of a verb, bound to data and files where given; ids of its own, for a page has several."""
    return ACTION_FORMS[verb](*bound, issue=issue, auto_id=f"id_{verb}_%s", **options)


def staff_panels(offered: dict[str, Panel]) -> list[Panel]:
    """Return the panels of staff's steps in the order of the work, a refused one first."""
    steps = [offered[verb] for verb in WORDS if verb in offered]
    return sorted(steps, key=lambda panel: not panel.is_open)


def viewer_marks(viewer: Person, issue: Issue) -> dict[str, bool]:
    """Return whether this person has endorsed or follows the issue."""
    if not viewer.is_authenticated:
        return {"has_endorsed": False, "is_following": False}
    return {
        "has_endorsed": issue.endorsements.filter(user=viewer).exists(),
        "is_following": Follow.objects.filter(issue=issue, user=viewer).exists(),
    }
