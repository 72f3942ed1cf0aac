"""The list, an issue's page, its photos, and acting on it, through the real addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from community.models import Notice, Resident, User
from deliberation.models import Category, Issue, IssueEvent, IssuePhoto
from deliberation.models.issues import PhotoKind
from deliberation.states import IssueState
from tests.deliberation.effects import rows
from tests.factories import MOMENT, District, IssueFactory, clean_photo_of, photo_file
from tests.factories.district import POINT

ClientOf = Callable[[User], Client]
S = IssueState
NUMBER = "EC-2023-900001"
PAGE = f"/issues/{NUMBER}/"
PHONE, MASKED = "13800138000", "138******00"


def listed(client: Client, query: str = "") -> list[str]:
    """Return the titles of one page of the list, drawn anew."""
    for kept in caches.all():
        kept.clear()
    return [item["issue"].title for item in client.get(f"/issues/{query}").context["items"]]


def test_list_shows_what_is_public_newest_first(client: Client, district: District) -> None:
    for n, public in enumerate([True, False, True]):
        IssueFactory(area=district.compound, title=f"第{n}件", is_public=public, raised_at=MOMENT + timedelta(hours=n))
    IssueFactory(area=district.compound, title="私下", is_private=True)
    assert listed(client) == ["第2件", "第0件"]


def test_list_goes_on_where_it_ended(client: Client, district: District) -> None:
    for n in range(45):
        IssueFactory(area=district.compound, title=f"第{n}件", is_public=True, history=False, clock=False)
    titles, query, pages = [], "?state=waiting", 0
    while query:
        page = client.get(f"/issues/{query}")
        titles += [item["issue"].title for item in page.context["items"]]
        query, pages = page.context["next_url"], pages + 1
    assert titles == [f"第{n}件" for n in reversed(range(45))]
    assert pages == 3


def test_filters(client: Client, district: District) -> None:
    noise = Category.objects.get(code="noise")
    IssueFactory(area=district.compound, title="这里", is_public=True)
    IssueFactory(area=district.neighbour_community, title="隔壁", is_public=True, category=noise)
    IssueFactory(area=district.other_compound, title="别的镇", is_public=True, state=S.DISPATCHED)
    assert listed(client, f"?area={district.town.pk}") == ["隔壁", "这里"]
    assert listed(client, f"?area={district.community.pk}") == ["这里"]
    assert listed(client, "?category=noise") == ["隔壁"]
    assert listed(client, "?state=working") == ["别的镇"]
    assert listed(client, f"?area={district.town.pk}&category=noise&state=waiting") == ["隔壁"]
    assert listed(client, f"?area={district.other_town.pk}&state=waiting") == []


@pytest.mark.parametrize(
    "query",
    [
        "?area=x&category=%00&state=%00",
        "?area=99999999999999999999",
        "?area=-1",
        "?area=１",
        "?category=nonsense",
        "?state=nonsense",
        "?after=nonsense",
        "?after=0001-01-01T00:00:00%2B14:00_1",
        "?after=%00",
        "?area=%F0%28",
    ],
)
def test_odd_filters_filter_nothing(client: Client, district: District, query: str) -> None:
    IssueFactory(area=district.compound, title="这里", is_public=True)
    assert listed(client, query) == ["这里"]


@pytest.mark.parametrize("number", ["EC-2023-000000", "nothing", "%00", "a%00b", "%F0%28", "9" * 3000])
def test_numbers_that_are_none(client: Client, district: District, number: str) -> None:
    assert client.get(f"/issues/{number}/").status_code == 404
    # Whether it exists is told to nobody who has not signed in.
    # An address with a NUL names nothing whoever asks.
    assert client.post(f"/issues/{number}/accept/").status_code == (404 if "%00" in number else 302)
    assert client.get(f"/issues/{number}/photos/1/full.jpg").status_code == 404


SEES = {"resident", "worker", "handler", "steward", "town_officer", "district_officer", "auditor"}


@pytest.mark.parametrize("private", [True, False])
def test_who_sees_what_is_not_public(
    client: Client, client_of: ClientOf, district: District, issue_in: Any, private: bool
) -> None:
    issue_in(S.DISPATCHED, is_private=private)
    people = {name: user for name, user in district._asdict().items() if isinstance(user, User)}
    statuses = {name: client_of(user).get(PAGE).status_code for name, user in people.items()}
    assert {name for name, status in statuses.items() if status == 200} == SEES | {"worker2"}
    assert set(statuses.values()) == {200, 404}
    assert client.get(PAGE).status_code == 404


@pytest.fixture
def named(district: District, issue_in: Any) -> Issue:
    """Return a public issue of a reporter with a name and a telephone, at a point of theirs."""
    district.resident.name = "赵钱孙李"
    district.resident.set_phone(PHONE)
    district.resident.save()
    return issue_in(
        S.DISPATCHED,
        is_public=True,
        latitude=30.391234,
        longitude=114.893456,
        shown_latitude=POINT[0],
        shown_longitude=POINT[1],
    )


@pytest.mark.parametrize(
    ("who", "sees"),
    [("", False), ("neighbour", False), ("auditor", False), ("district_officer", False), ("worker", True)],
)
def test_reporter_stays_on_the_staff_side(
    client_of: ClientOf, district: District, named: Issue, who: str, sees: bool
) -> None:
    """Those who handle it see whose it is, masked; the whole number is for whoever asks (test_contacting.py)."""
    client = client_of(getattr(district, who)) if who else Client()
    pages = "".join(client.get(address).content.decode() for address in (PAGE, "/issues/", "/issues/points.json"))
    assert (MASKED in pages) is sees
    assert ("赵*" in pages) is sees
    for secret in (PHONE, "赵钱孙李", "30.391234", "114.893456", ">resident<"):
        assert secret not in pages


def test_contact_of_somebody_represented(client_of: ClientOf, district: District, issue_in: Any) -> None:
    person = Resident.objects.create(name="李奶奶", phone=PHONE, home=district.compound, town=district.town)
    issue_in(S.DISPATCHED, is_public=True, reporter=district.worker, represented=person)
    page = client_of(district.handler).get(PAGE).content.decode()
    assert [text in page for text in ("李*", MASKED, PHONE, "李奶奶")] == [True, True, False, False]
    assert MASKED not in Client().get(PAGE).content.decode()
    asked = client_of(district.handler).post(f"{PAGE}phone/").content.decode()
    assert [text in asked for text in (PHONE, "李奶奶")] == [True, False]


def photo_of(issue: Issue, *, public: bool) -> str:
    """Return the address of a new photo."""
    photo = IssuePhoto.objects.create(
        issue=issue,
        event=issue.events.first(),
        kind=PhotoKind.BEFORE,
        is_public=public,
        taken_at=MOMENT,
        width=64,
        height=48,
        **clean_photo_of().files(),
    )
    return f"{PAGE}photos/{photo.pk}/small.jpg"


@pytest.mark.parametrize(
    ("issue_public", "photo_public", "sees", "cached"),
    [
        (True, True, {"", "neighbour", "resident", "worker", "other_worker"}, "public, max-age=300"),
        (True, False, {"resident", "worker"}, "private, no-store"),
        (False, True, {"resident", "worker"}, "private, no-store"),
    ],
)
def test_photos_are_behind_the_same_question(
    client_of: ClientOf,
    district: District,
    issue_in: Any,
    issue_public: bool,
    photo_public: bool,
    sees: set[str],
    cached: str,
) -> None:
    address = photo_of(issue_in(S.RAISED, is_public=issue_public), public=photo_public)
    seen = set()
    for who in ("", "neighbour", "resident", "worker", "other_worker"):
        answer = (client_of(getattr(district, who)) if who else Client()).get(address)
        if answer.status_code == 200:
            seen.add(who)
            control = cached if not who else cached.replace("public, max-age=300", "max-age=300, private")
            assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("image/jpeg", control)
            assert answer.getvalue() == clean_photo_of().thumbnail
    assert seen == sees


def test_photo_belongs_to_its_issue(client: Client, issue_in: Any) -> None:
    address = photo_of(issue_in(S.RAISED, is_public=True), public=True)
    other = IssueFactory(is_public=True)
    assert client.get(address.replace(NUMBER, other.number)).status_code == 404
    assert client.get(address.replace("small", "original")).status_code == 404
    assert client.get("/issues/" + NUMBER + "/photos/99999999999999999999/small.jpg").status_code == 404


def test_acting_without_signing_in_leads_to_signing_in(client: Client, issue_in: Any) -> None:
    issue_in(S.RAISED, is_public=True)
    before = rows()
    answer = client.post(f"{PAGE}endorse/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/accounts/login/?next={PAGE}")
    assert client.get(f"{PAGE}endorse/")["Location"] == PAGE
    assert rows() == before


@pytest.mark.parametrize(
    ("who", "state", "verb", "data", "status", "sentence"),
    [
        ("neighbour", S.RAISED, "accept", {}, 403, "这件事不归您办"),
        ("neighbour", S.RESOLVED, "rate", {"rating": 5}, 403, "这件事不归您办，所以没有改动。"),
        ("worker", S.ACCEPTED, "accept", {}, 409, "做不了这一步"),
        ("worker", S.RESOLVED, "close", {"outcome": "unresolved", "reason": "结了吧"}, 409, "等反映人打分"),
        ("worker", S.RAISED, "refuse", {"outcome": "", "reason": "归交警 <管>"}, 422, "请选一个不受理的原因。"),
        ("worker", S.DISPATCHED, "close", {"outcome": "unresolved", "reason": "长" * 501}, 422, "500"),
        ("handler", S.DISPATCHED, "resolve", {"text": "换了 <新的>"}, 422, "办结要有照片"),
        ("handler", S.DISPATCHED, "progress", {"text": "响\x07铃"}, 422, "控制字符"),
        ("resident", S.RESOLVED, "rate", {"comment": "没有打分"}, 422, "请打 1 到 5 分。"),
        ("resident", S.DISPATCHED, "supplement", {"text": ""}, 422, "请写几句再补充。"),
    ],
)
def test_refusal_brings_the_page_back(
    client_of: ClientOf,
    district: District,
    issue_in: Any,
    who: str,
    state: str,
    verb: str,
    data: dict[str, Any],
    status: int,
    sentence: str,
) -> None:
    issue_in(state, is_public=True)
    before = rows()
    answer = client_of(getattr(district, who)).post(f"{PAGE}{verb}/", data)
    page = answer.content.decode()
    assert answer.status_code == status
    assert sentence in page
    if status == 422:
        assert all(escape(text) in page for name, text in data.items() if name != "outcome")
    assert rows() == before


def test_nothing_is_done_to_what_one_may_not_see(client_of: ClientOf, district: District, issue_in: Any) -> None:
    issue_in(S.RAISED)
    assert client_of(district.neighbour).post(f"{PAGE}accept/").status_code == 404
    assert client_of(district.worker).post(f"{PAGE}explode/").status_code == 404
    assert client_of(district.worker).post(f"{PAGE}adjudicate/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_whole_way_through_the_pages(client_of: ClientOf, transactional_district: District) -> None:
    place = transactional_district
    issue = IssueFactory(area=place.compound, reporter=place.resident, number=NUMBER)

    def post(who: User, verb: str, **data: Any) -> None:
        answer = client_of(who).post(f"{PAGE}{verb}/", data)
        assert (answer.status_code, answer.headers.get("Location")) == (302, PAGE), verb

    post(place.worker, "review")
    post(place.neighbour, "endorse")
    post(place.worker, "accept")
    post(place.worker, "dispatch", unit=place.property.pk, note="抓紧")
    post(place.handler, "progress", text="配件到了")
    post(place.handler, "resolve", text="换了", photos=[photo_file()])
    post(place.resident, "rate", rating="5", comment="谢谢")
    issue.refresh_from_db()
    assert (issue.state, issue.outcome, issue.rating) == (S.CLOSED, "resolved", 5)
    verbs = ["raise", "publish", "accept", "dispatch", "progress", "resolve", "rate", "close"]
    assert [event.verb for event in issue.events.order_by("id")] == verbs
    page = Client().get(PAGE)
    assert page.status_code == 200
    assert "办成了，反映人打了 5 分。" in page.content.decode()
    # Told of each step that the public reads: publishing, acceptance, dispatch, progress, resolution.
    assert Notice.objects.filter(recipient=place.resident).count() == 5
    assert Notice.objects.filter(recipient=place.neighbour).count() == 6


@pytest.fixture
def transactional_district(transactional_db: None) -> District:
    from tests.factories import build_district

    return build_district()


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [("/desk/", "/desk/"), ("https://evil.example/", PAGE), ("//evil.example/", PAGE), ("", PAGE)],
)
def test_back_to_where_one_came_from(
    client_of: ClientOf, district: District, issue_in: Any, target: str, leads_to: str
) -> None:
    issue_in(S.RAISED)
    answer = client_of(district.worker).post(f"{PAGE}accept/", {"next": target})
    assert answer.headers["Location"] == leads_to


def test_publishing_a_supplement(client_of: ClientOf, district: District, issue_in: Any) -> None:
    issue = issue_in(S.DISPATCHED, is_public=True)
    client_of(district.neighbour).post(f"{PAGE}supplement/", {"text": "晚上也响"})
    event = IssueEvent.objects.get(verb="supplement")
    address = f"{PAGE}supplements/{event.pk}/"
    assert "晚上也响" not in Client().get(PAGE).content.decode()
    assert client_of(district.neighbour).post(address).status_code == 403
    assert Client().post(address).headers["Location"] == f"/accounts/login/?next={PAGE}"
    assert client_of(district.worker).post(address).headers["Location"] == PAGE
    for kept in caches.all():
        kept.clear()
    assert "晚上也响" in Client().get(PAGE).content.decode()
    raised = issue.events.get(verb="raise")
    assert client_of(district.worker).post(f"{PAGE}supplements/{raised.pk}/").status_code == 409
    assert client_of(district.worker).post(f"{PAGE}supplements/99999999999999999999/").status_code == 404


def test_points_and_outlines(client: Client, district: District, named: Issue) -> None:
    IssueFactory(area=district.compound, shown_latitude=1.0, shown_longitude=1.0)
    points = client.get("/issues/points.json").json()
    assert [feature["geometry"]["coordinates"] for feature in points["features"]] == [[POINT[1], POINT[0]]]
    outlines = client.get("/issues/outlines.json").json()
    assert [feature["properties"] for feature in outlines["features"]] == [{"name": "明湖区", "kind": "district"}]


def queries_of(client: Client, address: str) -> int:
    """Return how many queries a page takes when nothing of it is kept but what every process keeps."""
    client.get(address)
    for kept in caches.all():
        kept.clear()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("who", ["", "resident", "worker"])
def test_queries_of_the_list_do_not_grow(client_of: ClientOf, district: District, who: str) -> None:
    client = client_of(getattr(district, who)) if who else Client()
    IssueFactory(area=district.compound, is_public=True, state=S.DISPATCHED)
    few = queries_of(client, "/issues/")
    for n in range(24):
        IssueFactory(area=district.compound, is_public=True, state=S.DISPATCHED, title=f"第{n}件")
    many = queries_of(client, "/issues/")
    assert len(listed(client)) == 20
    assert many == few
    assert many <= 15


@pytest.mark.parametrize(("who", "most"), [("", 15), ("neighbour", 17), ("resident", 17), ("worker", 17)])
def test_queries_of_a_page_do_not_grow(
    client_of: ClientOf, district: District, issue_in: Any, who: str, most: int
) -> None:
    issue = issue_in(S.DISPATCHED, is_public=True)
    photo_of(issue, public=True)
    client = client_of(getattr(district, who)) if who else Client()
    few = queries_of(client, PAGE)
    for n in range(30):
        event = IssueEvent.objects.create(
            issue=issue, verb="progress", state=issue.state, by=district.handler, at=MOMENT, text=f"第{n}步"
        )
        IssuePhoto.objects.create(
            issue=issue,
            event=event,
            kind=PhotoKind.AFTER,
            is_public=True,
            taken_at=MOMENT,
            width=64,
            height=48,
            **clean_photo_of().files(),
        )
    many = queries_of(client, PAGE)
    assert many == few
    assert many <= most


def test_queries_of_the_desk_do_not_grow(client_of: ClientOf, district: District) -> None:
    client = client_of(district.worker)
    IssueFactory(area=district.compound)
    few = queries_of(client, "/desk/")
    for n in range(29):
        IssueFactory(area=district.compound, title=f"第{n}件")
    assert queries_of(client, "/desk/") == few
    assert len(client.get("/desk/").context["items"]) == 30
