"""Who does what: every address that takes a form × every role, own and other area, own and other record.

Whoever may, does it, and something is written. Whoever may not is refused, and nothing is.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.core.cache import caches
from django.db import connection
from django.db.models import DateTimeField, Field, FileField, UUIDField
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry

from community.models import AddressLetter, OutboxMessage, PhoneCode, Recovery, User
from deliberation.models import Ballot, RollEntry
from tests.attacks.acts import ACTS, LOGIN, Act, Given
from tests.attacks.addresses import every_address, ours, read, signed_in, tables_written
from tests.attacks.records import Made
from tests.attacks.test_forms import PRIVILEGES
from tests.confirming import confirm
from tests.factories import District
from tests.test_addresses import ROLES, rolled_back

pytestmark = pytest.mark.django_db
REFUSALS = {403, 404, 405, 409, 422}
# The same path as sign_up, which stands before it.
SHADOWED = {"account_signup"}
# What a device signs: tests/journeys/test_signing_in.py does it in a browser that has one.
DEVICES = {"mfa_add_webauthn", "mfa_reauthenticate_webauthn"}
# What answers a form as it answers a reader: feeds, maps of the site, pages and documents of Wagtail; and one's own
# recovery codes, which are not found where there are none.
READERS = {
    "mfa_download_recovery_codes",
    "issue_feed", "topic_feed", "disclosure_feed", "news_feed", "sitemap_index", "django.contrib.sitemaps.views.sitemap", "",
    "wagtaildocs_serve", "wagtaildocs_authenticate_with_password", "wagtailcore_authenticate_with_password",
    "wagtailcore_login", "wagtail_serve", "styleguide",
}  # fmt: skip
ASKED = ("anonymous", "worker")


def browser(district: District, role: str) -> Client:
    """Return a browser of the person of a role, who has just confirmed being themself."""
    user = getattr(district, role, None)
    client = signed_in(user)
    return client if user is None else confirm(client)


def address_of(key: str, act: Act, made: Made) -> str:
    """Return the address of a row."""
    name = key.split(maxsplit=1)[0]
    return reverse(name, args=[*made.there, *([act.verb] if act.verb else [])]) + act.query


def do(key: str, act: Act, given: Given) -> tuple[HttpResponse, set[str]]:
    """Send a row's form; return the answer, and the tables that were written meanwhile."""
    # The limits by address would turn the last ones away, whoever they are.
    caches["default"].clear()
    act.before(given.client, given.district)
    fields = act.form(given)
    with tables_written() as tables:
        response = given.client.post(address_of(key, act, given.made), fields)
        read(response)
    return response, tables


def fault_of(act: Act, role: str, response: HttpResponse, tables: set[str]) -> str:
    """Return what is wrong with an answer, or ''."""
    status, location = response.status_code, response.headers.get("Location", "")
    found = f"{role}: {status} {location} {sorted(tables)}"
    if role in act.may:
        is_done = status == 200 or (status == 302 and (LOGIN in act.led or not location.startswith(LOGIN)))
        return "" if is_done and bool(tables) != act.reads else found
    if tables - act.passing:
        return found
    if status == 302:
        led = (LOGIN,) if role == "anonymous" and not act.led else act.led
        led = (*led, LOGIN) if role == "anonymous" else led
        return "" if location.split("?")[0] in led else found
    is_refused = role != "anonymous" and status in {*REFUSALS, *act.others}
    return "" if is_refused else found


def test_every_address_that_takes_a_form_is_in_the_table(district: District) -> None:
    """A new one comes with its row; who only looks at a page is told so."""
    taking = set()
    for role in ASKED:
        client = browser(district, role)
        for one in every_address():
            if ours(one):
                response = client.post(one.sample)
                read(response)
                # Who has not signed in is asked to, whatever the address takes.
                asks = role == "anonymous" and response.headers.get("Location", "").startswith(f"{LOGIN}?")
                taking |= {one.name} if response.status_code != 405 and not asks else set()
    assert taking == {key.split(maxsplit=1)[0] for key in ACTS} | SHADOWED | DEVICES | READERS


@pytest.mark.parametrize("role", ROLES)
def test_a_reader_takes_nothing(district: District, role: str) -> None:
    """What answers a form like a reader's question writes nothing."""
    client = browser(district, role)
    addresses = [one.sample for one in every_address() if ours(one) and one.name in READERS]
    with tables_written() as tables:
        for address in [*addresses, "/", "/sitemap-issues.xml"]:
            read(client.post(address, {"title": "x", "body": "x"}))
    assert tables == set()


@pytest.mark.parametrize("key", ACTS)
def test_who_does_it(district: District, key: str) -> None:
    act = ACTS[key]
    made = act.build(district)
    faults = []
    for role in ROLES:
        with rolled_back():
            response, tables = do(key, act, Given(district, made, browser(district, role)))
            faults.append(fault_of(act, role, response, tables))
    assert [fault for fault in faults if fault] == []


# --- Fields that a form does not have -------------------------------------------------------------------
def extras(district: District) -> dict[str, Any]:
    """Return what somebody would add who knows the columns: everything by which they would gain something."""
    stranger, place = district.neighbour, district.other_compound
    people = {"user", "owner", "by", "reporter", "recipient", "author", "appointed_by", "delegated_from",
              "shares_phone_of"}  # fmt: skip
    values: dict[str, Any] = dict.fromkeys(PRIVILEGES, "1") | dict.fromkeys(people, stranger.pk)
    values |= {f"{name}_id": stranger.pk for name in people} | {f"{name}_id": place.pk for name in ("area", "home")}
    values |= dict.fromkeys(("at", "verified_at", "erased_at", "created_at", "raised_at", "given_at"), "2020-01-01")
    values |= {"verification": "verified", "state": "closed", "id": 1, "pk": 1, "town": place.town_id, "unit_id": 1}
    values |= {"role": "superuser", "resident_id": stranger.resident.pk, "household_id": 1, "is_urgent": "1"}
    return values


def steady(field: Field[Any, Any], value: Any, known: dict[str, set[Any]]) -> Any:
    """Return a value without what differs each time: moments, tokens, secrets, and numbers of rows made anew."""
    target = field.related_model or (field.model if field.primary_key else None)
    if target is not None and target._meta.label in known:
        return value if value is None or str(value) in known[target._meta.label] else "new"
    if isinstance(field, DateTimeField | UUIDField | FileField) or (field.model, field.name) in DRAWN:
        return bool(value)
    text = json.dumps(value, default=str, ensure_ascii=False, sort_keys=True)
    if field.name == "data" and field.model is Authenticator:
        return sorted(value)
    # A message holds a code; and a sequence of PostgreSQL goes on where a row was taken back.
    is_numbered = field.model is OutboxMessage or connection.vendor != "sqlite"
    return re.sub(r"\d+", "#", text) if is_numbered else text


def rows_known() -> dict[str, set[Any]]:
    """Return the numbers of all rows of ours, by table."""
    return {model._meta.label: {str(pk) for pk in model._base_manager.values_list("pk", flat=True)} for model in OURS}


def rows_of(known: dict[str, set[Any]]) -> dict[str, list[str]]:
    """Return every row of ours with all its columns, in an order of their own."""
    found = {}
    for model in OURS:
        fields = model._meta.concrete_fields
        rows = model._base_manager.values_list(*(field.attname for field in fields))
        found[model._meta.label] = sorted(
            str({one.name: steady(one, value, known) for one, value in zip(fields, row, strict=True)}) for row in rows
        )
    return found


OURS = [
    *(model for app in ("community", "deliberation", "portal", "account", "mfa")
      for model in apps.get_app_config(app).get_models()),
    ModelLogEntry,
    UserSession,
]  # fmt: skip
# What is drawn anew each time.
DRAWN = {
    (Ballot, "tie_seed"),
    (Ballot, "public_key"),
    (RollEntry, "box"),
    (User, "password"),
    (PhoneCode, "code_hash"),
    (AddressLetter, "code_hash"),
    (Recovery, "slip_hash"),
    (UserSession, "session_key"),
}


@pytest.mark.parametrize("key", [key for key, act in ACTS.items() if act.may and not act.reads])
def test_a_field_that_a_form_does_not_have_changes_nothing(district: District, key: str) -> None:
    """The same form with every privilege added writes the same rows."""
    act = ACTS[key]
    made = act.build(district)
    role = min(act.may, key=ROLES.index)
    known, written = rows_known(), []
    for added in ({}, extras(district)):
        with rolled_back():
            enriched = act._replace(form=lambda given, added=added: {**added, **act.form(given)})
            response, tables = do(key, enriched, Given(district, made, browser(district, role)))
            assert tables
            written.append((response.status_code, rows_of(known)))
    assert written[0][0] == written[1][0]
    for table, rows in written[0][1].items():
        assert written[1][1][table] == rows, table
