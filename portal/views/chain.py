"""The whole chain of an issue on one page, from what was reported to how people rated what came of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from community.missing import NothingThere
from deliberation import permissions
from deliberation.issue_course import course
from deliberation.models import Issue


@require_safe
def issue_chain(request: HttpRequest, number: str) -> HttpResponse:
    """Issue, topic, session, ballot, resolution, commitments, evaluation: only what the reader may see."""
    found = Issue.objects.filter(number=number if number.isprintable() else "")
    issue = found.select_related("area", "community", "town", "unit", "represented").first()
    if issue is None or not permissions.can_see(request.user, issue):
        raise NothingThere(_("没有这件事，或者它还没有公开。"))
    context = {"issue": issue, "steps": course(issue, request.user)}
    return render(request, "portal/issue_chain.html", context)
