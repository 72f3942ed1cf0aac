"""A deadlock, or a database that stays locked, is a page that asks to try again; nothing has been written."""

from __future__ import annotations

import sqlite3
import time
from threading import Event
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client, RequestFactory

from community.models import Appointment
from deliberation.models import Issue, IssueEvent
from deliberation.states import IssueState
from portal.conflict import ConflictMiddleware, is_conflict
from tests.attacks.addresses import BACKEND
from tests.community.threads import together
from tests.factories import District, IssueFactory, build_district

ON_POSTGRES = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one transaction at a time")
ON_SQLITE = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows")
SENTENCE = "刚才有人同时在改，请再试一次"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def accepting(district: District, issue: Issue) -> Any:
    """Return what the worker reads who accepts an issue."""
    client = Client(raise_request_exception=False, headers={"accept-language": "zh-CN"})
    client.force_login(district.worker, backend=BACKEND)
    return client.post(
        f"{issue.get_absolute_url()}accept/", headers={"referer": f"http://testserver{issue.get_absolute_url()}"}
    )


def wait_until_somebody_waits() -> None:
    until = time.monotonic() + 30
    waiting = 0
    while not waiting and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            waiting = cursor.fetchone()[0]
        time.sleep(0.02)
    assert waiting


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
def test_a_deadlock_is_a_sentence() -> None:
    """Another session holds the actor's role and asks for the issue, which the act holds while it asks for the role."""
    district = build_district()
    issue = IssueFactory(area=district.community, community=district.community)
    began = Event()

    def other() -> str:
        with transaction.atomic():
            list(Appointment.objects.select_for_update().filter(user=district.worker))
            began.set()
            wait_until_somebody_waits()
            return str(Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk))

    def act() -> Any:
        began.wait(timeout=30)
        return accepting(district, issue)

    answered, name = together(act, other)
    assert (answered.status_code, name) == (409, str(issue))
    assert SENTENCE in answered.content.decode()
    assert f'href="{issue.get_absolute_url()}"' in answered.content.decode()
    issue.refresh_from_db()
    assert (issue.state, IssueEvent.objects.filter(issue=issue, verb="accept").exists()) == (IssueState.RAISED, False)
    assert accepting(district, issue).status_code == 302


@ON_SQLITE
@pytest.mark.django_db(transaction=True)
def test_a_locked_database_is_a_sentence() -> None:
    district = build_district()
    issue = IssueFactory(area=district.community, community=district.community)
    client = Client(raise_request_exception=False, headers={"accept-language": "zh-CN"})
    client.force_login(district.worker, backend=BACKEND)
    address = f"{issue.get_absolute_url()}accept/"
    client.get(issue.get_absolute_url())
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 50")
        other.execute("BEGIN IMMEDIATE")
        answered = client.post(address)
        other.execute("ROLLBACK")
    finally:
        other.close()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 30000")
    assert (answered.status_code, SENTENCE in answered.content.decode()) == (409, True)
    issue.refresh_from_db()
    assert issue.state == IssueState.RAISED
    assert client.post(address).status_code == 302


def error_of(cause: Exception) -> OperationalError:
    """Return an error as Django raises it for one of the driver."""
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


class Driver(Exception):  # noqa: N818  (stands for what either driver raises)
    """An error of a driver, by the code that it carries."""

    def __init__(self, **codes: Any) -> None:
        super().__init__("of the driver")
        vars(self).update(codes)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ({"sqlstate": "40P01"}, True),
        ({"sqlstate": "40001"}, True),
        ({"sqlstate": "55P03"}, True),
        ({"sqlstate": "57P01"}, False),
        ({"sqlite_errorcode": 5}, True),
        ({"sqlite_errorcode": 517}, True),
        ({"sqlite_errorcode": 6}, True),
        ({"sqlite_errorcode": 10}, False),
        ({}, False),
    ],
)
def test_which_errors_are_conflicts(codes: dict[str, Any], expected: bool) -> None:
    assert is_conflict(error_of(Driver(**codes))) == expected
    other = DatabaseError("of the driver")
    other.__cause__ = Driver(**codes)
    assert not is_conflict(other)


@pytest.mark.parametrize(("method", "status"), [("post", 409), ("get", None), ("head", None)])
def test_a_page_that_is_read_stays_an_error(method: str, status: int | None) -> None:
    request = getattr(RequestFactory(), method)("/issues/")
    answered = ConflictMiddleware(lambda _request: None).process_exception(request, error_of(Driver(sqlstate="40P01")))
    assert (answered.status_code if answered else None) == status
