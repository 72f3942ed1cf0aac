"""A verification ends: by its day, by moving, by revocation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Household, Notice, Resident, User, VerificationRecord
from community.models.people import Verification
from community.models.verifying import VerificationOutcome
from community.workflow.standing import move_home, revoke_verification, sweep_verifications
from tests.community.threads import together
from tests.factories import MOMENT, District, ResidentFactory, build_district
from tests.factories.verifying import asked, id_number_of

pytestmark = pytest.mark.django_db
TODAY = MOMENT.date()


def verified(district: District, **fields: Any) -> Resident:
    row = Resident.objects.get(user=district.resident)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row


def told() -> list[tuple[str, str]]:
    return sorted((one.recipient.username, one.text) for one in Notice.objects.select_related("recipient"))


# --- Running out -------------------------------------------------------------------------------
def test_runs_out(district: District, django_capture_on_commit_callbacks: Callable[..., Any]) -> None:
    resident = verified(district, verified_until=TODAY)
    assert sweep_verifications(at=MOMENT) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_verifications(at=MOMENT + timedelta(days=1)) == 1
    resident.refresh_from_db()
    assert (resident.verification, resident.verified_until) == (Verification.EXPIRED, None)
    record = VerificationRecord.objects.get()
    assert (record.outcome, record.by, record.area) == (
        VerificationOutcome.EXPIRED, User.objects.clock(), district.compound
    )  # fmt: skip
    assert told() == [("resident", "您的实名核验到期了，请重新核验")]
    assert sweep_verifications(at=MOMENT + timedelta(days=2)) == 0


@pytest.mark.parametrize(("days", "is_told"), [(31, False), (30, True), (1, True), (0, True)])
def test_told_before_once(
    district: District, django_capture_on_commit_callbacks: Callable[..., Any], days: int, is_told: bool
) -> None:
    until = TODAY + timedelta(days=days)
    resident = verified(district, verified_until=until)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            sweep_verifications(at=MOMENT)
    text = f"您的实名核验 {until.isoformat()} 到期，请提前重新核验"
    assert told() == ([("resident", text)] if is_told else [])
    # A longer verification is another one.
    verified(district, verified_until=TODAY + timedelta(days=400))
    resident.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        sweep_verifications(at=MOMENT + timedelta(days=390))
    assert len(told()) == is_told + 1


def test_the_clocks_command_ends_them(district: District) -> None:
    resident = verified(district, verified_until=date(2020, 1, 1))
    call_command("run_clocks", verbosity=0)
    resident.refresh_from_db()
    assert resident.verification == Verification.EXPIRED


@pytest.mark.django_db(transaction=True)
def test_two_machines_end_it_once() -> None:
    verified(build_district(), verified_until=TODAY)
    together(*[lambda: sweep_verifications(at=MOMENT + timedelta(days=1))] * 2)
    sweep_verifications(at=MOMENT + timedelta(days=1))
    assert VerificationRecord.objects.count() == 1
    assert Notice.objects.count() == 1


# --- Moving ------------------------------------------------------------------------------------
def test_move(district: District) -> None:
    home = Household.objects.create(area=district.compound, town=district.town, number="1", created_at=MOMENT)
    resident = verified(district, household=home, id_number=id_number_of(), verified_until=TODAY)
    move_home(by=district.resident, at=MOMENT, home=district.other_compound, address=" 9 栋 101 ")
    resident.refresh_from_db()
    assert (resident.home, resident.town, resident.address) == (
        district.other_compound, district.other_town, "9 栋 101"
    )  # fmt: skip
    assert (resident.verification, resident.verified_until, resident.household) == (
        Verification.UNVERIFIED, None, None
    )  # fmt: skip
    # Who they are is known still; where they live has to be proved anew.
    assert resident.id_number == id_number_of()
    record = VerificationRecord.objects.get()
    assert (record.outcome, record.area, record.by) == (
        VerificationOutcome.MOVED, district.other_compound, district.resident
    )  # fmt: skip


def test_who_was_not_verified_just_moves(district: District) -> None:
    move_home(by=district.newcomer, at=MOMENT, home=district.other_compound, address="9 栋 101")
    assert not VerificationRecord.objects.exists()


def test_moves_that_are_none(district: District) -> None:
    resident = verified(district, address="3 栋 501")
    refusals = [
        (BadInput, "请选到社区", {"home": district.town, "address": "3 栋 501"}),
        (BadInput, "到门牌号", {"home": district.other_compound, "address": " "}),
        (WrongState, "没有变", {"home": district.compound, "address": "3 栋 501"}),
    ]
    for kind, sentence, values in refusals:
        with pytest.raises(kind, match=sentence):
            move_home(by=district.resident, at=MOMENT, **values)
    asked(district.resident, district.compound, MOMENT)
    with pytest.raises(WrongState, match="先撤回"):
        move_home(by=district.resident, at=MOMENT, home=district.other_compound, address="9 栋 101")
    resident.refresh_from_db()
    assert (resident.home, resident.verification) == (district.compound, Verification.VERIFIED)


# --- Revoking ----------------------------------------------------------------------------------
def test_revoke(district: District, django_capture_on_commit_callbacks: Callable[..., Any]) -> None:
    resident = verified(district, id_number=id_number_of())
    with django_capture_on_commit_callbacks(execute=True):
        revoke_verification(resident, by=district.town_officer, at=MOMENT, reason="冒用他人证件")
    resident.refresh_from_db()
    assert (resident.verification, resident.id_number, resident.id_index) == (Verification.UNVERIFIED, "", None)
    record = VerificationRecord.objects.get()
    assert (record.outcome, record.note, record.by) == (
        VerificationOutcome.REVOKED, "冒用他人证件", district.town_officer
    )  # fmt: skip
    assert told() == [("resident", "您的实名核验被撤销了，原因在这里看")]
    with pytest.raises(WrongState, match="没有核验过"):
        revoke_verification(resident, by=district.town_officer, at=MOMENT, reason="再一次")


@pytest.mark.parametrize("who", [*District._fields[12:]])
def test_who_revokes(district: District, who: str) -> None:
    resident = verified(district)
    if who == "town_officer":
        with pytest.raises(BadInput, match="为什么撤销"):
            revoke_verification(resident, by=district.town_officer, at=MOMENT, reason="")
    else:
        with pytest.raises(NotAllowed, match=r"^只有住地的镇街干部可以撤销核验。$"):
            revoke_verification(resident, by=getattr(district, who), at=MOMENT, reason="冒用")
    resident.refresh_from_db()
    assert resident.verification == Verification.VERIFIED


def test_nobody_revokes_their_own(district: District) -> None:
    own = ResidentFactory(user=district.town_officer, home=district.compound)
    with pytest.raises(NotAllowed, match=r"^自己和自家人的核验，要由别人撤销。$"):
        revoke_verification(own, by=district.town_officer, at=MOMENT, reason="冒用")
