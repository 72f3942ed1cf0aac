"""Dwellings on the desk: reading them in from the very file that was checked, looking one up, other owners."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from community import permissions
from community.errors import Refused
from community.forms.households import DwellingFileForm, TransferForm
from community.imports.sheets import fault_list, template
from community.models import Area, Dwelling, Ownership
from community.models.areas import AreaKind
from community.paging import next_url, page
from community.refusing import never_kept, put_on, status_of
from community.stepup import ask_to_confirm
from community.views.compounds import refuse_others
from community.views.households import number_of
from community.workflow.dwellings import Report, import_dwellings
from community.workflow.ownership import confirm_ownership, transfer_dwelling, waiting_to_be_checked

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Which file was checked without a mistake: its hash alone, for the file holds names and ID numbers.
CHECKED = "dwellings_checked"
CHUNK = 1 << 20
PAGE_SIZE = 30
WORDS_MOST, QUERY_MOST = 8, 40
WORD = re.compile(r"[0-9]+|[^0-9\s]+")


def file_answer(data: bytes, name: str) -> HttpResponse:
    """Return an Excel file to be kept."""
    return HttpResponse(data, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@login_required
@require_safe
def dwelling_template(request: HttpRequest) -> HttpResponse:
    """The empty file."""
    refuse_others(request)
    return file_answer(template(), "dwellings.xlsx")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_kept
def dwelling_import(request: HttpRequest) -> HttpResponse:
    """Check a file; import it once it was checked and had no mistake."""
    refuse_others(request)
    form = DwellingFileForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "is_checked": CHECKED in request.session}
    if request.method != "POST":
        return render(request, "community/dwelling_import.html", context)
    if not form.is_valid():
        return render(request, "community/dwelling_import.html", context, status=422)
    file = form.cleaned_data["file"]
    renew = form.cleaned_data["renew"]
    fingerprint = f"{hash_of(file)}{'+' if renew else ''}"
    step = request.POST.get("step", "check")
    if step == "import" and request.session.get(CHECKED) != fingerprint:
        form.add_error("file", _("这不是刚才检查过的那个文件，请先检查。"))
        return render(request, "community/dwelling_import.html", context, status=409)
    # Who owns what decides about votes and money: nobody writes it from a desk that somebody left.
    if step == "import" and (confirming := ask_to_confirm(request)) is not None:
        return confirming
    report = import_dwellings(
        file,
        by=request.user,  # type: ignore[arg-type]  # refuse_others
        at=timezone.now(),
        dry_run=step != "import",
        renew=renew,
    )
    if step == "list":
        return file_answer(fault_list(report.faults.listed), "mistakes.xlsx")
    remember(request, fingerprint, report)
    context |= {"report": report, "is_checked": CHECKED in request.session}
    return render(request, "community/dwelling_import.html", context, status=200 if report.is_clean else 422)


def remember(request: HttpRequest, fingerprint: str, report: Report) -> None:
    """Keep in the session which file may be imported now."""
    if report.is_clean and report.is_dry_run:
        request.session[CHECKED] = fingerprint
    else:
        request.session.pop(CHECKED, None)


def hash_of(file: Any) -> str:
    """Return the SHA-256 of an uploaded file."""
    digest = hashlib.sha256()
    for chunk in file.chunks(CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


@login_required
@require_safe
@never_kept
def dwelling_list(request: HttpRequest, code: str) -> HttpResponse:
    """The dwellings of a compound with their present owners, masked; by building, entrance and room on request."""
    refuse_others(request)
    area = get_object_or_404(
        Area.objects.select_related("town", "successor").defer("boundary"), code=code, kind=AreaKind.COMPOUND
    )
    if not permissions.can_keep_homes(request.user, area):
        raise Http404
    if area.successor is not None:
        return redirect("dwellings", code=area.current().code)
    query = request.GET.get("q", "").strip()[:QUERY_MOST]
    standing = Prefetch("ownerships", Ownership.objects.standing().order_by("pk"), to_attr="standing")
    rows = matching(Dwelling.objects.filter(area=area), query).select_related("household").prefetch_related(standing)
    shown, cursor = page(rows, ("building", "entrance", "room", "pk"), request.GET.get("after", ""), PAGE_SIZE)
    context = {"area": area, "rows": shown, "next_url": next_url(request.GET, cursor), "q": query}
    return render(request, "community/dwelling_list.html", context)


def matching(rows: QuerySet[Dwelling], query: str) -> QuerySet[Dwelling]:
    """Keep the dwellings that are named so: 3 栋 501, 3栋501, 501. A number is looked for as a whole."""
    for word in (WORD.findall(query) if query.isprintable() else [])[:WORDS_MOST]:
        way, sought = ("regex", rf"(^|\D){word}(\D|$)") if word.isdigit() else ("contains", word)
        rows = rows.filter(
            Q(**{f"building__{way}": sought}) | Q(**{f"entrance__{way}": sought}) | Q(**{f"room__{way}": sought})
        )
    return rows


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_kept
def dwelling_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One dwelling: who owns it and who did, masked, and other owners from a day on."""
    refuse_others(request)
    found = get_object_or_404(Dwelling.objects.select_related("area", "household"), pk=pk)
    if not permissions.can_keep_homes(request.user, found.area):
        raise Http404
    if request.method != "POST":
        return show_dwelling(request, found, None)
    if (confirming := ask_to_confirm(request)) is not None:
        return confirming
    if "check" in request.POST:
        return check_owner(request, found)
    form = TransferForm(request.POST, standing=standing_of(found))
    if not form.is_valid():
        return show_dwelling(request, found, form, 422)
    try:
        transfer_dwelling(found, **form.arguments(), by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except Refused as refused:
        return show_dwelling(request, found, form, put_on(form, refused))
    messages.success(request, _("过户已登记。"))
    return redirect("dwelling", pk=pk)


def check_owner(request: HttpRequest, dwelling: Dwelling) -> HttpResponse:
    """Find right what a colleague wrote down of an owner of a dwelling."""
    owned = get_object_or_404(dwelling.ownerships, pk=number_of(request.POST["check"]))
    try:
        confirm_ownership(owned, by=request.user, at=timezone.now())  # type: ignore[arg-type]  # refuse_others
    except Refused as refused:
        return show_dwelling(request, dwelling, None, status_of(refused), sentence=str(refused))
    messages.success(request, _("核对好了，和本人对上了。"))
    return redirect("dwelling", pk=dwelling.pk)


def standing_of(dwelling: Dwelling) -> list[Ownership]:
    """Return the present ownerships of a dwelling."""
    return list(Ownership.objects.standing().filter(dwelling=dwelling).order_by("pk"))


def show_dwelling(
    request: HttpRequest, dwelling: Dwelling, form: TransferForm | None, status: int = 200, sentence: str = ""
) -> HttpResponse:
    """Render a dwelling; `form` comes back with what was typed."""
    standing = standing_of(dwelling)
    former = Ownership.objects.filter(dwelling=dwelling, ends_on__isnull=False).order_by("-ends_on", "pk")
    context = {
        "dwelling": dwelling,
        "square_metres": dwelling.floor_area / 100,
        "standing": standing,
        "former": list(former),
        "waiting": waiting_to_be_checked(standing),
        "sentence": sentence,
        "form": form or TransferForm(standing=standing),
    }
    return render(request, "community/dwelling_detail.html", context, status=status)
