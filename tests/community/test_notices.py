from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from community.models import Notice, User
from community.workflow import notify, read_notices
from tests.factories import MOMENT, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[User]:
    return [UserFactory(username=f"person{n}") for n in range(3)]


def test_each_is_told_once_when_the_transaction_holds(
    people: list[User], django_capture_on_commit_callbacks: Any
) -> None:
    gone = UserFactory(is_active=False)
    with django_capture_on_commit_callbacks(execute=True):
        notify([*people, people[0], gone], "办到了：%(title)s", url="/issues/1/", at=MOMENT, title="井盖")
        assert not Notice.objects.exists()
    rows = list(Notice.objects.order_by("id"))
    assert [row.recipient for row in rows] == people
    assert {(row.text, row.url, row.created_at, row.read_at) for row in rows} == {
        ("办到了：井盖", "/issues/1/", MOMENT, None)
    }
    assert str(rows[0]) == "办到了：井盖"


def test_nobody_to_tell_is_fine(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        notify([], "没有人", url="/", at=MOMENT)
    assert not Notice.objects.exists()


def test_reading_marks_ones_own_and_keeps_the_first_time(people: list[User]) -> None:
    for person in people[:2]:
        Notice.objects.create(recipient=person, message="一句话", url="/", created_at=MOMENT)
    read_notices(by=people[0], at=MOMENT + timedelta(hours=1))
    read_notices(by=people[0], at=MOMENT + timedelta(hours=2))
    assert list(people[0].notices.values_list("read_at", flat=True)) == [MOMENT + timedelta(hours=1)]
    assert list(people[1].notices.unread()) == list(people[1].notices.all())


def test_values_are_never_read_as_placeholders(people: list[User]) -> None:
    notice = Notice(
        recipient=people[0], message="%(title)s", params={"title": "涨了 50%(s)"}, url="/", created_at=MOMENT
    )
    assert notice.text == "涨了 50%(s)"
    with translation.override("en"):
        assert notice.text == "涨了 50%(s)"
