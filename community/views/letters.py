"""The letter that proves an address: a page to print, shown once."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from community.errors import Refused
from community.queries import committee_of
from community.views.refusing import never_kept, status_of
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
    }
    return render(request, "community/letter.html", context)
