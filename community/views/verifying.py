"""A resident asks to be verified, follows it, types the code of a letter, and says where they live now."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from community.errors import Refused
from community.forms.verifying import METHOD_WORDS, AskForm, CodeForm, HomeForm
from community.models import Area, Clock, Resident, User, VerificationRequest
from community.models.people import Verification, mask_id_number, mask_name
from community.models.privacy import ConsentKind
from community.models.verifying import Method, RequestState
from community.queries import consent_text, open_request_of, records_of, resident_of, rule_value, today
from community.refusing import never_kept, put_on
from community.views.homes import HomeChoice, asked_choice, home_choice
from community.views.privacy import paragraphs
from community.workflow.checking import check_online, prove_by_letter
from community.workflow.consenting import digest_of
from community.workflow.letters import enter_code
from community.workflow.standing import move_home
from community.workflow.verifying import (
    DECIDE,
    ask_verification,
    lacks_guardian,
    offered_methods,
    withdraw_request,
)

HISTORY = 20


@never_kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_verification(request: HttpRequest) -> HttpResponse:
    """What stands, what was decided and why, and the form to ask."""
    user = request.user
    assert isinstance(user, User)  # login_required
    if request.method == "POST":
        return ask(request, user)
    resident = resident_of(user)
    choice = asked_choice(request.GET, resident.home if resident else None)
    return show(request, resident, choice)


def ask(request: HttpRequest, by: User) -> HttpResponse:
    """Ask, or show the form again with its sentences."""
    form = AskForm(request.POST)
    choice = home_choice(f"{request.POST.get('home', '')}-here")
    if not form.is_valid() or choice.home is None:
        return show(request, resident_of(by), choice, form=form, status=422)
    try:
        asked = ask_from(form, choice.home, by)
    except Refused as refused:
        return show(request, resident_of(by), choice, form=form, status=put_on(form, refused))
    if asked.method != Method.IDENTITY_CHECK:
        messages.success(request, _("申请收到了。办到哪一步，这里都看得到。"))
        return redirect("my_verification")
    try:
        checked = check_online(asked, by=by, at=timezone.now())
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        say_what_was_found(request, checked)
    return redirect("my_verification")


def say_what_was_found(request: HttpRequest, checked: VerificationRequest) -> None:
    """Say what an online check found, and what comes next."""
    if checked.state == RequestState.VERIFIED:
        messages.success(request, _("核验通过了。"))
    elif checked.state == RequestState.OPEN:
        messages.success(request, _("身份对上了。还差住址，下面写着怎么办。"))
    else:
        messages.error(request, _("没有通过：姓名和身份证号对不上。请核对后再申请，或者带身份证到社区办。"))


def ask_from(form: AskForm, home: Area, by: User) -> VerificationRequest:
    """Ask for what a valid form says."""
    data = dict(form.cleaned_data)
    del data["home"]
    return ask_verification(by=by, at=timezone.now(), home=home, method=data.pop("way"), **data)


def show(
    request: HttpRequest,
    resident: Resident | None,
    choice: HomeChoice,
    *,
    form: AskForm | None = None,
    code_form: CodeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the page."""
    text = consent_text(ConsentKind.VERIFICATION, today())
    open_request = open_request_of(resident) if resident else None
    initial = {"home": choice.home.pk if choice.home else "", "seen": digest_of(text) if text else ""}
    if resident:
        initial["name"] = resident.known_name
        initial["address"] = resident.address if choice.home == resident.home else ""
    context: dict[str, Any] = {
        "resident": resident,
        "stands": resident is not None and resident.verification == Verification.VERIFIED,
        "choice": choice,
        "ways": [METHOD_WORDS[method] for method in offered_methods()],
        "text": text,
        "paragraphs": paragraphs(text) if text else [],
        "form": form or AskForm(initial=initial),
        "is_open_form": form is not None or "home" in request.GET,
        "records": records_of(resident)[:HISTORY] if resident else [],
        **(of_request(open_request, code_form) if open_request else {}),
    }
    return render(request, "community/my_verification.html", context, status=status)


def of_request(asked: VerificationRequest, code_form: CodeForm | None) -> dict[str, Any]:
    """Return what the page says about an open request."""
    clock = Clock.objects.of(asked).open().filter(kind=DECIDE).first()
    letter = asked.letters.order_by("-printed_at", "-id").first()
    return {
        "asked": asked,
        "masked": {"name": mask_name(asked.name), "id_number": mask_id_number(asked.id_number)},
        "due_at": clock.due_at if clock else None,
        # With a decision pending again, the last letter is void.
        "letter": letter if clock is None else None,
        "guardian_age": guardian_age(asked),
        "may_choose_letter": asked.identity_found_at is not None and asked.method == Method.PAPER,
        "code_form": code_form or CodeForm(),
    }


def guardian_age(asked: VerificationRequest) -> int:
    """Return below which age somebody needs a guardian, where the request is that of a child without one; or 0."""
    return rule_value("minor.guardian", today()) if lacks_guardian(asked.resident, asked.id_number, today()) else 0


@login_required
@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take one's open request back."""
    asked = own_open_request(request)
    if asked is not None:
        try:
            withdraw_request(asked, by=signed_in(request), at=timezone.now())
            messages.success(request, _("已撤回，您填的内容已经清空。"))
        except Refused as refused:
            messages.error(request, str(refused))
    return redirect("my_verification")


@login_required
@require_POST
def by_letter(request: HttpRequest) -> HttpResponse:
    """Have a letter sent, where only the home is left to prove."""
    asked = own_open_request(request)
    if asked is not None:
        try:
            prove_by_letter(asked, by=signed_in(request), at=timezone.now())
            messages.success(request, _("好的，社区会往您家寄一封信，信上有码。"))
        except Refused as refused:
            messages.error(request, str(refused))
    return redirect("my_verification")


@never_kept
@login_required
@require_POST
def code(request: HttpRequest) -> HttpResponse:
    """Type the code of a letter."""
    asked = own_open_request(request)
    if asked is None:
        messages.info(request, _("没有等着填码的申请。"))
        return redirect("my_verification")
    form, status = CodeForm(request.POST), 422
    if form.is_valid():
        try:
            enter_code(asked, by=signed_in(request), at=timezone.now(), code=form.cleaned_data["code"])
        except Refused as refused:
            status = put_on(form, refused)
        else:
            messages.success(request, _("核验通过了。"))
            return redirect("my_verification")
    resident = resident_of(request.user)
    return show(request, resident, home_choice("", asked.home), code_form=form, status=status)


@never_kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_home(request: HttpRequest) -> HttpResponse:
    """Say where one lives now."""
    by = signed_in(request)
    resident = resident_of(by)
    if request.method == "POST":
        form, choice = HomeForm(request.POST), home_choice(f"{request.POST.get('home', '')}-here")
        status = 422
        if form.is_valid() and choice.home is not None:
            try:
                moved = move_home(by=by, at=timezone.now(), home=choice.home, address=form.cleaned_data["address"])
            except Refused as refused:
                status = put_on(form, refused)
            else:
                return after_move(request, moved)
        return show_home(request, resident, choice, form, status)
    choice = asked_choice(request.GET)
    return show_home(request, resident, choice, HomeForm(initial={"home": choice.home.pk if choice.home else ""}))


def after_move(request: HttpRequest, moved: Resident) -> HttpResponse:
    """Say what follows from having moved."""
    messages.success(request, _("新住址记下了。核验过的，请在新的社区再核验一次。"))
    return redirect("my_verification")


def show_home(
    request: HttpRequest, resident: Resident | None, choice: HomeChoice, form: forms.Form, status: int = 200
) -> HttpResponse:
    """Show the form of a new home."""
    context = {"resident": resident, "choice": choice, "form": form}
    return render(request, "community/my_home.html", context, status=status)


def signed_in(request: HttpRequest) -> User:
    """Return who is signed in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def own_open_request(request: HttpRequest) -> VerificationRequest | None:
    """Return one's own open request, or None."""
    resident = resident_of(request.user)
    return open_request_of(resident) if resident else None
