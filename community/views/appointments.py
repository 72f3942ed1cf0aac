"""Appointments on the desk: the list, giving one, its page, and the yearly review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.models import ModelLogEntry

from community import permissions, workflow
from community.appointing import GRANTS
from community.errors import Refused
from community.forms.appointments import (
    AppointForm,
    AppointmentFilter,
    EndForm,
    HandOverForm,
    LendForm,
    first_days,
)
from community.holding import (
    already_there,
    due_for_review,
    managed_appointments,
    open_work,
    own_appointments,
    places_seen,
    places_to_give,
    roles_to_give,
    stand_ins,
    with_names,
)
from community.models import Appointment, User
from community.models.appointments import AppointmentQuerySet
from community.paging import asked, counted, next_url, page
from community.queries import today
from community.refusing import put_on, status_of
from community.roles import Role
from community.stepup import recently_confirmed
from community.workflow.leaving import is_last

PAGE_SIZE = 30
HISTORY = 50


def manager_of(request: HttpRequest) -> User:
    """Return who is signed in, if they may give a role somewhere; refuse everybody else."""
    user = request.user
    if not isinstance(user, User) or not permissions.gives_roles(user):
        raise PermissionDenied(_("您没有可以任命的角色。"))
    return user


@login_required
@require_safe
def appointment_list(request: HttpRequest) -> HttpResponse:
    """The appointments that a person manages."""
    user, day = manager_of(request), today()
    form = AppointmentFilter(request.GET or None, roles=roles_to_give(user), areas=places_seen(user))
    chosen = form.chosen() if form.is_bound else {}
    held = chosen_from(managed_appointments(user), chosen)
    # An appointment has a place or a unit; where it lacks the one, databases disagree on the order.
    held = held.annotate(path=Coalesce("area__path", Value("")), unit_name=Coalesce("unit__name", Value("")))
    rows, cursor = page(held, ("role", "path", "unit_name", "pk"), request.GET.get("after", ""), PAGE_SIZE)
    return render(
        request,
        "community/appointment_list.html",
        {
            "form": form,
            "rows": rows,
            "next_url": next_url(request.GET, cursor),
            "query": asked(request.GET),
            "today": day,
            "to_review": counted(due_for_review(user, day)),
        },
    )


def chosen_from(held: AppointmentQuerySet, chosen: dict[str, Any]) -> AppointmentQuerySet:
    """Keep what the filter asks for; without a word about it, those that hold today."""
    state, day = chosen.get("state", "now"), today()
    if state == "now":
        held = held.in_force(day)
    elif state == "later":
        held = held.filter(starts_on__gt=day).not_over(day)
    elif state == "over":
        held = held.exclude(pk__in=Appointment.objects.not_over(day).values("pk"))
    if role := chosen.get("role"):
        held = held.filter(role=role)
    if who := chosen.get("who"):
        held = held.filter(user__username__startswith=who)
    return held.lying_in(int(chosen["area"])) if chosen.get("area") else held


@recently_confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def new_appointment(request: HttpRequest) -> HttpResponse:
    """Give a role: which one, then who and over what, then a look at who it is, then the verb."""
    user, day = manager_of(request), today()
    role = next((one for one in roles_to_give(user) if one.value == request.GET.get("role")), None)
    if role is None:
        return render(request, "community/appointment_new.html", {"roles": roles_with_sources(user)})
    places = places_to_give(user, role, day)
    form = AppointForm(request.POST or None, role=role, places=places, initial=first_days(day))
    status = 200
    if request.method == "POST":
        goes_on = form.is_valid() and "edit" not in request.POST and find_named(form, role, user)
        if goes_on and "confirm" not in request.POST:
            return confirmation(request, form, role=role, place=form.places[form.cleaned_data["place"]])
        if goes_on:
            try:
                given = workflow.appoint(**form.arguments(), by=user, at=timezone.now())
            except Refused as refused:
                status = put_on(form, refused)
            else:
                messages.success(request, _("已任命，本人会收到通知。"))
                return redirect(given)
        elif form.errors:
            status = 422
    context = {"role": role, "form": form, "places": places}
    return render(request, "community/appointment_new.html", context, status=status)


def find_named(form: Any, role: Role, by: User) -> bool:
    """Put the account that a form names in place of its name; False, with a sentence beside it, where there is none."""
    try:
        found = workflow.find_person(form.cleaned_data["person"], role=role, by=by, at=timezone.now())
    except Refused as refused:
        put_on(form, refused)
        return False
    if found is None:
        form.add_error("person", _("没有找到这个账号。请核对用户名，或者写完整的手机号。"))
        return False
    form.cleaned_data["person"] = found
    return True


def roles_with_sources(user: User) -> list[dict[str, Any]]:
    """Return the roles that a person may give, each with the row of the table that says so."""
    held = {one.role for one in own_appointments(user)}
    return [
        {"role": role, "source": next(row.source for row in GRANTS if row.given == role and row.giver in held)}
        for role in roles_to_give(user)
    ]


def confirmation(request: HttpRequest, form: Any, **shown: Any) -> HttpResponse:
    """Show who it is, masked, before anything is done; the form goes along with the user name, not with a phone."""
    context = {**shown, "form": form, "person": form.cleaned_data["person"]}
    return render(request, "community/appointment_confirm.html", context)


def find_appointment(request: HttpRequest, pk: int) -> Appointment:
    """Return the appointment, or 404 for whom it does not concern."""
    found: Appointment = get_object_or_404(with_names(Appointment.objects.all()), pk=pk)
    if not permissions.can_see_appointment(request.user, found):
        raise Http404
    return found


@login_required
@require_safe
def appointment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One appointment: its days, who stood in, what is open, its history, and what may be done."""
    return render_appointment(request, find_appointment(request, pk))


def render_appointment(
    request: HttpRequest,
    held: Appointment,
    *,
    failed: tuple[str, Any] | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show an appointment with the forms that this person may send; one that failed keeps what was typed."""
    day = today()
    forms = forms_for(request.user, held)
    if failed is not None:
        forms[failed[0]] = failed[1]
    return render(
        request,
        "community/appointment_detail.html",
        {
            "held": held,
            "is_over": held.is_over(day),
            "delegations": held.delegations.select_related("user", "appointed_by").order_by("-starts_on"),
            "work": work_of(held) if held.ended_at is None and permissions.gives_this_role(request.user, held) else [],
            "handed": handed_over(held),
            "here": colleagues_here(held) if "lend" in forms else [],
            "is_last": is_last(held, day),
            "history": ModelLogEntry.objects.for_instance(held).select_related("user")[:HISTORY],
            "forms": forms,
            "failed": failed[0] if failed else "",
            "sentence": sentence,
            "today": day,
        },
        status=status,
    )


def work_of(held: Appointment) -> list[dict[str, Any]]:
    """Return how many open terms wait for this role here, by what they are about."""
    kinds = open_work(held).order_by("subject_type").values_list("subject_type").annotate(count=Count("pk"))
    return [{"label": ContentType.objects.get_for_id(pk).name, "count": count} for pk, count in kinds]


def handed_over(held: Appointment) -> dict[str, Any] | None:
    """Return who has taken an appointment over, and what was open then; None where nobody has."""
    lines = ModelLogEntry.objects.for_instance(held).filter(action="appointment.end")
    line = lines.order_by("-timestamp", "-pk").first() if held.ended_at is not None else None
    successor = User.objects.filter(pk=line.data.get("successor")).first() if line is not None else None
    if line is None or successor is None:
        return None
    kinds = [
        (ContentType.objects.get_by_natural_key(*kind.split(".")), count) for kind, count in line.data["handed"].items()
    ]
    return {"to": successor, "work": [{"label": kind.name, "count": count} for kind, count in kinds]}


def colleagues_here(held: Appointment) -> list[User]:
    """Return who holds the same role over the same place today, and goes on."""
    day = today()
    there = already_there(held, day).in_force(day).filter(ended_at=None).select_related("user")
    return list({one.user_id: one.user for one in there.order_by("user__username")}.values())


def forms_for(user: Any, held: Appointment) -> dict[str, Any]:
    """Return the forms that this person may send about an appointment, by their verbs."""
    day = today()
    if held.is_over(day):
        return {}
    forms: dict[str, Any] = {}
    if held.ended_at is None and permissions.can_end_appointment(user, held):
        forms["end"] = FORMS["end"](held, user, None)
    if held.delegated_from_id is not None:
        return forms
    if held.ended_at is None and permissions.can_manage_appointment(user, held):
        forms["hand_over"] = FORMS["hand_over"](held, user, None)
    if held.ended_at is None and permissions.can_lend_appointment(user, held):
        forms["lend"] = FORMS["lend"](held, user, None)
    return forms


def lend_form(held: Appointment, user: Any, data: Any) -> LendForm:
    """Return the form for lending an appointment, with the colleagues it can be lent to."""
    day = today()
    people = with_names(stand_ins(held, day).exclude(user=user))
    people = people.annotate(path=Coalesce("area__path", "unit__area__path")).order_by("path", "user__username", "pk")
    mine = with_names(Appointment.objects.not_over(day).own().filter(user=user, ended_at=None).exclude(pk=held.pk))
    others = list(mine.order_by("pk")) if held.user_id == user.pk else []
    return LendForm(data, people=list(people), others=others, initial=first_days(day), auto_id="lend_%s")


def end_form(held: Appointment, user: Any, data: Any) -> EndForm:
    """Return the form for ending an appointment."""
    return EndForm(data, appointment=held, initial=first_days(today()), auto_id="end_%s")


def hand_over_form(held: Appointment, user: Any, data: Any) -> HandOverForm:
    """Return the form for handing an appointment over."""
    return HandOverForm(data, initial=first_days(today()), auto_id="hand_over_%s")


FORMS: dict[str, Callable[[Appointment, Any, Any], Any]] = {
    "end": end_form,
    "hand_over": hand_over_form,
    "lend": lend_form,
}
VERBS: dict[str, Callable[..., Any]] = {
    "end": workflow.end_appointment,
    "hand_over": workflow.hand_over,
    "lend": workflow.delegate_several,
}
MAY: dict[str, Any] = {
    "end": permissions.can_end_appointment,
    "hand_over": permissions.can_manage_appointment,
    "lend": permissions.can_lend_appointment,
}


@require_POST
@recently_confirmed
def appointment_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """End, hand over or lend an appointment; a refusal brings the page back with its sentence."""
    if verb not in VERBS:
        raise Http404
    held = find_appointment(request, pk)
    if not MAY[verb](request.user, held):
        return render_appointment(request, held, sentence=_("这项任职不归您管，所以没有改动。"), status=403)
    form = FORMS[verb](held, request.user, request.POST)
    if not form.is_valid() or "edit" in request.POST:
        return render_appointment(request, held, failed=(verb, form), status=422 if form.errors else 200)
    if verb == "hand_over":
        assert isinstance(request.user, User)  # recently_confirmed
        if not find_named(form, Role(held.role), request.user):
            return render_appointment(request, held, failed=(verb, form), status=422)
        if "confirm" not in request.POST:
            return confirmation(request, form, held=held, work=work_of(held))
    try:
        VERBS[verb](held, **form.arguments(), by=request.user, at=timezone.now())
    except Refused as refused:
        return refused_page(request, pk, verb, form, refused)
    messages.success(request, said_of(verb))
    return redirect(back_from(request, held))


def refused_page(request: HttpRequest, pk: int, verb: str, form: Any, refused: Refused) -> HttpResponse:
    """Show the appointment as it stands, with the sentence, beside its field where it has one."""
    held, field = find_appointment(request, pk), getattr(refused, "field", "")
    if field in form.fields:
        form.add_error(field, str(refused))
        return render_appointment(request, held, failed=(verb, form), status=422)
    return render_appointment(request, held, failed=(verb, form), sentence=str(refused), status=status_of(refused))


def said_of(verb: str) -> str:
    """Return what to say when it is done."""
    if verb == "lend":
        return _("已安排代行，同事会收到通知。")
    return _("已交接，两人都会收到通知。") if verb == "hand_over" else _("已结束，本人会收到通知。")


def back_from(request: HttpRequest, held: Appointment) -> str:
    """Return one's own page of absences for what was sent there, or else the appointment's page."""
    return reverse("absence") if request.POST.get("from") == "absence" else held.get_absolute_url()


@login_required
@require_safe
def absence(request: HttpRequest) -> HttpResponse:
    """One's own appointments, who stands in for each, and what one holds for others."""
    assert isinstance(request.user, User)  # login_required
    day = today()
    mine = with_names(Appointment.objects.not_over(day).filter(user=request.user)).order_by("pk")
    held = [one for one in mine if one.delegated_from_id is None]
    if not held and not mine:
        raise PermissionDenied(_("您没有任职，不用安排代行。"))
    asked = request.GET.get("appointment", "")
    chosen = next((one for one in held if str(one.pk) == asked), held[0] if len(held) == 1 else None)
    lent = (
        Appointment.objects.not_over(day)
        .filter(delegated_from__user=request.user)
        .select_related("user", "area", "unit")
    )
    return render(
        request,
        "community/absence.html",
        {
            "held": held,
            "borrowed": [one for one in mine if one.delegated_from_id is not None],
            "lent": lent.order_by("starts_on", "pk"),
            "chosen": chosen,
            "form": lend_form(chosen, request.user, None) if chosen else None,
            "here": colleagues_here(chosen) if chosen else [],
            "today": day,
        },
    )
