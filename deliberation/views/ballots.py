"""The public list of ballots, a ballot's page, and the files that it publishes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.missing import NothingThere
from community.models import Area
from community.models.areas import AreaKind
from community.paging import asked, next_url, page
from community.queries import committee_of, today
from deliberation import ballot_permissions as permissions
from deliberation import ballot_sentences as sentences
from deliberation.ballot_queries import (
    LISTED,
    MINE_MOST,
    NEWEST_FIRST,
    PAGE_SIZE,
    drafts_of,
    entries_of,
    listed_ballots,
    organised_places,
    participation,
    waiting_for,
)
from deliberation.counting import drawn_order
from deliberation.forms.voting import VoteForm
from deliberation.models import Ballot, RollEntry
from deliberation.models.ballots import Channel
from deliberation.publishing import papers_csv, receipts_csv
from deliberation.states import BallotState
from deliberation.views.ballot_panels import panels
from deliberation.views.certificates import certificate
from deliberation.workflow.voting import OWN_CHANNELS

JOINS = ("area", "area__town", "town", "rule", "made_by")


def find_ballot(request: HttpRequest, ballot_id: int) -> Ballot:
    """Return a ballot that this person may see; anything else is not found, whether or not it exists."""
    known = Ballot.objects.select_related(*JOINS).defer("area__boundary", "town__boundary")
    ballot = known.filter(pk=ballot_id).first() if ballot_id < 2**63 else None
    if ballot is None or not permissions.can_see(request.user, ballot):
        raise NothingThere(_("没有这场表决，或者它还没有公告。"))
    return ballot


@require_safe
def ballot_list(request: HttpRequest) -> HttpResponse:
    """What waits for the reader, their drafts, and the public ballots, newest first."""
    state, town_id = request.GET.get("state", ""), request.GET.get("area", "")
    towns = list(Area.objects.valid_on(today()).filter(kind=AreaKind.TOWN).only("kind", "name", "path"))
    town = next((one for one in towns if str(one.pk) == town_id), None)
    ballots = listed_ballots()
    if state in {one.value for one in LISTED}:
        ballots = ballots.filter(state=state)
    if town is not None:
        ballots = ballots.filter(area__path__startswith=town.path)
    rows, cursor = page(ballots.select_related("result"), NEWEST_FIRST, request.GET.get("after", ""), PAGE_SIZE)
    user, now = request.user, timezone.now()
    context = {
        "rows": [(one, row_words(one)) for one in rows],
        "states": [(one.value, one.label) for one in LISTED],
        "state": state,
        "towns": towns,
        "town": town,
        "query": asked(request.GET),
        "is_first": not request.GET.get("after"),
        "next_url": next_url(request.GET, cursor),
        "waiting": list(waiting_for(user, now)[:MINE_MOST]) if user.is_authenticated else [],
        "drafts": list(drafts_of(user)) if user.is_authenticated else [],
        "may_organise": user.is_authenticated and organised_places(user).exists(),
    }
    return render(request, "deliberation/ballots/list.html", context)


def row_words(ballot: Ballot) -> str:
    """Return where a ballot of the list stands, in a few words."""
    if ballot.state == BallotState.COUNTED:
        return sentences.outcome(ballot)
    return ballot.ended_reason


@require_safe
def ballot_detail(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """A ballot's page."""
    return render_ballot(request, find_ballot(request, ballot_id))


def render_ballot(
    request: HttpRequest,
    ballot: Ballot,
    *,
    failed: tuple[str, Any] | None = None,
    faults: list[str] | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a ballot's page; `failed` is the verb and form that a refusal brings back, `faults` those of a paper."""
    context = {
        **detail_context(ballot),
        **voter_context(request, ballot),
        **panels(request, ballot, failed),
        "faults": faults or [],
        "sentence": sentence,
    }
    response = render(request, "deliberation/ballots/detail.html", context, status=status)
    if context["votes"]:
        # On a shared device nobody steps back into somebody's paper.
        add_never_cache_headers(response)
    return response


def detail_context(ballot: Ballot) -> dict[str, Any]:
    """Return what everybody reads of a ballot."""
    now, options = timezone.now(), [one.text for one in ballot.options.all()]
    # Before the notice there is no roll; afterwards only its sums are public.
    shown = participation(ballot) if ballot.noticed_at else None
    is_counted = ballot.state == BallotState.COUNTED
    came = sentences.bars(ballot, "participation", shown.roll._asdict(), shown.voted._asdict()) if shown else []
    return {
        "ballot": ballot,
        "rule_words": sentences.rule_words(ballot.rule),
        "how_counted": sentences.HOW_COUNTED[ballot.method],
        "channels": [Channel(one).label for one in ballot.channels],
        "options": options,
        "drawn": drawn_order(options, ballot.tie_seed) if options else [],
        "roll": shown.roll if shown else None,
        "roll_area": sentences.metres(shown.roll.area) if shown and ballot.rule.has_area else None,
        "unit": sentences.unit_of(ballot.rule),
        "bars": came if ballot.state == BallotState.OPEN else [],
        "missing": sentences.missing_words(came) if ballot.state == BallotState.OPEN else "",
        "clock": sentences.time_left(ballot, now),
        "is_over": ballot.state == BallotState.OPEN and ballot.closes_at <= now,
        **(certificate(ballot) if is_counted else {}),
    }


def voter_context(request: HttpRequest, ballot: Ballot) -> dict[str, Any]:
    """Return what this reader can do with their own vote: the paper, or why there is none."""
    votes = entries_of(ballot, request.user) if request.user.is_authenticated and ballot.noticed_at else []
    is_open = ballot.state == BallotState.OPEN and ballot.closes_at > timezone.now()
    castable = [one for one in votes if may_cast(ballot, one)] if is_open else []
    options = [one.text for one in ballot.options.all()] if castable else []
    return {
        "votes": votes,
        "is_open": is_open,
        "has_online": bool(set(ballot.channels) & set(OWN_CHANNELS)),
        "castable": castable,
        "own_words": [weight_words(ballot, one) for one in castable],
        "paper": VoteForm(ballot=ballot, options=options, entries=castable) if castable else None,
        "is_again": bool(castable) and all(one.has_voted for one in castable),
        "done": [one for one in votes if one.has_voted or one.channel],
        "committee": committee_of(ballot.area) if request.user.is_authenticated and not votes else None,
    }


def may_cast(ballot: Ballot, entry: RollEntry) -> bool:
    """Return whether a vote can be cast on the screen now: the verb asks again."""
    if not set(ballot.channels) & set(OWN_CHANNELS) or (entry.channel and entry.channel not in OWN_CHANNELS):
        return False
    return ballot.may_change or not entry.has_voted


def weight_words(ballot: Ballot, entry: RollEntry) -> str:
    """Return how a vote counts: by heads, and for owners by the floor area of its dwellings."""
    if not ballot.rule.has_area:
        return _("按 %(n)d %(unit)s计。") % {"n": entry.heads, "unit": sentences.unit_of(ballot.rule)}
    homes = _("、").join(str(one.dwelling) for one in entry.dwellings.all())
    words = {"homes": homes, "area": f"{sentences.metres(entry.area):,.2f}", "n": entry.heads}
    return _("%(homes)s：按 %(n)d 人、%(area)s ㎡ 计。") % words


# --- Files ------------------------------------------------------------------------------------------------
def csv_answer(text: str, name: str) -> HttpResponse:
    """Return a file of which every byte counts."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(text.encode(), content_type="text/csv; charset=utf-8", headers=disposition)


def counted_ballot(request: HttpRequest, ballot_id: int) -> Ballot:
    """Return a ballot that has been counted."""
    ballot = find_ballot(request, ballot_id)
    if ballot.state != BallotState.COUNTED:
        raise NothingThere(_("计票以后才有这份文件。"))
    return ballot


@require_safe
def ballot_papers(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """The papers of a counted secret ballot."""
    ballot = counted_ballot(request, ballot_id)
    if ballot.is_named:
        raise NothingThere(_("这场表决的选票是记名的，只公布合计，不公布选票。"))
    return csv_answer(papers_csv(ballot), f"papers-{ballot.pk}.csv")


@require_safe
def ballot_receipts(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """The receipts of a counted ballot."""
    ballot = counted_ballot(request, ballot_id)
    return csv_answer(receipts_csv(ballot), f"receipts-{ballot.pk}.csv")
