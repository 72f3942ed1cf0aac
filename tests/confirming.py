"""Being somebody who signed in, or confirmed being themself, a given time ago (community/stepup.py)."""

from __future__ import annotations

import time

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from django.test import Client


def confirm(client: Client, seconds_ago: float = 0) -> Client:
    """Let whoever is signed in on a client have confirmed it; `Client.force_login` alone does not."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - seconds_ago}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = session["_auth_user_id"]
    session.save()
    return client
