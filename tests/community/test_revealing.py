"""Every look at a personal value has a reason, a limit and a line in the person's own log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from wagtail.models import ModelLogEntry

from community.errors import BadInput, NotAllowed, WrongState
from community.forms.residents import RevealForm
from community.models import Notice, Resident, Reveal, Rule
from community.models.people import Verification
from community.models.privacy import REGISTER_REASONS, RevealReason
from community.workflow.revealing import reveal_claim, reveal_field
from community.workflow.verifying import verify_request
from tests.community.threads import together
from tests.factories import MOMENT, District, ResidentFactory, build_district
from tests.factories.verifying import asked, id_number_of

pytestmark = pytest.mark.django_db
WHY = {"reason": "handling", "note": "EC-2023-000001 的事"}


@pytest.fixture
def resident(district: District) -> Resident:
    row = Resident.objects.select_related("user").get(user=district.resident)
    row.name, row.phone, row.id_number, row.address = "王秀英", "13800138000", id_number_of(), "3 栋 501"
    row.save()
    return row


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "王秀英"), ("phone", "13800138000"), ("id_number", id_number_of()), ("address", "3 栋 501")],
)
def test_reveal(
    district: District,
    resident: Resident,
    django_capture_on_commit_callbacks: Callable[..., Any],
    field: str,
    value: str,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert reveal_field(resident, by=district.worker, at=MOMENT, field=field, **WHY) == value
    look = Reveal.objects.get()
    assert (look.resident, look.field, look.reason, look.note) == (resident, field, "handling", WHY["note"])
    assert (look.by, look.role, look.area, look.unit, look.at) == (
        district.worker, "community_worker", district.community, None, MOMENT
    )  # fmt: skip
    assert [(one.recipient, one.url) for one in Notice.objects.all()] == [(district.resident, "/my/privacy/log/")]
    line = ModelLogEntry.objects.get()
    assert (line.action, line.user, line.data) == (
        "resident.reveal", district.worker, {"fields": [field], "reason": "handling"}
    )  # fmt: skip


def test_phone_and_name_of_the_account(district: District, resident: Resident) -> None:
    resident.phone = resident.name = ""
    resident.save()
    district.resident.set_phone("13900139000")
    district.resident.save()
    assert reveal_field(resident, by=district.worker, at=MOMENT, field="phone", **WHY) == "13900139000"
    assert reveal_field(resident, by=district.worker, at=MOMENT, field="name", **WHY) == "张三"


@pytest.mark.parametrize("who", [*District._fields[12:]])
def test_who_looks(district: District, resident: Resident, who: str) -> None:
    """Those who serve the place; no auditor, no overseer, and not the person's neighbours."""
    call = lambda: reveal_field(resident, by=getattr(district, who), at=MOMENT, field="phone", **WHY)  # noqa: E731
    if who in ("worker", "worker2", "town_officer"):
        assert call() == "13800138000"
    else:
        with pytest.raises(NotAllowed, match="不负责"):
            call()
    assert Reveal.objects.exists() == (who in ("worker", "worker2", "town_officer"))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"field": "blood_type"}, "field"),
        ({"reason": "curiosity"}, "reason"),
        ({"reason": "verifying"}, "reason"),
        ({"note": "  "}, "note"),
        ({"note": "长" * 201}, "note"),
    ],
)
def test_looks_without_a_reason(district: District, resident: Resident, values: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        reveal_field(resident, by=district.worker, at=MOMENT, **{"field": "phone", **WHY, **values})
    assert refused.value.field == field
    assert not Reveal.objects.exists()


def test_what_is_not_there(district: District, resident: Resident) -> None:
    resident.address = ""
    resident.save()
    with pytest.raises(BadInput, match="没有登记"):
        reveal_field(resident, by=district.worker, at=MOMENT, field="address", **WHY)


def test_a_day_has_a_limit(district: District, resident: Resident) -> None:
    Rule.objects.filter(key="reveal.daily").update(value=2)
    Rule.objects.filter(key="reveal.daily.verifying").update(value=4)
    for _ in range(2):
        reveal_field(resident, by=district.worker, at=MOMENT, field="phone", **WHY)
    with pytest.raises(NotAllowed, match="2 次"):
        reveal_field(resident, by=district.worker, at=MOMENT, field="phone", **WHY)
    # Others, tomorrow, and what verification needs are not touched by that.
    reveal_field(resident, by=district.worker2, at=MOMENT, field="phone", **WHY)
    reveal_field(resident, by=district.worker, at=MOMENT + timedelta(days=1), field="phone", **WHY)
    request = asked(district.newcomer, district.compound, MOMENT, id_number=id_number_of(order=107))
    assert len(reveal_claim(request, by=district.worker, at=MOMENT)) == 3
    with pytest.raises(NotAllowed, match="4 次"):
        reveal_claim(request, by=district.worker, at=MOMENT)


def test_the_register_has_one_limit_whatever_the_reason(district: District, resident: Resident) -> None:
    """The larger number that verification may look at is for claims alone."""
    Rule.objects.filter(key="reveal.daily").update(value=len(REGISTER_REASONS))
    for reason in REGISTER_REASONS:
        reveal_field(resident, by=district.worker, at=MOMENT, field="phone", reason=reason, note="家里漏水")
    for reason in (*REGISTER_REASONS, RevealReason.VERIFYING):
        with pytest.raises((NotAllowed, BadInput)):
            reveal_field(resident, by=district.worker, at=MOMENT, field="phone", reason=reason, note="家里漏水")
    assert Reveal.objects.count() == len(REGISTER_REASONS)
    form = RevealForm({"field": "phone", "reason": "verifying", "note": "家里漏水"})
    assert (form.is_valid(), list(form.errors)) == (False, ["reason"])
    assert [value for value, _label in form.fields["reason"].choices] == ["", *REGISTER_REASONS]


def test_a_look_at_the_register_is_none_at_the_claim(district: District) -> None:
    request = asked(district.newcomer, district.compound, MOMENT, id_number=id_number_of(order=107))
    row = request.resident
    row.home, row.id_number = district.compound, id_number_of(order=109)
    row.save()
    for reason in REGISTER_REASONS:
        reveal_field(row, by=district.worker, at=MOMENT, field="id_number", reason=reason, note="核对")
    with pytest.raises(WrongState, match="先打开填的内容"):
        verify_request(request, by=district.worker, at=MOMENT, paper="id_card")
    # A look at another claim of the same worker is none at this one either.
    reveal_claim(asked(district.resident, district.compound, MOMENT), by=district.worker, at=MOMENT)
    with pytest.raises(WrongState, match="先打开填的内容"):
        verify_request(request, by=district.worker, at=MOMENT, paper="id_card")
    reveal_claim(request, by=district.worker, at=MOMENT)
    assert verify_request(request, by=district.worker, at=MOMENT, paper="id_card").state == "verified"


def test_a_claim_shows_what_was_typed(district: District) -> None:
    request = asked(district.newcomer, district.compound, MOMENT)
    assert reveal_claim(request, by=district.worker, at=MOMENT) == {
        "name": "王秀英", "id_number": id_number_of(), "address": "3 栋 2 单元 501"
    }  # fmt: skip
    assert list(Reveal.objects.order_by("pk").values_list("field", "reason")) == [
        ("name", "verifying"), ("id_number", "verifying"), ("address", "verifying")
    ]  # fmt: skip


def test_somebody_without_an_account(district: District) -> None:
    person = ResidentFactory(user=None, home=district.compound, name="李奶奶", verification=Verification.UNVERIFIED)
    assert reveal_field(person, by=district.worker, at=MOMENT, field="name", **WHY) == "李奶奶"


def test_a_look_stays(district: District, resident: Resident) -> None:
    reveal_field(resident, by=district.worker, at=MOMENT, field="phone", **WHY)
    for change in (
        lambda: Reveal.objects.update(note="x"),
        lambda: Reveal.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_the_last_look_of_a_day_is_one() -> None:
    district = build_district()
    row = Resident.objects.get(user=district.resident)
    Rule.objects.filter(key="reveal.daily").update(value=1)
    outcomes = together(*[lambda: reveal_field(row, by=district.worker, at=MOMENT, field="name", **WHY)] * 3)
    assert sorted(type(one).__name__ for one in outcomes) == ["NotAllowed", "NotAllowed", "str"]
    assert Reveal.objects.count() == 1
