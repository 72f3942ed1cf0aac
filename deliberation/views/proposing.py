"""Proposing a topic."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from community.errors import NotAllowed, Refused
from community.keeping import keep, keeps_typed, take
from community.models import Representation, User
from community.queries import rule_value, today
from deliberation import permissions as issue_permissions
from deliberation.forms.proposing import KEPT_TOPIC_FIELDS, TopicForm
from deliberation.models import Issue
from deliberation.workflow import propose_topic

FORM = "new_topic"
NUMBER_LENGTH = 20


def keep_typed(request: HttpRequest) -> str:
    """Keep the text of a form that came without a session, or before its sender agreed to the terms."""
    keep(request, FORM, KEPT_TOPIC_FIELDS)
    return request.get_full_path()


def issue_asked(request: HttpRequest) -> Issue | None:
    """Return the issue from which the topic is to be made, where this person sees it."""
    number = (request.POST.get("issue") or request.GET.get("issue") or "")[:NUMBER_LENGTH]
    if not number or not number.isprintable():
        return None
    issue = Issue.objects.filter(number=number).select_related("area", "represented", "unit").first()
    return issue if issue is not None and issue_permissions.can_see(request.user, issue) else None


@keeps_typed(keep_typed)
@require_http_methods(["GET", "HEAD", "POST"])
def new_topic(request: HttpRequest) -> HttpResponse:
    """The form; what somebody typed who had to sign in, or to agree, comes back afterwards."""
    if not request.user.is_authenticated:
        if request.method == "POST":
            keep_typed(request)
        return redirect_to_login(request.get_full_path())
    issue = issue_asked(request)
    if request.method == "POST":
        return take_form(request, request.user, issue)
    initial = take(request, FORM)
    if initial:
        messages.info(request, _("您刚才写的都在下面。"))
    return show_form(request, TopicForm(viewer=request.user, issue=issue, initial=initial), issue)


def take_form(request: HttpRequest, by: User, issue: Issue | None) -> HttpResponse:
    """Propose the topic, or show the form again with its sentences."""
    form = TopicForm(request.POST, viewer=by, issue=issue)
    if not form.is_valid():
        return show_form(request, form, issue, status=422)
    data = form.cleaned_data
    try:
        topic = propose_topic(
            by=by,
            at=timezone.now(),
            key=data["key"],
            title=data["title"],
            question=data["question"],
            hall=data["hall"],
            issue=issue,
            represented=form.represented,
            of_hall=data.get("of_hall", False),
        )
    except Refused as refused:
        field = getattr(refused, "field", "")
        form.add_error(field if field in form.fields else None, str(refused))
        return show_form(request, form, issue, status=403 if isinstance(refused, NotAllowed) else 422)
    messages.success(request, _("收到了，编号 %(number)s。走到哪一步，这里都看得到。") % {"number": topic.number})
    if topic.represented_id:
        slips = Representation.objects.filter(resident=topic.represented_id, worker=by, subject=topic.number)
        if slip := slips.order_by("-pk").first():
            return redirect("receipt", number=slip.number)
    return redirect(topic)


def show_form(request: HttpRequest, form: TopicForm, issue: Issue | None, status: int = 200) -> HttpResponse:
    """Render the form."""
    needed = rule_value("topic.endorsements", today(), form.halls[0].town_id if form.halls else None)
    context = {"form": form, "issue": issue, "needed": needed}
    return render(request, "deliberation/topic_form.html", context, status=status)
