"""The queue of what waits for review, one thing of it, covering a photo, and what a decider says to an appeal."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community import permissions
from community.errors import Refused
from community.forms.reviews import COLUMNS, CoverForm, DecisionForm, HideForm
from community.marks import Piece, marks, pieces
from community.models import Hiding, User
from community.models.reviews import AppealState
from community.reviewing import (
    About,
    Kind,
    Row,
    cursor_text,
    kind_called,
    kind_of,
    kinds,
    known_names,
    read_cursor,
    staff_names,
    subject_of,
    waiting_counts,
    waiting_rows,
)
from community.views.refusing import never_kept, put_on, status_of
from community.views.verifying import signed_in
from community.workflow.hiding import decide_appeal

PAGE_SIZE = 20
# No row has a larger number; a database would stumble over it.
ID_MOST = 2**63 - 1
# In the queue a long text is cut; its own page shows all of it.
EXCERPT = 200


@never_kept
@login_required
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """What waits for this person, oldest first, of all kinds or of one."""
    user = signed_in(request)
    if not permissions.reviews_somewhere(user):
        raise PermissionDenied(_("审看由社区和镇街的工作人员做。"))
    known = {kind.key for kind in kinds() if kind.waiting is not None}
    key = asked if (asked := request.GET.get("kind", "")) in known else ""
    rows = waiting_rows(user, most=PAGE_SIZE + 1, key=key, cursor=read_cursor(request.GET.get("after", "")))
    shown = rows[:PAGE_SIZE]
    query = {"kind": key} if key else {}
    last = {**query, "after": cursor_text(shown[-1])} if len(rows) > PAGE_SIZE else {}
    context = {
        "rows": [(row, excerpt(row)) for row in shown],
        "counts": waiting_counts(user),
        "chosen": key,
        "next_url": f"?{urlencode(last)}" if last else "",
    }
    return render(request, "community/reviews.html", context)


def excerpt(row: Row) -> list[Piece]:
    """Return the beginning of what was written, with what looks personal in its places.

    Names of the household are looked for on the thing's own page: a list asks no query for each row.
    """
    text = row.about.text
    person = row.about.represented or row.about.author
    cut = text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"
    return pieces(cut, [person.name])


def find_subject(user: User, key: str, pk: int) -> tuple[Kind, Any]:
    """Return a kind and a row of it that this person reviews; any other is not found."""
    kind = kind_called(key)
    # A kind without verbs of its own is reviewed on a page of its app.
    known = kind is not None and kind.hide is not None and pk <= ID_MOST
    subject = kind.load([pk]).first() if kind is not None and known else None
    if kind is None or subject is None or not kind.matches(subject) or not kind.may_review(user, subject):
        raise Http404
    return kind, subject


@never_kept
@login_required
@require_safe
def review(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """One thing to review."""
    kind, subject = find_subject(signed_in(request), key, pk)
    return show_review(request, kind, subject)


def show_review(
    request: HttpRequest,
    kind: Kind,
    subject: Any,
    *,
    form: HideForm | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render one thing to review; `form` comes back with what was typed."""
    about = kind.about(subject)
    hiding = Hiding.objects.of(subject).standing().select_related("area").first()
    context = {
        "kind": kind,
        "subject": subject,
        "about": about,
        "form": form or HideForm(),
        "hiding": hiding,
        "can_decide": hiding is not None and permissions.can_decide_appeal(signed_in(request), hiding),
        "sentence": sentence,
        **looked_through(about),
    }
    return render(request, "community/review.html", context, status=status)


def looked_through(about: About) -> dict[str, Any]:
    """Return the words with what looks personal in its places, and a list of it."""
    names = [*known_names(about), *staff_names(about.area)]
    return {"pieces": pieces(about.text, names), "marks": marks(about.text, names)}


@never_kept
@login_required
@require_POST
def act(request: HttpRequest, key: str, pk: int, verb: str) -> HttpResponse:
    """Publish or hide one thing; a refusal brings the page back with its sentence and what was typed."""
    user = signed_in(request)
    kind, subject = find_subject(user, key, pk)
    if verb == "publish" and kind.publish is not None:
        try:
            kind.publish(subject, by=user, at=timezone.now())
        except Refused as refused:
            return show_review(request, *find_subject(user, key, pk), sentence=str(refused), status=status_of(refused))
        messages.success(request, _("已公开。"))
        return redirect("reviews")
    if verb != "hide" or kind.hide is None:
        raise Http404
    form, status = HideForm(request.POST), 422
    if form.is_valid():
        try:
            kind.hide(subject, by=user, at=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            status = put_on(form, refused)
        else:
            messages.success(request, _("没有公开，作者会收到说明。"))
            return redirect("reviews")
    return show_review(request, *find_subject(user, key, pk), form=form, status=status)


@never_kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cover(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Cover parts of a photo for good: with boxes drawn on it, or with cells of a grid."""
    user = signed_in(request)
    kind, subject = find_subject(user, key, pk)
    about = kind.about(subject)
    if kind.cover is None or about.picture is None:
        raise Http404
    size = {"width": about.picture.width, "height": about.picture.height}
    form, status = CoverForm(request.POST or None, **size), 200
    if request.method == "POST":
        form, status = CoverForm(request.POST, **size), 422
        if form.is_valid():
            try:
                kind.cover(subject, by=user, at=timezone.now(), boxes=form.cleaned_data["boxes"])
            except Refused as refused:
                status = put_on(form, refused)
            else:
                messages.success(request, _("遮好了，原来的照片已经删掉。"))
                return redirect("cover", key=key, pk=pk)
    context = {"kind": kind, "subject": subject, "about": about, "form": form, "columns": COLUMNS}
    return render(request, "community/review_cover.html", context, status=status)


@never_kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """An appeal, and the decision of somebody else than who hid it."""
    user = signed_in(request)
    appeals = Hiding.objects.exclude(appeal=AppealState.NONE).select_related("area", "author", "by", "evidence")
    hiding = get_object_or_404(appeals, pk=pk)
    if not permissions.is_reviewer_of_hidden(user, hiding) or permissions.is_author_of_hidden(user, hiding):
        raise Http404
    form: forms.Form = DecisionForm()
    status = 200
    if request.method == "POST":
        form, status = DecisionForm(request.POST), 422
        if form.is_valid():
            granted, text = form.cleaned_data["result"] == "grant", form.cleaned_data["decision"]
            try:
                decide_appeal(hiding, by=user, at=timezone.now(), is_granted=granted, decision=text)
            except Refused as refused:
                status = put_on(form, refused)
            else:
                messages.success(request, _("复核好了，作者会收到结果。"))
                return redirect("reviews")
    subject = subject_of(hiding)
    about = kind_of(subject).about(subject) if subject is not None else None
    context = {
        "hiding": hiding,
        "about": about,
        "form": form,
        "is_open": hiding.appeal == AppealState.OPEN and hiding.lifted_at is None,
        "can_decide": permissions.can_decide_appeal(user, hiding),
        **(looked_through(about) if about is not None else {}),
    }
    return render(request, "community/review_appeal.html", context, status=status)
