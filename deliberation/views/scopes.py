"""A town's 议事清单: what is deliberated there and what is not; its officer keeps it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from community.errors import NotAllowed, Refused
from community.models import Area, User
from community.models.areas import AreaKind
from community.queries import today
from deliberation import topic_permissions as permissions
from deliberation.forms.topics import ScopeForm
from deliberation.models import TopicScope
from deliberation.workflow import add_scope, change_scope, end_scope


@require_http_methods(["GET", "HEAD"])
def scope_towns(request: HttpRequest) -> HttpResponse:
    """The towns, each with its list."""
    towns = Area.objects.valid_on(today()).filter(kind=AreaKind.TOWN).only("code", "name", "path", "kind")
    return render(request, "deliberation/topic_scopes.html", {"towns": towns})


@require_http_methods(["GET", "HEAD", "POST"])
def scopes_of_town(request: HttpRequest, code: str) -> HttpResponse:
    """One town's list, with the forms for its officer."""
    towns = Area.objects.valid_on(today()).filter(kind=AreaKind.TOWN)
    town = get_object_or_404(towns.defer("boundary"), code=code if code.isprintable() else "")
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        return change_list(request, request.user, town)
    return show_list(request, town)


def change_list(request: HttpRequest, by: User, town: Area) -> HttpResponse:
    """Add, change or end an item."""
    if not permissions.can_keep_scopes(by, town):
        return show_list(request, town, sentence=_("议事清单由本镇街的干部定。"), status=403)
    scope, at = asked_scope(request, town), timezone.now()
    form = ScopeForm(request.POST, auto_id=f"id_{scope.pk if scope else 'new'}_%s")
    if scope is not None:
        form.fields["title"].required = False
    ends = scope is not None and "end" in request.POST
    if not ends and not form.is_valid():
        return show_list(request, town, failed=(scope, form), status=422)
    try:
        if scope is None:
            add_scope(by=by, at=at, town=town, **form.cleaned_data)
        elif ends:
            end_scope(scope, by=by, at=at)
        else:
            values = {name: value for name, value in form.cleaned_data.items() if name != "title"}
            change_scope(scope, by=by, at=at, **values)
    except Refused as refused:
        field = getattr(refused, "field", "")
        if field in form.fields:
            form.add_error(field, str(refused))
            return show_list(request, town, failed=(scope, form), status=422)
        status = 403 if isinstance(refused, NotAllowed) else 409
        return show_list(request, town, sentence=str(refused), status=status)
    messages.success(request, _("清单改好了。"))
    return redirect(reverse("topic_scopes", args=[town.code]))


def asked_scope(request: HttpRequest, town: Area) -> TopicScope | None:
    """Return the item that a form is about, or None for a new one."""
    key = request.POST.get("scope", "")
    if not key:
        return None
    pk = int(key) if key.isascii() and key.isdecimal() and len(key) < 18 else 0
    return get_object_or_404(TopicScope, pk=pk, town=town)


def show_list(
    request: HttpRequest, town: Area, *, failed: tuple[Any, Any] | None = None, sentence: str = "", status: int = 200
) -> HttpResponse:
    """Render a town's list."""
    rows = list(TopicScope.objects.filter(town=town).in_force(today()).order_by("position", "pk"))
    may_keep = permissions.can_keep_scopes(request.user, town)
    context = {
        "town": town,
        "offered": [(row, edit_form(row, failed) if may_keep else None) for row in rows if not row.is_excluded],
        "excluded": [(row, edit_form(row, failed) if may_keep else None) for row in rows if row.is_excluded],
        "may_keep": may_keep,
        "new_form": failed[1] if failed and failed[0] is None else ScopeForm(auto_id="id_new_%s"),
        "failed_scope": failed[0] if failed else None,
        "sentence": sentence,
    }
    return render(request, "deliberation/topic_scopes.html", context, status=status)


def edit_form(row: TopicScope, failed: tuple[Any, Any] | None) -> Any:
    """Return the form that changes an item; one that has ended today has none."""
    if row.valid_to is not None:
        return None
    if failed and failed[0] == row:
        return failed[1]
    values = {name: getattr(row, name) for name in ("description", "weight", "is_excluded", "position")}
    return ScopeForm(initial=values, auto_id=f"id_{row.pk}_%s")
