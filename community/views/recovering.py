"""Getting somebody back to their account: the worker's form, the second worker's list, the slip, and stopping it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community import permissions
from community.errors import Refused
from community.forms.recovering import (
    ConfirmForm,
    CorrectForm,
    NewPhoneCodeForm,
    NotConfirmedForm,
    RecoverForm,
    SlipForm,
)
from community.forwarding import client_address
from community.models import Area, Clock, Recovery, User
from community.models.people import mask_phone
from community.models.recovering import RecoveryState, RecoveryWay
from community.queries import areas_served, committee_of, resident_of, rule_value, today, within_any
from community.refusing import never_kept, put_on, status_of
from community.stepup import ask_to_confirm, recently_confirmed
from community.views.codes import proved
from community.views.entering import RESET
from community.views.residents import find_resident
from community.views.verifying import signed_in
from community.workflow.correcting import correct_resident
from community.workflow.recovering import (
    CONFIRM,
    ask_recovery,
    confirm_recovery,
    prove_phone,
    refuse_recovery,
    send_recovery_code,
    stop_recovery,
    withdraw_recovery,
)
from community.workflow.second_eyes import check_pair, wait_of
from community.workflow.slips import enter_slip, print_slip

# So many are shown of each; a place with more has other worries.
SHOWN = 50
FORMS: dict[str, type[forms.Form]] = {"code": NewPhoneCodeForm, "confirm": ConfirmForm, "refuse": NotConfirmedForm}
DONE = {
    "code": gettext_lazy("新手机号验过了。接着请另一位工作人员核对、确认。"),
    "send": gettext_lazy("验证码发到新手机了。请本人填在下面。"),
    "confirm": gettext_lazy("确认了，马上生效。本人和经办的同事都收到通知。"),
    "refuse": gettext_lazy("没有同意，账号没有改动。"),
    "withdraw": gettext_lazy("撤回了，账号没有改动。"),
}
LOOK = ["GET", "HEAD", "POST"]


# --- The worker who asks -----------------------------------------------------------------------
@never_kept
@recently_confirmed
@require_http_methods(LOOK)
def recover_resident(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask that somebody who stands here with their ID card may sign in again."""
    user = signed_in(request)
    resident = find_resident(user, pk)
    if not permissions.can_ask_recovery(user, resident):
        raise Http404
    form, status = RecoverForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                asked = ask_recovery(resident, by=user, at=timezone.now(), **form.cleaned_data)
            except Refused as refused:
                status = put_on(form, refused)
            else:
                return after_asking(request, asked)
    waiting = resident.recoveries.open().first()
    context = {"resident": resident, "form": form, "waiting": waiting}
    return render(request, "community/recover.html", context, status=status)


def after_asking(request: HttpRequest, asked: Recovery) -> HttpResponse:
    """Send the code to the new phone at once; where that does not go, its button is on the page."""
    if asked.way == RecoveryWay.PHONE:
        return send(request, asked)
    messages.success(request, _("记下了。接着请另一位工作人员核对、确认，再打印登录条。"))
    return redirect("recovery", pk=asked.pk)


def send(request: HttpRequest, asked: Recovery) -> HttpResponse:
    """Send a code to the new phone."""
    try:
        send_recovery_code(asked, by=signed_in(request), at=timezone.now(), address=client_address(request))
    except Refused as refused:
        return show(request, asked, sentence=str(refused), status=status_of(refused))
    messages.success(request, DONE["send"])
    return redirect("recovery", pk=asked.pk)


# --- The page of one, and the list -------------------------------------------------------------
@never_kept
@login_required
@require_safe
def recoveries(request: HttpRequest) -> HttpResponse:
    """What waits for a second worker in the places that one serves, and what was done there lately."""
    user = signed_in(request)
    if not permissions.can_search_residents(user):
        raise PermissionDenied(_("帮本人重新登录，由住地的社区工作者和镇街干部办。"))
    since = timezone.now() - timedelta(days=rule_value(CONFIRM, today()))
    places = Area.objects.filter(within_any((area.path for area in areas_served(user)), "path")).order_by()
    mine = Recovery.objects.filter(resident__home__in=places.values("pk")).exclude(resident__user=user)
    rows = mine.filter(Q(state=RecoveryState.OPEN) | Q(decided_at__gte=since))
    rows = rows.select_related("resident__user", "resident__home", "asked_by", "decided_by")
    context = {
        "waiting": rows.filter(state=RecoveryState.OPEN).order_by("asked_at", "pk")[:SHOWN],
        "decided": rows.exclude(state=RecoveryState.OPEN).order_by("-decided_at", "-pk")[:SHOWN],
        "viewer_id": user.pk,
    }
    return render(request, "community/recoveries.html", context)


def find_recovery(user: User, pk: int) -> Recovery:
    """Return one of the places that somebody serves; any other, and one's own, is not found."""
    related = ("resident__user", "resident__home", "asked_by", "decided_by", "area")
    found = Recovery.objects.select_related(*related).filter(pk=pk).first()
    if found is None or not permissions.can_see_recovery(user, found):
        raise Http404
    return found


@never_kept
@login_required
@require_safe
def recovery(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them, with what may be done by whoever looks."""
    return show(request, find_recovery(signed_in(request), pk))


def show(
    request: HttpRequest,
    asked: Recovery,
    *,
    failed: tuple[str, forms.Form] | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a recovery."""
    user = signed_in(request)
    asked = find_recovery(user, asked.pk)
    made: dict[str, forms.Form] = {verb: form() for verb, form in FORMS.items()}
    if failed:
        made[failed[0]] = failed[1]
    is_open, is_asker = asked.state == RecoveryState.OPEN, asked.asked_by_id == user.pk
    may_confirm = is_open and asked.ready_at is not None and permissions.can_confirm_recovery(user, asked)
    clock = Clock.objects.of(asked).open().filter(kind=CONFIRM).first()
    context = {
        "asked": asked,
        "is_open": is_open,
        "is_asker": is_asker,
        "needs_code": is_open and asked.ready_at is None,
        "may_confirm": may_confirm,
        "held_back": held_back(asked, user) if may_confirm else "",
        "wait": wait_of(asked, timezone.now()) if is_open and is_asker else "",
        "may_print": is_asker and asked.state == RecoveryState.DONE and asked.way == RecoveryWay.SLIP,
        "phone": mask_phone(asked.phone),
        "due_at": clock.due_at if clock else None,
        "forms": made,
        "failed": failed[0] if failed else "",
        "sentence": sentence,
    }
    return render(request, "community/recovery.html", context, status=status)


def held_back(asked: Recovery, user: User) -> str:
    """Return why somebody who may confirm can't confirm this one, or not yet; '' where they can."""
    try:
        check_pair(asked, user, timezone.now())
    except Refused as refused:
        return str(refused)
    return ""


def with_code(asked: Recovery, request: HttpRequest, **fields: Any) -> Recovery:
    """Prove the new phone from where the worker's browser is."""
    return prove_phone(asked, address=client_address(request), **fields)


def without_request(verb: Callable[..., Recovery]) -> Callable[..., Recovery]:
    """Return a verb that does not ask where it is called from."""
    return lambda asked, request, **fields: verb(asked, **fields)


VERBS: dict[str, Callable[..., Recovery]] = {
    "code": with_code,
    "confirm": without_request(confirm_recovery),
    "refuse": without_request(refuse_recovery),
    "withdraw": without_request(withdraw_recovery),
}


@never_kept
@recently_confirmed
@require_POST
def recovery_action(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Do one step; a refusal brings the page back with its sentence and what was typed."""
    asked = find_recovery(signed_in(request), pk)
    if verb == "send":
        return send(request, asked)
    if verb == "slip":
        return slip(request, asked)
    if verb not in VERBS:
        raise Http404
    form, status = FORMS.get(verb, forms.Form)(request.POST), 422
    if form.is_valid():
        try:
            VERBS[verb](asked, request, by=signed_in(request), at=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            status = put_on(form, refused)
        else:
            messages.success(request, DONE[verb])
            return redirect("recovery", pk=asked.pk)
    sentence = " ".join(map(str, form.non_field_errors())) if verb not in FORMS else ""
    return show(request, asked, failed=(verb, form), sentence=sentence, status=status)


def slip(request: HttpRequest, asked: Recovery) -> HttpResponse:
    """Print a slip; its code is shown this once."""
    try:
        printed, code = print_slip(asked, by=signed_in(request), at=timezone.now())
    except Refused as refused:
        return show(request, asked, sentence=str(refused), status=status_of(refused))
    groups = " ".join(code[start : start + 4] for start in range(0, len(code), 4))
    return show_receipt(request, find_recovery(signed_in(request), printed.pk), code=groups)


@never_kept
@login_required
@require_safe
def recovery_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper receipt for the person: what was done, by which two, and what to do if it was not them."""
    return show_receipt(request, find_recovery(signed_in(request), pk))


def show_receipt(request: HttpRequest, asked: Recovery, *, code: str = "") -> HttpResponse:
    """Render the receipt, with a slip's code where one was just made."""
    account = asked.resident.user
    context = {
        "asked": asked,
        "code": code,
        "phone": mask_phone(asked.phone or (account.phone or "" if account and asked.decided_at else "")),
        "username": account.username if account else "",
        "committee": committee_of(asked.area),
    }
    return render(request, "community/recovery_receipt.html", context)


# --- The person --------------------------------------------------------------------------------
@login_required
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that it was not oneself who asked."""
    user = signed_in(request)
    own = resident_of(user)
    asked = Recovery.objects.select_related("resident", "asked_by").filter(pk=pk, resident=own).first() if own else None
    if asked is None:
        raise Http404
    try:
        stop_recovery(asked, by=user, at=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("停下了，您的账号没有改动。镇街会查是谁来办的。"))
    return redirect("reveal_log")


@never_cache
@require_http_methods(LOOK)
def use_slip(request: HttpRequest) -> HttpResponse:
    """Sign in by a printed slip: its code, then a new password of one's own."""
    if request.user.is_authenticated:
        messages.info(request, _("这台设备登录着一个账号。请先退出，再用登录条。"))
        return redirect("my")
    form, status = SlipForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                person = enter_slip(code=form.cleaned_data["code"], at=timezone.now())
            except Refused as refused:
                status = put_on(form, refused)
            else:
                proved(request, RESET, person)
                messages.success(request, _("对上了。请给自己定一个新密码，以后用它登录。"))
                return redirect("new_password")
    return render(request, "account/slip.html", {"form": form}, status=status)


# --- Correcting --------------------------------------------------------------------------------
@never_kept
@login_required
@require_http_methods(LOOK)
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what is registered about somebody, against a paper."""
    user = signed_in(request)
    resident = find_resident(user, pk)
    if not permissions.can_correct(user, resident):
        raise Http404
    if request.method == "POST" and (confirming := ask_to_confirm(request)) is not None:
        return confirming
    form, status = CorrectForm(request.POST or None, of=resident), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                receipt = correct_resident(resident, by=user, at=timezone.now(), **form.cleaned_data)
            except Refused as refused:
                status = put_on(form, refused)
            else:
                messages.success(request, _("更正好了。"))
                return redirect("receipt", number=receipt.number) if receipt else redirect("desk_resident", pk=pk)
    may_speak = permissions.can_speak_for(user, resident)
    context = {"resident": resident, "form": form, "may_speak": may_speak}
    return render(request, "community/correct.html", context, status=status)
