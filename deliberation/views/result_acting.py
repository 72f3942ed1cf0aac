"""What the pages of sessions, resolutions and appraisals share: acts that somebody may do, and doing one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from community.errors import NotAllowed, Refused
from community.keeping import keep, take
from community.leading import own_address

FIELDS_OF = {"commitments": "task1", "topics": "topics"}


@dataclass
class Act:
    """One thing that somebody may do: its form with words, and the verb with what it is done to."""

    key: str
    title: Any
    button: Any
    form_class: type
    run: Callable[..., Any]
    url: str
    said: Any
    subject: Any = None
    row: Any = None
    note: Any = ""
    seat: bool = False
    open: bool = False
    is_possible: bool = True
    extra: dict[str, Any] = field(default_factory=dict)
    form: Any = None

    def make(self, *bound: Any, **options: Any) -> Any:
        """Return the form, with ids of its own on a page of several."""
        given = {**self.extra, **options}
        return self.form_class(*bound, subject=self.subject, row=self.row, auto_id=f"id_{self.key}_%s", **given)


def with_forms(acts: list[Act], request: HttpRequest, failed: tuple[str, Any] | None, name: str) -> list[Act]:
    """Return what can be done, each with its form: the refused one as it was sent, the others empty or as kept."""
    shown = []
    for act in acts:
        if failed is not None and failed[0] == act.key:
            act.form, act.open = failed[1], True
        elif not act.is_possible:
            continue
        elif typed := take(request, f"{act.key} {name}") if request.user.is_authenticated else {}:
            act.form, act.open = act.make(initial=typed), True
        else:
            act.form = act.make()
        shown.append(act)
    return sorted(shown, key=lambda act: not act.open)


def keep_act(request: HttpRequest, verb: str, name: str, form_class: type) -> None:
    """Keep what was typed until somebody has signed in; it comes back on the page."""
    keep(request, f"{key_of(request, verb)} {name}", form_class.base_fields)  # type: ignore[attr-defined]


def key_of(request: HttpRequest, verb: str) -> str:
    """Return the key of the act that was sent: its verb, and the row that it is about."""
    row = request.POST.get("row", "")
    return f"{verb}-{row}" if row.isascii() and row.isdecimal() and len(row) < 19 else verb


def do_act(
    request: HttpRequest, act: Act, back: str, page: Callable[..., HttpResponse], typed: dict[str, Any] | None = None
) -> HttpResponse:
    """Do one thing; a refusal brings the page back with its sentence and what was typed.

    `page(failed=…, sentence=…, status=…)` renders it.
    """
    form = act.make(request.POST, request.FILES)
    if not form.is_valid():
        return page(failed=(act.key, form), status=422)
    try:
        done = act.run(by=request.user, **form.arguments())
    except Refused as refused:
        name = getattr(refused, "field", "")
        name = FIELDS_OF.get(name, name)
        if name in form.fields:
            form.add_error(name, str(refused))
            return page(failed=(act.key, form), status=422)
        return page(sentence=str(refused), status=403 if isinstance(refused, NotAllowed) else 409)
    messages.success(request, str(act.said))
    return redirect(own_address(request, back or done.get_absolute_url()))


def sign_in_first(request: HttpRequest, back: str) -> HttpResponse:
    """Lead to the sign-in and back."""
    return redirect_to_login(back)
