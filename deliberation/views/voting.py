"""Casting a vote on the screen. What was chosen goes from the form into the sealed box, and nowhere else.

No redirect carries it, no session, message, log or page: the answer to the form is the receipt itself.
"""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from community.errors import NotAllowed, Refused
from deliberation.ballot_queries import entries_of
from deliberation.forms.voting import VoteForm
from deliberation.models import Ballot, RollEntry
from deliberation.views.ballot_acting import status_of
from deliberation.views.ballots import find_ballot, may_cast, render_ballot, weight_words
from deliberation.workflow.voting import cast_vote, check_may_vote, check_open


@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@require_POST
def ballot_vote(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """Seal one vote and answer with its receipt; whoever has to sign in first chooses again afterwards."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("ballot", args=[ballot_id]))
    ballot = find_ballot(request, ballot_id)
    votes = entries_of(ballot, request.user)
    castable = [one for one in votes if may_cast(ballot, one)]
    form = paper_of(request, ballot, castable)
    try:
        if not castable:
            refuse(ballot, votes)
        if not form.is_valid():
            return render_ballot(request, ballot, faults=form.sentences, status=422)
        vote = next((one for one in castable if one.pk == form.entry), castable[0])
        receipt = cast_vote(ballot, by=request.user, at=timezone.now(), choice=form.choice, entry=vote.pk)
    except Refused as refused:
        return render_ballot(request, ballot, sentence=str(refused), status=status_of(refused))
    return show_receipt(request, ballot, vote, receipt)


def refuse(ballot: Ballot, votes: list[RollEntry]) -> None:
    """Say why somebody has no vote here that they could cast now, as the verb would; no paper is read for it."""
    check_open(ballot, timezone.now())
    if not votes:
        raise NotAllowed(_("这场表决的名册上没有您。觉得不对的，请联系社区。"))
    for one in votes:
        check_may_vote(ballot, one)
    raise NotAllowed(_("这场表决不能这样投票。请看公告里写的渠道。"))


def paper_of(request: HttpRequest, ballot: Ballot, castable: list[RollEntry]) -> VoteForm:
    """Return the paper as it was sent."""
    options = [one.text for one in ballot.options.all()]
    return VoteForm(request.POST, ballot=ballot, options=options, entries=castable)


def show_receipt(request: HttpRequest, ballot: Ballot, vote: RollEntry, receipt: str) -> HttpResponse:
    """Render the receipt: what it counts as, never what it says."""
    rows = [
        {"label": _("表决"), "text": ballot.question},
        {"label": _("计入"), "text": weight_words(ballot, vote)},
    ]
    context = {"ballot": ballot, "code": receipt, "rows": rows}
    return render(request, "deliberation/ballots/receipt.html", context)
