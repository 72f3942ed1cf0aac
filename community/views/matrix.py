"""The auditor's matrix: who holds what where, and what each role may."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community import permissions
from community.appointing import GRANTS
from community.capabilities import Answer, table
from community.forms.units import MatrixFilter
from community.holding import MATRIX_ORDER, matrix_rows, places_seen, scope_of
from community.models import Appointment, Area, User
from community.models.appointments import AppointmentQuerySet
from community.paging import asked, counted, next_url, page
from community.queries import today
from community.roles import Role

PAGE_SIZE = 50
CHUNK = 500
# What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def watcher_of(request: HttpRequest) -> User:
    """Return who is signed in, if they may see the matrix; refuse everybody else."""
    user = request.user
    if not isinstance(user, User) or not permissions.is_watcher(user):
        raise PermissionDenied(_("权限一览表给审计员、区级干部和系统管理员看。"))
    return user


def asked_rows(request: HttpRequest, user: User) -> tuple[AppointmentQuerySet, MatrixFilter]:
    """Return the rows that the filter asks for, and the filter."""
    areas = places_seen(user)
    form = MatrixFilter(request.GET or None, areas=areas)
    chosen = form.chosen() if form.is_bound else {}
    area: Area | None = next((one for one in areas if str(one.pk) == chosen.get("area")), None)
    return matrix_rows(user, today(), area=area, role=chosen.get("role", "")), form


@login_required
@require_safe
def matrix(request: HttpRequest) -> HttpResponse:
    """Who holds what where today, person by person."""
    rows, form = asked_rows(request, watcher_of(request))
    shown, cursor = page(rows, MATRIX_ORDER, request.GET.get("after", ""), PAGE_SIZE)
    context = {
        "rows": shown,
        "next_url": next_url(request.GET, cursor),
        "count": counted(rows),
        "form": form,
        "query": asked(request.GET),
        "today": today(),
    }
    return render(request, "community/matrix.html", context)


@login_required
@require_safe
def matrix_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same rows as a table for a spreadsheet; names are masked as on the page."""
    rows, _form = asked_rows(request, watcher_of(request))
    head = [_("用户名"), _("姓名"), _("角色"), _("地方或单位"), _("起"), _("止"), _("谁任命"), _("代谁"), _("上次复核")]
    return csv_answer("matrix.csv", head, (line_of(held) for held in rows.iterator(chunk_size=CHUNK)))


def line_of(held: Appointment) -> list[Any]:
    """Return one appointment as a line."""
    return [
        held.user.username,
        held.user.masked_name,
        held.get_role_display(),
        scope_of(held),
        held.starts_on,
        held.ends_on or "",
        held.appointed_by.username if held.appointed_by else "",
        held.delegated_from.user.username if held.delegated_from else "",
        held.reviewed_on or "",
    ]


@login_required
@require_safe
def capabilities(request: HttpRequest) -> HttpResponse:
    """What each role may, as the predicates themselves answer, and who gives which role."""
    watcher_of(request)
    asked = request.GET.get("role", "")
    role = next((one for one in Role if one.value == asked), None)
    answers = table()
    context = {
        "roles": list(Role),
        "role": role,
        "rows": [{"label": one.label, "answers": [mark_of(given[each]) for each in Role]} for one, given in answers],
        "may": [
            {"label": one.label, "mark": mark_of(given[role])} for one, given in answers if role and given[role].here
        ],
        "grants": GRANTS,
    }
    return render(request, "community/capabilities.html", context)


@login_required
@require_safe
def capabilities_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same table for a spreadsheet."""
    watcher_of(request)
    lines = ([one.key, one.label, *(mark_of(given[role])["words"] for role in Role)] for one, given in table())
    return csv_answer("capabilities.csv", [_("键"), _("能做什么"), *(role.label for role in Role)], lines)


def mark_of(answer: Answer) -> dict[str, str]:
    """Return an answer as the table shows it: a sign to see and words to read."""
    if not answer.here:
        return {"sign": "", "words": ""}
    return {"sign": "◎", "words": _("全区")} if answer.elsewhere else {"sign": "●", "words": _("本处")}


class Line:
    """Gives back what the csv module writes."""

    def write(self, text: str) -> str:
        """Return the line."""
        return text


def csv_answer(name: str, head: list[Any], lines: Iterable[list[Any]]) -> StreamingHttpResponse:
    """Return lines as a CSV file that spreadsheets read as UTF-8, in which no cell is a formula."""
    writer, language = csv.writer(Line()), get_language()

    def rows() -> Iterator[str]:
        # The lines are written after the view has returned, where no language is set.
        for cells in chain([head], lines):
            with override(language):
                yield writer.writerow([plain(str(cell)) for cell in cells])

    answer = StreamingHttpResponse(chain(["\ufeff"], rows()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def plain(cell: str) -> str:
    """Return a cell that no spreadsheet runs."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
