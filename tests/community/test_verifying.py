"""Who is who: asking, deciding, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from wagtail.models import ModelLogEntry

from community.clock import SHANGHAI
from community.errors import BadInput, NotAllowed, WrongState
from community.models import Clock, Household, Notice, Resident, Reveal, User, VerificationRecord, VerificationRequest
from community.models.people import Verification
from community.models.privacy import ConsentKind
from community.models.verifying import Method, Paper, RequestState, VerificationOutcome
from community.queries import standing_consent, verification_clocks_of
from community.workflow.clocks import sweep
from community.workflow.revealing import reveal_claim
from community.workflow.verifying import IdTaken, refuse_request, verify_request, withdraw_request
from tests.factories import MOMENT, District, ResidentFactory, UserFactory
from tests.factories.verifying import asked, id_number_of, looked_at

pytestmark = pytest.mark.django_db
NUMBER = id_number_of()
TABLES = (VerificationRequest, VerificationRecord, Resident, Reveal, Clock, Notice, ModelLogEntry)


def rows() -> list[Any]:
    return [list(table._default_manager.order_by("pk").values()) for table in TABLES]


@pytest.fixture
def request_of(district: District) -> VerificationRequest:
    return asked(district.newcomer, district.compound, MOMENT)


def told() -> list[tuple[str, str]]:
    return sorted((one.recipient.username, one.text) for one in Notice.objects.select_related("recipient"))


# --- Asking ------------------------------------------------------------------------------------
def test_ask(district: District, django_capture_on_commit_callbacks: Callable[..., Any]) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        request = asked(district.newcomer, district.compound, MOMENT, name=" 王秀英 ", id_number=f" {NUMBER.lower()} ")
    request = VerificationRequest.objects.get(pk=request.pk)
    assert (request.state, request.method) == (RequestState.OPEN, Method.PAPER)
    assert (request.name, request.id_number, request.address) == ("王秀英", NUMBER, "3 栋 2 单元 501")
    assert (request.home, request.town, request.asked_at) == (district.compound, district.town, MOMENT)
    resident = Resident.objects.get(user=district.newcomer)
    assert (resident.verification, resident.id_number) == (Verification.UNVERIFIED, "")
    assert standing_consent(resident, ConsentKind.VERIFICATION)
    clock = Clock.objects.of(request).open().get()
    assert (clock.kind, clock.rule.key, clock.holder_role) == (
        "verification.decide", "verification.decide", "community_worker"
    )  # fmt: skip
    assert list(verification_clocks_of(district.worker)) == [clock]
    assert not verification_clocks_of(district.neighbour_worker)
    assert told() == [
        ("worker", "有居民申请实名核验，请按时办"),
        ("worker2", "有居民申请实名核验，请按时办"),
    ]
    lines = [(line.action, line.user, line.data) for line in ModelLogEntry.objects.for_instance(request)]
    assert lines == [("verification.ask", district.newcomer, {"method": "paper"})]
    assert not [line for line in ModelLogEntry.objects.all() if "王" in f"{line.label}{line.data}"]


def test_somebody_without_a_profile_gets_one(district: District) -> None:
    user = UserFactory(username="fresh")
    request = asked(user, district.compound, MOMENT)
    resident = Resident.objects.get(user=user)
    assert (request.resident, resident.home, resident.town) == (resident, district.compound, district.town)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "请写身份证号"),
        ("900000195802031", "18 位，您写了 15 位"),
        (f"{NUMBER}1", "18 位，您写了 19 位"),
        ("9" * 10 + "A" + "9" * 7, "前 17 位都是数字"),
        ("9" * 17 + "Y", "前 17 位都是数字"),
        ("٩" * 18, "前 17 位都是数字"),
        ("900000195802301018", "不是一个日期"),
        ("900000189912311018", "不是一个日期"),
        ("900000299912311018", "不是一个日期"),
        (NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2"), "有一位写错了"),
        (NUMBER[:5] + "1" + NUMBER[6:], "有一位写错了"),
    ],
)
def test_numbers_that_are_none(district: District, typed: str, sentence: str) -> None:
    before = rows()
    with pytest.raises(BadInput, match=sentence) as refused:
        asked(district.newcomer, district.compound, MOMENT, id_number=typed)
    assert refused.value.field == "id_number"
    assert rows() == before


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "  ", "请写姓名"),
        ("name", "长" * 31, "最多写 30 个字"),
        ("name", "王\x07", "控制字符"),
        ("address", "", "到门牌号"),
        ("address", "长" * 101, "最多写 100 个字"),
        ("method", "telepathy", "请选一种核验的办法"),
        ("agreed", False, "要您同意"),
    ],
)
def test_what_is_missing_or_unreadable(district: District, field: str, value: Any, sentence: str) -> None:
    before = rows()
    with pytest.raises(BadInput, match=sentence) as refused:
        asked(district.newcomer, district.compound, MOMENT, **{field: value})
    assert refused.value.field == {"method": "way"}.get(field, field)
    assert rows() == before


@pytest.mark.parametrize("where", ["town", "area"])
def test_home_is_where_people_live(district: District, where: str) -> None:
    with pytest.raises(BadInput, match="请选到社区、村"):
        asked(district.newcomer, getattr(district, where), MOMENT)


def test_home_that_is_no_more(district: District) -> None:
    district.compound.valid_to = date(2022, 1, 1)
    district.compound.save()
    with pytest.raises(BadInput, match="合并或撤销"):
        asked(district.newcomer, district.compound, MOMENT)


def test_one_open_request_each(district: District, request_of: VerificationRequest) -> None:
    before = rows()
    with pytest.raises(WrongState, match="已经有一份申请"):
        asked(district.newcomer, district.compound, MOMENT)
    assert rows() == before
    withdraw_request(request_of, by=district.newcomer, at=MOMENT)
    assert asked(district.newcomer, district.compound, MOMENT).state == RequestState.OPEN


def test_five_requests_a_day(district: District) -> None:
    for _ in range(5):
        withdraw_request(asked(district.newcomer, district.compound, MOMENT), by=district.newcomer, at=MOMENT)
    with pytest.raises(NotAllowed, match="次数够多了"):
        asked(district.newcomer, district.compound, MOMENT)
    assert asked(district.newcomer, district.compound, MOMENT + timedelta(days=1))


def test_a_text_that_has_changed_is_not_agreed_to(district: District) -> None:
    with pytest.raises(WrongState, match="文本刚刚改过"):
        asked(district.newcomer, district.compound, MOMENT, seen="another")
    assert not VerificationRequest.objects.exists()


# --- Deciding ----------------------------------------------------------------------------------
def test_verify(
    district: District, request_of: VerificationRequest, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    looked_at(request_of, district.worker)
    with django_capture_on_commit_callbacks(execute=True):
        verify_request(request_of, by=district.worker, at=MOMENT, paper=Paper.ID_CARD)
    resident = Resident.objects.get(user=district.newcomer)
    assert (resident.name, resident.id_number, resident.address) == ("王秀英", NUMBER, "3 栋 2 单元 501")
    assert (resident.verification, resident.verified_at) == (Verification.VERIFIED, MOMENT)
    assert resident.verified_until == date(2026, MOMENT.astimezone(SHANGHAI).month, MOMENT.astimezone(SHANGHAI).day)
    assert Resident.objects.with_id_number(NUMBER).with_surname("王").get() == resident
    assert User.objects.get(pk=district.newcomer.pk).name == "王秀英"
    request = VerificationRequest.objects.get(pk=request_of.pk)
    assert (request.state, request.decided_by, request.decided_at) == (RequestState.VERIFIED, district.worker, MOMENT)
    assert (request.name, request.id_number, request.address) == ("", "", "")
    record = VerificationRecord.objects.get()
    assert (record.outcome, record.method, record.paper) == (VerificationOutcome.VERIFIED, Method.PAPER, Paper.ID_CARD)
    assert (record.area, record.by, record.at, record.valid_until) == (
        district.compound, district.worker, MOMENT, resident.verified_until
    )  # fmt: skip
    assert not Clock.objects.open().exists()
    assert ("newcomer", "实名核验通过了，有效到哪天在这里看") in told()
    assert "王秀英" not in str(list(Notice.objects.values()))


@pytest.mark.parametrize("who", [*District._fields[12:]])
def test_who_verifies(district: District, request_of: VerificationRequest, who: str) -> None:
    """The workers of the place, and nobody else: no town officer, no overseer, no administrator."""
    by = getattr(district, who)
    may = who in ("worker", "worker2")
    before = rows()
    for verb in (
        lambda: reveal_claim(request_of, by=by, at=MOMENT),
        lambda: verify_request(request_of, by=by, at=MOMENT, paper=Paper.ID_CARD),
    ):
        if may:
            verb()
        else:
            with pytest.raises(NotAllowed, match=r"^只有住地的社区工作者可以核验。$"):
                verb()
            with pytest.raises(NotAllowed, match=r"^只有住地的社区工作者可以核验。$"):
                refuse_request(request_of, by=by, at=MOMENT, reason="不对")
    assert (rows() != before) == may


def test_nobody_verifies_themself(district: District) -> None:
    ResidentFactory(user=district.worker, home=district.compound, verification=Verification.UNVERIFIED)
    request = asked(district.worker, district.compound, MOMENT)
    for verb in (reveal_claim, verify_request, refuse_request):
        extra = {"verify_request": {"paper": "id_card"}, "refuse_request": {"reason": "不对"}}.get(verb.__name__, {})
        with pytest.raises(NotAllowed, match=r"^自己和自家人的核验，要由别人办。$"):
            verb(request, by=district.worker, at=MOMENT, **extra)
    verify_request(looked_at(request, district.worker2), by=district.worker2, at=MOMENT, paper="id_card")


def test_nobody_verifies_their_household(district: District, request_of: VerificationRequest) -> None:
    home = Household.objects.create(area=district.compound, town=district.town, number="1", created_at=MOMENT)
    ResidentFactory(user=district.worker, home=district.compound, household=home)
    Resident.objects.filter(user=district.newcomer).update(household=home)
    with pytest.raises(NotAllowed, match="自家人"):
        reveal_claim(request_of, by=district.worker, at=MOMENT)


def test_verifying_needs_a_look_at_what_is_claimed(district: District, request_of: VerificationRequest) -> None:
    looked_at(request_of, district.worker)
    before = rows()
    with pytest.raises(WrongState, match="核对"):
        verify_request(request_of, by=district.worker2, at=MOMENT, paper="id_card")
    with pytest.raises(BadInput, match="哪种证件"):
        verify_request(request_of, by=district.worker, at=MOMENT, paper="library_card")
    assert rows() == before


def test_number_of_somebody_else(district: District, request_of: VerificationRequest) -> None:
    other = ResidentFactory(id_number=NUMBER, name="李四", home=district.other_compound)
    looked_at(request_of, district.worker)
    before = rows()
    with pytest.raises(IdTaken) as refused:
        verify_request(request_of, by=district.worker, at=MOMENT, paper="id_card")
    assert "李" not in str(refused.value)
    assert rows() == before
    # The same person again is fine.
    other.verification, other.id_number = Verification.UNVERIFIED, ""
    other.save()
    verify_request(request_of, by=district.worker, at=MOMENT, paper="id_card")


def test_refuse(
    district: District, request_of: VerificationRequest, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    before = rows()
    with pytest.raises(BadInput, match="为什么没有通过"):
        refuse_request(request_of, by=district.worker, at=MOMENT, reason=" ")
    assert rows() == before
    with django_capture_on_commit_callbacks(execute=True):
        refuse_request(request_of, by=district.worker, at=MOMENT, reason="和证件对不上")
    request = VerificationRequest.objects.get()
    assert (request.state, request.reason, request.id_number) == (RequestState.REFUSED, "和证件对不上", "")
    record = VerificationRecord.objects.get()
    assert (record.outcome, record.note) == (VerificationOutcome.REFUSED, "和证件对不上")
    assert Resident.objects.get(user=district.newcomer).verification == Verification.UNVERIFIED
    assert told() == [("newcomer", "您的实名核验没有通过，原因和下一步在这里看")]


def test_what_is_decided_is_decided(district: District, request_of: VerificationRequest) -> None:
    refuse_request(request_of, by=district.worker, at=MOMENT, reason="和证件对不上")
    before = rows()
    for verb in (
        lambda: verify_request(request_of, by=district.worker, at=MOMENT, paper="id_card"),
        lambda: refuse_request(request_of, by=district.worker, at=MOMENT, reason="再一次"),
        lambda: withdraw_request(request_of, by=district.newcomer, at=MOMENT),
        lambda: reveal_claim(request_of, by=district.worker, at=MOMENT),
    ):
        with pytest.raises(WrongState):
            verb()
    assert rows() == before


@pytest.mark.parametrize("who", ["resident", "worker", "town_officer", "superuser"])
def test_who_withdraws(district: District, request_of: VerificationRequest, who: str) -> None:
    with pytest.raises(NotAllowed, match="只有本人"):
        withdraw_request(request_of, by=getattr(district, who), at=MOMENT)


@pytest.mark.parametrize("column", ["name", "id_number", "address"])
def test_what_is_decided_holds_nothing(district: District, request_of: VerificationRequest, column: str) -> None:
    """The database itself sees to it, whichever verb forgets it."""
    refuse_request(request_of, by=district.worker, at=MOMENT, reason="和证件对不上")
    with pytest.raises(IntegrityError, match="verification_request_decided_is_empty"), transaction.atomic():
        VerificationRequest.objects.update(**{column: "王秀英"})


def test_withdrawn_is_empty(district: District, request_of: VerificationRequest) -> None:
    withdraw_request(request_of, by=district.newcomer, at=MOMENT)
    request = VerificationRequest.objects.get()
    assert (request.state, request.name, request.id_number) == (RequestState.WITHDRAWN, "", "")
    assert not Clock.objects.open().exists()
    assert not VerificationRecord.objects.exists()


def test_verified_at_another_home_has_moved(district: District) -> None:
    resident = Resident.objects.get(user=district.resident)
    request = asked(district.resident, district.other_compound, MOMENT)
    verify_request(looked_at(request, district.other_worker), by=district.other_worker, at=MOMENT, paper="lease")
    resident.refresh_from_db()
    assert (resident.home, resident.town) == (district.other_compound, district.other_town)
    outcomes = list(VerificationRecord.objects.order_by("pk").values_list("outcome", flat=True))
    assert outcomes == [VerificationOutcome.MOVED, VerificationOutcome.VERIFIED]


def test_late_decisions_are_reminded_and_escalated(
    district: District, request_of: VerificationRequest, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        sweep(at=MOMENT + timedelta(days=60))
    assert told() == [
        ("town_officer", "社区有实名核验过期很久没办，请督办"),
        ("worker", "有实名核验过期没办，请马上办"),
        ("worker2", "有实名核验过期没办，请马上办"),
    ]


# --- For somebody without an account -----------------------------------------------------------
def test_worker_asks_for_somebody_without_an_account(district: District) -> None:
    person = ResidentFactory(user=None, home=district.compound, verification=Verification.UNVERIFIED)
    request = asked(district.worker, district.compound, MOMENT, resident=person)
    assert (request.resident, person.representations.get().act) == (person, "实名核验申请")
    verify_request(looked_at(request, district.worker), by=district.worker, at=MOMENT, paper="id_card")
    person.refresh_from_db()
    assert person.verification == Verification.VERIFIED


@pytest.mark.parametrize("who", ["resident", "neighbour_worker", "town_officer", "other_worker", "superuser"])
def test_who_asks_for_nobody_else(district: District, who: str) -> None:
    person = ResidentFactory(user=None, home=district.compound, verification=Verification.UNVERIFIED)
    with pytest.raises(NotAllowed, match="替本地没有账号"):
        asked(getattr(district, who), district.compound, MOMENT, resident=person)
    with pytest.raises(NotAllowed, match="替本地没有账号"):
        asked(district.worker, district.compound, MOMENT, resident=Resident.objects.get(user=district.newcomer))
