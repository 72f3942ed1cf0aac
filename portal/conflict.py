"""Two people at the same rows at the same moment: the one that the database gave up reads a sentence, and nothing broke."""

from __future__ import annotations

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from community.stepup import page_of_form

# PostgreSQL: a deadlock, a transaction that could not be put in a row with others, a lock that was not to be had.
SQLSTATES = frozenset({"40P01", "40001", "55P03"})
# SQLite: the file, or a table in it, is locked. The low byte tells; the rest says how it came about.
SQLITE_CODES = frozenset({5, 6})


def is_conflict(exception: BaseException) -> bool:
    """Return whether the database gave a transaction up for another one; all that it had written is undone."""
    if not isinstance(exception, OperationalError):
        return False
    cause = exception.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    return getattr(cause, "sqlstate", None) in SQLSTATES or (code is not None and code & 0xFF in SQLITE_CODES)


class ConflictMiddleware:
    """Answers 409 where a view broke over such a conflict while it was to change something.

    Stands last, so that it hears of it first. A page that is only read asks nobody to try again: it stays an error.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let the request go on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say it, without asking the database anything."""
        if request.method != "POST" or not is_conflict(exception):
            return None
        return render(None, "409.html", {"back": page_of_form(request)}, status=409)
