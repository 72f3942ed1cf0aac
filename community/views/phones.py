"""One's phone number: seen, changed, shared in a family."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.errors import Refused
from community.models import PhoneCode, User
from community.models.codes import CodePurpose
from community.models.people import mask_phone
from community.stepup import recently_confirmed
from community.views.codes import number_page
from community.workflow import accounts

LOOK = ["GET", "HEAD", "POST"]


@never_cache
@login_required
@require_safe
def my_phone(request: HttpRequest) -> HttpResponse:
    """One's number, and who shares it."""
    user = request.user
    assert isinstance(user, User)  # login_required
    holder = user.shares_phone_of
    values = {
        "phone": mask_phone(user.phone or ""),
        "sharers": list(user.phone_sharers.filter(is_active=True).order_by("pk")),
        "holder": holder,
        "holder_phone": mask_phone(holder.phone or "") if holder else "",
        "has_password": user.has_usable_password(),
    }
    return render(request, "account/phone.html", values)


def answer_number(request: HttpRequest, purpose: CodePurpose, template: str) -> HttpResponse:
    """Ask somebody who is signed in for a number, and send a code to it."""
    assert isinstance(request.user, User)  # recently_confirmed
    return number_page(request, purpose, template, has_password=request.user.has_usable_password())


@never_cache
@recently_confirmed
@require_http_methods(LOOK)
def change_phone(request: HttpRequest) -> HttpResponse:
    """Another number: a code goes to it, and the old one is told."""
    return answer_number(request, CodePurpose.CHANGE, "account/phone_change.html")


@never_cache
@recently_confirmed
@require_http_methods(LOOK)
def share_phone(request: HttpRequest) -> HttpResponse:
    """Sign-in by a code to the phone of one's family."""
    return answer_number(request, CodePurpose.SHARE, "account/phone_share.html")


def finish_change(request: HttpRequest, asked: PhoneCode, next_url: str) -> HttpResponse:
    """Move the account to the number that the code has proved."""
    assert isinstance(request.user, User)  # the code's page lets nobody else through
    try:
        accounts.change_phone(by=request.user, phone=asked.phone, at=timezone.now())
        messages.success(request, _("手机号换好了，旧号码也收到了一条短信。"))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("my_phone")


def finish_share(request: HttpRequest, asked: PhoneCode, next_url: str) -> HttpResponse:
    """Tie the account to the phone that the code has proved to be at hand."""
    assert isinstance(request.user, User)  # the code's page lets nobody else through
    try:
        accounts.share_phone(by=request.user, phone=asked.phone, at=timezone.now())
        messages.success(request, _("好了。下次登录，验证码发到这部手机，再选您是谁、填您自己的密码。"))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("my_phone")


@login_required
@require_POST
def stop_sharing(request: HttpRequest, pk: int) -> HttpResponse:
    """End the sharing of a phone, for oneself or for who shares one's own."""
    user = request.user
    assert isinstance(user, User)  # login_required
    # Anybody else's is not found, whether or not there is such a person.
    sharer = user if pk == user.pk else get_object_or_404(user.phone_sharers, pk=pk)
    try:
        accounts.stop_sharing(sharer, by=user, at=timezone.now())
        messages.success(request, _("不再共用了。"))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("my_phone")
