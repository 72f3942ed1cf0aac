"""What somebody typed into a form whose session had run out: kept until they have signed in.

It lies encrypted in the session, one form at a time, for an hour: on a shared computer whoever comes
much later does not find it, and a copy of the database tells nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from community.encryption import decrypt, encrypt

SESSION_KEY = "issue_form"
KEPT_FOR = timedelta(hours=1)
# No more is kept than the longest form can take, and a little.
KEPT_LENGTH = 3_000


def keep(request: HttpRequest, form: str, fields: Iterable[str]) -> None:
    """Keep what was typed into `fields` of the form of this name; files can't be kept."""
    typed = {name: request.POST[name][:KEPT_LENGTH] for name in fields if request.POST.get(name)}
    until = (timezone.now() + KEPT_FOR).timestamp()
    request.session[SESSION_KEY] = encrypt(json.dumps({"form": form, "until": until, "typed": typed}))


def take(request: HttpRequest, form: str) -> dict[str, str]:
    """Return what was kept for the form of this name, once; nothing where it was another form or too long ago."""
    sealed = request.session.get(SESSION_KEY)
    if not sealed:
        return {}
    kept = json.loads(decrypt(sealed))
    if kept["form"] != form:
        return {}
    del request.session[SESSION_KEY]
    typed: dict[str, str] = kept["typed"] if timezone.now().timestamp() < kept["until"] else {}
    return typed
