"""What a row of the table is, and what several rows are made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.test import Client

from community.queries import today
from tests.attacks.records import Made
from tests.factories import District

SECRET = "JBSWY3DPEHPK3PXP"
NEW_PHONE, FAMILY_PHONE = "13700137000", "13700137001"
ANYBODY_NOT_IN = {"anonymous"}
STAFF_OF_PLACE = {"worker", "town_officer"}
PLACE_AND_ABOVE = {"worker", "town_officer", "district_officer"}
CHANGERS = {"district_officer", "administrator"}
KEEPERS_OF_UNITS = {"town_officer", "district_officer"}
# Whoever holds an office hands it over before they leave.
FREE_TO_LEAVE = {"resident", "neighbour", "newcomer", "other_resident", "superuser"}
# Where somebody lands who opens a page of signing in and is signed in already.
LANDINGS = ("/my/", "/desk/", "/admin/")
LOGIN = "/accounts/login/"


class Given(NamedTuple):
    """What a row's form is made of: the district, the record, and the browser that is about to send it."""

    district: District
    made: Made
    client: Client


def no_record(district: District) -> Made:
    """Make nothing: the address has no argument."""
    return Made((), ())


def no_fields(given: Given) -> dict[str, Any]:
    """Send a button alone."""
    return {}


def no_step(client: Client, district: District) -> None:
    """Come to the form directly."""


class Act(NamedTuple):
    """Who may send the form of an address; and what somebody meets who may not.

    `before` is what a browser does first. `led` are addresses to which those are led for whom there is nothing to
    send, or where it leads to sign in that it is done; `others` are statuses beside the usual refusals. `reads` says that the form only asks, and writes nothing.
    `passing` names tables in which a refusal leaves a trace.
    """

    may: set[str]
    form: Callable[[Given], dict[str, Any]] = no_fields
    build: Callable[[District], Made] = no_record
    verb: str = ""
    query: str = ""
    before: Callable[[Client, District], None] = no_step
    led: tuple[str, ...] = ()
    others: tuple[int, ...] = ()
    reads: bool = False
    passing: frozenset[str] = frozenset()


def fixed(**fields: Any) -> Callable[[Given], dict[str, Any]]:
    """Return a form whose fields are the same for everybody."""
    return lambda given: dict(fields)


def day(shift: int = 0) -> str:
    """Return a day as a form has it, counted from today."""
    return (today() + timedelta(days=shift)).isoformat()
