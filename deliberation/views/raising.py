"""Raising an issue."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from community.errors import Refused
from community.keeping import keep, keeps_typed, take
from community.models import User
from community.queries import rules_in_force, today
from deliberation.forms import IssueForm
from deliberation.forms.raising import KEPT_FIELDS
from deliberation.models import Issue
from deliberation.sentences import term_text
from deliberation.workflow import raise_issue
from deliberation.workflow.drafts import drop_drafts, keep_drafts, read_drafts
from deliberation.workflow.representing import receipt_of

FORM = "new_issue"


def keep_typed(request: HttpRequest) -> str:
    """Keep the text of a form that came without a session, or before its sender agreed to the terms."""
    keep(request, FORM, KEPT_FIELDS)
    return request.path


@keeps_typed(keep_typed)
@require_http_methods(["GET", "HEAD", "POST"])
def new_issue(request: HttpRequest) -> HttpResponse:
    """The form; what somebody typed who had to sign in, or to agree, comes back afterwards."""
    if not request.user.is_authenticated:
        if request.method == "POST":
            keep_typed(request)
        return redirect_to_login(request.path)
    if request.method == "POST":
        return take_form(request, request.user)
    initial = take(request, FORM)
    if initial:
        messages.info(request, _("您刚才写的都在下面。照片要请您再选一次。"))
    elif person := request.GET.get("for", ""):
        initial = {"on_behalf": "on", "person": person}
    return show_form(request, IssueForm(viewer=request.user, initial=initial))


def take_form(request: HttpRequest, by: User) -> HttpResponse:
    """Raise the issue, or show the form again with its sentences and the photos that were good."""
    form = IssueForm(request.POST, request.FILES, viewer=by)
    if not form.is_valid():
        return keep_and_show(request, form, by)
    try:
        issue = raise_from(form, by)
    except Refused as refused:
        form.add_error(getattr(refused, "field", "") or None, str(refused))
        return keep_and_show(request, form, by)
    drop_drafts(by=by, key=form.cleaned_data["key"])
    messages.success(request, _("收到了，编号 %(number)s。办到哪一步，这里都看得到。") % {"number": issue.number})
    receipt = receipt_of(issue, by=by) if issue.represented_id else None
    return redirect("receipt", number=receipt.number) if receipt else redirect(issue)


def raise_from(form: IssueForm, by: User) -> Issue:
    """Raise what a valid form says."""
    data, key = form.cleaned_data, form.cleaned_data["key"]
    kept = read_drafts([draft.pk for draft in data["kept_photos"]], by=by, key=key)
    return raise_issue(
        by=by,
        at=timezone.now(),
        key=key,
        category=data["category"],
        title=data["title"],
        details=data["details"],
        area=form.place,
        address=data["address"],
        point=form.point,
        photos=[*kept, *data["photos"]],
        is_private=data["is_private"],
        represented=form.represented,
    )


def keep_and_show(request: HttpRequest, form: IssueForm, by: User) -> HttpResponse:
    """Keep the good photos beside the form and show it again."""
    key = form.form_key()
    if key is not None:
        keep_drafts(form.new_photos, by=by, at=timezone.now(), key=key)
    return show_form(request, form, status=422)


def show_form(request: HttpRequest, form: IssueForm, status: int = 200) -> HttpResponse:
    """Render the form."""
    rules = rules_in_force(today())
    context = {
        "form": form,
        "drafts": list(form.drafts.all()),
        "term_usual": term_text(rules["issue.accept.ordinary"]),
        "term_danger": term_text(rules["issue.accept.danger"]),
    }
    return render(request, "deliberation/issue_form.html", context, status=status)
