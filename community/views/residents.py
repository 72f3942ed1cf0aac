"""Residents as those who serve them see them: masked, found by number or surname, shown with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community import permissions
from community.errors import Refused
from community.forms.residents import GuardianForm, PaperErasureForm, RegisterForm, RevealForm, RevokeForm, SearchForm
from community.models import Area, Guardianship, Representation, Resident, User
from community.models.people import Verification, mask_id_number, surname_of
from community.models.privacy import ConsentKind
from community.queries import (
    areas_of,
    areas_served,
    open_request_of,
    records_of,
    registered_like,
    residents_served,
    rule_value,
    standing_consent,
    today,
    with_any_phone,
)
from community.refusing import never_kept, put_on, status_of
from community.roles import Role
from community.stepup import recently_confirmed
from community.views.verifying import signed_in
from community.workflow.erasing import erase_on_paper
from community.workflow.guardians import claimed_age, end_guardian, record_guardian, record_guardians_consent
from community.workflow.representing import register_person
from community.workflow.revealing import reveal_field
from community.workflow.searching import BY_NUMBER, count_search
from community.workflow.standing import revoke_verification
from community.workflow.typed import HOME_KINDS

PAGE_SIZE = 20
HISTORY = 20
ALIKE_MOST = 10
FORMS: dict[str, type[forms.Form]] = {
    "reveal": RevealForm,
    "revoke": RevokeForm,
    "guardian": GuardianForm,
    "consent": forms.Form,
    "erase": PaperErasureForm,
}
VERBS: dict[str, Callable[..., Any]] = {
    "reveal": reveal_field,
    "revoke": revoke_verification,
    "guardian": record_guardian,
    "consent": record_guardians_consent,
    "erase": erase_on_paper,
}
MAY: dict[str, Callable[[Any, Resident], bool]] = {
    "reveal": permissions.can_reveal,
    "revoke": permissions.can_revoke_verification,
    "guardian": permissions.can_record_guardian,
    "consent": permissions.can_record_guardian,
    "erase": permissions.can_erase_on_paper,
}
DONE = {
    "revoke": gettext_lazy("核验已撤销，本人会看到原因。"),
    "guardian": gettext_lazy("监护人登记好了。接着登记监护人的书面同意。"),
    "consent": gettext_lazy("监护人的同意登记好了。"),
}


def search_areas(user: User) -> list[Area]:
    """Return the places that one can search in: those one serves, and the communities and villages below."""
    served = areas_served(user)
    below = Area.objects.committees().valid_on(today())
    found = [area for area in below if any(one.covers(area) and one.pk != area.pk for one in served)]
    return [*served, *found]


@never_kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def desk_residents(request: HttpRequest) -> HttpResponse:
    """Search; what is looked for is sent in the body, so that no number stands in an address or its log."""
    user = signed_in(request)
    areas = search_areas(user)
    if not areas:
        raise PermissionDenied(_("居民名册由住地的社区工作者和镇街干部用。"))
    form = SearchForm(request.POST or None, areas=areas)
    context: dict[str, Any] = {"form": form, "may_register": permissions.is_worker_anywhere(user)}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if form.cleaned_data["by"] in BY_NUMBER:
                    count_search(form.cleaned_data["by"], by=user, at=timezone.now())
            except Refused as refused:
                status = put_on(form, refused)
            else:
                status, rows = 200, found_residents(user, form.cleaned_data, areas)
                context |= {"rows": rows[:PAGE_SIZE], "searched": True}
                context["after"] = rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else ""
    return render(request, "community/residents.html", context, status=status)


def found_residents(user: User, data: dict[str, Any], areas: list[Area]) -> list[Resident]:
    """Return one page of what was looked for and one row more, in the order of their registration."""
    residents = residents_served(user).filter(pk__gt=data["after"] or 0)
    if data["by"] == "phone":
        residents = with_any_phone(residents, data["text"])
    elif data["by"] == "id_number":
        residents = residents.with_id_number(data["text"])
    else:
        area = next(one for one in areas if one.pk == data["area"])
        inside = Area.objects.within(area).order_by().values("pk")
        residents = residents.with_surname(surname_of(data["text"])).filter(home__in=inside)
    return list(residents.select_related("user", "home").order_by("pk")[: PAGE_SIZE + 1])


def find_resident(user: User, pk: int) -> Resident:
    """Return a resident of the places that somebody serves; any other is not found."""
    found = Resident.objects.kept().select_related("user", "home", "town", "household").filter(pk=pk).first()
    if found is None or not permissions.can_see_resident(user, found):
        raise Http404
    return found


@never_kept
@login_required
@require_safe
def desk_resident(request: HttpRequest, pk: int) -> HttpResponse:
    """One resident, masked, with how their verification came and went."""
    return show(request, find_resident(signed_in(request), pk))


@never_kept
@login_required
@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Do one thing; a refusal brings the page back with its sentence and what was typed."""
    user = signed_in(request)
    if verb not in VERBS:
        raise Http404
    resident = find_resident(user, pk)
    if not MAY[verb](user, resident):
        return show(request, resident, sentence=str(_("这件事不归您办，所以没有改动。")), status=403)
    form, status = FORMS[verb](request.POST), 422
    if form.is_valid():
        try:
            done = VERBS[verb](resident, by=user, at=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            status = put_on(form, refused)
        else:
            return after_act(request, resident, verb, form, done)
    return show(request, find_resident(user, pk), failed=(verb, form), status=status)


# Looking, revoking and erasing are what an unattended desk must not do.
act_confirmed = recently_confirmed(act)


@login_required
@require_POST
def act_by_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Ask who is there once more before a look, a revocation or an erasure."""
    view = act_confirmed if verb in ("reveal", "revoke", "erase") else act
    answer = view(request, pk=pk, verb=verb)
    assert isinstance(answer, HttpResponse)
    return answer


def after_act(request: HttpRequest, resident: Resident, verb: str, form: forms.Form, done: Any) -> HttpResponse:
    """Show a value this once, or say what was done."""
    if verb == "reveal":
        shown = {"label": dict(form.fields["field"].choices)[form.cleaned_data["field"]], "value": done}  # type: ignore[attr-defined]
        return show(request, resident, shown=shown)
    if verb == "erase":
        messages.success(request, _("删除了，只留下没有姓名的记录。请把回执打印给本人。"))
        return redirect("receipt", number=done.number)
    messages.success(request, DONE[verb])
    return redirect("desk_resident", pk=resident.pk)


@login_required
@require_POST
def end_guardianship(request: HttpRequest, pk: int, guardianship_id: int) -> HttpResponse:
    """End that somebody answers for a minor."""
    user = signed_in(request)
    resident = find_resident(user, pk)
    row = Guardianship.objects.select_related("minor").filter(pk=guardianship_id, minor=resident).first()
    if row is None:
        raise Http404
    try:
        end_guardian(row, by=user, at=timezone.now())
    except Refused as refused:
        return show(request, resident, sentence=str(refused), status=status_of(refused))
    messages.success(request, _("监护关系已结束。"))
    return redirect("desk_resident", pk=resident.pk)


def show(
    request: HttpRequest,
    resident: Resident,
    *,
    shown: dict[str, str] | None = None,
    failed: tuple[str, forms.Form] | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a resident's page; `shown` is one value in plain words, this once."""
    user = signed_in(request)
    made = {verb: form() for verb, form in FORMS.items() if MAY[verb](user, resident)}
    if resident.verification == Verification.UNVERIFIED:
        made.pop("revoke", None)
    if failed:
        made[failed[0]] = failed[1]
    context: dict[str, Any] = {
        "resident": resident,
        "masked_id": mask_id_number(resident.id_number),
        "open_request": open_request_of(resident),
        "records": records_of(resident).select_related("area", "by")[:HISTORY],
        "acts": Representation.objects.filter(resident__in=resident.profiles).select_related("worker")[:HISTORY],
        "guardianships": resident.guardianships.filter(ended_at=None).select_related("guardian__user"),
        "may_speak": permissions.can_speak_for(user, resident),
        "may_correct": permissions.can_correct(user, resident),
        "may_recover": permissions.can_ask_recovery(user, resident),
        "forms": made,
        "shown": shown,
        "failed": failed[0] if failed else "",
        "sentence": sentence,
        **of_age(resident),
    }
    return render(request, "community/resident.html", context, status=status)


def of_age(resident: Resident) -> dict[str, Any]:
    """Return what follows from somebody's age: whether a child, young, or a minor, and whether a guardian agreed."""
    age, day = claimed_age(resident, timezone.now()), today()
    limits = {name: rule_value(f"minor.{name}", day) for name in ("guardian", "young", "adult")}
    below = {f"is_{name}": age is not None and age < limit for name, limit in limits.items()}
    agreed = below["is_adult"] and standing_consent(resident, ConsentKind.MINOR) is not None
    return {
        "limits": limits,
        "is_child": below["is_guardian"],
        "is_young": below["is_young"],
        "is_minor": below["is_adult"],
        "guardian_agreed": agreed,
    }


@never_kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register somebody without an account, after it was looked whether they are registered already."""
    user = signed_in(request)
    if not permissions.is_worker_anywhere(user):
        raise PermissionDenied(_("没有手机的居民，由住地的社区工作者登记。"))
    form, status = RegisterForm(request.POST or None, areas=homes_of_worker(user)), 200
    alike: list[Resident] = []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            home = Area.objects.get(pk=data["home"])
            if not request.POST.get("is_new"):
                alike = list(registered_like(data["person_name"], data["person_phone"], home)[:ALIKE_MOST])
            if not alike:
                return register_from(request, form, home) or show_register(request, form, alike, status)
    return show_register(request, form, alike, status)


def register_from(request: HttpRequest, form: RegisterForm, home: Area) -> HttpResponse | None:
    """Register what a valid form says and lead to the person's page, or put the refusal on the form."""
    data = form.cleaned_data
    try:
        person = register_person(
            by=signed_in(request), at=timezone.now(), name=data["person_name"], phone=data["person_phone"], home=home
        )
    except Refused as refused:
        put_on(form, refused)
        return None
    messages.success(request, _("登记好了。接着可以替他反映，或者替他申请核验。"))
    return redirect("desk_resident", pk=person.pk)


def show_register(request: HttpRequest, form: RegisterForm, alike: list[Resident], status: int) -> HttpResponse:
    """Show the form, with those who may be the same person."""
    return render(request, "community/register.html", {"form": form, "alike": alike}, status=status)


def homes_of_worker(user: User) -> list[Area]:
    """Return the places in which a worker may register somebody: where people live, in the areas they work in."""
    places = Q(pk__in=[])
    for area in areas_of(user, Role.COMMUNITY_WORKER):
        places |= Q(path__startswith=area.path)
    return list(Area.objects.valid_on(today()).filter(places, kind__in=HOME_KINDS))
