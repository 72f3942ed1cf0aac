"""Pages by cursor: no row twice, none left out, in whatever order; and nothing but our own cursors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.core.signing import b64_decode
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.test import RequestFactory

from community.models import Appointment, Notice, Unit
from community.paging import asked, counted, encode, next_url, page
from tests.community.appointed import now
from tests.factories import District, UnitFactory

pytestmark = pytest.mark.django_db


def walk(rows: Any, order: tuple[str, ...], size: int) -> list[Any]:
    """Return all rows as somebody sees them who goes on to the end."""
    seen, cursor = [], ""
    while True:
        shown, cursor = page(rows, order, cursor, size)
        seen += shown
        if not cursor:
            return seen
        assert len(shown) == size


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "order", [("name", "pk"), ("-name", "-pk"), ("area__path", "name", "pk"), ("kind", "-valid_from", "pk"), ("-pk",)]
)
def test_every_row_once_in_its_order(district: District, order: tuple[str, ...], size: int) -> None:
    for number in range(7):
        UnitFactory(area=district.community if number % 2 else district.other_community, name=f"单位{number % 3}")
    units = Unit.objects.select_related("area")
    assert walk(units, order, size) == list(units.order_by(*order))


@pytest.mark.parametrize("size", [1, 2])
def test_moments_days_and_what_is_computed(district: District, size: int) -> None:
    moment = now()
    for number in range(5):
        at = moment - timedelta(microseconds=number // 2)
        Notice.objects.create(recipient=district.resident, message="一句话", url="/", created_at=at)
    order = ("-created_at", "-pk")
    assert walk(Notice.objects.all(), order, size) == list(Notice.objects.order_by(*order))
    held = Appointment.objects.annotate(
        path=Coalesce("area__path", Value("")), day=Coalesce(F("reviewed_on"), F("starts_on"))
    )
    for order in (("role", "path", "pk"), ("day", "pk"), ("-day", "path", "pk")):
        assert walk(held, order, size) == list(held.order_by(*order))


def test_a_row_that_has_gone_leaves_no_hole(district: District) -> None:
    order = ("name", "pk")
    whole = list(Unit.objects.order_by(*order))
    cursor = encode(whole[1], order)
    rows = Unit.objects.exclude(pk=whole[1].pk)
    assert page(rows, order, cursor, 50)[0] == whole[2:]


@pytest.mark.parametrize("cursor", ["", "x", "\x00", "名", "a:b:c", "1" * 4000])
def test_what_is_no_cursor_starts_at_the_top(district: District, cursor: str) -> None:
    order = ("name", "pk")
    assert page(Unit.objects.all(), order, cursor, 1)[0] == [Unit.objects.order_by(*order)[0]]


def test_a_cursor_of_another_list_starts_at_the_top(district: District) -> None:
    last = Unit.objects.order_by("-pk")[0]
    for cursor in (encode(last, ("-name", "pk")), signing.Signer().sign_object([last.name, last.pk])):
        assert page(Unit.objects.all(), ("name", "pk"), cursor, 50)[0] == list(Unit.objects.order_by("name", "pk"))


def test_a_row_has_one_cursor(district: District) -> None:
    """Signed without a moment: the next page of a kept one has one address for everybody, whenever it is asked for."""
    first = Unit.objects.order_by("pk")[0]
    values, _colon, signature = encode(first, ("pk",)).partition(":")
    assert (b64_decode(values.encode()).decode(), ":" in signature) == (f"[{first.pk}]", False)


def test_what_the_address_asks_for_goes_along() -> None:
    request = RequestFactory().get("/desk/units/", {"q": "物业 & 公司", "after": "old"})
    assert next_url(request.GET, "new") == "?q=%E7%89%A9%E4%B8%9A+%26+%E5%85%AC%E5%8F%B8&after=new"
    assert next_url(request.GET, "") == ""
    assert asked(request.GET) == "q=%E7%89%A9%E4%B8%9A+%26+%E5%85%AC%E5%8F%B8"


def test_counting_stops_at_a_hundred(district: District) -> None:
    assert counted(Unit.objects.order_by("name")) == Unit.objects.count()
    at = now()
    Notice.objects.bulk_create(
        Notice(recipient=district.resident, message="一句话", url="/", created_at=at) for _number in range(120)
    )
    assert counted(Notice.objects.all()) == 100
