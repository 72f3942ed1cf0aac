"""What a person reads when something is not there, not allowed or broken."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from community.missing import NothingThere
from deliberation.views.raising import keep_typed


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The request could not be read."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Not for this person; the exception may carry the sentence."""
    return render(request, "403.html", {"exception": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Nothing here; a sentence written for it is shown, no other: Django's names the table that has no such row."""
    sentence = str(exception) if isinstance(exception, NothingThere) else ""
    return render(request, "404.html", {"exception": sentence}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our fault; the page asks nothing of the database."""
    return render(None, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came after its session had run out; what was typed into our own form is kept."""
    own = urlsplit(request.headers.get("Origin", "") or request.headers.get("Referer", "")).netloc == request.get_host()
    kept = own and request.path == reverse("new_issue")
    if kept:
        keep_typed(request)
    return render(request, "403_csrf.html", {"is_kept": kept, "back": request.path if kept else ""}, status=403)
