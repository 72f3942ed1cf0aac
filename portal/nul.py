"""Addresses with a NUL in them name nothing: PostgreSQL knows no such text, and would answer with an error."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse


class NulMiddleware:
    """Answer 404 where the path holds a NUL."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the path, before anything asks the database for it."""
        if "\x00" in request.path_info:
            raise Http404
        return self.get_response(request)
