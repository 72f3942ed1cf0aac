"""The site map for people: every part of the site and every page that stands alone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.models import StandardPage
from portal.models.disclosure import Subject
from portal.models.pages import for_everybody


@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """What there is, by what one comes for."""
    standing = for_everybody(StandardPage.objects.all()).order_by("path")
    return render(request, "portal/site_map.html", {"subjects": Subject.choices, "standing": standing})
