"""A resident's own page: notices and what became of what they raised and voted on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from community.models import Resident, User
from community.models.people import Verification
from community.paging import counted, next_url, page
from community.queries import open_request_of, resident_of
from deliberation.ballot_queries import MINE_MOST, taken_part, waiting_for
from deliberation.ballot_sentences import outcome
from deliberation.queries import NEWEST_FIRST, due_clocks, issues_of
from deliberation.result_desk import own_objections, to_rate
from deliberation.sentences import row
from deliberation.states import BallotState
from deliberation.topic_queries import MINE, endorsed_by, topics_of, words_of
from deliberation.topic_sentences import card
from portal.desk import MY_DOORS, Door, doors

PAGE_SIZE = 20
NOTICES = 20


@login_required
@require_safe
def my_page(request: HttpRequest) -> HttpResponse:
    """One's own issues and notices."""
    assert request.user.is_authenticated  # login_required
    resident = resident_of(request.user)
    own = issues_of(request.user, resident).select_related("category", "community", "town", "unit")
    issues, cursor = page(own, NEWEST_FIRST, request.GET.get("after", ""), PAGE_SIZE)
    now, clocks = timezone.now(), due_clocks(issues)
    notices = request.user.notices.all()
    return render(
        request,
        "portal/my.html",
        {
            "resident": resident,
            "items": [row(issue, clocks.get(issue.pk), now, to_reporter=True) for issue in issues],
            "next_url": next_url(request.GET, cursor),
            "topics": [card(topic, now) for topic in topics_of(request.user, resident).select_related("area")[:MINE]],
            "to_rate": to_rate(request.user, resident, now),
            "my_objections": own_objections(request.user),
            "endorsed": [card(topic, now) for topic in endorsed_by(request.user).select_related("area")[:MINE]],
            "words": words_of(request.user),
            **ballots_of(request.user, now),
            "notices": notices[:NOTICES],
            "unread": counted(notices.unread()),
            "doors": doors_of(request.user, resident),
            "may_verify": resident is not None
            and resident.verification == Verification.UNVERIFIED
            and open_request_of(resident) is None,
        },
    )


def doors_of(user: User, resident: Resident | None) -> list[Door]:
    """Return the doors on one's page; only who has a home moves to another."""
    has_home = resident is not None and resident.home_id is not None
    return [door for door in doors(MY_DOORS, user) if has_home or door.name != "my_home"]


def ballots_of(user: User, now: datetime) -> dict[str, Any]:
    """Return the ballots that wait for somebody's vote, and the others on whose roll they are: never how they voted."""
    waiting = list(waiting_for(user, now)[:MINE_MOST])
    others = taken_part(user).exclude(pk__in=[one.pk for one in waiting])[:MINE_MOST]
    rows = [(one, outcome(one) if one.state == BallotState.COUNTED else "") for one in others]
    return {"ballots_waiting": waiting, "ballots": rows}
