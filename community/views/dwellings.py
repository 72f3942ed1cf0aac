"""Reading in dwellings on the desk: the template, a check, the import of the very file that was checked."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from community.forms.households import DwellingFileForm
from community.imports.sheets import fault_list, template
from community.views.compounds import refuse_others
from community.views.refusing import never_kept
from community.workflow.dwellings import Report, import_dwellings

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Which file was checked without a mistake: its hash alone, for the file holds names and ID numbers.
CHECKED = "dwellings_checked"
CHUNK = 1 << 20


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
    fingerprint = hash_of(file)
    step = request.POST.get("step", "check")
    if step == "import" and request.session.get(CHECKED) != fingerprint:
        form.add_error("file", _("这不是刚才检查过的那个文件，请先检查。"))
        return render(request, "community/dwelling_import.html", context, status=409)
    report = import_dwellings(file, by=request.user, at=timezone.now(), dry_run=step != "import")  # type: ignore[arg-type]
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
