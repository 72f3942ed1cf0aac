"""The days of the desk, and the requests for verification on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from community.clock import SHANGHAI
from community.models import Clock, User, VerificationRequest
from community.queries import open_clocks_of
from community.workflow.verifying import refuse_request
from portal.desk import VerificationItem, desk_items
from portal.views.desk import week
from tests.factories import MOMENT, District, IssueFactory, UserFactory
from tests.factories.verifying import asked

pytestmark = pytest.mark.django_db
# A Tuesday.
START = date(2023, 11, 7)


def rows(clocks: Any) -> list[tuple[int, int | None, int]]:
    return [(row["day"].day, row["until"].day if "until" in row else None, row["count"]) for row in week(clocks, START)]


def test_days_off_that_follow_each_other_are_one_row() -> None:
    days = [(day, 12 if day == 11 else None, 0) for day in (7, 8, 9, 10, 11, 13, 14)]
    assert rows(Clock.objects.all()) == days


def test_a_day_off_on_which_a_term_ends_is_a_row_of_its_own(district: District) -> None:
    IssueFactory(area=district.compound)
    Clock.objects.update(due_at=datetime(2023, 11, 12, 9, tzinfo=SHANGHAI))
    assert rows(Clock.objects.all())[4:6] == [(11, None, 0), (12, None, 1)]


def test_terms_are_counted_by_the_days_of_shanghai_in_one_query(district: District) -> None:
    """Midnight is where people live; what is paused, over, or ends after the eight days is left out."""
    moments = [
        datetime(2023, 11, 6, 23, 59, 59, tzinfo=SHANGHAI), datetime(2023, 11, 7, tzinfo=SHANGHAI),
        datetime(2023, 11, 7, 23, 59, 59, 999_999, tzinfo=SHANGHAI), datetime(2023, 11, 8, 0, 30, tzinfo=SHANGHAI),
        datetime(2023, 11, 14, 23, 59, 59, tzinfo=SHANGHAI), datetime(2023, 11, 15, tzinfo=SHANGHAI),
    ]  # fmt: skip
    for moment in (*moments, moments[1]):
        issue = IssueFactory(area=district.compound)
        Clock.objects.of(issue).update(due_at=moment)
    Clock.objects.of(issue).update(paused_at=moments[0])
    clocks = open_clocks_of(User.objects.get(pk=district.worker.pk))
    with CaptureQueriesContext(connection) as counted:
        shown = rows(clocks)
    assert [(day, count) for day, _until, count in shown if count] == [(7, 2), (8, 1), (14, 1)]
    assert len([one for one in counted if "due_at" in one["sql"]]) == 1


def asked_by(number: int, district: District) -> list[VerificationRequest]:
    """Return the requests of that many people of the compound, who have no name here but the one they claim."""
    return [asked(UserFactory(), district.compound, MOMENT) for _number in range(number)]


def test_requests_for_verification_wait_in_their_lanes(district: District) -> None:
    over, soon, week_on, hold, later, decided = asked_by(6, district)
    issue = IssueFactory(area=district.compound)
    # Nine o'clock in the morning, the day after they asked.
    now = MOMENT + timedelta(days=1)
    due = {over: -timedelta(hours=1), soon: timedelta(hours=9), week_on: timedelta(days=3), later: timedelta(days=20)}
    for request, left in due.items():
        Clock.objects.of(request).update(due_at=now + left)
    Clock.objects.of(issue).update(due_at=now + timedelta(days=2))
    Clock.objects.of(hold).update(paused_at=now)
    refuse_request(decided, by=district.worker, at=now, reason="和证件对不上")

    def rows_of(lane: str, user: User = district.worker) -> list[Any]:
        items = desk_items(open_clocks_of(user), user, now, lane=lane, most=30)
        return [item.request if isinstance(item, VerificationItem) else item.issue for item in items]

    lanes = {lane: rows_of(lane) for lane in ("over", "soon", "week", "hold")}
    assert lanes == {"over": [over], "soon": [soon], "week": [issue, week_on], "hold": [hold]}
    assert rows_of("") == [over, soon, issue, week_on, later, hold]
    for who in ("neighbour_worker", "other_worker", "town_officer", "handler", "auditor"):
        assert rows_of("", getattr(district, who)) == [], who


def test_a_row_says_who_waits_and_where(district: District, client_of: Callable[[Any], Client]) -> None:
    (request,) = asked_by(1, district)
    Clock.objects.update(due_at=MOMENT + timedelta(days=1))
    (item,) = desk_items(open_clocks_of(district.worker), district.worker, MOMENT, lane="", most=30)
    assert (item.tag, item.title, item.text, item.place, item.action, item.tap_url, item.is_escalated) == (
        "核验", "王*申请实名核验", request.get_method_display(), "东园小区", "去核验", "", False,
    )  # fmt: skip
    assert (item.url, item.left.lane, item.left.text) == (
        reverse("verification", args=[request.pk]), "week", "还剩 1 天",
    )  # fmt: skip
    page = client_of(district.worker).get("/desk/").content.decode()
    assert f'href="{item.url}"' in page
    assert "王*申请实名核验" in page
    assert "王秀英" not in page
    assert client_of(district.worker).get(item.url).status_code == 200


def test_requests_cost_the_desk_the_same_queries(district: District, client_of: Callable[[Any], Client]) -> None:
    client, counts = client_of(district.worker), []
    for number in (1, 24):
        asked_by(number, district)
        client.get("/desk/")
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/desk/")
        counts.append((len(page.context["items"]), len(queries)))
    (few, least), (many, most) = counts
    assert (few, many) == (1, 25)
    assert most == least
