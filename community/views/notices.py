"""One's own notices, how one wants to be told, and the way out of e-mails."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community import workflow
from community.errors import BadInput, Refused
from community.forms.notices import NoticeSettingsForm
from community.leading import is_ours, own_address
from community.models import Delivery, Notice, NoticePreference
from community.models.notices import Channel
from community.models.people import mask_phone
from community.paging import counted, next_url, page
from community.reach import addresses, mask_email
from community.refusing import put_on
from community.senders import has_sms
from community.workflow.notices import who_unsubscribes

PAGE_SIZE = 20


@login_required
@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    """All that one was told, the newest first, or what one has not opened yet."""
    assert request.user.is_authenticated  # login_required
    own = request.user.notices.all()
    only_unread = request.GET.get("show") == "unread"
    asked = own.unread() if only_unread else own
    notices, cursor = page(asked, ("-created_at", "-pk"), request.GET.get("after", ""), PAGE_SIZE)
    context = {
        "notices": notices,
        "next_url": next_url(request.GET, cursor),
        "unread": counted(own.unread()),
        "only_unread": only_unread,
    }
    return render(request, "community/notices.html", context)


@never_cache
@login_required
@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a notice: it counts as read, and leads to what it is about."""
    assert request.user.is_authenticated  # login_required
    opened = get_object_or_404(Notice, pk=pk, recipient=request.user)
    workflow.read_notice(opened, by=request.user, at=timezone.now())
    return redirect(opened.url if is_ours(opened.url, request) else reverse("notices"))


@login_required
@require_POST
def mark_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one notice as read without opening it."""
    assert request.user.is_authenticated  # login_required
    one = get_object_or_404(Notice, pk=pk, recipient=request.user)
    workflow.read_notice(one, by=request.user, at=timezone.now())
    return redirect(own_address(request, reverse("notices")))


@login_required
@require_POST
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """Mark all of one's notices as read."""
    assert request.user.is_authenticated  # login_required
    workflow.read_notices(by=request.user, at=timezone.now())
    return redirect(own_address(request, reverse("my")))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notice_settings(request: HttpRequest) -> HttpResponse:
    """Choose how one is told outside the site."""
    assert request.user.is_authenticated  # login_required
    form = settings_form(request)
    if request.method != "POST":
        return settings_page(request, form)
    if not form.is_valid():
        return settings_page(request, form, status=422)
    try:
        workflow.choose_channels(by=request.user, at=timezone.now(), **form.arguments())
    except BadInput as refused:
        return settings_page(request, form, status=put_on(form, refused))
    messages.success(request, _("记下了，以后就这样通知您。"))
    return redirect("notice_settings")


@login_required
@require_POST
def test_message(request: HttpRequest) -> HttpResponse:
    """Send oneself a message to see whether it arrives."""
    assert request.user.is_authenticated  # login_required
    try:
        workflow.send_test(by=request.user, at=timezone.now(), channel=request.POST.get("channel", ""))
    except Refused as refused:
        return settings_page(request, settings_form(request, bound=False), sentence=str(refused), status=409)
    messages.success(request, _("试发的一条已经交出去，一两分钟内就到。"))
    return redirect("notice_settings")


def settings_form(request: HttpRequest, *, bound: bool = True) -> NoticeSettingsForm:
    """Return the form of the person who is signed in."""
    assert request.user.is_authenticated  # login_required
    preference = NoticePreference.objects.filter(user=request.user).first() or NoticePreference()
    return NoticeSettingsForm(
        request.POST if bound and request.method == "POST" else None,
        preference=preference,
        reached=list(reached(request)),
        language=get_language() or "",
    )


def reached(request: HttpRequest) -> dict[str, str]:
    """Return {channel: masked address} for what leads to the person who is signed in."""
    assert request.user.is_authenticated  # login_required
    found = {}
    if address := addresses(Channel.EMAIL, [request.user]).get(request.user.pk):
        found[Channel.EMAIL.value] = mask_email(address)
    phone = addresses(Channel.SMS, [request.user]).get(request.user.pk) if has_sms() else None
    if phone:
        found[Channel.SMS.value] = mask_phone(phone)
    return found


def settings_page(request: HttpRequest, form: NoticeSettingsForm, *, sentence: str = "", status: int = 200) -> Any:
    """Show the form, where each channel leads, and what became of the last message."""
    assert request.user.is_authenticated  # login_required
    preference = NoticePreference.objects.filter(user=request.user).first() or NoticePreference()
    masked = reached(request)
    channels = [
        {
            "channel": channel,
            "address": masked.get(channel, ""),
            "is_open": preference.is_open(channel) and channel in masked,
            "paused_at": getattr(preference, f"{channel}_paused_at"),
            "last": Delivery.objects.filter(recipient=request.user, channel=channel).first(),
            "field": form[channel] if channel in form.fields else None,
        }
        for channel in Channel
    ]
    own_phone = bool(request.user.phone and request.user.phone_verified)
    context = {
        "form": form,
        "sentence": sentence,
        "channels": channels,
        "has_sms": has_sms(),
        "is_shared": Channel.SMS in masked and not own_phone,
        "tests": [one for one in channels if one["is_open"]],
    }
    return render(request, "community/notice_settings.html", context, status=status)


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Leave the e-mails by the link in one of them; signs nobody in, and shows nothing of the account.

    A mailbox posts here by itself (RFC 8058), so the signed token stands for the form's own.
    """
    now = timezone.now()
    try:
        person = who_unsubscribes(token, now)
    except BadInput as refused:
        return render(request, "community/notice_unsubscribe.html", {"sentence": str(refused)}, status=410)
    is_done = request.method == "POST"
    if is_done:
        workflow.unsubscribe(person, by=person, at=now)
    return render(request, "community/notice_unsubscribe.html", {"is_done": is_done})
