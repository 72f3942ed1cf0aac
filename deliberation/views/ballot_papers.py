"""Votes on paper on the screen of those who hand them out and type them, and the objections to a roll."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from community.errors import Refused
from community.missing import NothingThere
from community.models import User
from community.paging import next_url, page
from deliberation import ballot_permissions as permissions
from deliberation.forms.ballot_papers import (
    AnswerForm,
    BatchForm,
    CancelForm,
    HandOutForm,
    OwnerPaperForm,
    vote_label,
)
from deliberation.forms.rows import ID_DIGITS
from deliberation.models import Ballot, Objection, RollEntry
from deliberation.models.ballot_sheets import SheetState
from deliberation.models.resolutions import ObjectionState
from deliberation.states import BallotState
from deliberation.views.ballot_acting import status_of
from deliberation.views.ballots import find_ballot
from deliberation.workflow.owner_papers import check_owner_paper, enter_owner_paper, withdraw_owner_paper
from deliberation.workflow.paper import (
    cancel_paper,
    check_batch,
    enter_batch,
    hand_out_paper,
    take_back_paper,
    withdraw_batch,
)
from deliberation.workflow.publicity import objections_to
from deliberation.workflow.roll_objecting import answer_objection
from deliberation.workflow.sheets import PAPER_CHANNELS

ROLL_SIZE = 30
# Which form each act reads; those without one read only whose paper it is.
FORMS: dict[str, Any] = {
    "hand_out": HandOutForm,
    "cancel": CancelForm,
    "enter_batch": BatchForm,
    "check_batch": BatchForm,
    "enter_owner_paper": OwnerPaperForm,
    "check_owner_paper": OwnerPaperForm,
}
DONE = {
    "take_back": lambda: _("收回了，这一票算投了。"),
    "cancel": lambda: _("注销了，可以重新领票，也可以在网上投。"),
    "enter_batch": lambda: _("录好一遍，请另一个人再录一遍。"),
    "check_batch": lambda: _("两个人录的一样，这一批算数。"),
    "withdraw_batch": lambda: _("撤回了，可以重新录。"),
    "enter_owner_paper": lambda: _("录好一遍，请另一个人再录一遍。"),
    "withdraw_owner_paper": lambda: _("撤回了，可以重新录。"),
}


def sent_id(request: HttpRequest, name: str) -> int:
    """Return an id as it was sent; 0, which no row has, for anything else."""
    text = request.POST.get(name, "") or request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= ID_DIGITS else 0


@login_required
@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def ballot_paper(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """The roll with its papers, and what waits to be typed; a new stub or receipt is the answer to its form."""
    ballot = find_ballot(request, ballot_id)
    assert request.user.is_authenticated  # login_required
    if not (permissions.can_hand_out(request.user, ballot) or permissions.can_enter_papers(request.user, ballot)):
        raise NothingThere(_("没有这一页，或者纸质票不归您办。"))
    if request.method != "POST":
        return show_papers(request, ballot)
    act = request.POST.get("act", "")
    form = form_of(act, ballot, request)
    if form is None or not form.is_valid():
        return show_papers(request, ballot, failed=(act, form), status=422)
    try:
        code = do(act, ballot, request, request.user, form.cleaned_data)
    except Refused as refused:
        return show_papers(request, ballot, failed=(act, form), sentence=str(refused), status=status_of(refused))
    if code:
        return render(request, "deliberation/ballots/stub.html", {"ballot": ballot, "code": code, "act": act})
    messages.success(request, DONE[act]())
    return redirect("ballot_paper", ballot_id=ballot.pk)


def form_of(act: str, ballot: Ballot, request: HttpRequest) -> forms.Form | None:
    """Return the form of an act as it was sent; None for an act that is none."""
    if act not in FORMS:
        return forms.Form(request.POST) if act in DONE else None
    kind = FORMS[act]
    if kind is CancelForm:
        return CancelForm(request.POST)
    if kind is HandOutForm:
        return HandOutForm(request.POST, ballot=ballot)
    found: forms.Form = kind(request.POST, request.FILES, ballot=ballot, again=act.startswith("check"))
    return found


def do(act: str, ballot: Ballot, request: HttpRequest, by: User, data: dict[str, Any]) -> str:
    """Do one act; returns the code that a voter is given, where there is one."""
    at, entry = timezone.now(), sent_id(request, "entry")
    if act == "hand_out":
        return hand_out_paper(ballot, by=by, at=at, entry=entry, **data)
    if act in ("take_back", "cancel"):
        verb = take_back_paper if act == "take_back" else cancel_paper
        verb(ballot, by=by, at=at, entry=entry, **data)
    elif act == "enter_batch":
        enter_batch(ballot, by=by, at=at, **data)
    elif act == "enter_owner_paper":
        enter_owner_paper(ballot, by=by, at=at, entry=entry, **data)
    elif act in ("check_batch", "withdraw_batch"):
        batch = get_object_or_404(ballot.batches, pk=sent_id(request, "batch"))
        batch_verb: Any = check_batch if act == "check_batch" else withdraw_batch
        batch_verb(batch, by=by, at=at, **data)
    else:
        paper = get_object_or_404(ballot.owner_papers, pk=sent_id(request, "paper"))
        if act == "check_owner_paper":
            return check_owner_paper(paper, by=by, at=at, **data)
        withdraw_owner_paper(paper, by=by, at=at)
    return ""


def show_papers(
    request: HttpRequest, ballot: Ballot, *, failed: tuple[str, Any] = ("", None), sentence: str = "", status: int = 200
) -> HttpResponse:
    """Render the page; a form that was refused says why and does not come back with what stood on a paper."""
    user: Any = request.user
    act, form = failed
    faults = [one for errors in form.errors.values() for one in errors] if form is not None else []
    rows, cursor = page(roll_of(ballot), ("pk",), request.GET.get("after", ""), ROLL_SIZE)
    chosen = RollEntry.objects.filter(ballot=ballot, pk=sent_id(request, "entry")).first()
    waiting_batches = list(ballot.batches.filter(state=SheetState.ENTERED))
    waiting_papers = list(ballot.owner_papers.filter(state=SheetState.ENTERED).select_related("entry"))
    context = {
        "ballot": ballot,
        "sentence": sentence or _("；").join(str(one) for one in faults),
        "may_hand_out": permissions.can_hand_out(user, ballot) and not ballot.is_named,
        "may_enter": permissions.can_enter_papers(user, ballot),
        "is_open": ballot.state == BallotState.OPEN,
        "rows": [(one, vote_label(one), one.channel in PAPER_CHANNELS) for one in rows],
        "next_url": next_url(request.GET, cursor),
        "chosen": chosen,
        "chosen_label": vote_label(chosen) if chosen else "",
        "hand_out": HandOutForm(ballot=ballot),
        "cancel": CancelForm(),
        "batch_form": BatchForm(ballot=ballot),
        "batches": [(one, BatchForm(ballot=ballot, again=True, auto_id=f"batch{one.pk}_%s")) for one in waiting_batches],
        "owner_form": OwnerPaperForm(ballot=ballot) if ballot.is_named else None,
        "papers": [(one, vote_label(one.entry), OwnerPaperForm(ballot=ballot, again=True, auto_id=f"paper{one.pk}_%s"))
                   for one in waiting_papers],
        "act": act,
    }  # fmt: skip
    return render(request, "deliberation/ballots/papers.html", context, status=status)


def roll_of(ballot: Ballot) -> QuerySet[RollEntry]:
    """Return a roll with all that tells its votes apart for staff."""
    return (
        RollEntry.objects.filter(ballot=ballot)
        .defer("box")
        .prefetch_related("voters__resident__home", "voters__resident__user", "dwellings__dwelling")
    )


# --- Objections ---------------------------------------------------------------------------------------------
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ballot_objections(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """The objections to a roll, for those who answer them."""
    ballot = find_ballot(request, ballot_id)
    assert request.user.is_authenticated  # login_required
    if not permissions.can_answer_objection(request.user, ballot):
        raise NothingThere(_("没有这一页，或者名册的异议不归您答复。"))
    sent, sentence, status = None, "", 200
    if request.method == "POST":
        objection = get_object_or_404(objections_to(ballot), pk=sent_id(request, "objection"))
        sent = (objection.pk, AnswerForm(request.POST, ballot=ballot, auto_id=f"answer{objection.pk}_%s"))
        status = 422
        if sent[1].is_valid():
            try:
                answer_objection(objection, by=request.user, at=timezone.now(), **sent[1].cleaned_data)
            except Refused as refused:
                sentence, status = str(refused), status_of(refused)
            else:
                messages.success(request, _("答复了，提异议的人会收到通知。"))
                return redirect("ballot_objections", ballot_id=ballot.pk)
    rows = [(one, answer_form(one, ballot, sent)) for one in objections_to(ballot).order_by("-pk")]
    context = {"ballot": ballot, "rows": rows, "sentence": sentence}
    return render(request, "deliberation/ballots/objections.html", context, status=status)


def answer_form(objection: Objection, ballot: Ballot, sent: tuple[int, AnswerForm] | None) -> AnswerForm | None:
    """Return the form of an objection that waits, as it was sent or empty."""
    if objection.state != ObjectionState.OPEN or ballot.state != BallotState.NOTICED:
        return None
    if sent is not None and sent[0] == objection.pk:
        return sent[1]
    return AnswerForm(ballot=ballot, auto_id=f"answer{objection.pk}_%s")
