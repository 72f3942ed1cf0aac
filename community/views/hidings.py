"""What of one's own is not public, why, and the one appeal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from community.errors import Refused
from community.forms.reviews import AppealForm
from community.keeping import keep, keeps_typed, take
from community.models import Hiding
from community.models.reviews import AppealState
from community.refusing import never_kept, put_on
from community.reviewing import Kind, kind_of, pictures_of, subject_of, subjects_of
from community.views.verifying import signed_in
from community.workflow.hiding import appeal_hiding, appeal_until

PAGE_SIZE = 20
ID_DIGITS = 18
# In the list a long text is cut; its own page shows all of it.
FIRST_WORDS = 60


@never_kept
@login_required
@require_safe
def hiding_list(request: HttpRequest) -> HttpResponse:
    """What of one's own was kept from the public, the newest first."""
    hidings = Hiding.objects.filter(author=signed_in(request)).order_by("-pk")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdecimal() and len(before) <= ID_DIGITS:
        hidings = hidings.filter(pk__lt=int(before))
    found = list(hidings[: PAGE_SIZE + 1])
    next_url = f"?before={found[PAGE_SIZE - 1].pk}" if len(found) > PAGE_SIZE else ""
    shown = found[:PAGE_SIZE]
    subjects = subjects_of(shown)
    rows = [(row, *named(*subjects[row.pk])) if row.pk in subjects else (row, "", "", "") for row in shown]
    return render(request, "community/review_hidden_list.html", {"rows": rows, "next_url": next_url})


def named(kind: Kind, subject: Any) -> tuple[str, str, str]:
    """Return what one of one's own is: heading, kind, and the first words where the heading is not its own."""
    about = kind.about(subject)
    first = "" if about.parts else " ".join(about.text.split())
    return about.title, str(kind.label), first if len(first) <= FIRST_WORDS else f"{first[:FIRST_WORDS]}…"


def keep_appeal(request: HttpRequest, pk: int) -> str:
    """Keep the words of an appeal whose sender has to agree to the terms first."""
    keep(request, f"appeal {pk}", ["text"])
    return request.path


@keeps_typed(keep_appeal)
@never_kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hiding(request: HttpRequest, pk: int) -> HttpResponse:
    """Why something of one's own is not public, and the form of the appeal."""
    user = signed_in(request)
    row = get_object_or_404(Hiding.objects.select_related("area", "evidence"), pk=pk, author=user)
    form, status = AppealForm(initial=take(request, f"appeal {pk}")), 200
    if request.method == "POST":
        form, status = AppealForm(request.POST, request.FILES), 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                appeal_hiding(row, by=user, at=timezone.now(), text=data["text"], evidence=data["file"])
            except Refused as refused:
                status = put_on(form, refused)
            else:
                messages.success(request, _("申诉收到了，由另一位工作人员复核，结果会通知您。"))
                return redirect("hiding", pk=pk)
    until = appeal_until(row)
    subject = subject_of(row)
    kind = kind_of(subject) if subject is not None else None
    about = kind.about(subject) if kind is not None else None
    context = {
        "hiding": row,
        "about": about,
        "kind": kind,
        "pictures": pictures_of(kind, subject, about) if kind is not None and about is not None else [],
        "form": form,
        "until": until,
        "may_appeal": row.appeal == AppealState.NONE and row.lifted_at is None and timezone.now() <= until,
    }
    return render(request, "community/review_hidden.html", context, status=status)
