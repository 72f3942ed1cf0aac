"""Merging and splitting places on the desk of district officers and administrators."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community import permissions
from community.errors import Refused
from community.forms.places import MergeForm, NewPlaceForm, SplitForm
from community.lineage import predecessors, successors
from community.models import Appointment, Area, Clock, CompoundProfile, Resident, Unit
from community.models.appointments import EndReason
from community.models.areas import BELOW, LEVELS, AreaKind
from community.queries import today, within_any
from community.refusing import put_on
from community.roles import Role
from community.stepup import ask_to_confirm
from community.workflow.founding import create_area
from community.workflow.places import continue_all, living_children, merge_areas, split_area

Form = MergeForm | SplitForm
PREVIEW_SALT = "community.places.preview"


def refuse_others(request: HttpRequest) -> None:
    """Refuse whoever changes no places."""
    if not request.user.is_authenticated or not permissions.changes_places_somewhere(request.user):
        raise PermissionDenied(_("区划由区级干部和系统管理员调整。"))


def find_place(request: HttpRequest, code: str) -> Area:
    """Return a place that this person may change; any other is not found."""
    refuse_others(request)
    area = get_object_or_404(Area.objects.select_related("town", "successor").defer("boundary"), code=code)
    if not permissions.can_change_places(request.user, area):
        raise Http404
    return area


def found_by_code(code: str) -> Area | None:
    """Return the standing place of a code; an old code leads to the successor."""
    area = Area.objects.select_related("town", "successor").filter(code=code if code.isalnum() else "").first()
    return area.current() if area is not None else None


@login_required
@require_safe
def place_tree(request: HttpRequest) -> HttpResponse:
    """The towns, and what lies in the chosen one."""
    refuse_others(request)
    towns = list(Area.objects.valid_on(today()).filter(kind=AreaKind.TOWN).defer("boundary"))
    chosen = found_by_code(request.GET.get("town", "")) or (towns[0] if towns else None)
    rows: list[Area] = []
    if chosen is not None:
        inside = Area.objects.valid_on(today()).within(chosen).exclude(kind=AreaKind.TOWN)
        rows = list(inside.defer("boundary"))
    ended = Area.objects.filter(valid_to__lt=today()).select_related("successor").defer("boundary")
    district = Area.objects.filter(depth=1).defer("boundary").first()
    context = {
        "district": district,
        "towns": towns,
        "chosen": chosen,
        "rows": rows,
        "ended": ended.order_by("-valid_to", "path")[:50],
    }
    return render(request, "community/place_tree.html", context)


@login_required
@require_safe
def place_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One place: what hangs on it, what it came from, and who waits to be assigned anew after a split."""
    area = find_place(request, code)
    return render(request, "community/place_detail.html", place_context(area))


def place_context(area: Area, chosen: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what the page of a place shows; `chosen` is what was sent for those who wait."""
    followed = successors(area)
    return {
        "area": area,
        "can_change": area.valid_to is None and area.kind in LEVELS,
        "can_split": area.valid_to is None and area.kind in LEVELS and area.kind not in LEVELS[AreaKind.COMPOUND],
        "can_add": area.valid_to is None and area.kind in BELOW,
        "has_public_page": area.kind in (*LEVELS[AreaKind.COMMUNITY], *LEVELS[AreaKind.COMPOUND]),
        "facts": what_follows([area]),
        "children": living_children(area) if area.valid_to is None else [],
        "predecessors": predecessors(area),
        "successors": followed,
        **waiting_context(area, followed, chosen),
    }


def waiting_context(area: Area, followed: list[Area], chosen: Mapping[str, str] | None) -> dict[str, Any]:
    """Return who waits to be placed after a split, and where they can go: first the places that came of it."""
    waiting = list(waiting_after_split(area)) if area.successor is not None else []
    if not waiting or area.successor is None:
        return {"waiting": []}
    standing = {one.current().pk: one.current() for one in followed}
    others = [one for one in peers(area.successor.current()) if one.pk not in standing]
    looked_after = compounds_of(waiting, list(standing.values()))
    rows = []
    for held in waiting:
        compounds = looked_after.get(held.user_id, [])
        over = chosen.get(f"over{held.pk}", "") if chosen is not None else likely(compounds, list(standing.values()))
        rows.append({"held": held, "compounds": compounds, "over": over})
    return {"waiting": rows, "parts": list(standing.values()), "others": others}


def compounds_of(waiting: list[Appointment], parts: list[Area]) -> dict[int, list[Area]]:
    """Return the compounds in some places that those who wait look after (包联), by person."""
    stewards = Appointment.objects.in_force(today()).own().filter(
        within_any([part.path for part in parts], "area__path"),
        user__in=[held.user_id for held in waiting], role=Role.STEWARD, area__kind__in=LEVELS[AreaKind.COMPOUND],
        area__valid_to=None,
    )  # fmt: skip
    found: dict[int, list[Area]] = {}
    for held in stewards.select_related("area").defer("area__boundary").order_by("area__path"):
        if held.area is not None:
            found.setdefault(held.user_id, []).append(held.area)
    return found


def likely(compounds: list[Area], parts: list[Area]) -> str:
    """Return the code of the place in which most of somebody's compounds lie, or '' where two have as many."""
    counts = sorted(((sum(map(part.covers, compounds)), part.code) for part in parts), reverse=True)
    is_clear = bool(counts) and counts[0][0] > 0 and (len(counts) == 1 or counts[0][0] > counts[1][0])
    return counts[0][1] if is_clear else ""


def peers(area: Area) -> list[Area]:
    """Return the standing places of the same level in the same town."""
    same = Area.objects.valid_on(today()).level_of(area).defer("boundary")
    return list(same.filter(town=area.town_id) if area.town_id and area.kind != AreaKind.TOWN else same)


def waiting_after_split(area: Area) -> QuerySet[Appointment]:
    """Return the appointments that a split ended and that nobody has continued: own ones, not delegated ones."""
    later = Appointment.objects.filter(
        user=OuterRef("user"), role=OuterRef("role"), area__isnull=False, starts_on__gte=OuterRef("ends_on")
    )
    ended = Appointment.objects.own().filter(area=area, end_reason=EndReason.MERGED, user__is_active=True)
    return ended.exclude(Exists(later.exclude(area=area))).select_related("user").order_by("role", "pk")


def what_follows(ended: list[Area]) -> list[dict[str, str]]:
    """Return how much of what lies below some places, as rows for a page."""
    totals = dict.fromkeys(("children", "residents", "open", "appointments", "units"), 0)
    for area in ended:
        below = {"area__path__startswith": area.path}
        open_clocks = Clock.objects.open().filter(**below)
        totals["children"] += len(living_children(area))
        totals["residents"] += Resident.objects.living_in(area).kept().count()
        totals["open"] += open_clocks.order_by().values("subject_type", "subject_id").distinct().count()
        totals["appointments"] += Appointment.objects.not_over(today()).filter(area=area).count()
        totals["units"] += Unit.objects.filter(area=area, valid_to=None).count()
    labels = {
        "children": _("下面的地方"),
        "residents": _("居民"),
        "open": _("没办完的事"),
        "appointments": _("在这里的任职"),
        "units": _("直接服务这里的单位"),
    }
    return [{"label": labels[key], "text": str(count)} for key, count in totals.items()]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, code: str) -> HttpResponse:
    """Merge a place into another one: the form, what follows from it, the act."""
    area = find_place(request, code)
    if area.valid_to is not None or area.kind not in LEVELS:
        raise Http404
    level = Area.objects.valid_on(today()).level_of(area).exclude(pk=area.pk).select_related("town")
    if area.kind in LEVELS[AreaKind.COMPOUND]:
        level = level.filter(town=area.town_id)
    others = [
        one for one in level.defer("boundary", "town__boundary") if permissions.can_change_places(request.user, one)
    ]
    form = MergeForm(request.POST or None, area=area, others=others, initial={"on": today()})
    return answer(request, area, form, "community/place_merge.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def split(request: HttpRequest, code: str) -> HttpResponse:
    """Split a place: the form, what follows from it, the act."""
    area = find_place(request, code)
    if area.valid_to is not None or area.kind not in LEVELS or area.kind in LEVELS[AreaKind.COMPOUND]:
        raise Http404
    form = SplitForm(request.POST or None, area=area, children=living_children(area), initial={"on": today()})
    return answer(request, area, form, "community/place_split.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_place(request: HttpRequest, code: str) -> HttpResponse:
    """A place below another one: the form, then the act."""
    area = find_place(request, code)
    if area.valid_to is not None or area.kind not in BELOW:
        raise Http404
    form, status = NewPlaceForm(request.POST or None, area=area, initial={"on": today()}), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = create_area(area, **form.cleaned_data, by=request.user, at=timezone.now())  # type: ignore[arg-type]  # find_place
            except Refused as refused:
                status = put_on(form, refused)
            else:
                messages.success(request, _("已新设%(name)s。") % {"name": made.name})
                return redirect("place", code=made.code)
    return render(request, "community/place_new.html", {"area": area, "form": form}, status=status)


def answer(request: HttpRequest, area: Area, form: Form, template: str) -> HttpResponse:
    """Show the form; when it is right, what would be done; when that very thing is confirmed, do it."""
    context: dict[str, Any] = {"area": area, "form": form}
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return render(request, template, context, status=422)
    step = request.POST.get("step")
    if step == "edit":
        return render(request, template, context)
    seen = digest_of(request, area, form)
    if step != "do":
        return decide(request, area, form, seen)
    if not constant_time_compare(request.POST.get("seen", ""), seen):
        return decide(request, area, form, seen, is_changed=True)
    # What is merged or split stays so: nobody does it from a desk that somebody left.
    if confirming := ask_to_confirm(request):
        return confirming
    try:
        target = act(request, area, form)
    except Refused as refused:
        return render(request, template, context, status=put_on(form, refused))
    return redirect("place", code=target.code)


def digest_of(request: HttpRequest, area: Area, form: Form) -> str:
    """Return what ties a decision to the values that this person has looked at, and to them alone."""
    values = [request.user.pk, form.__class__.__name__, area.code, form.cleaned_data]
    return signing.Signer(salt=PREVIEW_SALT).signature(json.dumps(values, default=str, sort_keys=True))


def decide(request: HttpRequest, area: Area, form: Form, seen: str, is_changed: bool = False) -> HttpResponse:
    """Show what would be done, with nothing left to change on the page; `is_changed` says it is not what was seen."""
    ended = form.ended() if isinstance(form, MergeForm) else [area]
    context = {
        "area": area,
        "form": form,
        "seen": seen,
        "is_changed": is_changed,
        "is_merge": isinstance(form, MergeForm),
        "facts": what_follows(ended),
        "profiles": CompoundProfile.objects.filter(area__in=ended).select_related("area").defer("area__boundary"),
    }
    return render(request, "community/place_decide.html", context, status=409 if is_changed else 200)


def act(request: HttpRequest, area: Area, form: Form) -> Area:
    """Do what the form says, and return the place to go on with."""
    user = request.user
    assert user.is_authenticated  # find_place
    if isinstance(form, MergeForm):
        target = merge_areas(**form.arguments(), by=user, at=timezone.now())
        messages.success(request, _("已并入%(name)s。") % {"name": target.name})
        return target
    split_area(area, **form.arguments(), by=user, at=timezone.now())
    messages.success(request, _("已拆分。在原来那里任职的人，请在下面重新安排。"))
    return area


@login_required
@require_POST
def reassign(request: HttpRequest, code: str) -> HttpResponse:
    """Let those go on over the places that came of a split for whom one is chosen; the others wait."""
    area = find_place(request, code)
    # It gives roles, as an appointment does.
    if confirming := ask_to_confirm(request):
        return confirming
    context = place_context(area, request.POST)
    places = {one.code: one for one in [*context.get("parts", []), *context.get("others", [])]}
    chosen = {row["held"]: row["over"] for row in context["waiting"] if row["over"]}
    if not chosen or not places.keys() >= set(chosen.values()):
        context["sentence"] = _("请选一个地方。")
        return render(request, "community/place_detail.html", context, status=422)
    given = {held: places[over] for held, over in chosen.items()}
    try:
        continue_all(given, by=request.user, at=timezone.now())  # type: ignore[arg-type]  # find_place
    except Refused as refused:
        context["sentence"] = str(refused)
        return render(request, "community/place_detail.html", context, status=409)
    messages.success(request, _("已安排 %(n)d 项任职。") % {"n": len(given)})
    return redirect("place", code=area.code)
