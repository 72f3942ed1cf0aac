"""One's own log: who looked at one's data, when, at what and why."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from community.models import Reveal
from community.queries import resident_of
from community.views.refusing import never_kept
from community.views.verifying import signed_in

PAGE_SIZE = 20
ID_DIGITS = 18


@never_kept
@login_required
@require_safe
def my_privacy_log(request: HttpRequest) -> HttpResponse:
    """The looks at one's own data, the newest first."""
    resident = resident_of(signed_in(request))
    looks = Reveal.objects.filter(resident=resident) if resident else Reveal.objects.none()
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) <= ID_DIGITS:
        looks = looks.filter(pk__lt=int(before))
    # Inserted in the order of time and never changed: the key is the cursor.
    rows = list(looks.select_related("by", "area", "unit").order_by("-pk")[: PAGE_SIZE + 1])
    next_url = f"?before={rows[PAGE_SIZE - 1].pk}" if len(rows) > PAGE_SIZE else ""
    return render(request, "community/privacy_log.html", {"rows": rows[:PAGE_SIZE], "next_url": next_url})
