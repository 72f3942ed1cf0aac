"""Merging and splitting places on the desk of district officers and administrators."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community import permissions
from community.errors import Refused
from community.forms.places import MergeForm, NewPlaceForm, SplitForm
from community.models import Appointment, Area, Clock, Resident, Unit
from community.models.appointments import EndReason
from community.models.areas import BELOW, LEVELS, AreaKind
from community.queries import today
from community.views.refusing import put_on
from community.workflow.founding import create_area
from community.workflow.places import continue_appointment, living_children, merge_areas, split_area

Form = MergeForm | SplitForm


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


def place_context(area: Area) -> dict[str, Any]:
    """Return what the page of a place shows."""
    waiting = list(waiting_after_split(area)) if area.successor_id else []
    return {
        "area": area,
        "can_change": area.valid_to is None and area.kind in LEVELS,
        "can_split": area.valid_to is None and area.kind in LEVELS and area.kind not in LEVELS[AreaKind.COMPOUND],
        "can_add": area.valid_to is None and area.kind in BELOW,
        "facts": what_follows([area]),
        "children": living_children(area) if area.valid_to is None else [],
        "predecessors": area.predecessors.defer("boundary").order_by("path"),
        "waiting": waiting,
        "choices": peers(area.successor) if waiting and area.successor else [],
    }


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
    """Merge a place into another one: the form, what follows, the act."""
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
    """Split a place: the form, what follows, the act."""
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
    """Show the form; when it is right, what follows; when that is confirmed, do it."""
    context: dict[str, Any] = {"area": area, "form": form}
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return render(request, template, context, status=422)
    ended = form.ended() if isinstance(form, MergeForm) else [area]
    if request.POST.get("step") != "do":
        return render(request, template, {**context, "facts": what_follows(ended), "ended": ended})
    try:
        target = act(request, area, form)
    except Refused as refused:
        return render(request, template, context, status=put_on(form, refused))
    return redirect("place", code=target.code)


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
def reassign(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Let somebody go on over one of the places that came of a split."""
    area = find_place(request, code)
    held = get_object_or_404(Appointment.objects.select_related("user", "area"), pk=pk, area=area)
    over = found_by_code(request.POST.get("over", ""))
    if over is None:
        context = {**place_context(area), "sentence": _("请选一个地方。")}
        return render(request, "community/place_detail.html", context, status=422)
    try:
        continue_appointment(held, over=over, by=request.user, at=timezone.now())  # type: ignore[arg-type]  # find_place
    except Refused as refused:
        context = {**place_context(area), "sentence": str(refused)}
        return render(request, "community/place_detail.html", context, status=409)
    messages.success(request, _("已安排。"))
    return redirect("place", code=area.code)
