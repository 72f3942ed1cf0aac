"""Keeping halls, venues and methods: a form in, one verb, the page out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from community.errors import Refused
from community.models import Area
from community.queries import today
from community.refusing import put_on
from deliberation import hall_permissions, workflow
from deliberation.forms.halls import CloseForm, HallForm, MethodForm, NewHallForm, NewVenueForm, VenueForm
from deliberation.models import Hall, Method, Venue
from deliberation.views.halls import find_hall

READ_AND_SEND = ["GET", "HEAD", "POST"]


def only(may: Any, request: HttpRequest, area: Area) -> None:
    """Refuse whoever has no role over the place."""
    if not may(request.user, area):
        raise PermissionDenied(_("这个地方不归您管，所以改不了。请找当地社区工作者。"))


def kept(
    request: HttpRequest, form: forms.Form, verb: Callable[..., Any], done: str, *, title: str, button: str, back: Any
) -> HttpResponse:
    """Show the form; sent without a mistake, do the verb and lead to what it is about."""
    context = {"form": form, "title": title, "button": button, "back": back}
    if request.method == "POST" and form.is_valid():
        try:
            row = verb(**form.arguments(), by=request.user, at=timezone.now())  # type: ignore[attr-defined]
        except Refused as refused:
            return render(request, "deliberation/hall_form.html", context, status=put_on(form, refused))
        messages.success(request, done)
        return redirect(row)
    return render(request, "deliberation/hall_form.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(READ_AND_SEND)
def new_hall(request: HttpRequest) -> HttpResponse:
    """Open a hall."""
    areas = [
        area
        for area in Area.objects.valid_on(today()).exclude(depth=1).defer("boundary")
        if hall_permissions.can_found_halls(request.user, area)
    ]
    if not areas:
        raise PermissionDenied(_("议事厅由区级干部设立和撤销。"))
    form = NewHallForm(request.POST or None, areas=areas)
    title, button = _("设立一个议事厅"), _("设立")
    return kept(request, form, workflow.open_hall, _("议事厅设立了。"), title=title, button=button, back=None)


@login_required
@require_http_methods(READ_AND_SEND)
def edit_hall(request: HttpRequest, pk: int) -> HttpResponse:
    """Change how a hall presents itself."""
    hall = find_hall(pk)
    only(hall_permissions.can_keep_hall, request, hall.area)
    form = HallForm(request.POST) if request.method == "POST" else HallForm.of(hall)

    def verb(**arguments: Any) -> Hall:
        return workflow.edit_hall(hall, **arguments)

    return kept(request, form, verb, _("已保存。"), title=_("改介绍和地址"), button=_("保存"), back=hall)


@login_required
@require_http_methods(READ_AND_SEND)
def close_hall(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a hall on a day."""
    hall = find_hall(pk)
    only(hall_permissions.can_found_halls, request, hall.area)

    def verb(**arguments: Any) -> Hall:
        return workflow.close_hall(hall, **arguments)

    form, title = CloseForm(request.POST or None), _("撤销这个议事厅")
    return kept(request, form, verb, _("已定下撤销的日子。"), title=title, button=_("定下这一天"), back=hall)


@login_required
@require_http_methods(READ_AND_SEND)
def new_venue(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a meeting place to a hall."""
    hall = find_hall(pk)
    only(hall_permissions.can_keep_venues, request, hall.area)
    inside = Area.objects.valid_on(today()).filter(path__startswith=hall.area.path).defer("boundary")
    form = NewVenueForm(request.POST or None, areas=list(inside))

    def verb(**arguments: Any) -> Venue:
        return workflow.add_venue(hall=hall, **arguments)

    title = _("添加一个议事阵地")
    return kept(request, form, verb, _("议事阵地加上了。"), title=title, button=_("添加"), back=hall)


@login_required
@require_http_methods(READ_AND_SEND)
def edit_venue(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a meeting place."""
    venue = get_object_or_404(Venue.objects.select_related("area"), pk=pk)
    only(hall_permissions.can_keep_venues, request, venue.area)
    form = VenueForm(request.POST) if request.method == "POST" else VenueForm.of(venue)

    def verb(**arguments: Any) -> Venue:
        return workflow.edit_venue(venue, **arguments)

    return kept(request, form, verb, _("已保存。"), title=_("改议事阵地"), button=_("保存"), back=venue)


@login_required
@require_http_methods(READ_AND_SEND)
def close_venue(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a meeting place on a day."""
    venue = get_object_or_404(Venue.objects.select_related("area"), pk=pk)
    only(hall_permissions.can_keep_venues, request, venue.area)

    def verb(**arguments: Any) -> Venue:
        return workflow.close_venue(venue, **arguments)

    form, title = CloseForm(request.POST or None), _("停用这个议事阵地")
    return kept(request, form, verb, _("已定下停用的日子。"), title=title, button=_("定下这一天"), back=venue)


@login_required
@require_http_methods(READ_AND_SEND)
def new_method(request: HttpRequest, pk: int) -> HttpResponse:
    """Write up the method of a hall."""
    hall = find_hall(pk)
    only(hall_permissions.can_keep_methods, request, hall.area)

    def verb(**arguments: Any) -> Method:
        return workflow.add_method(hall=hall, **arguments)

    form, title = MethodForm(request.POST or None), _("写一个工作法")
    return kept(request, form, verb, _("工作法写好了。"), title=title, button=_("写好，公开"), back=hall)


@login_required
@require_http_methods(READ_AND_SEND)
def edit_method(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a method's words."""
    method = get_object_or_404(Method.objects.select_related("area"), pk=pk)
    only(hall_permissions.can_keep_methods, request, method.area)
    form = MethodForm(request.POST) if request.method == "POST" else MethodForm.of(method)

    def verb(**arguments: Any) -> Method:
        return workflow.edit_method(method, **arguments)

    return kept(request, form, verb, _("已保存。"), title=_("改工作法"), button=_("保存"), back=method)


@login_required
@require_http_methods(READ_AND_SEND)
def close_method(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a method out of use on a day."""
    method = get_object_or_404(Method.objects.select_related("area"), pk=pk)
    only(hall_permissions.can_keep_methods, request, method.area)

    def verb(**arguments: Any) -> Method:
        return workflow.close_method(method, **arguments)

    form, title = CloseForm(request.POST or None), _("停用这个工作法")
    return kept(request, form, verb, _("已定下停用的日子。"), title=title, button=_("定下这一天"), back=method)
