"""Organising a ballot: the new one, and one verb at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from community.errors import BadInput, NotAllowed, Refused
from community.keeping import keep, keeps_typed, take
from community.stepup import ask_to_confirm
from deliberation.ballot_queries import organised_places
from deliberation.forms.ballots import KEPT_FIELDS, BallotForm
from deliberation.states import BallotState
from deliberation.views.ballot_panels import MAY, ballot_form
from deliberation.views.ballots import find_ballot, render_ballot
from deliberation.workflow.ballots import create_ballot, notice_ballot, open_ballot, void_ballot, withdraw_ballot
from deliberation.workflow.results import count_ballot
from deliberation.workflow.roll_objecting import object_to_roll

FORM = "new_ballot"
VERBS: dict[str, Callable[..., Any]] = {
    "notice": notice_ballot,
    "open": open_ballot,
    "count": count_ballot,
    "void": void_ballot,
    "withdraw": withdraw_ballot,
    "object": object_to_roll,
}
DONE = {
    "notice": gettext_lazy("已公告，名册定下来了。"),
    "open": gettext_lazy("表决开始了。"),
    "count": gettext_lazy("已计票，结果在下面。"),
    "void": gettext_lazy("已作废，选票全部销毁。"),
    "withdraw": gettext_lazy("已撤回。"),
    "object": gettext_lazy("收到了，开始表决以前会答复您。"),
}


def keep_typed(request: HttpRequest) -> str:
    """Keep the text of a draft that came without a session; it holds nobody's vote."""
    keep(request, FORM, KEPT_FIELDS, several=["channels"])
    return request.path


@keeps_typed(keep_typed)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_ballot(request: HttpRequest) -> HttpResponse:
    """The form of a draft, for those who organise ballots somewhere."""
    if not request.user.is_authenticated:
        if request.method == "POST":
            keep_typed(request)
        return redirect_to_login(request.path)
    if not organised_places(request.user).exists():
        return render(request, "403.html", {"exception": _("只有当地的议事主持人、社区工作者、镇街干部，或者本小区业委会，可以发起表决。")}, status=403)  # fmt: skip
    if request.method != "POST":
        return show_new(request, BallotForm(by=request.user, initial=take(request, FORM)))
    form = BallotForm(request.POST, by=request.user)
    if not form.is_valid():
        return show_new(request, form, status=422)
    try:
        ballot = create_ballot(by=request.user, at=timezone.now(), **form.arguments())
    except Refused as refused:
        field = getattr(refused, "field", "")
        form.add_error(field if field in form.fields else None, str(refused))
        return show_new(request, form, status=status_of(refused))
    messages.success(request, _("草稿写好了，只有组织的人看得到。看一遍，再公告。"))
    return redirect(ballot)


def show_new(request: HttpRequest, form: BallotForm, status: int = 200) -> HttpResponse:
    """Render the form of a draft."""
    return render(request, "deliberation/ballots/form.html", {"form": form}, status=status)


def status_of(refused: Refused) -> int:
    """Return the status of a refusal."""
    return 403 if isinstance(refused, NotAllowed) else 422 if isinstance(refused, BadInput) else 409


@never_cache
@require_POST
def ballot_action(request: HttpRequest, ballot_id: int, verb: str) -> HttpResponse:
    """Do one thing to a ballot; a refusal brings the page back with its sentence and what was typed."""
    if verb not in VERBS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("ballot", args=[ballot_id]))
    ballot = find_ballot(request, ballot_id)
    if not MAY[verb](request.user, ballot):
        return render_ballot(request, ballot, sentence=_("这场表决不归您办，所以没有改动。"), status=403)
    # Taking away what people have cast is nothing for an unattended session.
    if verb == "void" and (asking := ask_to_confirm(request)) is not None:
        return asking
    form = ballot_form(verb, ballot, request.POST)
    if not form.is_valid():
        return render_ballot(request, ballot, failed=(verb, form), status=422)
    arguments: dict[str, Any] = form.arguments() if hasattr(form, "arguments") else {}
    try:
        done = VERBS[verb](ballot, by=request.user, at=timezone.now(), **arguments)
    except Refused as refused:
        fresh = find_ballot(request, ballot_id)
        return render_ballot(request, fresh, failed=(verb, form), sentence=str(refused), status=status_of(refused))
    # A count may put off the closing instead, where the rule says so and too few took part.
    is_extended = verb == "count" and done.state == BallotState.OPEN
    messages.success(request, _("参加的不够，按规则延长了表决时间。") if is_extended else str(DONE[verb]))
    return redirect(ballot)
