"""One's own log: who looked at one's data, when, at what and why."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from community.models import Recovery, Representation, Resident, Reveal
from community.queries import resident_of
from community.refusing import never_kept
from community.views.verifying import signed_in

PAGE_SIZE = 20
# The rest is in the export.
ACTS = 50
ID_DIGITS = 18


@never_kept
@login_required
@require_safe
def my_privacy_log(request: HttpRequest) -> HttpResponse:
    """The looks at one's own data, the newest first, and what a worker did before one had an account."""
    resident = resident_of(signed_in(request))
    profiles = resident.profiles if resident else Resident.objects.none()
    looks = Reveal.objects.filter(resident__in=profiles)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) <= ID_DIGITS:
        looks = looks.filter(pk__lt=int(before))
    # Inserted in the order of time and never changed: the key is the cursor.
    rows = list(looks.select_related("by", "area", "unit").order_by("-pk")[: PAGE_SIZE + 1])
    next_url = f"?before={rows[PAGE_SIZE - 1].pk}" if len(rows) > PAGE_SIZE else ""
    acts = Representation.objects.filter(resident__in=profiles).order_by("-at", "-pk")[:ACTS]
    helped = Recovery.objects.filter(resident=resident).select_related("asked_by", "decided_by", "area")
    context = {"rows": rows[:PAGE_SIZE], "next_url": next_url, "acts": acts, "recoveries": helped[:ACTS]}
    return render(request, "community/privacy_log.html", context)
