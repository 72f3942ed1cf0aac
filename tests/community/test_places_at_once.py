"""Places merge or split while others act there: nobody waits in a ring, no record is lost, the later one reads why."""

from __future__ import annotations

import io
import json
import time
import uuid
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from community.acting import keep_place
from community.errors import BadInput, NotAllowed, WrongState
from community.models import Appointment, Area, Clock, Dwelling, Resident, VerificationRequest
from community.models.areas import AreaKind
from community.models.people import Verification
from community.workflow.boundaries import import_boundaries
from community.workflow.dwellings import import_dwellings
from community.workflow.households import create_household
from community.workflow.places import Part, merge_areas, split_area
from community.workflow.standing import move_home
from community.workflow.verifying import verify_request
from deliberation.models import Issue
from deliberation.states import IssueState
from deliberation.workflow import accept_issue, dispatch_issue, raise_issue
from deliberation.workflow.steps import locked
from tests.community.appointed import end, fresh, give, held_by, now
from tests.community.threads import together
from tests.community.workbooks import book_of, file_of, row
from tests.factories import (
    MOMENT,
    AppointmentFactory,
    AreaFactory,
    CategoryFactory,
    District,
    IssueFactory,
    UserFactory,
    build_district,
)
from tests.factories.verifying import asked, looked_at

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one transaction at a time"),
    pytest.mark.django_db(transaction=True),
]
ROUNDS = pytest.mark.parametrize("round_number", range(3))
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def merge(district: District, *areas: Area, into: Area, by: Any = None) -> Area:
    officer = fresh(by or district.district_officer)
    return merge_areas(list(areas), into=into, on=timezone.localdate(), by=officer, at=timezone.now())


def beside(district: District) -> Area:
    """Return a compound beside that of the district, for it to end in."""
    return AreaFactory(parent=district.community, kind=AreaKind.COMPOUND, name="东园新村", code="900001001002")


def again(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def names(answers: list[Any]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def tree_is_sound() -> bool:
    return Area.find_problems() == ([], [], [], [], [])


@ROUNDS
def test_two_officers_merge_the_same_two(round_number: int) -> None:
    district = build_district()
    other = AppointmentFactory(user=UserFactory(), role="district_officer", area=district.area).user
    answers = together(
        lambda: merge(district, district.community, into=district.neighbour_community),
        lambda: merge(district, district.community, into=district.neighbour_community, by=other),
    )
    assert names(answers) == ["Area", "WrongState"]
    assert {str(one) for one in answers} == {"西园社区", "东园社区已经撤并了。"}
    assert tree_is_sound()
    held = Appointment.objects.filter(user=district.worker).order_by("pk").values_list("area", "end_reason")
    assert list(held) == [(district.community.pk, "merged"), (district.neighbour_community.pk, "")]


@ROUNDS
def test_two_places_merge_into_each_other(round_number: int) -> None:
    district = build_district()
    one, other = district.community, district.neighbour_community
    answers = together(
        lambda: merge(district, one, into=other, by=district.district_officer),
        lambda: merge(district, other, into=one, by=district.administrator),
    )
    assert sum(isinstance(answer, Area) for answer in answers) == 1
    assert sum(isinstance(answer, WrongState | BadInput) for answer in answers) == 1
    assert tree_is_sound()


@ROUNDS
def test_a_resident_moves_there_meanwhile(round_number: int) -> None:
    district = build_district()
    successor = beside(district)
    merged, moved = together(
        lambda: merge(district, district.compound, into=successor),
        lambda: move_home(by=district.other_resident, at=timezone.now(), home=district.compound, address="9 栋 101"),
    )
    assert merged == successor
    resident = Resident.objects.get(user=district.other_resident)
    if isinstance(moved, BadInput):
        assert str(moved) == "这个地方已经合并或撤销了。请重新选。"
        assert (resident.home, resident.town) == (district.other_compound, district.other_town)
    else:
        assert moved == resident
        assert (resident.home, resident.town) == (successor, district.town)
    assert not Resident.objects.filter(home=district.compound).exists()


@ROUNDS
def test_somebody_asks_to_be_verified_there_meanwhile(round_number: int) -> None:
    district = build_district()
    successor = beside(district)
    merged, request = together(
        lambda: merge(district, district.compound, into=successor),
        lambda: asked(district.newcomer, district.compound, timezone.now()),
    )
    assert merged == successor
    if isinstance(request, BadInput):
        assert not VerificationRequest.objects.exists()
    else:
        assert again(request).home == successor
        assert Clock.objects.of(request).get().area.current() == successor


@ROUNDS
def test_a_worker_verifies_in_what_is_merged_meanwhile(round_number: int) -> None:
    """The request follows while the worker waits for it."""
    district = build_district()
    successor = beside(district)
    request = looked_at(asked(district.newcomer, district.compound, MOMENT), district.worker)
    merged, verified = together(
        lambda: merge(district, district.compound, into=successor),
        lambda: verify_request(request, by=fresh(district.worker), at=MOMENT, paper="id_card"),
    )
    assert (merged, verified) == (successor, request)
    resident = Resident.objects.get(user=district.newcomer)
    assert (resident.home, resident.verification) == (successor, Verification.VERIFIED)


@ROUNDS
def test_a_worker_verifies_there_meanwhile(round_number: int) -> None:
    district = build_district()
    request = looked_at(asked(district.newcomer, district.compound, MOMENT), district.worker)
    merged, verified = together(
        lambda: merge(district, district.community, into=district.other_community),
        lambda: verify_request(request, by=fresh(district.worker), at=MOMENT, paper="id_card"),
    )
    assert merged == district.other_community
    resident = Resident.objects.get(user=district.newcomer)
    assert resident.town == district.other_town
    assert (resident.verification == Verification.VERIFIED) == (verified == request)
    assert verified == request or isinstance(verified, NotAllowed)


@ROUNDS
@pytest.mark.parametrize("level", ["compound", "community", "town"])
def test_an_issue_is_raised_there_meanwhile(level: str, round_number: int) -> None:
    district = build_district()
    category = CategoryFactory()
    ended, successor = {
        "compound": (district.compound, beside(district)),
        "community": (district.community, district.other_community),
        "town": (district.town, district.other_town),
    }[level]
    form = {"key": uuid.uuid4(), "category": category, "title": "井盖松了", "area": district.compound}
    merged, raised = together(
        lambda: merge(district, ended, into=successor),
        lambda: raise_issue(by=fresh(district.resident), at=timezone.now(), **form),
    )
    assert merged == successor
    if isinstance(raised, BadInput):
        assert (level, str(raised)) == ("compound", "东园小区已经撤并了，请重新选。")
        assert not Issue.objects.exists()
        return
    issue = again(raised)
    assert issue.area == district.compound
    assert issue.community == (successor if level == "community" else district.community)
    assert issue.town == (district.town if level == "compound" else district.other_town)


@ROUNDS
def test_a_worker_acts_there_meanwhile(round_number: int) -> None:
    district = build_district()
    issue = IssueFactory(area=district.compound, community=district.community)
    merged, acted = together(
        lambda: merge(district, district.community, into=district.other_community),
        lambda: accept_issue(issue, by=fresh(district.worker), at=timezone.now()),
    )
    assert merged == district.other_community
    issue = again(issue)
    assert (issue.community, issue.town) == (district.other_community, district.other_town)
    assert (issue.state == IssueState.ACCEPTED) == (acted == issue)
    assert acted == issue or isinstance(acted, NotAllowed)


def wait_until_somebody_waits() -> None:
    """Return when another session waits for a lock that this one holds."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            # What is read of other sessions is kept for the transaction, unless it is thrown away.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def while_held(hold: Callable[[], Any], go_on: Callable[[], Any], change: Callable[[], Any]) -> list[Any]:
    """Run `hold`, then begin `change` beside it; `go_on` in the transaction of `hold` once `change` waits."""
    began = Event()

    def act() -> Any:
        with transaction.atomic():
            hold()
            began.set()
            wait_until_somebody_waits()
            return go_on()

    def other() -> Any:
        began.wait(timeout=30)
        return change()

    return together(act, other)


def test_a_merger_waits_for_an_act_under_way() -> None:
    """The act holds its issue and the role of its actor, then inserts a clock, which points to the place."""
    district = build_district()
    columns = {"area": district.community, "community": district.community, "state": IssueState.ACCEPTED}
    issue, worker = IssueFactory(**columns), fresh(district.worker)
    acted, merged = while_held(
        lambda: locked(issue, worker, lambda *_asked: True),
        lambda: dispatch_issue(issue, unit=district.property, by=worker, at=timezone.now()),
        lambda: merge(district, district.community, into=district.other_community),
    )
    assert (acted, merged) == (issue, district.other_community)
    assert (again(issue).state, again(issue).community) == (IssueState.DISPATCHED, district.other_community)


def test_a_merger_waits_for_what_is_put_there() -> None:
    """Who keeps a place goes on to lock a role there and to insert a row; the merger holds neither by then."""
    district = build_district()
    successor = beside(district)
    worker = fresh(district.worker)
    made, merged = while_held(
        lambda: keep_place(district.compound),
        lambda: create_household(district.compound, number="1", address="1 栋 101", by=worker, at=timezone.now()),
        lambda: merge(district, district.compound, into=successor),
    )
    assert (made.number, merged) == ("1", successor)


def test_a_merger_waits_for_an_import_of_outlines() -> None:
    district = build_district()
    answers = together(
        lambda: merge(district, district.community, into=district.neighbour_community),
        lambda: import_boundaries(outline_of(district.community), by=fresh(district.administrator), at=timezone.now()),
    )
    assert answers[0] == district.neighbour_community
    report = answers[1]
    assert (report.count, report.is_clean) in ((1, True), (0, False))
    assert tree_is_sound()


def outline_of(area: Area) -> Any:
    square = [[114.85, 30.35], [114.9, 30.35], [114.9, 30.4], [114.85, 30.4], [114.85, 30.35]]
    feature = {
        "type": "Feature", "properties": {"code": area.code}, "geometry": {"type": "Polygon", "coordinates": [square]},
    }  # fmt: skip
    return io.BytesIO(json.dumps({"type": "FeatureCollection", "features": [feature]}).encode())


@ROUNDS
def test_an_appointment_is_given_over_what_is_split(round_number: int) -> None:
    district = build_district()
    parts = [Part("东园一社区", "900001011", (district.compound.pk,)), Part("东园二社区", "900001012")]
    split, given = together(
        lambda: split_area(
            district.community, parts=parts, heir="900001011", on=timezone.localdate(), at=timezone.now(),
            by=fresh(district.district_officer),
        ),
        lambda: give(district),
    )  # fmt: skip
    assert [area.code for area in split] == ["900001011", "900001012"]
    if isinstance(given, BadInput):
        assert str(given) == "这个地方或单位到那天已经不存在了。"
        assert not Appointment.objects.filter(user=district.newcomer).exists()
    else:
        assert again(given).end_reason == "merged"
    assert tree_is_sound()


@ROUNDS
def test_an_appointment_ends_over_what_is_merged(round_number: int) -> None:
    district = build_district()
    held = held_by(district.worker)
    merged, ended = together(
        lambda: merge(district, district.community, into=district.neighbour_community),
        lambda: end(district, held, last_day=None, at=now()),
    )
    assert merged == district.neighbour_community
    assert ended == held or isinstance(ended, WrongState)
    follows = Appointment.objects.filter(user=district.worker, area=district.neighbour_community)
    assert follows.exists() == isinstance(ended, WrongState)


@ROUNDS
def test_one_file_of_dwellings_twice_at_once(round_number: int) -> None:
    district = build_district()
    book = book_of([row(室号=str(number)) for number in range(101, 141)])
    files = [file_of(book), file_of(book)]
    by = [fresh(district.worker), fresh(district.worker2)]
    reports = together(
        *[
            lambda file=file, person=person: import_dwellings(file, by=person, at=timezone.now())
            for file, person in zip(files, by, strict=True)
        ]
    )
    assert sorted(report.is_clean for report in reports) == [False, True]
    assert Dwelling.objects.count() == 40
    refused = next(report for report in reports if not report.is_clean)
    assert {fault.reason for fault in refused.faults.listed} <= {
        "同时有人在登记同样的房屋，没有导入。请再试一次。", "这套房已经登记过了。", "前面的行里已经有这套房了。",
    }  # fmt: skip


@ROUNDS
def test_dwellings_are_read_in_while_their_compound_changes_town(round_number: int) -> None:
    district = build_district()
    file = file_of(book_of([row(室号=str(number)) for number in range(101, 141)]))
    merged, report = together(
        lambda: merge(district, district.community, into=district.other_community),
        lambda: import_dwellings(file, by=fresh(district.worker), at=timezone.now()),
    )
    assert merged == district.other_community
    if isinstance(report, NotAllowed):
        assert not Dwelling.objects.exists()
    else:
        assert Dwelling.objects.count() == (40 if report.is_clean else 0)
        assert not Dwelling.objects.exclude(town=district.other_town).exists()
