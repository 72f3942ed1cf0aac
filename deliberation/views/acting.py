"""Acting on an issue: a form in, one verb, the page out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from community.errors import NotAllowed, Refused
from community.keeping import keep, keeps_typed
from community.leading import own_address
from deliberation import workflow
from deliberation.forms import ACTION_FORMS
from deliberation.forms.acting import REWORDED
from deliberation.forms.rows import ID_DIGITS
from deliberation.models import Issue, IssueEvent, IssuePhoto
from deliberation.states import IssueState
from deliberation.views.issues import find_issue, render_issue
from deliberation.views.panels import MAY, action_form

VERBS: dict[str, Callable[..., Any]] = {
    "review": workflow.review_issue,
    "withhold": workflow.review_issue,
    "accept": workflow.accept_issue,
    "refuse": workflow.refuse_issue,
    "dispatch": workflow.dispatch_issue,
    "progress": workflow.note_progress,
    "ask": workflow.ask_reporter,
    "resume": workflow.resume_work,
    "resolve": workflow.resolve_issue,
    "rate": workflow.rate_issue,
    "rework": workflow.rework_issue,
    "close": workflow.close_issue,
    "withdraw": workflow.withdraw_issue,
    "endorse": workflow.endorse_issue,
    "follow": workflow.follow_issue,
    "supplement": workflow.supplement_issue,
}
DONE = {
    "review": _("已公开。"),
    "withhold": _("没有公开，反映人会收到说明。"),
    "accept": _("已受理，接着派单。"),
    "refuse": _("已答复反映人：不受理。"),
    "dispatch": _("已派单，时限开始计算。"),
    "progress": _("进展已写上。"),
    "ask": _("时限停下了，等反映人答复。"),
    "resume": _("时限接着算。"),
    "resolve": _("已办结，等反映人评价。"),
    "rework": _("已退回重办，时限重新算。"),
    "close": _("已结案。"),
    "withdraw": _("已撤回。"),
    "endorse": _("记下了，每一步都会通知您。"),
    "follow": _("记下了。"),
    "supplement": _("收到了，社区看过再公开。"),
}


def put_aside(request: HttpRequest, number: str, verb: str) -> str:
    """Keep what was typed into the form of a verb; it comes back on the page of the issue."""
    if verb == "review":
        # What a reviewer took out, or ticked, is what they did: it must not stand there again.
        keep(request, f"{verb} {number}", REWORDED, emptied=REWORDED, several=["hidden_photos"])
    elif verb in ACTION_FORMS:
        keep(request, f"{verb} {number}", ACTION_FORMS[verb].base_fields)
    return reverse("issue", args=[number])


def cover_first(request: HttpRequest, issue: Issue) -> HttpResponse:
    """Lead from the form of a review to covering one of its photos, and keep what was typed until they are back."""
    photo = get_object_or_404(IssuePhoto, pk=row_id(request.POST["cover"]), issue=issue)
    back = put_aside(request, issue.number, "review")
    return redirect(f"{reverse('cover', args=['photo', photo.pk])}?{urlencode({'next': f'{back}#photo-{photo.pk}'})}")


def row_id(text: str) -> int:
    """Return an id as it was sent; 0, which no row has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= ID_DIGITS else 0


@keeps_typed(put_aside)
@require_POST
def act(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Do one thing to an issue; a refusal brings the page back with its sentence and what was typed."""
    if verb not in VERBS:
        raise Http404
    if not request.user.is_authenticated:
        # Before the issue is looked for: whether it exists is nobody's who has not signed in.
        return redirect_to_login(put_aside(request, number, verb))
    issue = find_issue(request, number)
    if not MAY[verb](request.user, issue):
        # Before the form is read: what is wrong with it would tell a stranger what only staff may know.
        return render_issue(request, issue, sentence=str(_("这件事不归您办，所以没有改动。")), status=403)
    if verb == "review" and "cover" in request.POST:
        return cover_first(request, issue)
    form = action_form(verb, issue, request.POST, request.FILES)
    if not form.is_valid():
        return render_issue(request, issue, failed=(verb, form), status=422)
    try:
        done = VERBS[verb](issue, by=request.user, at=timezone.now(), **form.arguments())
    except Refused as refused:
        return refused_page(request, issue, verb, form, refused)
    messages.success(request, said_of(verb, done))
    return redirect(back_to(request, issue))


def said_of(verb: str, issue: Issue) -> str:
    """Return what to say when it is done; a rating says what it leads to."""
    if verb != "rate":
        return str(DONE[verb])
    if issue.state == IssueState.REWORK:
        return str(_("退回重办了，办好再请您打分。"))
    return str(_("结案了。")) if issue.is_final else str(_("还不满意，已请镇街督办。"))


def refused_page(request: HttpRequest, issue: Issue, verb: str, form: Any, refused: Refused) -> HttpResponse:
    """Show the issue as it stands, with the sentence; where the form is still offered, with what was typed."""
    status = 403 if isinstance(refused, NotAllowed) else 409
    fresh = find_issue(request, issue.number)
    field = getattr(refused, "field", "")
    if form is not None and field in form.fields:
        form.add_error(field, str(refused))
        return render_issue(request, fresh, failed=(verb, form), status=422)
    return render_issue(request, fresh, sentence=str(refused), status=status)


def back_to(request: HttpRequest, issue: Issue) -> str:
    """Return where somebody came from, if it is ours, or else the issue's page."""
    return own_address(request, issue.get_absolute_url())


@require_POST
def publish_supplement(request: HttpRequest, number: str, event_id: int) -> HttpResponse:
    """Let the public read what somebody added."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("issue", args=[number]))
    issue = find_issue(request, number)
    event = get_object_or_404(IssueEvent.objects.select_related("issue__area"), pk=event_id, issue=issue)
    try:
        workflow.review_supplement(event, by=request.user, at=timezone.now())
    except Refused as refused:
        return refused_page(request, issue, "", None, refused)
    messages.success(request, _("已公开。"))
    return redirect(back_to(request, issue))


@never_cache
@require_POST
def reveal_phone(request: HttpRequest, number: str) -> HttpResponse:
    """Show the phone of who raised an issue, once; they read who looked and for which issue."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("issue", args=[number]))
    issue = find_issue(request, number)
    try:
        phone = workflow.reveal_reporter_phone(issue, by=request.user, at=timezone.now())
    except Refused as refused:
        return refused_page(request, issue, "", None, refused)
    return render_issue(request, find_issue(request, number), phone=phone)
