"""The demo's messages: what a phone would have shown."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from community.models import OutboxMessage

SHOWN = 20


@never_cache
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """The latest messages; where this is no demo there is no such page."""
    if not settings.DEMO:
        raise Http404
    return render(request, "community/outbox.html", {"outbox": OutboxMessage.objects.all()[:SHOWN]})
