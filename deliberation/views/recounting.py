"""Counting a ballot again before everybody's eyes, and the named papers for those who check them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from community.errors import Refused
from community.missing import NothingThere
from deliberation import ballot_permissions as permissions
from deliberation import ballot_sentences as sentences
from deliberation.models import Ballot
from deliberation.publishing import NamedPaper, named_papers
from deliberation.recount import recount
from deliberation.states import BallotState
from deliberation.views.ballot_acting import status_of
from deliberation.views.ballots import counted_ballot, find_ballot
from deliberation.views.certificates import certificate

# A recount reads every paper; what it finds of a ballot that never changes again holds for a while.
RECOUNT_SECONDS = 600
CHOICES = {"yes": lambda: _("同意"), "no": lambda: _("不同意"), "abstain": lambda: _("弃权")}


@require_safe
def ballot_recount(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """How anybody counts again, in the browser or with a command, and what the server's own recount found."""
    ballot = counted_ballot(request, ballot_id)
    context = {
        **certificate(ballot),
        "ballot": ballot,
        "faults": [sentences.said(one["code"], one["text"], one["params"]) for one in kept_recount(ballot)],
        "data": recount_data(ballot),
    }
    return render(request, "deliberation/ballots/recount.html", context)


def kept_recount(ballot: Ballot) -> list[dict[str, Any]]:
    """Return what the server's recount finds wrong; nothing where all fits."""
    key = f"ballot:recount:{ballot.pk}"
    kept: list[dict[str, Any]] | None = cache.get(key)
    if kept is None:
        kept = [{"text": str(one), "code": one.code, "params": one.params} for one in recount(ballot)]
        cache.set(key, kept, RECOUNT_SECONDS)
    return kept


def recount_data(ballot: Ballot) -> dict[str, Any]:
    """Return all that a browser needs to count again: public figures, the rule in whole numbers, and the seed."""
    rule, result = ballot.rule, ballot.result
    return {
        "papersUrl": "" if ballot.is_named else reverse("ballot_papers", args=[ballot.pk]),
        "receiptsUrl": reverse("ballot_receipts", args=[ballot.pk]),
        "method": ballot.method,
        "options": [one.text for one in ballot.options.all()],
        "most": ballot.most_points,
        "seed": ballot.tie_seed,
        "eligible": ballot.eligible_heads,
        "rule": {
            "participation": [rule.participation_numerator, rule.participation_denominator],
            "participationInclusive": rule.participation_inclusive,
            "approval": [rule.approval_numerator, rule.approval_denominator],
            "approvalInclusive": rule.approval_inclusive,
            "silence": bool(rule.silence_citation),
        },
        "certificate": {
            "passed": result.passed,
            "quorate": result.quorate,
            "winner": result.winner,
            "figures": result.figures,
            "papersDigest": result.papers_digest,
            "receiptsDigest": result.receipts_digest,
        },
    }


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ballot_tellers(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """The named papers of an owners' ballot, shown when asked for; who looks is kept."""
    ballot = find_ballot(request, ballot_id)
    assert request.user.is_authenticated  # login_required
    if not permissions.can_see_named_papers(request.user, ballot):
        raise NothingThere(_("没有这一页，或者它只给计票人和业委会看。"))
    context: dict[str, Any] = {"ballot": ballot, "is_counted": ballot.state == BallotState.COUNTED}
    status = 200
    if request.method == "POST":
        try:
            found = named_papers(ballot, by=request.user, at=timezone.now())
            context["papers"] = [paper_row(one) for one in found]
        except Refused as refused:
            context["sentence"], status = str(refused), status_of(refused)
    if context["is_counted"]:
        context |= certificate(ballot)
    return render(request, "deliberation/ballots/tellers.html", context, status=status)


def paper_row(paper: NamedPaper) -> dict[str, Any]:
    """Return what the tellers check of a paper: whose it is, what it weighs and what it says."""
    return {
        "homes": paper.dwelling,
        "names": _("、").join(paper.names),
        "heads": paper.heads,
        "area": f"{sentences.metres(paper.area):,.2f}",
        "choice": CHOICES[paper.choice](),
    }
