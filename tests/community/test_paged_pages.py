"""The lists that go on by cursor: each row once from page to page, and as many queries for one row as for many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from community.models import Appointment, CompoundProfile, Unit
from community.models.areas import AreaKind
from community.queries import today
from community.roles import Role
from tests.factories import AppointmentFactory, AreaFactory, District, IssueFactory, UnitFactory

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Any], Client]


def worker(district: District) -> Any:
    return AppointmentFactory(area=district.community).pk


def member(district: District) -> Any:
    return AppointmentFactory(area=None, unit=district.property, role=Role.HANDLER).pk


def unit(district: District) -> Any:
    return UnitFactory(area=district.community, name=f"单位{Unit.objects.count() % 4}-{Unit.objects.count()}").pk


def compound(district: District) -> Any:
    return AreaFactory(parent=district.community, kind=AreaKind.COMPOUND).pk


def ending_compound(district: District) -> Any:
    area = AreaFactory(parent=district.community, kind=AreaKind.COMPOUND)
    CompoundProfile.objects.create(
        area=area, self_governance="owners_committee", committee_since=today(), term_from=today(), term_to=today()
    )
    return area.pk


def issue(district: District) -> Any:
    return IssueFactory(area=district.compound, reporter=district.resident).pk


# page: (who looks, what one more row is, its address, the size of a page, what the address asks for)
LISTS: dict[str, tuple[str, Callable[[District], Any], str, int, dict[str, str]]] = {
    "appointments": ("town_officer", worker, "appointments", 30, {"role": "community_worker"}),
    "reviews": ("town_officer", worker, "appointment_reviews", 30, {}),
    "matrix": ("auditor", worker, "matrix", 50, {"role": "community_worker"}),
    "units": ("town_officer", unit, "units", 30, {"kind": "property_company"}),
    "members": ("town_officer", member, "unit", 30, {}),
    "compounds": ("worker", compound, "compounds", 30, {}),
    "ending": ("worker", ending_compound, "compounds", 30, {"ending": "1"}),
    "my": ("resident", issue, "my", 20, {}),
}


def shown(answer: Any) -> list[int]:
    """Return the keys of the rows on a page."""
    assert answer.status_code == 200
    context = answer.context
    rows = [one["issue"] for one in context["items"]] if "items" in context else context["rows"]
    return [one.pk for one in rows]


@pytest.mark.parametrize("name", LISTS)
def test_each_row_once_from_page_to_page(district: District, client_of: ClientOf, name: str) -> None:
    who, add, address, size, asked = LISTS[name]
    made = {add(district) for _number in range(2 * size)}
    client, path = (
        client_of(getattr(district, who)),
        reverse(address, args=[district.property.pk] * (name == "members")),
    )
    answer = client.get(path, asked)
    seen, sizes = shown(answer), [len(shown(answer))]
    while following := answer.context["next_url"]:
        assert f'rel="next" href="{following.replace("&", "&amp;")}"' in answer.content.decode()
        answer = client.get(f"{path}{following}")
        seen += shown(answer)
        sizes.append(len(shown(answer)))
    assert len(seen) == len(set(seen))
    assert made <= set(seen)
    assert sizes[:-1] == [size] * (len(sizes) - 1)
    assert sizes[-1] > 0
    assert 'rel="next"' not in answer.content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_as_many_queries_for_one_row_as_for_three(district: District, client_of: ClientOf, name: str) -> None:
    who, add, address, size, asked = LISTS[name]
    client, path = (
        client_of(getattr(district, who)),
        reverse(address, args=[district.property.pk] * (name == "members")),
    )
    counts = []
    for more in (1, 2, size):
        for _number in range(more):
            add(district)
        client.get(path, asked)
        with CaptureQueriesContext(connection) as counted:
            client.get(path, asked)
        counts.append(len(counted))
        assert not any("OFFSET" in one["sql"] for one in counted)
    assert counts == [counts[0]] * 3


@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_that_is_none_starts_at_the_top(district: District, client_of: ClientOf, name: str) -> None:
    who, add, address, _size, asked = LISTS[name]
    add(district)
    client, path = (
        client_of(getattr(district, who)),
        reverse(address, args=[district.property.pk] * (name == "members")),
    )
    whole = shown(client.get(path, asked))
    assert whole
    for cursor in ("x", "0", "1:2:3", "2023-01-01T00:00:00_x", "%00"):
        assert shown(client.get(path, {**asked, "after": cursor})) == whole


@pytest.mark.parametrize("name", ["appointments", "matrix"])
def test_more_than_a_hundred_are_not_counted(district: District, client_of: ClientOf, name: str) -> None:
    for _number in range(101):
        worker(district)
    who, words = {"appointments": ("town_officer", "100 项以上等复核"), "matrix": ("auditor", "共 100 项以上。")}[name]
    assert words in client_of(getattr(district, who)).get(reverse(name)).content.decode()
    assert Appointment.objects.count() > 101


def test_open_work_is_counted_by_the_database(district: District, client_of: ClientOf) -> None:
    """However much is open, it is one query."""
    held, counts = Appointment.objects.get(user=district.worker), []
    client = client_of(district.town_officer)
    for more in (1, 2, 20):
        for _number in range(more):
            issue(district)
        client.get(held.get_absolute_url())
        with CaptureQueriesContext(connection) as counted:
            answer = client.get(held.get_absolute_url())
        counts.append(len(counted))
    assert answer.context["work"] == [{"label": "问题", "count": 23}]
    assert counts == [counts[0]] * 3
