"""Objections to a roll: who may, what an answer changes, and that nothing opens over one without an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Dwelling, Notice
from community.models.areas import AreaKind
from deliberation.models import Ballot, Objection, PublicNotice
from deliberation.workflow.ballots import notice_ballot, open_ballot, withdraw_ballot
from deliberation.workflow.results import count_ballot
from deliberation.workflow.roll_objecting import answer_objection, object_to_roll
from deliberation.workflow.sweeping import sweep_ballots
from tests.factories import MOMENT, AreaFactory, District, ResidentFactory
from tests.factories.ballots import HOUR, drafted, owned, voters

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def noticed(district: District, rule: str = "residents_meeting", **fields: Any) -> Ballot:
    area = fields.pop("area", district.compound)
    ballot = drafted(district.worker, area, MOMENT, rule=rule, **fields)
    invited = fields.get("invited", [])
    return notice_ballot(ballot, by=district.worker, at=MOMENT, invited=invited)


@pytest.fixture
def ballot(district: District) -> Ballot:
    """Return a ballot of the compound's adults, whose roll is shown."""
    return noticed(district)


def said(ballot: Ballot, by: Any, **given: Any) -> Objection:
    values: dict[str, Any] = {"text": "名册上没有我", "at": MOMENT + DAY, **given}
    return object_to_roll(ballot, by=by, **values)


# --- Shown ------------------------------------------------------------------------------------------
def test_a_roll_is_shown_without_a_name(ballot: Ballot, district: District) -> None:
    notice = PublicNotice.objects.get()
    assert (notice.kind, notice.ballot, notice.area, notice.starts_at) == ("roll", ballot, district.compound, MOMENT)
    assert notice.text == "表决“车棚装不装充电桩”的名册：成年居民，共 2 票。觉得名册不对的，请提异议。"
    assert MOMENT + 7 * DAY <= notice.ends_at < MOMENT + 9 * DAY


def test_a_roll_is_shown_seven_days_at_least(district: District) -> None:
    soon = {"opens_at": MOMENT + 7 * DAY - HOUR, "closes_at": MOMENT + 9 * DAY}
    ballot = drafted(district.worker, district.compound, MOMENT, rule="residents_meeting", **soon)
    with pytest.raises(WrongState, match="要提前 7 天公告"):
        notice_ballot(ballot, by=district.worker, at=MOMENT)
    shown = notice_ballot(ballot, by=district.worker, at=MOMENT - HOUR)
    assert shown.notices.get().ends_at <= ballot.opens_at


def test_who_is_invited_needs_no_term(district: District) -> None:
    soon = {"opens_at": MOMENT + HOUR, "closes_at": MOMENT + DAY}
    ballot = drafted(district.worker, district.community, MOMENT, **soon)
    notice_ballot(ballot, by=district.worker, at=MOMENT, invited=voters(2, district.compound))
    assert not PublicNotice.objects.exists()
    with pytest.raises(WrongState, match="不在公示"):
        said(ballot, district.resident, at=MOMENT)


def test_a_ballot_that_is_withdrawn_shows_its_roll_no_longer(ballot: Ballot, district: District) -> None:
    withdraw_ballot(ballot, by=district.worker, at=MOMENT + DAY, reason="不办了")
    assert PublicNotice.objects.get().ended_at == MOMENT + DAY


# --- Objecting -----------------------------------------------------------------------------------------
MAY = {"resident", "neighbour", "newcomer"}


@pytest.mark.parametrize(
    "role",
    ["resident", "neighbour", "newcomer", "other_resident", "worker", "handler", "steward", "auditor", "superuser"],
)
def test_who_objects_before_during_and_after(district: District, role: str) -> None:
    person = getattr(district, role)
    draft = drafted(district.worker, district.compound, MOMENT, rule="residents_meeting")
    refused = (WrongState if role in MAY else NotAllowed,)
    with pytest.raises(refused):
        said(draft, person)
    ballot = notice_ballot(draft, by=district.worker, at=MOMENT)
    if role in MAY:
        assert said(ballot, person).state == "open"
        objection = Objection.objects.get()
        answer_objection(objection, by=district.worker, at=MOMENT + DAY, uphold=False, answer="查过了，没有错")
    else:
        with pytest.raises(NotAllowed):
            said(ballot, person)
    ended = ballot.notices.get().ends_at + HOUR
    with pytest.raises(refused):
        said(ballot, person, at=ended)
    opened = open_ballot(ballot, by=district.worker, at=ballot.opens_at)
    with pytest.raises(refused):
        said(opened, person, at=ballot.opens_at)


def test_an_owner_who_lives_elsewhere_objects(ballot: Ballot, district: District) -> None:
    flat = Dwelling.objects.create(area=district.compound, building="1", room="101", floor_area=9_000)
    owned(flat, district.other_resident.resident, since=MOMENT)
    assert said(ballot, district.other_resident).is_public is False


def test_a_worker_objects_for_somebody_without_account(ballot: Ballot, district: District) -> None:
    here = ResidentFactory(user=None, home=district.compound)
    objection = said(ballot, district.worker, represented=here)
    assert objection.represented == here
    away = ResidentFactory(user=None, home=district.other_compound)
    for by, person in ((district.worker, away), (district.other_worker, here), (district.resident, here)):
        with pytest.raises(NotAllowed):
            said(ballot, by, represented=person)


def test_one_objection_at_a_time_with_words(
    ballot: Ballot, district: District, django_capture_on_commit_callbacks: Any
) -> None:
    with pytest.raises(BadInput) as refusal:
        said(ballot, district.resident, text=" ")
    assert refusal.value.field == "text"
    with django_capture_on_commit_callbacks(execute=True):
        said(ballot, district.resident)
    assert set(Notice.objects.values_list("recipient", flat=True)) == {district.worker.pk, district.worker2.pk}
    with pytest.raises(WrongState, match="还在等答复"):
        said(ballot, district.resident)


# --- Answering -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("worker", True), ("worker2", True), ("town_officer", True), ("neighbour_worker", False), ("resident", False),
        ("neighbour", False), ("other_town_officer", False), ("steward", False), ("auditor", False),
        ("administrator", False), ("superuser", False),
    ],
)  # fmt: skip
def test_who_answers(ballot: Ballot, district: District, role: str, may: bool) -> None:
    objection = said(ballot, district.resident)
    given = {"by": getattr(district, role), "at": MOMENT + DAY, "uphold": False, "answer": "查过了，没有错"}
    if not may:
        with pytest.raises(NotAllowed):
            answer_objection(objection, **given)
        return
    assert answer_objection(objection, **given).state == "declined"
    with pytest.raises(WrongState, match="已经答复"):
        answer_objection(objection, **given)


def test_nobody_answers_their_own(ballot: Ballot, district: District) -> None:
    person = ResidentFactory(user=None, home=district.compound)
    objection = said(ballot, district.worker, represented=person)
    with pytest.raises(NotAllowed, match="您自己提的"):
        answer_objection(objection, by=district.worker, at=MOMENT + DAY, uphold=False, answer="没有错")


def test_upheld_adds_a_verified_adult(ballot: Ballot, district: District) -> None:
    late = ResidentFactory(home=district.compound)
    given: dict[str, Any] = {"by": district.worker, "at": MOMENT + DAY, "uphold": True, "answer": "漏了，已经补上"}
    objection = said(ballot, district.resident)
    for add, words in ((district.newcomer.resident, "成年人"), (district.resident.resident, "已经有"), (None, "请选")):
        with pytest.raises(BadInput, match=words):
            answer_objection(objection, add=add, **given)
    with pytest.raises(BadInput):
        answer_objection(objection, **{**given, "answer": " "}, add=late)
    assert (Objection.objects.get().state, ballot.roll.count()) == ("open", 2)
    done = answer_objection(objection, add=late, **given)
    assert (done.state, done.answer, done.answered_by) == ("upheld", "漏了，已经补上", district.worker)
    assert ballot.roll.filter(voters__resident=late, key=f"resident:{late.pk}").count() == 1
    opened = open_ballot(ballot, by=district.worker, at=ballot.opens_at)
    assert opened.eligible_heads == 3


def test_upheld_removes_a_vote_but_never_the_last(ballot: Ballot, district: District) -> None:
    given: dict[str, Any] = {"by": district.worker, "at": MOMENT + DAY, "uphold": True, "answer": "搬走了"}
    first, last = ballot.roll.order_by("pk")
    answer_objection(said(ballot, district.resident), remove=first, **given)
    objection = said(ballot, district.neighbour)
    with pytest.raises(BadInput, match="没有这一票"):
        answer_objection(objection, remove=first, **given)
    with pytest.raises(WrongState, match="一个人也没有"):
        answer_objection(objection, remove=last, **given)
    assert list(ballot.roll.all()) == [last]


def test_an_owners_roll_is_made_again_from_the_dwellings(district: District) -> None:
    home = AreaFactory(parent=district.community, kind=AreaKind.COMPOUND)
    one = ResidentFactory(home=home)
    flat = Dwelling.objects.create(area=home, building="1", room="101", floor_area=8_000)
    ballot = noticed(district, "owners_ordinary", area=home)
    assert "专有面积 80.00 平方米" in PublicNotice.objects.get().text
    objection = said(ballot, one.user)
    given: dict[str, Any] = {"by": district.worker, "at": MOMENT + DAY, "uphold": True, "answer": "产权已更正"}
    with pytest.raises(BadInput, match="按房屋登记"):
        answer_objection(objection, add=one, **given)
    owned(flat, one, since=MOMENT)
    answer_objection(objection, **given)
    assert [voter.resident for entry in ballot.roll.all() for voter in entry.voters.all()] == [one]


# --- The opening ---------------------------------------------------------------------------------------
def test_nothing_opens_over_an_objection_without_an_answer(
    ballot: Ballot, district: District, django_capture_on_commit_callbacks: Any
) -> None:
    objection = said(ballot, district.resident)
    with pytest.raises(WrongState, match="1 条异议没有答复"):
        open_ballot(ballot, by=district.worker, at=ballot.opens_at)
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_ballots(at=ballot.opens_at) == 0
        assert sweep_ballots(at=ballot.opens_at + HOUR) == 0
    told = Notice.objects.filter(message__contains="在等您处理")
    assert sorted(told.values_list("recipient", flat=True)) == sorted([district.worker.pk, district.worker2.pk])
    answer_objection(objection, by=district.worker, at=ballot.opens_at, uphold=False, answer="查过了，没有错")
    assert sweep_ballots(at=ballot.opens_at + HOUR) == 1
    opened = Ballot.objects.get(pk=ballot.pk)
    assert (opened.state, opened.waiting_told_at) == ("open", None)
    opened.rule.extensions_most = 0
    opened.rule.save()
    figures = count_ballot(opened, by=district.worker, at=opened.closes_at).result.figures
    assert (figures["objections_open"], figures["objections_upheld"], figures["objections_declined"]) == ("0", "0", "1")


def test_nothing_opens_after_its_time(ballot: Ballot, district: District) -> None:
    with pytest.raises(WrongState, match="已经过了"):
        open_ballot(ballot, by=district.worker, at=ballot.closes_at)
