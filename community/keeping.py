"""What somebody typed into a form that could not go on: kept until they have signed in, or agreed to the terms.

It lies encrypted in the session, one form at a time, for an hour: on a shared computer whoever comes
much later does not find it, and a copy of the database tells nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

from django.http import HttpRequest
from django.utils import timezone

from community.encryption import decrypt, encrypt

View = TypeVar("View", bound=Callable[..., object])
SESSION_KEY = "typed_form"
KEPT_FOR = timedelta(hours=1)
# No more is kept than the longest form can take, and a little.
KEPT_LENGTH = 3_000
SEVERAL_MOST = 100


def keep(
    request: HttpRequest, form: str, fields: Iterable[str], *, emptied: Iterable[str] = (), several: Iterable[str] = ()
) -> None:
    """Keep what was typed into `fields` of the form of this name; files can't be kept.

    Of `emptied` it counts too that nothing was left in them, of `several` each value that was ticked.
    """
    sent = request.POST
    typed: dict[str, Any] = {name: sent[name][:KEPT_LENGTH] for name in fields if sent.get(name)}
    typed |= {name: "" for name in emptied if sent.get(name) == ""}
    typed |= {name: [value[:KEPT_LENGTH] for value in sent.getlist(name)[:SEVERAL_MOST]] for name in several}
    until = (timezone.now() + KEPT_FOR).timestamp()
    request.session[SESSION_KEY] = encrypt(json.dumps({"form": form, "until": until, "typed": typed}))


def take(request: HttpRequest, form: str) -> dict[str, Any]:
    """Return what was kept for the form of this name, once; nothing where it was another form or too long ago."""
    sealed = request.session.get(SESSION_KEY)
    if not sealed:
        return {}
    kept = json.loads(decrypt(sealed))
    if kept["form"] != form:
        return {}
    del request.session[SESSION_KEY]
    typed: dict[str, Any] = kept["typed"] if timezone.now().timestamp() < kept["until"] else {}
    return typed


def keeps_typed(put_aside: Callable[..., str]) -> Callable[[View], View]:
    """Say of a view how to keep what was sent to it: `put_aside(request, **kwargs)` returns the page to come back to."""

    def mark(view: View) -> View:
        view.put_aside = put_aside  # type: ignore[attr-defined]  # read by `put_aside` below
        return view

    return mark


def put_aside(view: Callable[..., object], request: HttpRequest, kwargs: dict[str, object]) -> str:
    """Keep what was sent to a view that says how, and return the page on which it comes back; else ''."""
    keeper: Callable[..., str] | None = getattr(view, "put_aside", None)
    return keeper(request, **kwargs) if keeper is not None else ""
