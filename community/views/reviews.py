"""The queue of what waits for review, one thing of it, covering a photo, and what a decider says to an appeal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community import permissions
from community.errors import Refused
from community.forms.reviews import COLUMNS, CoverForm, DecisionForm, HideForm
from community.leading import own_address
from community.marks import Piece, marks, pieces
from community.models import Hiding, User
from community.models.reviews import AppealState
from community.refusing import never_kept, put_on, status_of
from community.reviewing import (
    About,
    Kind,
    Row,
    cursor_text,
    kind_called,
    kind_of,
    kinds,
    known_names,
    pictures_of,
    read_cursor,
    staff_names,
    subject_of,
    waiting_counts,
    waiting_of,
    waiting_rows,
    with_pictures,
)
from community.views.verifying import signed_in
from community.workflow.hiding import decide_appeal

PAGE_SIZE = 20
# No row has a larger number; a database would stumble over it.
ID_MOST = 2**63 - 1
ID_DIGITS = 18


@dataclass(frozen=True)
class Line:
    """One line of the queue as the page shows it: all the words, with what looks personal in its places."""

    row: Row
    words: list[tuple[str, list[Piece]]]
    marks: list[str]

    @property
    def can_publish(self) -> bool:
        """Return whether it may be published from the list: what still holds something personal is opened first."""
        return self.row.kind.publish is not None and not self.marks

    @property
    def needs_changes(self) -> bool:
        """Return whether it would be refused as it stands."""
        return self.row.kind.publish is not None and bool(self.marks)

    @property
    def value(self) -> str:
        """Return what its box sends."""
        return f"{self.row.kind.key}-{self.row.pk}"


@dataclass(frozen=True)
class Result:
    """What became of publishing several at once: how many are public now, and each that is not, with its reason."""

    published: int = 0
    refused: Sequence[tuple[About, str]] = ()
    gone: int = 0

    @property
    def is_whole(self) -> bool:
        """Return whether all of them are public."""
        return not self.refused and not self.gone


@never_kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reviews(request: HttpRequest) -> HttpResponse:
    """What waits for this person, oldest first, of all kinds or of one; those that are chosen are published."""
    user = signed_in(request)
    if not permissions.reviews_somewhere(user):
        raise PermissionDenied(_("审看由社区和镇街的工作人员做。"))
    if request.method != "POST":
        return show_reviews(request, user)
    chosen = read_chosen(request)
    if not chosen:
        return show_reviews(request, user, sentence=_("请先勾选要公开的。"), status=422)
    result = publish_chosen(user, chosen)
    if not result.is_whole:
        # Shown at once and kept nowhere: a reason says what personal data it found.
        return show_reviews(request, user, result=result, status=409)
    said = ngettext("看过的 %(n)d 件公开了。", "看过的 %(n)d 件公开了。", result.published)
    messages.success(request, said % {"n": result.published})
    return redirect(request.get_full_path())


def show_reviews(
    request: HttpRequest, user: User, *, sentence: str = "", result: Result | None = None, status: int = 200
) -> HttpResponse:
    """Render the queue, and what became of those that were chosen."""
    known = {kind.key for kind in kinds() if kind.waiting is not None}
    key = asked if (asked := request.GET.get("kind", "")) in known else ""
    rows = waiting_rows(user, most=PAGE_SIZE + 1, key=key, cursor=read_cursor(request.GET.get("after", "")))
    lines = [line_of(row) for row in with_pictures(rows[:PAGE_SIZE])]
    query = {"kind": key} if key else {}
    last = {**query, "after": cursor_text(lines[-1].row)} if len(rows) > PAGE_SIZE else {}
    context = {
        "lines": lines,
        "counts": waiting_counts(user),
        "chosen": key,
        "next_url": f"?{urlencode(last)}" if last else "",
        "can_publish": any(line.can_publish for line in lines),
        "sentence": sentence,
        "result": result,
    }
    return render(request, "community/reviews.html", context, status=status)


def line_of(row: Row) -> Line:
    """Return a line with all that was written.

    Names of the household are looked for on the thing's own page, and before it is published: a list asks no
    query for each row.
    """
    names = [(row.about.represented or row.about.author).name]
    below = [(label, text) for label, text in row.about.words if text != row.about.title]
    words = [(label, pieces(text, names)) for label, text in below]
    return Line(row, words, marks(row.about.all_words, names))


def read_chosen(request: HttpRequest) -> list[tuple[str, int]]:
    """Return what was ticked, each as a kind's key and an id; no more than a page shows, and nothing unreadable."""
    sent = [value.rpartition("-") for value in request.POST.getlist("chosen")[:PAGE_SIZE]]
    read = [(key[:40], int(pk)) for key, _dash, pk in sent if pk.isascii() and pk.isdecimal() and len(pk) <= ID_DIGITS]
    return list(dict.fromkeys(read))


def publish_chosen(user: User, chosen: list[tuple[str, int]]) -> Result:
    """Publish each by the verb of its kind, for itself: what one of them is refused for keeps no other back."""
    waiting = waiting_of(user, chosen)
    published, refused = 0, []
    for key, pk in chosen:
        kind, subject = kind_called(key), waiting.get((key, pk))
        if kind is None or kind.publish is None or subject is None:
            continue
        try:
            kind.publish(subject, by=user, at=timezone.now())
        except Refused as error:
            refused.append((kind.about(subject), str(error)))
        else:
            published += 1
    return Result(published, refused, len(chosen) - published - len(refused))


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
        # Said here: a template would call the verb to see whether there is one.
        "can_cover": kind.cover is not None,
        "hiding": hiding,
        "can_decide": hiding is not None and permissions.can_decide_appeal(signed_in(request), hiding),
        "sentence": sentence,
        **looked_through(kind, subject, about),
    }
    return render(request, "community/review.html", context, status=status)


def looked_through(kind: Kind, subject: Any, about: About) -> dict[str, Any]:
    """Return the words with what looks personal in its places, a list of it, and the photos."""
    names = [*known_names(about), *staff_names(about.area)]
    return {
        "words": [(label, pieces(text, names)) for label, text in about.words],
        "marks": marks(about.all_words, names),
        "pictures": pictures_of(kind, subject, about),
    }


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
                # The tag names the photo: the page one comes back to says it beside that very photo.
                messages.success(request, _("遮好了，原来的照片已经删掉。"), extra_tags=f"covered-{key}-{pk}")
                return redirect(came_from(request, key, pk))
    context = {
        "kind": kind,
        "subject": subject,
        "about": about,
        "form": form,
        "columns": COLUMNS,
        "back": came_from(request, key, pk),
    }
    return render(request, "community/review_cover.html", context, status=status)


def came_from(request: HttpRequest, key: str, pk: int) -> str:
    """Return the page from which somebody came to cover a photo, if it is ours, or else that of its review."""
    return own_address(request, reverse("review", args=[key, pk]))


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
    kind = kind_of(subject) if subject is not None else None
    about = kind.about(subject) if kind is not None else None
    context = {
        "hiding": hiding,
        "kind": kind,
        "about": about,
        "form": form,
        "is_open": hiding.appeal == AppealState.OPEN and hiding.lifted_at is None,
        "can_decide": permissions.can_decide_appeal(user, hiding),
        **(looked_through(kind, subject, about) if kind is not None and about is not None else {}),
    }
    return render(request, "community/review_appeal.html", context, status=status)
