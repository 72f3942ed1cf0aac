from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pygeohash
import pytest

from community.clock import SHANGHAI
from community.errors import BadInput, NotAllowed, WrongState
from community.models import Clock, Rule
from community.queries import rule_value
from community.roles import Role
from deliberation import workflow
from deliberation.models import Category, Follow, Issue, IssuePhoto, NumberSeries
from deliberation.models.issues import PHOTOS_MOST
from deliberation.states import IssueState, Outcome
from deliberation.workflow.representing import Person
from tests.community.threads import together
from tests.deliberation.effects import Effects, clocks_of, rows, stopped
from tests.factories import MOMENT, AreaFactory, CategoryFactory, District, build_district, clean_photo_of
from tests.factories.district import POINT

Do = Callable[..., Effects]
LATER = MOMENT + timedelta(hours=1)
ELSEWHERE = (30.41, 114.91)


def form(district: District, **changes: Any) -> dict[str, Any]:
    """Return the arguments of a lawful issue, with changes."""
    return {
        "by": district.resident,
        "at": MOMENT,
        "key": uuid.uuid4(),
        "category": Category.objects.get(code="facilities"),
        "title": "井盖松动",
        "area": district.compound,
        **changes,
    }


def test_issue_as_it_is_raised(district: District, do: Do) -> None:
    key = uuid.uuid4()
    done = do(
        workflow.raise_issue,
        **form(
            district,
            key=key,
            title="  井盖松动 ",
            details="走上去\r\n会翘。",
            address="三号楼前",
            point=POINT,
            photos=[clean_photo_of(), clean_photo_of(colour="gold")],
        ),
    )
    issue = done.issue
    assert (issue.number, issue.submission_key, issue.state, issue.outcome) == ("EC-2023-000001", key, "raised", "")
    assert (issue.title, issue.details, issue.address) == ("井盖松动", "走上去\n会翘。", "三号楼前")
    assert (issue.area, issue.community, issue.town) == (district.compound, district.community, district.town)
    assert (issue.reporter, issue.represented, issue.unit) == (district.resident, None, None)
    assert (issue.is_private, issue.is_public, issue.reviewed_at, issue.raised_at) == (False, False, None, MOMENT)
    assert done.events == [("raise", "raised", "resident", "", True)]
    assert done.told == [(name, "新反映的事等您受理：井盖松动（EC-2023-000001）") for name in ("worker", "worker2")]
    assert done.logged == [("issue.raise", "resident", {"state": "raised", "represented": False})]
    assert done.signals == [("changed", "raise")]
    assert clocks_of(issue) == {"issue.accept": "2023-11-07 23:59:59"}
    clock = Clock.objects.get()
    assert (clock.holder_role, clock.holder_unit, clock.area, clock.town, clock.rule.key) == (
        Role.COMMUNITY_WORKER,
        None,
        district.compound,
        district.town,
        "issue.accept.ordinary",
    )
    assert [follow.user for follow in Follow.objects.filter(issue=issue)] == [district.resident]
    photos = list(IssuePhoto.objects.filter(issue=issue))
    assert [(photo.kind, photo.is_public, photo.taken_at) for photo in photos] == [("before", False, MOMENT)] * 2
    assert {photo.event.verb for photo in photos} == {"raise"}
    assert Issue.objects.count() == 1


@pytest.mark.parametrize(
    ("code", "end"),
    [("safety", "2023-11-06 10:00:00"), ("utilities", "2023-11-06 11:00:00"), ("noise", "2023-11-07 23:59:59")],
)
def test_urgency_of_the_category_sets_the_term(district: District, do: Do, code: str, end: str) -> None:
    issue = do(workflow.raise_issue, **form(district, category=Category.objects.get(code=code))).issue
    assert clocks_of(issue) == {"issue.accept": end}


def test_numbers_run_through_the_year_of_shanghai(district: District) -> None:
    eve, new_year = (datetime(2023, 12, 31, hour, 59, tzinfo=SHANGHAI) for hour in (23, 23))
    moments = [MOMENT, eve, new_year + timedelta(minutes=1), new_year + timedelta(minutes=2)]
    numbers = [workflow.raise_issue(**form(district, at=at)).number for at in moments]
    assert numbers == ["EC-2023-000001", "EC-2023-000002", "EC-2024-000001", "EC-2024-000002"]


def test_refused_form_takes_no_number(district: District) -> None:
    with pytest.raises(BadInput):
        workflow.raise_issue(**form(district, title="响\x07"))
    assert not NumberSeries.objects.filter(year=2023, last__gt=0).exists()
    assert workflow.raise_issue(**form(district)).number == "EC-2023-000001"


def test_same_form_again_gives_the_same_issue_and_takes_no_number(district: District, do: Do) -> None:
    arguments = form(district)
    first = workflow.raise_issue(**arguments)
    before = rows()
    again = do(workflow.raise_issue, **{**arguments, "title": "别的", "at": LATER})
    assert again.issue == first
    assert rows() == before
    assert workflow.raise_issue(**form(district)).number == "EC-2023-000002"


def test_form_of_somebody_else_is_refused(district: District) -> None:
    arguments = form(district)
    workflow.raise_issue(**arguments)
    before = rows()
    with pytest.raises(BadInput, match="已经用过"):
        workflow.raise_issue(**{**arguments, "by": district.neighbour})
    assert rows() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": " \n "}, "title"),
        ({"title": "长" * 61}, "title"),
        ({"details": "长" * 2001}, "details"),
        ({"details": "长" * 10_001}, "details"),
        ({"address": "长" * 101}, "address"),
        ({"title": "井盖\x00"}, "title"),
        ({"details": "响\x07铃"}, "details"),
        ({"address": "\x1b[2J"}, "address"),
        ({"details": "\ud800"}, "details"),
        ({"title": "\x85"}, "title"),
    ],
)
def test_texts_that_are_refused(district: District, changes: dict[str, str], field: str) -> None:
    before = rows()
    with pytest.raises(BadInput) as refused:
        workflow.raise_issue(**form(district, **changes))
    assert refused.value.field == field
    assert rows() == before


@pytest.mark.parametrize(
    "changes",
    [{"title": "长" * 60}, {"details": "行\n\t" * 500 + "完"}, {"title": "👨‍👩‍👧 的猫 𠮷"}, {"address": "长" * 100}],
)
def test_texts_that_are_taken(district: District, changes: dict[str, str]) -> None:
    issue = workflow.raise_issue(**form(district, **changes))
    issue.refresh_from_db()
    assert [getattr(issue, name) for name in changes] == list(changes.values())


def test_retired_category(district: District) -> None:
    category = CategoryFactory(code="old", retired_on=date(2023, 11, 6))
    with pytest.raises(BadInput, match="停用") as refused:
        workflow.raise_issue(**form(district, category=category))
    assert refused.value.field == "category"
    assert workflow.raise_issue(**form(district, category=category, at=MOMENT - timedelta(days=1))).category == category


@pytest.mark.parametrize("level", ["area", "town", "other_town"])
def test_place_above_the_communities(district: District, level: str) -> None:
    with pytest.raises(BadInput, match="社区或村") as refused:
        workflow.raise_issue(**form(district, area=getattr(district, level)))
    assert refused.value.field == "area"


def test_too_many_photos(district: District) -> None:
    before = rows()
    with pytest.raises(BadInput) as refused:
        workflow.raise_issue(**form(district, photos=[clean_photo_of()] * (PHOTOS_MOST + 1)))
    assert refused.value.field == "photos"
    assert rows() == before


def test_inactive_people_raise_nothing(district: District) -> None:
    district.resident.is_active = False
    with pytest.raises(NotAllowed):
        workflow.raise_issue(**form(district))


@pytest.mark.parametrize("who", ["newcomer", "other_resident", "worker", "superuser"])
def test_anybody_with_an_account_raises_issues_anywhere(district: District, who: str) -> None:
    assert workflow.raise_issue(**form(district, by=getattr(district, who))).reporter == getattr(district, who)


@pytest.mark.parametrize(
    ("who", "place", "point", "shown"),
    [
        # At home, the compound stands for wherever it is.
        ("resident", "compound", (30.3912, 114.8934), POINT),
        ("resident", "compound", None, POINT),
        # So it does where the community is named and the point is nearer to home than to another compound.
        ("resident", "community", (30.3912, 114.8934), POINT),
        ("resident", "community", ELSEWHERE, ELSEWHERE),
        # A neighbour's report of the same place is not near their home.
        ("other_resident", "compound", ELSEWHERE, ELSEWHERE),
        ("resident", "neighbour_community", ELSEWHERE, ELSEWHERE),
        # A place without a point, and none chosen.
        ("resident", "community", None, None),
        ("other_resident", "other_compound", ELSEWHERE, None),
    ],
)
def test_shown_point(district: District, who: str, place: str, point: Any, shown: Any) -> None:
    AreaFactory(parent=district.community, kind="compound", name="新园", latitude=ELSEWHERE[0], longitude=ELSEWHERE[1])
    issue = workflow.raise_issue(
        **form(district, by=getattr(district, who), area=getattr(district, place), point=point)
    )
    issue.refresh_from_db()
    assert (issue.latitude, issue.longitude) == (point or (None, None))
    assert (issue.shown_latitude, issue.shown_longitude) == (shown or (None, None))
    assert issue.geohash == (pygeohash.encode(*shown, precision=9) if shown else "")


def test_withdrawing(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(IssueState.ACCEPTED)
    done = do(workflow.withdraw_issue, issue, by=district.resident, at=LATER, reason="自己解决了")
    assert (done.issue.state, done.issue.outcome, done.issue.closed_at) == ("withdrawn", Outcome.WITHDRAWN, LATER)
    assert (clocks_of(issue), stopped(issue)) == ({}, [("issue.accept", "resident")])
    assert done.events == [("withdraw", "withdrawn", "resident", "自己解决了", True)]
    assert done.told == []
    assert done.logged == [("issue.withdraw", "resident", {"state": "withdrawn"})]
    assert done.signals == [("changed", "withdraw"), ("closed", "withdrawn")]


def test_withdrawing_what_others_follow_tells_them(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(IssueState.RAISED, is_public=True)
    Follow.objects.create(issue=issue, user=district.neighbour, at=MOMENT)
    done = do(workflow.withdraw_issue, issue, by=district.resident, at=LATER)
    assert done.told == [("neighbour", "反映人撤回了这件事：三号楼前的井盖松动（EC-2023-900001）")]


def test_withdrawing_with_an_unreadable_reason_changes_nothing(district: District, issue_in: Any) -> None:
    issue = issue_in(IssueState.RAISED)
    before = rows()
    for reason in ("长" * 501, "\x00"):
        with pytest.raises(BadInput) as refused:
            workflow.withdraw_issue(issue, by=district.resident, at=LATER, reason=reason)
        assert refused.value.field == "reason"
    assert rows() == before
    Issue.objects.update(state=IssueState.RESOLVED)
    with pytest.raises(WrongState, match="办结，等您评价"):
        workflow.withdraw_issue(issue, by=district.resident, at=LATER)


@pytest.mark.django_db(transaction=True)
def test_numbers_at_once_are_consecutive() -> None:
    district = build_district()
    forms = [form(district) for _ in range(8)]
    calls = [lambda arguments=arguments: workflow.raise_issue(**arguments).number for arguments in forms]
    assert sorted(together(*calls)) == [f"EC-2023-{n:06d}" for n in range(1, 9)]
    assert Issue.objects.count() == 8
    assert NumberSeries.objects.get(year=2023).last == 8


@pytest.mark.django_db(transaction=True)
def test_same_form_twice_at_once_is_one_issue() -> None:
    district = build_district()
    arguments = form(district)
    numbers = together(*[lambda: workflow.raise_issue(**arguments).number] * 4)
    assert numbers == ["EC-2023-000001"] * 4
    assert workflow.raise_issue(**form(district)).number == "EC-2023-000002"


def test_a_day_has_a_limit(district: District) -> None:
    Rule.objects.filter(key="issue.daily").update(value=2)
    last = datetime(2023, 11, 6, 23, 59, 59, 999999, tzinfo=SHANGHAI)
    arguments = form(district)
    raised = workflow.raise_issue(**arguments)
    workflow.raise_issue(**form(district))
    before = rows()
    for at in (LATER, last):
        with pytest.raises(NotAllowed, match="今天已经反映了 2 件，明天再接着反映"):
            workflow.raise_issue(**form(district, at=at))
    assert rows() == before
    # The same form again is no further issue; another person and another day have limits of their own.
    assert workflow.raise_issue(**arguments) == raised
    assert workflow.raise_issue(**form(district, by=district.neighbour)).pk
    assert workflow.raise_issue(**form(district, at=datetime(2023, 11, 7, 0, 0, tzinfo=SHANGHAI))).pk


def test_workers_who_speak_for_others_have_a_limit_of_their_own(district: District) -> None:
    Rule.objects.filter(key="issue.daily").update(value=1)
    Rule.objects.filter(key="issue.daily.on_behalf").update(value=2)

    def spoken_for() -> dict[str, Any]:
        return form(district, by=district.worker, represented=Person("李奶奶"))

    workflow.raise_issue(**spoken_for())
    workflow.raise_issue(**form(district, by=district.worker))
    workflow.raise_issue(**spoken_for())
    before = rows()
    with pytest.raises(NotAllowed, match="今天已经反映了 2 件"):
        workflow.raise_issue(**spoken_for())
    with pytest.raises(NotAllowed, match="今天已经反映了 1 件"):
        workflow.raise_issue(**form(district, by=district.worker))
    assert rows() == before


def test_limits_as_shipped(district: District) -> None:
    assert (rule_value("issue.daily", MOMENT.date()), rule_value("issue.daily.on_behalf", MOMENT.date())) == (10, 100)
