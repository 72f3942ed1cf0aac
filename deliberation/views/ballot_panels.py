"""What those who organise a ballot can do with it now: one form a verb."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import HttpRequest
from django.utils import timezone

from community.models import Area, User
from deliberation import ballot_permissions as permissions
from deliberation.ballot_queries import places_below
from deliberation.forms.ballot_papers import ObjectForm
from deliberation.forms.ballots import INVITING, AmongForm, NoticeForm, ReasonForm
from deliberation.models import Ballot
from deliberation.models.resolutions import PublicNoticeKind
from deliberation.states import BALLOT_TRANSITIONS, BallotState
from deliberation.workflow.sheets import PAPER_CHANNELS

MAY = {
    "notice": permissions.can_organise,
    "open": permissions.can_open,
    "count": permissions.can_count,
    "void": permissions.can_void,
    "withdraw": permissions.can_organise,
    "object": permissions.can_object_to_roll,
}


def ballot_form(verb: str, ballot: Ballot, data: Any = None, among: Area | None = None) -> Form:
    """Return the form of a verb."""
    # Several stand on one page; their fields are told apart.
    ids = f"{verb}_%s"
    if verb == "notice":
        return NoticeForm(data, ballot=ballot, among=among, auto_id=ids)
    if verb == "object":
        return ObjectForm(data, auto_id=ids)
    return ReasonForm(data, auto_id=ids) if verb in ("void", "withdraw") else Form(data, auto_id=ids)


def panels(request: HttpRequest, ballot: Ballot, failed: tuple[str, Any] | None = None) -> dict[str, Any]:
    """Return the forms of the verbs that this person can do now, with the one that a refusal brings back."""
    if not request.user.is_authenticated:
        return {"panels": {}}
    state, among = BallotState(ballot.state), chosen_place(request, ballot)
    offered = {
        verb: ballot_form(verb, ballot, among=among)
        for verb, may in MAY.items()
        if is_in_state(ballot, state, verb) and has_come(ballot, verb) and may(request.user, ballot)
    }
    if failed is not None and failed[0] in offered:
        offered[failed[0]] = failed[1]
    invites = "notice" in offered and ballot.rule.electorate in INVITING
    return {
        "panels": offered,
        "failed_verb": failed[0] if failed else "",
        "among": AmongForm(ballot=ballot, initial={"among": among or ballot.area}) if invites else None,
        "handles_paper": state in (BallotState.NOTICED, BallotState.OPEN) and handles_paper(request.user, ballot),
        "answers_objections": state == BallotState.NOTICED and permissions.can_answer_objection(request.user, ballot),
        "sees_named_papers": permissions.can_see_named_papers(request.user, ballot),
    }


def is_in_state(ballot: Ballot, state: BallotState, verb: str) -> bool:
    """Return whether a verb can start from a state; objections, while the roll is shown."""
    if verb == "object":
        shown = ballot.notices.running(timezone.now()).filter(kind=PublicNoticeKind.ROLL)
        return state == BallotState.NOTICED and shown.exists()
    return state in BALLOT_TRANSITIONS[verb]


def has_come(ballot: Ballot, verb: str) -> bool:
    """Return whether the hour of a verb has come, where it has one."""
    hours = {"open": ballot.opens_at, "count": ballot.closes_at}
    return verb not in hours or hours[verb] <= timezone.now()


def chosen_place(request: HttpRequest, ballot: Ballot) -> Area | None:
    """Return the part of the place that the address asks for, to invite people from."""
    sent = request.GET.get("among", "")
    known = sent.isascii() and sent.isdecimal() and len(sent) < 18
    return places_below(ballot.area).filter(pk=int(sent)).first() if known else None


def handles_paper(user: User, ballot: Ballot) -> bool:
    """Return whether somebody hands out or types papers of a ballot that takes any."""
    takes_paper = bool(set(ballot.channels) & set(PAPER_CHANNELS))
    return takes_paper and (permissions.can_hand_out(user, ballot) or permissions.can_enter_papers(user, ballot))
