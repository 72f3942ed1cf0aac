"""The search page finds an issue by its number, and says what to do where nothing is found."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community.models.areas import AreaKind
from community.queries import today
from tests.factories import AreaFactory, District, IssueFactory

pytestmark = pytest.mark.django_db


def test_a_number_leads_to_its_issue(client):
    issue = IssueFactory(is_public=True)
    for written in (issue.number, issue.number.lower(), issue.number.replace("-", " ")):
        response = client.get("/search/", {"q": f" {written} "})
        assert response["Location"] == issue.get_absolute_url()


def test_the_number_of_a_hidden_issue_is_not_known(client):
    issue = IssueFactory(is_public=False)
    assert client.get("/search/", {"q": issue.number}).status_code == 200


def test_nothing_on_either_side_points_to_neither(client):
    assert "另一边" not in client.get("/search/", {"q": "没有这个词"}).content.decode()


def found(client, query: str) -> list[tuple[str, str]]:
    """Return the names and addresses of the places on the page."""
    return [(place.name, address) for place, address in client.get("/search/", {"q": query}).context["places"]]


def test_places_are_found_by_any_part_of_their_name(client, district: District):
    """Towns too, on the page of their offices; the highest first, and before all the very name."""
    town, community, compound = (
        ("东园街道", "/contacts/?town=900001"),
        ("东园社区", "/places/900001001/"),
        ("东园小区", "/places/900001001001/"),
    )
    assert found(client, "东园") == [town, community, compound]
    assert found(client, "东园小区") == [compound]
    assert found(client, "园社") == [community, ("西园社区", "/places/900001002/")]
    assert found(client, "东园 小区") == [compound]
    assert found(client, "明湖区") == []
    assert [found(client, query) for query in ("", "  ", "%", "_", "，", "没有这里")] == [[], [], [], [], [], []]
    for _name, address in found(client, "园"):
        assert client.get(address).status_code == 200


def test_the_very_name_comes_first(client, district: District):
    AreaFactory(parent=district.other_town, kind=AreaKind.COMMUNITY, name="园社", code="900002009")
    assert [name for name, _address in found(client, "园社")] == ["园社", "东园社区", "西园社区"]


def test_places_are_compared_as_all_text_is(client, district: District):
    place = AreaFactory(
        parent=district.community, kind=AreaKind.COMPOUND, name="凤凰城（北区）B座", code="900001001009"
    )
    for query in ("凤凰城 b座", "凤凰城（北区）", "ｂ座"):
        assert [name for name, _address in found(client, query)] == [place.name], query
    assert found(client, "凤凰城北区") == []


def test_places_that_ended_or_begin_later_are_not_found(client, district: District):
    district.compound.valid_to = today() - timedelta(days=1)
    district.compound.save()
    later = {"parent": district.community, "kind": AreaKind.COMPOUND, "valid_from": today() + timedelta(days=1)}
    AreaFactory(name="东园小区北区", code="900001001008", **later)
    assert [name for name, _address in found(client, "东园小区")] == []


@pytest.mark.parametrize("count", [5, 6])
def test_five_places_are_shown_and_the_rest_are_a_link_away(client, district: District, count: int):
    for number in range(1, count + 1):
        made = {"parent": district.community, "kind": AreaKind.COMPOUND, "valid_from": date(2020, 1, 1)}
        AreaFactory(name=f"百花园{number}期", code=f"90000100110{number}", **made)
    page = client.get("/search/", {"q": "百花园"})
    has_link = "/places/?q=%E7%99%BE%E8%8A%B1%E5%9B%AD" in page.content.decode()
    assert (len(page.context["places"]), has_link) == (5, count > 5)


def test_more_places_cost_no_more_queries(client, district: District):
    def count(query: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/search/", {"q": query})
        return len(queries)

    count("东园")
    assert count("东园小区") == count("园")
