"""Search over pages and public issues."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from wagtail.models import Page
from wagtail.search.backends import get_search_backend

from deliberation.models import Issue

QUERY_LENGTH = 100
PAGE_SIZE = 20


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Pages first, then issues, each with how many were found."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:QUERY_LENGTH]
    kind = "issues" if request.GET.get("in") == "issues" else "pages"
    found = {"pages": find_pages(query), "issues": find_issues(query)}
    results = Paginator(found[kind], PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "query": query,
        "kind": kind,
        "page_count": len(found["pages"]) if query else 0,
        "issue_count": len(found["issues"]) if query else 0,
        "results": results,
        "page_query": urlencode({"q": query, "in": kind}),
    }
    return render(request, "portal/search.html", context)


def find_pages(query: str) -> Any:
    """Return the live pages that contain the query."""
    return Page.objects.live().public().exclude(depth=1).search(query) if query else []


def find_issues(query: str) -> Any:
    """Return the public issues that contain the query."""
    return get_search_backend().search(query, Issue.objects.public()) if query else []
