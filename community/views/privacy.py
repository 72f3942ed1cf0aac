"""What is kept about a person, what they agreed to, how they take it with them, and how they leave."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from community.clock import SHANGHAI
from community.errors import NotAllowed, Refused
from community.files import MEGABYTE
from community.filing import bytes_used
from community.forms.privacy import ConsentForm, ErasureForm, WithdrawForm
from community.leading import own_address
from community.models import Consent, ConsentText, Resident, User
from community.models.people import mask_id_number, mask_name, mask_phone
from community.models.privacy import ConsentKind
from community.queries import (
    consent_text,
    is_below,
    resident_of,
    rules_in_force,
    standing_consent,
    texts_to_agree,
    today,
)
from community.stepup import recently_confirmed
from community.workflow.consenting import digest_of, give_consent, resident_for, withdraw_consent
from community.workflow.erasing import erase_person, kept_sentences, obstacles
from community.workflow.exporting import export_own
from community.workflow.files import quota_of

HEADING = "## "
# How long what is kept, in the order in which the page tells it (rules `retention.…`).
SHOWN_TERMS = (
    "account", "warning", "represented", "requests", "letters", "notices", "deliveries", "codes", "attempts",
    "consents", "log",
)  # fmt: skip


def paragraphs(text: ConsentText) -> list[dict[str, Any]]:
    """Return a text's paragraphs, headings marked."""
    blocks = (line.strip() for line in text.body.splitlines())
    return [{"is_heading": line.startswith(HEADING), "text": line.removeprefix(HEADING)} for line in blocks if line]


@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    """The texts in force, and the versions before them."""
    texts = [text for kind in ConsentKind.values if (text := consent_text(kind, today()))]
    older = ConsentText.objects.exclude(pk__in=[text.pk for text in texts]).filter(in_force_from__lte=today())
    rules = rules_in_force(today())
    terms = [rules[key].note for key in (f"retention.{name}" for name in SHOWN_TERMS) if key in rules]
    return render(request, "community/privacy.html", {"texts": texts, "older": older, "terms": terms})


@require_GET
def privacy_text(request: HttpRequest, kind: str, version: int) -> HttpResponse:
    """One version of a text, in force or not any longer; what comes later is announced by its day."""
    text = get_object_or_404(ConsentText, kind=kind, version=version)
    newest = consent_text(kind, today())
    context = {
        "text": text,
        "paragraphs": paragraphs(text),
        "newest": newest,
        "is_coming": text.in_force_from > today(),
        "is_old": newest is not None and newest.pk != text.pk and text.in_force_from <= today(),
    }
    return render(request, "community/privacy_text.html", context)


@require_GET
def erased(request: HttpRequest) -> HttpResponse:
    """Good-bye to who has left."""
    return render(request, "community/privacy_erased.html")


@login_required
@never_cache
@require_GET
def my_privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about oneself, masked; who looked; what one agreed to; the ways to take it along and to leave."""
    user = person(request)
    resident = resident_of(user)
    wards = wards_of(user)
    context = {
        "about": about(user, resident),
        "consents": [consent_row(resident, kind) for kind in (ConsentKind.TERMS, ConsentKind.VERIFICATION)],
        "wards": [
            {"resident": ward, "name": mask_name(ward.name), "consent": consent_row(ward, ConsentKind.MINOR)}
            for ward in wards
        ],
        "reveal_count": resident.reveals.count() if resident else 0,
        "last_reveal": resident.reveals.first() if resident else None,
        "log_url": address_of("reveal_log"),
    }
    return render(request, "community/privacy_mine.html", context)


def person(request: HttpRequest) -> User:
    """Return who is signed in, on a page that asks for it."""
    assert isinstance(request.user, User)  # login_required
    return request.user


def address_of(name: str) -> str:
    """Return an address, or '' where this site has none of this name."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def about(user: User, resident: Resident | None) -> list[dict[str, str]]:
    """Return what is kept about somebody, a line each, masked."""
    nothing = _("没有")
    rows = [
        {"label": _("用户名"), "text": user.username},
        {"label": _("手机号"), "text": mask_phone(user.phone or "") or nothing},
        {"label": _("电子邮箱"), "text": user.email or nothing},
    ]
    name = mask_name(resident.name if resident else user.name) or nothing
    rows.append({"label": _("姓名"), "text": name})
    if resident is not None:
        rows += [
            {"label": _("身份证号"), "text": mask_id_number(resident.id_number) or nothing},
            {"label": _("住在"), "text": resident.home.name if resident.home else nothing},
            {"label": _("详细住址"), "text": _("已登记，不显示") if resident.address else nothing},
            {"label": _("实名核验"), "text": resident.get_verification_display()},
        ]
    return [*rows, {"label": _("您上传的照片和文件"), "text": uploads_of(user)}]


def uploads_of(user: User) -> str:
    """Return how much of their quota somebody has used, by the sum and the rule that an upload is held against."""
    _daily, most = quota_of(user, today())
    used = ceil(bytes_used(user) / MEGABYTE)
    return _("用了 %(used)d MB，最多 %(most)d MB") % {"used": used, "most": most}


def consent_row(resident: Resident | None, kind: ConsentKind) -> dict[str, Any]:
    """Return one text with what a person said to it: agreed to the current version, to an older one, or not."""
    given = None
    if resident is not None:
        given = (
            Consent.objects.filter(resident=resident, text__kind=kind, withdrawn_at=None)
            .select_related("text")
            .order_by("-text__version")
            .first()
        )
    text = consent_text(kind, today())
    return {"kind": kind, "text": text, "given": given, "is_current": bool(given and text and given.text_id == text.pk)}


def wards_of(user: User) -> list[Resident]:
    """Return the minors for whom somebody answers; who is of age answers for themself."""
    linked = Resident.objects.filter(guardianships__guardian__user=user, guardianships__ended_at=None, erased_at=None)
    return [one for one in linked.order_by("pk").distinct() if is_below(one, "minor.adult")]


def spoken_for(user: User, resident_id: int | None, at: datetime | None = None) -> Resident | None:
    """Return the ward of this number, 404 for anybody else's; without a number the person, made where `at` is given."""
    if resident_id is not None:
        ward = next((one for one in wards_of(user) if one.pk == resident_id), None)
        if ward is None:
            raise Http404
        return ward
    return resident_for(by=user, at=at) if at is not None else resident_of(user)


def next_address(request: HttpRequest) -> str:
    """Return where to go on, if it is ours."""
    return own_address(request, reverse("my_privacy"))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """A text to read and agree to; `kind` and `for` (a ward) say which, else what is still missing."""
    if request.method == "POST":
        return take_consent(request)
    user = person(request)
    kind, resident_id = asked_kind(request, user), asked_ward(request)
    resident = spoken_for(user, resident_id)
    text = consent_text(kind, today())
    if text is None or (resident is not None and standing_consent(resident, kind)):
        return redirect(next_address(request))
    if kind == ConsentKind.MINOR and resident_id is None:
        return render(request, "community/privacy_waiting.html", {"text": text})
    form = ConsentForm(initial={"kind": kind, "seen": digest_of(text), "resident": resident_id})
    return show_consent(request, form, text, resident if resident_id else None)


def asked_kind(request: HttpRequest, user: User) -> ConsentKind:
    """Return the text that an address names, or the first that is missing."""
    wanted = request.GET.get("kind", "")
    if wanted in ConsentKind.values:
        return ConsentKind(wanted)
    missing = [text.kind for text in texts_to_agree(user)]
    return ConsentKind.MINOR if missing == [ConsentKind.MINOR] else ConsentKind.TERMS


def asked_ward(request: HttpRequest) -> int | None:
    """Return the number of the ward that an address names."""
    wanted = request.GET.get("for", "")
    return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else None


def take_consent(request: HttpRequest) -> HttpResponse:
    """Agree, or show the text again with its sentence."""
    user, at = person(request), timezone.now()
    form = ConsentForm(request.POST)
    kind = request.POST.get("kind", "")
    text = consent_text(kind, today()) if kind in ConsentKind.values else None
    if text is None:
        raise Http404
    if not form.is_valid():
        return show_consent(request, form, text, ward_of_form(user, form), status=422)
    data = form.cleaned_data
    try:
        resident = spoken_for(user, data["resident"], at)
        assert resident is not None  # made where there was none
        give_consent(resident, ConsentKind(kind), by=user, at=at, seen=data["seen"])
    except Refused as refused:
        again = ConsentForm(initial={"kind": kind, "seen": digest_of(text), "resident": data["resident"]})
        status = 403 if isinstance(refused, NotAllowed) else 409
        return show_consent(request, again, text, ward_of_form(user, form), sentence=str(refused), status=status)
    messages.success(request, _("记下了，您同意了“%(title)s”。") % {"title": text.title})
    return redirect(next_address(request))


def ward_of_form(user: User, form: ConsentForm) -> Resident | None:
    """Return the ward that a form is about, or None where it is about oneself."""
    number = form.cleaned_data.get("resident") if hasattr(form, "cleaned_data") else None
    return spoken_for(user, number) if number else None


def show_consent(
    request: HttpRequest,
    form: ConsentForm,
    text: ConsentText,
    ward: Resident | None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a text with the form below it."""
    context = {
        "form": form,
        "text": text,
        "paragraphs": paragraphs(text),
        "ward": mask_name(ward.name) if ward else "",
        "sentence": sentence,
        "next": next_address(request),
        "is_terms": text.kind == ConsentKind.TERMS,
    }
    return render(request, "community/privacy_consent.html", context, status=status)


@login_required
@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take a consent back."""
    user, form = person(request), WithdrawForm(request.POST)
    if not form.is_valid():
        raise Http404
    resident = spoken_for(user, form.cleaned_data["resident"])
    if resident is None:
        raise Http404
    try:
        withdraw_consent(resident, ConsentKind(form.cleaned_data["kind"]), by=user, at=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("撤回了。撤回以前办过的事仍然有效。"))
    return redirect("my_privacy")


@recently_confirmed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def export_me(request: HttpRequest) -> HttpResponseBase:
    """Everything that is kept about oneself, as a download."""
    if request.method != "POST":
        return render(request, "community/privacy_take.html")
    at = timezone.now()
    name = f"gongzhi-{at.astimezone(SHANGHAI):%Y%m%d-%H%M}.zip"
    return FileResponse(export_own(by=person(request), at=at), as_attachment=True, filename=name)


@recently_confirmed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase_me(request: HttpRequest) -> HttpResponseBase:
    """What goes and what stays; and going, once one has written that one means it."""
    user = person(request)
    if request.method != "POST":
        return show_erasure(request, ErasureForm())
    form = ErasureForm(request.POST)
    if not form.is_valid():
        return show_erasure(request, form, status=422)
    try:
        erase_person(user, by=user, at=timezone.now())
    except Refused as refused:
        form.add_error(None, str(refused))
        return show_erasure(request, form, status=403 if isinstance(refused, NotAllowed) else 409)
    logout(request)
    return redirect("erased")


def show_erasure(request: HttpRequest, form: ErasureForm, status: int = 200) -> HttpResponse:
    """Render the page on leaving."""
    user = person(request)
    context = {"form": form, "obstacles": obstacles(user), "kept": kept_sentences(user)}
    return render(request, "community/privacy_erase.html", context, status=status)
