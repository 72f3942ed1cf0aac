"""Files: pictures and documents of pages are public; photos of issues never come by this way."""

from __future__ import annotations

import posixpath

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

# What editors publish. Everything else in the store belongs to somebody and has a view of its own.
PUBLIC_FOLDERS = ("images/", "original_images/")


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A picture of a page."""
    clean = posixpath.normpath(path)
    if clean != path or not clean.startswith(PUBLIC_FOLDERS) or not default_storage.exists(clean):
        raise Http404
    response = FileResponse(default_storage.open(clean, "rb"))
    response["Cache-Control"] = "public, max-age=86400"
    return response


def no_document(request: HttpRequest) -> HttpResponse:
    """A document that can't be."""
    raise Http404


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may fetch."""
    lines = [
        "User-agent: *",
        *(
            f"Disallow: {path}"
            for path in ("/admin/", "/accounts/", "/desk/", "/my/", "/issues/new/", "/topics/new/", "/search/")
        ),
        f"Sitemap: {settings.BASE_URL}/sitemap.xml",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
