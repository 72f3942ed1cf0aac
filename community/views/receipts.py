"""The paper receipt of what a worker did for somebody without an account."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from community import permissions
from community.models import Representation
from community.queries import committee_of
from community.refusing import never_kept
from community.views.verifying import signed_in


@never_kept
@login_required
@require_safe
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """A receipt to print: for the worker who acted, those who serve the place, and the person where they have an account."""
    user = signed_in(request)
    row = (
        Representation.objects.select_related(
            "resident__home", "resident__user", "resident__joined_to__user", "worker", "area"
        )
        .filter(number=number)
        .first()
    )
    if row is None or not permissions.can_see_receipt(user, row):
        raise Http404
    context = {
        "row": row,
        # A number of ours that no page bears is nothing to anybody: the act and its day say which it was.
        "what": "" if row.subject.isdecimal() else row.subject,
        "person": row.resident.joined_to or row.resident,
        "is_own": permissions.is_of_receipt(user, row),
        "committee": committee_of(row.area),
    }
    return render(request, "community/receipt.html", context)
