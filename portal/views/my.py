"""A resident's own page: notices and what became of what they raised."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from community.queries import resident_of
from deliberation.models import Issue
from deliberation.queries import due_clocks
from deliberation.sentences import row
from portal.desk import MY_DOORS, doors

PAGE_SIZE = 20
NOTICES = 20


@login_required
@require_safe
def my_page(request: HttpRequest) -> HttpResponse:
    """One's own issues and notices."""
    assert request.user.is_authenticated  # login_required
    own = Issue.objects.filter(reporter=request.user).select_related("category", "community", "town", "unit")
    page = Paginator(own.order_by("-raised_at", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    now, clocks = timezone.now(), due_clocks(list(page))
    notices = request.user.notices.all()
    return render(
        request,
        "portal/my.html",
        {
            "resident": resident_of(request.user),
            "page": page,
            "items": [row(issue, clocks.get(issue.pk), now, to_reporter=True) for issue in page],
            "notices": notices[:NOTICES],
            "unread": notices.unread().count(),
            "doors": doors(MY_DOORS, request.user),
        },
    )
