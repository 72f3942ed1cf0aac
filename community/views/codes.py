"""The page on which a code sent to a phone is typed, for whatever it was asked; and what the session keeps of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.errors import Refused
from community.forms.entering import CodeForm, PhoneForm
from community.forwarding import client_address
from community.models import PhoneCode, User
from community.models.codes import CodePurpose
from community.models.people import mask_phone
from community.queries import rule_value, today
from community.refusing import put_on, status_of
from community.workflow.accounts import is_proof_of, proof_of
from community.workflow.codes import ask_code, check_code

STATE = "phone_code"
TITLES = {
    CodePurpose.ENTER: gettext_lazy("填上收到的验证码"),
    CodePurpose.RESET: gettext_lazy("填上验证码，重设密码"),
    CodePurpose.CHANGE: gettext_lazy("填上新号码收到的验证码"),
    CodePurpose.SHARE: gettext_lazy("填上机主手机收到的验证码"),
    CodePurpose.CONFIRM: gettext_lazy("填上验证码，确认是您本人"),
}
BACK = {
    CodePurpose.ENTER: "enter_by_phone",
    CodePurpose.RESET: "reset_by_phone",
    CodePurpose.CHANGE: "change_phone",
    CodePurpose.SHARE: "share_phone",
    CodePurpose.CONFIRM: "confirm_by_phone",
}
# Those of somebody who is signed in; the code is no good to anybody else who is.
OWN = (CodePurpose.CHANGE, CodePurpose.SHARE, CodePurpose.CONFIRM)
Finish = Callable[[HttpRequest, PhoneCode, str], HttpResponse]


def begin(request: HttpRequest, purpose: CodePurpose, phone: str) -> HttpResponse:
    """Send a code and lead to where it is typed; Refused where none was sent."""
    asked = ask_code(phone=phone, purpose=purpose, address=client_address(request), at=timezone.now())
    request.session[STATE] = {
        "id": asked.pk,
        "purpose": purpose,
        "next": get_next_redirect_url(request) or "",
        "user": request.user.pk if purpose in OWN else None,
    }
    return redirect("phone_code")


def number_page(request: HttpRequest, purpose: CodePurpose, template: str, **values: Any) -> HttpResponse:
    """Ask for a number and send a code to it: the same for a number with an account and for one without."""
    form, status = PhoneForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return begin(request, purpose, form.cleaned_data["phone"])
            except Refused as error:
                status = put_on(form, error)
    return render(request, template, {"form": form, **values}, status=status)


def code_page(request: HttpRequest, finishers: Mapping[CodePurpose, Finish]) -> HttpResponse:
    """The code's page: a right one goes on with what it was asked for."""
    state = request.session.get(STATE) or {}
    if request.user.is_authenticated and state.get("purpose") not in OWN:
        # Back after signing in: that code has done its work.
        return redirect("my")
    asked = PhoneCode.objects.filter(pk=state.get("id") or 0).first()
    if asked is None or (asked.purpose in OWN) != bool(state["user"]) or not is_for(request, state):
        messages.info(request, _("验证码放得太久了，请再要一个。"))
        return redirect("my" if request.user.is_authenticated else "account_login")
    if request.method == "POST" and request.POST.get("action") == "resend":
        return send_again(request, asked, state)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            right = check_code(
                code_id=asked.pk,
                purpose=CodePurpose(asked.purpose),
                typed=form.cleaned_data["code"],
                address=client_address(request),
                at=timezone.now(),
            )
        except Refused as error:
            return show_code(request, asked, form, put_on(form, error))
        del request.session[STATE]
        return finishers[CodePurpose(asked.purpose)](request, right, state["next"])
    return show_code(request, asked, form, 422 if form.is_bound else 200)


def is_for(request: HttpRequest, state: dict[str, Any]) -> bool:
    """Return whether whoever is signed in is the one who asked."""
    return state["user"] is None or state["user"] == request.user.pk


def send_again(request: HttpRequest, asked: PhoneCode, state: dict[str, Any]) -> HttpResponse:
    """Send another code to the same phone."""
    try:
        again = ask_code(
            phone=asked.phone, purpose=CodePurpose(asked.purpose), address=client_address(request), at=timezone.now()
        )
    except Refused as error:
        return show_code(request, asked, CodeForm(), status_of(error), str(error))
    request.session[STATE] = {**state, "id": again.pk}
    messages.success(request, _("又发了一条，请填新的这条。"))
    return redirect("phone_code")


def show_code(
    request: HttpRequest, asked: PhoneCode, form: CodeForm, status: int = 200, sentence: str = ""
) -> HttpResponse:
    """Show where the code is typed."""
    purpose = CodePurpose(asked.purpose)
    values = {
        "form": form,
        "title": TITLES[purpose],
        "phone": mask_phone(asked.phone),
        "minutes": round((asked.expires_at - asked.asked_at).total_seconds() / 60),
        "back": reverse(BACK[purpose]),
        "sentence": sentence,
    }
    return render(request, "account/phone_code.html", values, status=status)


def sign_in(request: HttpRequest, user: User, next_url: str, **how: Any) -> HttpResponse:
    """Sign somebody in who has given a code; who has a second factor is asked for it next."""
    record_authentication(request, user, method="code", **how)
    answer: HttpResponse = perform_login(request, Login(user=user, redirect_url=next_url or None))
    return answer


def proved(request: HttpRequest, key: str, user: User, next_url: str = "") -> None:
    """Keep for a few minutes whose phone a code has proved, and how that account stood then."""
    request.session[key] = {"user": user.pk, "at": time.time(), "next": next_url, "proof": proof_of(user)}


def whose(request: HttpRequest, key: str) -> tuple[User | None, str]:
    """Return whose phone was proved lately, and where they were going: they choose who they are, or a new password."""
    kept = request.session.get(key) or {}
    if time.time() - kept.get("at", 0) > rule_value("code.proved", today()) * 60:
        return None, ""
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    if user is None or not is_proof_of(kept.get("proof", ""), user):
        # The number left the account since, or its owner came back: whoever proved it then is not them.
        return None, ""
    return user, kept["next"]
