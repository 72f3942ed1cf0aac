"""The worker's queue of requests for verification, and what they do with one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community import permissions
from community.clock import SHANGHAI
from community.errors import Refused
from community.forms.verifying import AskForm, RefuseForm, VerifyForm
from community.models import Clock, Representation, Resident, User, VerificationRequest
from community.models.people import age_of, mask_id_number, mask_name
from community.models.privacy import ConsentKind
from community.models.verifying import Method, RequestState
from community.queries import (
    consent_text,
    records_of,
    rule_value,
    standing_consent,
    today,
    verification_clocks_of,
)
from community.refusing import never_kept, put_on, status_of
from community.views.privacy import paragraphs
from community.views.verifying import signed_in
from community.workflow.joining import alike, made_alike, with_same_number
from community.workflow.revealing import reveal_claim
from community.workflow.verifying import DECIDE, ask_verification, refuse_request, verify_request

PAGE_SIZE = 20
FORMS: dict[str, type[forms.Form]] = {"verify": VerifyForm, "refuse": RefuseForm}
VERBS: dict[str, Callable[..., VerificationRequest]] = {"verify": verify_request, "refuse": refuse_request}
DONE = {
    "verify": gettext_lazy("核验通过了，已经告诉本人。"),
    "refuse": gettext_lazy("没有通过，本人会看到您写的原因。"),
}
# Without an account nothing tells the person but the worker.
DONE_IN_PERSON = {
    "verify": gettext_lazy("核验通过了。请把回执交给本人。"),
    "refuse": gettext_lazy("没有通过。请把原因当面告诉本人，把回执也交给他。"),
}


@dataclass(frozen=True)
class Row:
    """One request of the queue."""

    asked: VerificationRequest
    clock: Clock
    name: str
    lane: str


@never_kept
@login_required
@require_safe
def verifications(request: HttpRequest) -> HttpResponse:
    """The requests that wait for this worker, soonest due first."""
    user = signed_in(request)
    if not permissions.is_worker_anywhere(user):
        raise PermissionDenied(_("核验由社区工作者办。您自己的核验在“我的”里。"))
    clocks = after(verification_clocks_of(user), request.GET.get("after", ""))
    rows = list(clocks[: PAGE_SIZE + 1])
    context = {
        "rows": queue_rows(rows[:PAGE_SIZE]),
        "next_url": f"?after={cursor(rows[PAGE_SIZE - 1])}" if len(rows) > PAGE_SIZE else "",
    }
    return render(request, "community/verifications.html", context)


def cursor(clock: Clock) -> str:
    """Return where the queue goes on after a clock."""
    return f"{clock.due_at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{clock.pk}"


def after(clocks: QuerySet[Clock], text: str) -> QuerySet[Clock]:
    """Keep what comes after a cursor; one that can't be read starts at the top."""
    moment, _dash, key = text.partition("-")
    try:
        due_at = datetime.strptime(moment, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
        last = int(key[:18])
    except ValueError:
        return clocks
    return clocks.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, pk__gt=last))


def queue_rows(clocks: list[Clock]) -> list[Row]:
    """Return the rows of some clocks, with two queries however many there are."""
    found = VerificationRequest.objects.select_related("home", "resident").in_bulk([one.subject_id for one in clocks])
    now = timezone.now()
    return [
        Row(asked, clock, mask_name(asked.name), lane_of(clock, now))
        for clock in clocks
        if (asked := found.get(clock.subject_id)) and asked.state == RequestState.OPEN
    ]


def lane_of(clock: Clock, now: datetime) -> str:
    """Return how pressing a decision is: over, soon (today) or week."""
    if clock.due_at < now:
        return "over"
    return "soon" if clock.due_at.astimezone(SHANGHAI).date() == now.astimezone(SHANGHAI).date() else "week"


def find_request(user: User, pk: int) -> VerificationRequest:
    """Return a request of the places that a worker serves; any other is not found."""
    asked = (
        VerificationRequest.objects.select_related("home", "town", "resident__user", "resident__home")
        .filter(pk=pk)
        .first()
    )
    if asked is None or not permissions.is_worker_of_request(user, asked):
        raise Http404
    return asked


@never_kept
@login_required
@require_safe
def verification(request: HttpRequest, pk: int) -> HttpResponse:
    """One request, masked."""
    return show(request, find_request(signed_in(request), pk))


@never_kept
@login_required
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show this once what the person claims; the look is in their log."""
    user = signed_in(request)
    asked = find_request(user, pk)
    try:
        claimed = reveal_claim(asked, by=user, at=timezone.now())
    except Refused as refused:
        return show(request, asked, sentence=str(refused), status=status_of(refused))
    return show(request, asked, claimed=claimed)


@never_kept
@login_required
@require_POST
def decide(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Verify or refuse; a refusal brings the page back with its sentence and what was typed."""
    user = signed_in(request)
    if verb not in VERBS:
        raise Http404
    asked = find_request(user, pk)
    form, status = FORMS[verb](request.POST), 422
    if form.is_valid():
        try:
            VERBS[verb](asked, by=user, at=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            status = put_on(form, refused)
        else:
            return after_decision(request, asked, verb)
    return show(request, find_request(user, pk), failed=(verb, form), status=status)


def after_decision(request: HttpRequest, asked: VerificationRequest, verb: str) -> HttpResponse:
    """Say what was done: on to the next request, or to the receipt for somebody without an account."""
    if Resident.objects.filter(pk=asked.resident_id).exclude(user=None).exists():
        messages.success(request, DONE[verb])
        return redirect("verifications")
    messages.success(request, DONE_IN_PERSON[verb])
    return redirect("verification", pk=asked.pk)


def receipt_of(asked: VerificationRequest) -> Representation | None:
    """Return the receipt of a request that a worker made for somebody, or None where they asked themselves."""
    rows = Representation.objects.filter(resident=asked.resident_id, at=asked.asked_at, subject=f"{asked.pk}", url="")
    return rows.first()


def show(
    request: HttpRequest,
    asked: VerificationRequest,
    *,
    claimed: dict[str, str] | None = None,
    failed: tuple[str, forms.Form] | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a request; `claimed` are its values in plain words, this once."""
    offered = {verb: form() for verb, form in FORMS.items()} | ({failed[0]: failed[1]} if failed else {})
    clock = Clock.objects.of(asked).open().filter(kind=DECIDE).first()
    context: dict[str, Any] = {
        "asked": asked,
        "is_open": asked.state == RequestState.OPEN,
        "receipt": receipt_of(asked),
        "is_letter": asked.method == Method.LETTER,
        "may_decide": permissions.can_decide_verification(signed_in(request), asked),
        "masked": {"name": mask_name(asked.name), "id_number": mask_id_number(asked.id_number)},
        "claimed": claimed,
        "due_at": clock.due_at if clock else None,
        "letter": asked.letters.order_by("-printed_at", "-id").first(),
        "forms": offered,
        "failed": failed[0] if failed else "",
        "sentence": sentence,
        "records": records_of(asked.resident)[:PAGE_SIZE],
        **of_child(asked),
        **of_earlier(asked, signed_in(request)),
    }
    return render(request, "community/verification.html", context, status=status)


def of_earlier(asked: VerificationRequest, by: User) -> dict[str, Any]:
    """Return who is registered without an account and is this person: by the ID number, or by name and phone."""
    if asked.state != RequestState.OPEN or not permissions.can_decide_verification(by, asked):
        return {}
    return {
        "is_known_number": with_same_number(asked).exists(),
        "alike": alike(asked, by),
        "made_alike": made_alike(asked, by),
    }


def of_child(asked: VerificationRequest) -> dict[str, Any]:
    """Return whether a guardian has to agree, and whether one has."""
    age, least = age_of(asked.id_number, today()), rule_value("minor.guardian", today())
    is_child = age is not None and age < least
    has_consent = is_child and standing_consent(asked.resident, ConsentKind.MINOR) is not None
    return {"is_child": is_child, "guardian_age": least, "guardian_agreed": has_consent}


@never_kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for somebody without an account, who stands before the worker with their papers."""
    user = signed_in(request)
    person = Resident.objects.kept().select_related("home", "user").filter(pk=pk).first()
    if person is None or person.home is None or not permissions.can_speak_for(user, person):
        raise Http404
    text = consent_text(ConsentKind.VERIFICATION, today())
    initial = {"home": person.home.pk, "name": person.name, "address": person.address}
    form = AskForm(request.POST or None, for_another=True, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                data = {key: form.cleaned_data[key] for key in ("name", "id_number", "address", "agreed")}
                asked = ask_verification(
                    by=user,
                    at=timezone.now(),
                    method=form.cleaned_data["way"],
                    home=person.home,
                    resident=person,
                    **data,
                )
            except Refused as refused:
                status = put_on(form, refused)
            else:
                messages.success(request, _("申请好了。看过证件，就在这里点通过。"))
                return redirect("verification", pk=asked.pk)
    parts = paragraphs(text) if text else []
    context = {"resident": person, "form": form, "text": text, "paragraphs": parts}
    return render(request, "community/ask_for.html", context, status=status)
