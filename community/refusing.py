"""How the pages of residents and their workers show a refusal: at its field, with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django import forms
from django.http import HttpResponseBase

from community.errors import BadInput, NotAllowed, Refused


def put_on(form: forms.Form, refused: Refused) -> int:
    """Add a refusal to its field, or to the whole form; return the status to answer with."""
    field = getattr(refused, "field", "")
    form.add_error(field if field in form.fields else None, str(refused))
    return status_of(refused)


def status_of(refused: Refused) -> int:
    """Return 403 for what is not this person's, 422 for bad input, 409 for what does not fit the state."""
    if isinstance(refused, NotAllowed):
        return 403
    return 422 if isinstance(refused, BadInput) else 409


def never_kept(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Have no browser and no proxy keep a page that may hold a personal value."""

    @wraps(view)
    def unkept(*args: object, **kwargs: object) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response["Cache-Control"] = "no-store, private"
        return response

    return unkept
