"""Ballots through the real addresses: who sees what when, the secrecy of the form, files, recount, organising."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import ModelLogEntry

from community.models import Dwelling, User
from deliberation.models import Ballot, DecisionRule, RollEntry
from deliberation.workflow.ballots import notice_ballot, void_ballot
from deliberation.workflow.voting import cast_vote
from tests.factories import District
from tests.factories.ballots import HOUR, counted, drafted, opened, owned, people_of, voters

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]
OPTIONS = ("种桂花", "建车棚", "装路灯")
METHODS = {
    "decision": ({"choice": "no"}, "no"),
    "single_choice": ({"choice": "2"}, "2"),
    "approval": ({"choice": ["3", "1"]}, "1,3"),
    "score": ({"points_1": "5", "points_3": "0"}, "1:5,3:0"),
    "instant_runoff": ({"place_2": "1", "place_1": "3"}, "2>1"),
    "condorcet": ({"place_3": "1", "place_2": "2", "place_1": "3"}, "3>2>1"),
}


def open_now(district: District, invited: int = 3, **fields: Any) -> Ballot:
    """Return a ballot that opened an hour ago for a day, with invited residents."""
    at = timezone.now() - timedelta(days=20) - HOUR
    return opened(district.worker, district.community, at, voters(invited, district.compound), **fields)


def with_options(district: District, method: str, **fields: Any) -> Ballot:
    """Return an open ballot by a method."""
    options = () if method == "decision" else OPTIONS
    return open_now(district, method=method, options=options, **fields)


def owners_ballot(district: District, *, unknown: int = 1) -> Ballot:
    """Return an open ballot of owners: the district's resident has the first flat, nobody known the others."""
    at = timezone.now() - timedelta(days=20) - HOUR
    homes = [Dwelling.objects.create(area=district.compound, building="1", room=f"10{n}", floor_area=9852 + n)
             for n in range(unknown + 1)]  # fmt: skip
    owned(homes[0], district.resident.resident, since=at)
    return opened(district.worker, district.compound, at, [], rule="owners_ordinary")


def page(client: Client, ballot: Ballot, tail: str = "", **query: Any) -> Any:
    """Return an answer, drawn anew."""
    for kept in caches.all():
        kept.clear()
    return client.get(f"/ballots/{ballot.pk}/{tail}", query)


# --- Who sees it ------------------------------------------------------------------------------------------
def test_drafts_are_for_those_who_organise(client: Client, client_of: ClientOf, district: District) -> None:
    ballot = drafted(district.worker, district.community, timezone.now())
    people = {name: user for name, user in district._asdict().items() if isinstance(user, User)}
    sees = {name for name, user in people.items() if page(client_of(user), ballot).status_code == 200}
    assert sees == {"worker", "worker2", "town_officer"}
    assert page(client, ballot).status_code == 404
    assert ballot.question not in client.get("/ballots/").content.decode()
    assert ballot.question in client_of(district.worker).get("/ballots/").content.decode()


@pytest.mark.parametrize("number", ["0", "99999999999999999999", str(2**63)])
def test_numbers_that_are_none(client: Client, district: District, number: str) -> None:
    assert [client.get(f"/ballots/{number}/{tail}").status_code for tail in ("", "papers.csv", "recount/")] == [404] * 3


def test_a_ballot_from_its_notice_to_its_count(client: Client, district: District) -> None:
    ballot = notice_ballot(
        drafted(district.worker, district.community, timezone.now()), by=district.worker, at=timezone.now(),
        invited=voters(3, district.compound),
    )  # fmt: skip
    shown = page(client, ballot).content.decode()
    assert "已公告，名册可提异议" in shown
    assert "3\N{NO-BREAK SPACE}人" in shown
    assert ["投出这一票" in shown, "够不够数" in shown] == [False, False]
    done = counted(open_now(district))
    assert "参加的不够，不成立" in page(client, done).content.decode()


def test_while_it_is_open_only_participation_is_shown(client: Client, district: District) -> None:
    ballot = open_now(district, 4)
    for person, choice in zip(people_of(ballot), ("yes", "yes", "no"), strict=False):
        cast_vote(ballot, by=person, at=timezone.now(), choice=choice)
    answer = page(client, ballot)
    assert [(one["title"], one["whole"], one["came"]) for one in answer.context["bars"]] == [("参加", 4, 3)]
    assert "同意，按" not in answer.content.decode()
    assert "result" not in answer.context or not answer.context["result"]


def test_owners_see_heads_and_area_as_a_pair(client: Client, district: District) -> None:
    answer = page(client, owners_ballot(district))
    assert [one["title"] for one in answer.context["bars"]] == ["参加，按人数", "参加，按面积"]
    assert answer.context["missing"] == "人数还差 2 人，面积还差 131.37 ㎡。截止时还差着，这件事就不能定。"
    assert "一年内请求人民法院撤销" in answer.content.decode()


def test_unconfirmed_rules_say_so(client: Client, district: District) -> None:
    ballot = open_now(district)
    assert "还没有核实" not in page(client, ballot).content.decode()
    DecisionRule.objects.filter(pk=ballot.rule_id).update(is_confirmed=False)
    assert "还没有核实" in page(client, ballot).content.decode()


def test_a_void_ballot_says_why(client: Client, district: District) -> None:
    ballot = open_now(district)
    void_ballot(ballot, by=district.town_officer, at=timezone.now(), reason="名册漏了一栋楼")
    shown = page(client, ballot).content.decode()
    assert "这场表决作废了" in shown
    assert "名册漏了一栋楼" in shown


def test_who_is_not_on_the_roll_reads_why(client: Client, client_of: ClientOf, district: District) -> None:
    ballot = open_now(district)
    assert "名册上没有您" in page(client_of(district.resident), ballot).content.decode()
    shown = page(client, ballot).content.decode()
    assert f"/accounts/login/?next=/ballots/{ballot.pk}/" in shown
    assert 'name="choice"' not in shown


# --- The list ----------------------------------------------------------------------------------------------
def test_the_list_filters_and_asks_as_much_for_one_as_for_three(client_of: ClientOf, district: District) -> None:
    counts = []
    for _each in range(3):
        ballot = open_now(district)
        client = client_of(district.resident)
        with CaptureQueriesContext(connection) as queries:
            client.get("/ballots/")
        counts.append(len(queries))
    assert counts[1] == counts[2]
    counted(ballot)
    for query, found in (
        ("?state=open", 2), ("?state=counted", 1), (f"?area={district.town.pk}", 3),
        (f"?area={district.other_town.pk}", 0), ("?state=draft&area=x&after=y", 3),
    ):  # fmt: skip
        assert len(client.get(f"/ballots/{query}").context["rows"]) == found
    assert [one.pk for one in client.get("/ballots/").context["waiting"]] == []


def test_what_waits_for_me_comes_first_and_on_my_page(client_of: ClientOf, district: District) -> None:
    ballot = open_now(district)
    person = people_of(ballot)[0]
    assert [one.pk for one in client_of(person).get("/ballots/").context["waiting"]] == [ballot.pk]
    assert [one.pk for one in client_of(person).get("/my/").context["ballots_waiting"]] == [ballot.pk]
    cast_vote(ballot, by=person, at=timezone.now(), choice="yes")
    mine = client_of(person).get("/my/").context
    assert (mine["ballots_waiting"], [(one.pk, one.votes_cast) for one, _words in mine["ballots"]]) == (
        [],
        [(ballot.pk, 1)],
    )


# --- The vote ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", METHODS)
def test_a_vote_by_each_method(client_of: ClientOf, district: District, method: str) -> None:
    ballot = with_options(district, method)
    sent, paper = METHODS[method]
    answer = client_of(people_of(ballot)[0]).post(f"/ballots/{ballot.pk}/vote/", sent)
    assert answer.status_code == 200
    code = answer.context["code"]
    assert code in answer.content.decode()
    Ballot.objects.filter(pk=ballot.pk).update(closes_at=timezone.now())
    done = counted(Ballot.objects.get(pk=ballot.pk))
    assert [one.choice for one in done.papers.all()] == [paper]
    assert [one.code for one in done.receipts.all()] == [code]


@pytest.mark.parametrize(
    ("method", "sent", "sentence"),
    [
        ("decision", {}, "请先选一个再投。"),
        ("decision", {"choice": "certainly"}, "请按选票上的选项选。"),
        ("single_choice", {"choice": "4"}, "请按选票上的选项选。"),
        ("approval", {}, "请先选一个再投。"),
        ("approval", {"choice": ["1", "none"]}, "就不能再选别的"),
        ("score", {}, "请至少给一项打分。"),
        ("score", {"points_1": "6"}, "请按选票上的选项选。"),
        ("condorcet", {"place_1": ""}, "请至少给一项排上名次。"),
        ("condorcet", {"place_1": "1", "place_2": "1"}, "有两项排在同一位了"),
    ],
)
def test_a_paper_that_is_none_comes_back_empty(
    client_of: ClientOf, district: District, method: str, sent: dict[str, Any], sentence: str
) -> None:
    ballot = with_options(district, method)
    answer = client_of(people_of(ballot)[0]).post(f"/ballots/{ballot.pk}/vote/", sent)
    shown = answer.content.decode()
    assert (answer.status_code, sentence in shown, "checked" in shown) == (422, True, False)
    assert not RollEntry.objects.filter(ballot=ballot, has_voted=True).exists()


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Give every line that any logger writes meanwhile, with what it was made of."""
    found: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(f"{record.getMessage()} {record.__dict__}")

    keeper, root = Keeper(level=0), logging.getLogger()
    names = [root, *(logging.getLogger(name) for name in list(logging.root.manager.loggerDict))]
    before = [(one, one.level) for one in names]
    for one in names:
        one.addHandler(keeper)
        one.setLevel(1)
    yield found
    for one, level in before:
        one.removeHandler(keeper)
        one.setLevel(level)


def test_the_choice_goes_nowhere_but_into_the_box(client_of: ClientOf, district: District, lines: list[str]) -> None:
    """No redirect, session, message, cookie, log line, page or stored row says it."""
    ballot = open_now(district)
    client, address = client_of(people_of(ballot)[0]), f"/ballots/{ballot.pk}/vote/"
    sessions = [one.get_decoded() for one in Session.objects.all()]
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(address, {"choice": "abstain"})
    assert (answer.status_code, "Location" in answer.headers) == (200, False)
    assert "no-store" in answer.headers["Cache-Control"]
    assert list(answer.context["messages"]) == []
    code = answer.context["code"]
    # A line about a query holds its parameters: the box alone, which nobody can read.
    assert all("abstain" not in one["sql"] and code not in one["sql"] for one in queries)
    assert not [one for one in lines if "abstain" in one or code in one]
    after = [one.get_decoded() for one in Session.objects.all()]
    assert [set(one) for one in after] == [set(one) for one in sessions]
    assert "abstain" not in str(after)
    main = answer.content.decode().split("<main")[1].split("</main>")[0]
    assert [word in main for word in ("弃权", "abstain", "同意")] == [False] * 3
    assert "messages" not in answer.cookies
    assert not ModelLogEntry.objects.filter(action__contains="vote").exists()


def test_signing_in_first_keeps_nothing_of_the_paper(client: Client, district: District) -> None:
    ballot = open_now(district)
    answer = client.post(f"/ballots/{ballot.pk}/vote/", {"choice": "no"})
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next=/ballots/{ballot.pk}/")
    assert dict(client.session) == {}
    assert "typed_form" not in client.session
    assert client.get(f"/ballots/{ballot.pk}/vote/")["Location"] == f"/ballots/{ballot.pk}/"


def test_refused_votes_say_why(client_of: ClientOf, district: District) -> None:
    ballot = open_now(district, may_change=False)
    person, address = people_of(ballot)[0], f"/ballots/{ballot.pk}/vote/"
    assert "名册上没有您" in client_of(district.resident).post(address, {"choice": "no"}).content.decode()
    assert client_of(district.resident).post(address, {"choice": "no"}).status_code == 403
    client = client_of(person)
    assert client.post(address, {"choice": "no"}).status_code == 200
    again = client.post(address, {"choice": "yes"})
    assert (again.status_code, "不能改" in again.content.decode()) == (409, True)
    Ballot.objects.filter(pk=ballot.pk).update(closes_at=timezone.now())
    late = client_of(people_of(ballot)[1]).post(address, {"choice": "no"})
    assert (late.status_code, "已经截止" in late.content.decode()) == (409, True)


def test_an_owner_with_several_votes_says_which(client_of: ClientOf, district: District) -> None:
    at = timezone.now() - timedelta(days=20) - HOUR
    one, other = (
        Dwelling.objects.create(area=district.compound, building="1", room=room, floor_area=9852)
        for room in ("101", "102")
    )
    owned(one, district.resident.resident, since=at)
    owned(other, district.resident.resident, "another", since=at)
    ballot = opened(district.worker, district.compound, at, [], rule="owners_ordinary")
    client, address = client_of(district.resident), f"/ballots/{ballot.pk}/vote/"
    assert "请选这次投的是哪一票" in client.post(address, {"choice": "yes"}).content.decode()
    entry = ballot.roll.order_by("pk").last()
    assert "98.52" in client.post(address, {"choice": "yes", "entry": entry.pk}).content.decode()
    assert list(ballot.roll.order_by("pk").values_list("has_voted", flat=True)) == [False, True]
    stranger = opened(district.worker, district.compound, at, [], rule="owners_ordinary").roll.first()
    assert client.post(address, {"choice": "yes", "entry": stranger.pk}).status_code == 422
