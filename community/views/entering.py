"""Signing in and up by phone, and what a code to one's phone is good for besides."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from community.errors import Refused
from community.forms.entering import NewPasswordForm, WhoForm
from community.models import PhoneCode, User
from community.models.codes import CodePurpose
from community.models.people import mask_phone
from community.refusing import put_on, status_of
from community.views.codes import begin, code_page, number_page, proved, sign_in, whose
from community.views.phones import finish_change, finish_share
from community.workflow.accounts import account_of_phone, people_of_phone, set_new_password

WHO, RESET = "phone_people", "phone_reset"
LOOK = ["GET", "HEAD", "POST"]


def answer_phone(request: HttpRequest, purpose: CodePurpose, template: str) -> HttpResponse:
    """Ask whoever is not signed in for their number; the others have no need of it."""
    next_url = get_next_redirect_url(request)
    if request.user.is_authenticated:
        return redirect(next_url or get_adapter(request).get_login_redirect_url(request))
    return number_page(request, purpose, template, next=next_url or "")


@never_cache
@require_http_methods(LOOK)
def sign_up(request: HttpRequest) -> HttpResponse:
    """Sign-up: one number, one button; whoever has an account already is signed in to it."""
    return answer_phone(request, CodePurpose.ENTER, "account/signup.html")


@never_cache
@require_http_methods(LOOK)
def enter_by_phone(request: HttpRequest) -> HttpResponse:
    """Sign-in by a code; whoever has no account yet gets one."""
    return answer_phone(request, CodePurpose.ENTER, "account/enter_by_phone.html")


@never_cache
@require_http_methods(LOOK)
def reset_by_phone(request: HttpRequest) -> HttpResponse:
    """A new password by a code to one's phone."""
    return answer_phone(request, CodePurpose.RESET, "account/reset_by_phone.html")


@never_cache
@login_required
@require_http_methods(LOOK)
def confirm_by_phone(request: HttpRequest) -> HttpResponse:
    """Confirm being oneself by a code to one's own phone, where there is neither password nor second factor at hand."""
    assert isinstance(request.user, User)  # login_required
    ways = get_adapter(request).get_reauthentication_methods(request.user)
    if "confirm_by_phone" not in [way["id"] for way in ways]:
        return redirect("account_reauthenticate")
    values = {
        "phone": mask_phone(request.user.phone or ""),
        "next": get_next_redirect_url(request) or "",
        "sentence": "",
    }
    if request.method == "POST":
        try:
            return begin(request, CodePurpose.CONFIRM, request.user.phone or "")
        except Refused as error:
            values["sentence"] = str(error)
            return render(request, "account/confirm_by_phone.html", values, status=status_of(error))
    return render(request, "account/confirm_by_phone.html", values)


@never_cache
@require_http_methods(LOOK)
def phone_code(request: HttpRequest) -> HttpResponse:
    """Where the code is typed that was sent to a phone."""
    return code_page(request, FINISH)


def finish_entering(request: HttpRequest, asked: PhoneCode, next_url: str) -> HttpResponse:
    """Sign in to the phone's account, opening one where there is none; ask who it is where a family shares it."""
    user, is_new = account_of_phone(phone=asked.phone, at=timezone.now())
    if is_new:
        messages.success(request, _("账号开好了。名字和住址以后再填，现在就能用。"))
    elif len(people_of_phone(user)) > 1:
        proved(request, WHO, user, next_url)
        return redirect("phone_who")
    return sign_in(request, user, next_url)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(LOOK)
def phone_who(request: HttpRequest) -> HttpResponse:
    """Who of those who share a phone it is; its holder goes on, any other gives their own password."""
    holder, next_url = whose(request, WHO)
    if holder is None:
        return redirect("my" if request.user.is_authenticated else "account_login")
    if request.method == "POST" and request.POST.get("who") == str(holder.pk):
        del request.session[WHO]
        return sign_in(request, holder, next_url)
    sharers = people_of_phone(holder)[1:]
    form = WhoForm(sharers, request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = next(one for one in sharers if str(one.pk) == form.cleaned_data["who"])
        if is_password_of(request, chosen, form.cleaned_data["password"]):
            del request.session[WHO]
            return sign_in(request, chosen, next_url)
        form.add_error("password", _("密码不对。请填您自己账号的密码。"))
    values = {"form": form, "holder": holder, "phone": mask_phone(holder.phone or "")}
    return render(request, "account/phone_who.html", values, status=422 if form.is_bound else 200)


def is_password_of(request: HttpRequest, user: User, password: str) -> bool:
    """Return whether a password is this person's; wrong ones count as at any sign-in."""
    found = get_adapter(request).authenticate(request, username=user.username, password=password)
    return found is not None and found.pk == user.pk


def finish_reset(request: HttpRequest, asked: PhoneCode, next_url: str) -> HttpResponse:
    """Lead to the new password of the phone's holder: who only shares it proves more than having it at hand."""
    holder = User.objects.with_phone(asked.phone).filter(is_active=True).first()
    if holder is None:
        messages.info(request, _("这个号码还没有账号。用它注册就行，不用密码。"))
        return redirect("account_signup")
    proved(request, RESET, holder, next_url)
    return redirect("new_password")


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(LOOK)
def new_password(request: HttpRequest) -> HttpResponse:
    """The new password after a code; every session of before ends, and the second step stays."""
    user, next_url = whose(request, RESET)
    if user is None:
        messages.info(request, _("隔得太久了，请再要一个验证码。"))
        return redirect("reset_by_phone")
    form = NewPasswordForm(user, request.POST or None)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            user = set_new_password(user, by=user, at=timezone.now(), password=form.cleaned_data["password1"])
        except Refused as error:
            status = put_on(form, error)
        else:
            del request.session[RESET]
            messages.success(request, _("新密码定好了。"))
            return sign_in(request, user, next_url)
    return render(request, "account/new_password.html", {"form": form}, status=status)


def finish_confirming(request: HttpRequest, asked: PhoneCode, next_url: str) -> HttpResponse:
    """Note that the person has just confirmed being themself, and go on."""
    user = request.user
    if isinstance(user, User) and user.phone == asked.phone:
        record_authentication(request, user, method="code", reauthenticated=True)
    return redirect(next_url or "my")


FINISH = {
    CodePurpose.ENTER: finish_entering,
    CodePurpose.RESET: finish_reset,
    CodePurpose.CONFIRM: finish_confirming,
    CodePurpose.CHANGE: finish_change,
    CodePurpose.SHARE: finish_share,
}
