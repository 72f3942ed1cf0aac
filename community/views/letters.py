"""The letter that proves an address: a page to print, shown once."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from community.errors import Refused
from community.models import Area
from community.queries import committee_of
from community.refusing import never_kept, status_of
from community.views.verifications import find_request, show
from community.views.verifying import signed_in
from community.workflow.letters import print_letter


@never_kept
@login_required
@require_POST
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a letter and show it to be printed; opened again, it is another one with another code."""
    user = signed_in(request)
    asked = find_request(user, pk)
    try:
        printed = print_letter(asked, by=user, at=timezone.now())
    except Refused as refused:
        return show(request, asked, sentence=str(refused), status=status_of(refused))
    half = len(printed.code) // 2
    context = {
        "asked": asked,
        "printed": printed,
        "code": f"{printed.code[:half]} {printed.code[half:]}",
        "committee": committee_of(asked.home),
        "places": names_down_to(asked.home),
    }
    return render(request, "community/letter.html", context)


def names_down_to(home: Area) -> list[str]:
    """Return the places that a letter goes through: district, town, community, and compound where there is one."""
    rows = Area.objects.filter(path__in=home.parent_paths()).order_by("path")
    return list(rows.values_list("name", flat=True))
