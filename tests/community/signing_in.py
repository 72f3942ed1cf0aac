"""What tests of signing in share: somebody before a browser, and the messages that reach their phone."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from community.models import OutboxMessage

PHONE, OTHER_PHONE = "13800138000", "13900139000"
PASSWORD = "correct-horse-battery"
# Public ones: an address of the documentation's networks counts as private.
HERE, ELSEWHERE = "8.8.8.8", "9.9.9.9"


def last_text(phone: str = PHONE) -> str:
    """Return the last message to a phone; numbers are encrypted, so that it is looked for one by one."""
    return next(one.text for one in OutboxMessage.objects.order_by("-pk") if one.phone == phone)


def last_code(phone: str = PHONE) -> str:
    """Return the code in it."""
    found = re.search(r"验证码 (\d{6})", last_text(phone))
    assert found
    return found[1]


def ask(client: Client, phone: str = PHONE, path: str = "/accounts/login/phone/", **extra: Any) -> Any:
    """Ask for a code; `extra` are fields, headers in capitals."""
    headers = {"REMOTE_ADDR": HERE} | {name: extra.pop(name) for name in list(extra) if name.isupper()}
    return client.post(path, {"phone": phone, **extra}, **headers)


def give(client: Client, code: str, **headers: Any) -> Any:
    """Type a code."""
    return client.post("/accounts/code/", {"code": code}, **({"REMOTE_ADDR": HERE} | headers))


def enter(client: Client, phone: str = PHONE, **extra: Any) -> Any:
    """Ask for a code and give it."""
    assert ask(client, phone, **extra).status_code == 302
    return give(client, last_code(phone))


def wrong(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def who(client: Client) -> str | None:
    """Return the id of who is signed in on a client."""
    return client.session.get("_auth_user_id")


def plain(response: Any) -> str:
    """Return a page without what differs for every request."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
