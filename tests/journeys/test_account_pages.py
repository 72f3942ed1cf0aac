"""Pages that take a key, a code or a record first: in both modes, on a phone and on a desktop, with axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from tests.attacks import records
from tests.attacks.acts import accounts
from tests.attacks.addresses import signed_in
from tests.confirming import confirm
from tests.factories import District
from tests.journeys.conftest import DESKTOP, PHONE
from tests.journeys.test_pages import axe_faults, frame_faults

pytestmark = pytest.mark.journey
Visit = Callable[..., Page]


def opens(client: Client, visit: Visit, live_server: Any, **look: Any) -> Page:
    """Return a browser that goes on where a client is."""
    page = visit(**look)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    return page


def strangers(town: District) -> Iterator[tuple[Client, list[str]]]:
    """Give who is not signed in, with the pages that mails and codes lead to."""
    accounts.named(town)
    client = Client()
    accounts.give_reset_code(client, town)
    uid_key = accounts.reset_link(town)
    client.get(uid_key.missing[0][0])
    yield (
        client,
        [
            reverse("site_map"),
            reverse("new_password"),
            reverse("account_reset_password_done"),
            reverse("account_reset_password_from_key", args=uid_key.there),
            reverse("account_reset_password_from_key_done"),
            reverse("account_confirm_email", args=accounts.confirmation(town).there),
        ],
    )


def holders(town: District) -> Iterator[tuple[Client, list[str]]]:
    """Give who is signed in, with the pages on their ways to sign in."""
    accounts.with_codes(town)
    accounts.with_passkey(town)
    key = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN).pk
    yield (
        confirm(signed_in(town.resident)),
        [
            reverse("mfa_deactivate_totp"),
            reverse("mfa_generate_recovery_codes"),
            reverse("mfa_edit_webauthn", args=[key]),
            reverse("mfa_remove_webauthn", args=[key]),
            reverse("mfa_reauthenticate"),
            reverse("mfa_reauthenticate_webauthn"),
        ],
    )
    Authenticator.objects.all().delete()
    neighbour = town.neighbour
    neighbour.set_phone("13600130001", verified=True)
    neighbour.set_unusable_password()
    neighbour.save()
    yield confirm(signed_in(neighbour)), [reverse("account_set_password")]
    yield confirm(signed_in(neighbour), seconds_ago=100_000), [reverse("confirm_by_phone")]


def deciders(town: District) -> Iterator[tuple[Client, list[str]]]:
    """Give who decides about an appeal."""
    yield confirm(signed_in(town.worker)), [reverse("appeal", args=records.hiding(town).there)]


@pytest.mark.parametrize("mode", ["normal", "elder"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("people", [strangers, holders, deciders])
def test_pages(
    people: Callable[[District], Iterator[tuple[Client, list[str]]]], town: District, visit: Visit, live_server: Any,
    size: tuple[int, int], mode: str,
) -> None:  # fmt: skip
    """Axe finds no violation; one h1, landmarks, a skip link; no page scrolls sideways, and each is the one asked for."""
    faults: list[Any] = []
    for client, addresses in people(town):
        page = opens(client, visit, live_server, size=size, mode=mode)
        for address in addresses:
            answer = page.goto(address)
            assert answer is not None
            assert (answer.status, page.url.removeprefix(live_server.url)) == (200, address)
            faults += [(address, fault) for fault in [*frame_faults(page), *axe_faults(page)]]
    assert faults == []
