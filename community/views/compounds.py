"""Compounds: the worker's list and form, and the public pages of places."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from community import permissions
from community.errors import Refused
from community.forms.compounds import ProfileForm
from community.lineage import predecessors, successors
from community.models import Area, CompoundProfile
from community.models.areas import LEVELS, AreaKind
from community.paging import counted, next_url, page
from community.queries import areas_of, rule_value, today, within_any
from community.refusing import put_on
from community.roles import Role
from community.views.contacts import Office, offices
from community.workflow.compounds import update_profile

PAGE_SIZE = 30
SHOWN = (*LEVELS[AreaKind.COMMUNITY], *LEVELS[AreaKind.COMPOUND])
KEEPERS = (Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)
JOINS = ("committee", "property_company", "area")


def refuse_others(request: HttpRequest) -> None:
    """Refuse whoever keeps no homes."""
    if not request.user.is_authenticated or not permissions.keeps_homes_somewhere(request.user):
        raise PermissionDenied(_("小区的情况由社区工作者和镇街干部登记。"))


def kept_paths(request: HttpRequest) -> list[str]:
    """Return the tree paths of the places whose homes somebody keeps."""
    return [area.path for area in areas_of(request.user, *KEEPERS)]


@login_required
@require_safe
def compound_list(request: HttpRequest) -> HttpResponse:
    """The compounds of a worker's places; those whose committee's term ends soon on request, and counted always."""
    refuse_others(request)
    soon = today() + timedelta(days=rule_value("compound.term_notice", today()))
    mine = within_any(kept_paths(request), "path")
    compounds = Area.objects.valid_on(today()).filter(mine, kind=AreaKind.COMPOUND)
    ending = Q(profile__term_to__lte=soon)
    is_ending = request.GET.get("ending") == "1"
    query = request.GET.get("q", "").strip()[:60]
    asked = compounds.filter(ending) if is_ending else compounds
    if query:
        asked = asked.filter(name__contains=query)
    asked = asked.select_related("profile", "profile__property_company").defer("boundary")
    order = ("profile__term_to", "path", "pk") if is_ending else ("path", "pk")
    rows, cursor = page(asked, order, request.GET.get("after", ""), PAGE_SIZE)
    context = {
        "rows": rows,
        "next_url": next_url(request.GET, cursor),
        "ending_count": counted(compounds.filter(ending)),
        "is_ending": is_ending,
        "today": today(),
        "soon": soon,
        "q": query,
    }
    return render(request, "community/compound_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def compound_edit(request: HttpRequest, code: str) -> HttpResponse:
    """The profile of one compound, to be changed."""
    refuse_others(request)
    area = get_object_or_404(Area.objects.select_related("town", "successor"), code=code, kind=AreaKind.COMPOUND)
    if not permissions.can_keep_homes(request.user, area):
        raise Http404
    if area.successor is not None:
        return redirect("compound", code=area.current().code)
    row = CompoundProfile.objects.select_related(*JOINS).filter(area=area).first()
    template = "community/compound_edit.html"
    if request.method != "POST":
        return render(request, template, {"area": area, "form": ProfileForm.of(area, row)})
    form = ProfileForm(request.POST, area=area)
    if not form.is_valid():
        return render(request, template, {"area": area, "form": form}, status=422)
    try:
        update_profile(area, **form.arguments(), by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except Refused as refused:
        return render(request, template, {"area": area, "form": form}, status=put_on(form, refused))
    messages.success(request, _("已保存，公开的页面也改了。"))
    return redirect("compound", code=area.code)


@require_safe
def place_index(request: HttpRequest) -> HttpResponse:
    """The communities and villages by town; with a name, the places that have it in theirs."""
    query = request.GET.get("q", "").strip()[:60]
    places = Area.objects.valid_on(today()).select_related("town").defer("boundary", "town__boundary")
    if query and query.isprintable():
        found = list(places.committees().filter(name__contains=query)[:PAGE_SIZE])
        found += places.homes().filter(name__contains=query)[:PAGE_SIZE]
        # What has ended is still read, behind what stands.
        ended = Area.objects.filter(valid_to__lt=today(), name__contains=query).exclude(successor=None)
        ended = ended.filter(kind__in=SHOWN).select_related("town").defer("boundary", "town__boundary")
        found += ended[:PAGE_SIZE]
        return render(request, "community/place_index.html", {"q": query, "found": found})
    towns: dict[str, list[Area]] = {}
    for area in places.committees():
        towns.setdefault(area.town.name if area.town else "", []).append(area)
    return render(request, "community/place_index.html", {"q": "", "towns": list(towns.items())})


@require_safe
def place_page(request: HttpRequest, code: str) -> HttpResponse:
    """A community, village, compound or village group: who serves it and how it governs itself."""
    area = get_object_or_404(Area.objects.select_related("town", "successor"), code=code)
    # What has ended keeps its page as it was at its end, and names what came of it.
    if area.kind not in SHOWN or (area.valid_to is not None and area.successor is None):
        raise Http404
    return render(request, "community/place_page.html", page_context(area))


def page_context(area: Area) -> dict[str, Any]:
    """Return what the public page of a place shows; nothing of it is anybody's own."""
    is_home = area.kind in LEVELS[AreaKind.COMPOUND]
    committee = (
        Area.objects.committees().filter(path__in=area.parent_paths()).order_by("path").first() if is_home else area
    )
    found = offices([committee]) if committee and area.successor is None else []
    office: Office | None = found[0] if found else None
    row = CompoundProfile.objects.select_related(*JOINS).filter(area=area).first() if is_home else None
    return {
        "area": area,
        "is_home": is_home,
        "committee": committee,
        "office": office,
        "workers": [one for one in office.workers if not is_home or area.name in one.places] if office else [],
        "profile": row,
        "days_left": (row.term_to - today()).days if row and row.term_to else None,
        "predecessors": predecessors(area),
        "successors": successors(area),
        "below": []
        if is_home or area.successor_id
        else Area.objects.valid_on(today()).homes().within(area).defer("boundary"),
    }
