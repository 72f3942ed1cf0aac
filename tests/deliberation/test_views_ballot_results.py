"""Ballots through the real addresses, once they are counted and while they are organised."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry

from community.models import Unit, User
from community.models.areas import UnitKind
from community.roles import Role
from deliberation.models import Ballot, DecisionRule
from deliberation.publishing import papers_csv, receipts_csv
from deliberation.workflow.ballots import withdraw_ballot
from deliberation.workflow.voting import cast_vote
from tests.confirming import confirm
from tests.deliberation.test_views_ballots import (
    ClientOf,
    open_now,
    owners_ballot,
    page,
    with_options,
)
from tests.factories import District
from tests.factories.ballots import counted, drafted, people_of, voters
from tests.factories.community import AppointmentFactory, UserFactory

pytestmark = pytest.mark.django_db


# --- After counting ---------------------------------------------------------------------------------------------
def finished(district: District, method: str = "decision") -> Ballot:
    """Return a counted ballot in which two of three took part."""
    ballot = with_options(district, method)
    choices = {"decision": ("yes", "no"), "single_choice": ("2", "")}[method]
    for person, choice in zip(people_of(ballot), choices, strict=False):
        cast_vote(ballot, by=person, at=timezone.now(), choice=choice)
    return counted(ballot)


def test_files_are_the_bytes_that_were_certified(client: Client, district: District) -> None:
    running = open_now(district)
    assert [page(client, running, f"{name}.csv").status_code for name in ("papers", "receipts")] == [404, 404]
    ballot = finished(district)
    for name, text, certified in (
        ("papers", papers_csv(ballot), ballot.result.papers_digest),
        ("receipts", receipts_csv(ballot), ballot.result.receipts_digest),
    ):
        answer = page(client, ballot, f"{name}.csv")
        assert answer.content == text.encode()
        assert hashlib.sha256(answer.content).hexdigest() == certified
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"] == f'attachment; filename="{name}-{ballot.pk}.csv"'
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_certificate_has_every_figure(client: Client, district: District) -> None:
    ballot = finished(district)
    answer = page(client, ballot)
    shown = answer.content.decode()
    rows = {row["title"]: row["cells"] for row in answer.context["figure_rows"]}
    assert rows == {
        "名册": ["3"], "参加": ["2"], "同意": ["1"], "不同意": ["1"], "弃权": ["0"],
        "参加占名册": ["66.67% （2/3）"], "同意占参加": ["50% （1/2）"],
    }  # fmt: skip
    assert answer.context["reasons"][-1] == "参加的够了，同意的没有达到要求，没有通过。"
    assert ballot.result.papers_digest in shown
    assert [one["title"] for one in answer.context["result_bars"]] == ["参加", "同意"]


def test_the_certificate_of_a_choice_names_the_winner(client: Client, district: District) -> None:
    answer = page(client, finished(district, "single_choice"))
    first = answer.context["tallies"][0]
    assert (first["text"], first["count"], first["is_first"]) == ("建车棚", 1, True)
    assert answer.context["outcome"] == "“建车棚”排在第一"


def test_reasons_are_read_in_english_too(client: Client, district: District) -> None:
    ballot = finished(district)
    answer = client.get(f"/ballots/{ballot.pk}/", headers={"accept-language": "en"})
    assert answer.status_code == 200
    assert len(answer.context["reasons"]) == len(ballot.result.reasons)


def test_recount_page(client: Client, district: District) -> None:
    ballot = finished(district)
    answer = page(client, ballot, "recount/")
    assert (answer.status_code, answer.context["faults"]) == (200, [])
    assert answer.context["data"]["certificate"]["figures"] == ballot.result.figures
    assert f"manage.py recount {ballot.pk}" in answer.content.decode()
    assert page(client, open_now(district), "recount/").status_code == 404


# --- Named papers --------------------------------------------------------------------------------------------
def named(district: District) -> Ballot:
    """Return a counted owners' ballot with one vote."""
    ballot = owners_ballot(district, unknown=0)
    cast_vote(ballot, by=district.resident, at=timezone.now(), choice="yes")
    return counted(ballot)


def test_named_papers_are_for_tellers_and_the_committee(
    client: Client, client_of: ClientOf, district: District
) -> None:
    ballot = named(district)
    missing = page(client, ballot, "papers.csv")
    assert (missing.status_code, "只公布合计" in missing.content.decode()) == (404, True)
    committee = Unit.objects.create(
        kind=UnitKind.OWNERS_COMMITTEE,
        name="业委会",
        area=district.compound,
        town=district.town,
        valid_from="2023-01-01",
    )
    teller = AppointmentFactory(user=UserFactory(), role=Role.TELLER, area=district.compound, unit=None).user
    member = AppointmentFactory(user=UserFactory(), role=Role.OWNERS_COMMITTEE, area=None, unit=committee).user
    people = {name: user for name, user in district._asdict().items() if isinstance(user, User)}
    people |= {"teller": teller, "member": member}
    sees = {name for name, user in people.items() if page(client_of(user), ballot, "tellers/").status_code == 200}
    assert sees == {"teller", "member"}
    assert page(client, ballot, "tellers/")["Location"].startswith("/accounts/login/")


def test_each_look_at_named_papers_is_kept(client_of: ClientOf, district: District) -> None:
    ballot = named(district)
    teller = AppointmentFactory(user=UserFactory(), role=Role.TELLER, area=district.compound, unit=None).user
    client, looks = client_of(teller), ModelLogEntry.objects.filter(action="ballot.look")
    assert "<b>同意</b>" not in client.get(f"/ballots/{ballot.pk}/tellers/").content.decode()
    assert looks.count() == 0
    answer = client.post(f"/ballots/{ballot.pk}/tellers/")
    assert [one["choice"] for one in answer.context["papers"]] == ["同意"]
    assert "no-store" in answer["Cache-Control"]
    assert [one.user for one in looks] == [teller]
    assert client_of(district.worker).post(f"/ballots/{ballot.pk}/tellers/").status_code == 404
    secret = finished(district)
    assert client.post(f"/ballots/{secret.pk}/tellers/").status_code == 404


# --- Organising ----------------------------------------------------------------------------------------------
def draft_of(district: District, **fields: Any) -> dict[str, Any]:
    """Return what the form of a new ballot sends."""
    rule = fields.pop("rule", "hall_consultation")
    at = timezone.localtime()
    return {
        "question": "车棚装不装充电桩", "area": district.community.pk, "rule": DecisionRule.objects.get(key=rule).pk,
        "method": "decision", "options": "", "most_points": "5", "channels": ["online", "paper"], "may_change": "on",
        "opens_at": f"{at + timedelta(days=2):%Y-%m-%dT%H:%M}", "closes_at": f"{at + timedelta(days=3):%Y-%m-%dT%H:%M}",
        **fields,
    }  # fmt: skip


def test_a_new_ballot(client: Client, client_of: ClientOf, district: District) -> None:
    assert client.get("/ballots/new/")["Location"] == "/accounts/login/?next=/ballots/new/"
    assert client_of(district.resident).get("/ballots/new/").status_code == 403
    worker = client_of(district.worker)
    assert worker.get("/ballots/new/").status_code == 200
    answer = worker.post("/ballots/new/", draft_of(district, method="approval", options="甲\n\n 乙 \n"))
    ballot = Ballot.objects.get()
    assert answer["Location"] == f"/ballots/{ballot.pk}/"
    assert [one.text for one in ballot.options.all()] == ["甲", "乙"]
    assert (ballot.channels, ballot.may_change, ballot.state) == (["online", "paper"], True, "draft")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"question": ""}, "请写要大家表决的问题。"),
        ({"rule": "owners_ordinary", "method": "score", "options": "甲\n乙"}, "业主表决只能是"),
        ({"method": "score", "options": "甲"}, "请写 2 到"),
        ({"options": "甲\n乙"}, "不用另写选项"),
        ({"opens_at": "2023-01-01T08:00"}, "要在现在以后"),
        ({"closes_at": "2023-01-01T08:00"}, "要在开始以后"),
        ({"area": "1"}, "请从名单里选"),
    ],
)
def test_a_new_ballot_with_something_to_mend(
    client_of: ClientOf, district: District, changed: dict[str, Any], sentence: str
) -> None:
    answer = client_of(district.worker).post("/ballots/new/", draft_of(district, **changed))
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert not Ballot.objects.exists()


def test_noticing_with_those_who_are_ticked(client_of: ClientOf, district: District) -> None:
    people = voters(3, district.compound)
    ballot = drafted(district.worker, district.community, timezone.now())
    client, address = client_of(district.worker), f"/ballots/{ballot.pk}/notice/"
    assert "公告这场表决" in page(client, ballot, among=district.compound.pk).content.decode()
    empty = client.post(address, {"among": district.community.pk, "whom": "some"})
    assert (empty.status_code, "请先选邀请哪些人" in empty.content.decode()) == (422, True)
    done = client.post(
        address, {"among": district.community.pk, "whom": "some", "people": [one.pk for one in people[:2]]}
    )
    assert done["Location"] == f"/ballots/{ballot.pk}/"
    assert ballot.roll.count() == 2


def test_noticing_with_everybody_of_a_part(client_of: ClientOf, district: District) -> None:
    ballot = drafted(district.worker, district.community, timezone.now())
    sent = {"among": district.compound.pk, "whom": "all"}
    assert client_of(district.worker).post(f"/ballots/{ballot.pk}/notice/", sent).status_code == 302
    # The resident and the neighbour are verified, the newcomer is not.
    assert ballot.roll.count() == 2


def test_nobody_of_another_place_is_invited(client_of: ClientOf, district: District) -> None:
    ballot = drafted(district.worker, district.community, timezone.now())
    stranger = district.other_resident.resident
    sent = {"among": district.other_compound.pk, "whom": "some", "people": [stranger.pk]}
    assert client_of(district.worker).post(f"/ballots/{ballot.pk}/notice/", sent).status_code == 422
    assert ballot.roll.count() == 0


MAY = {
    "notice": {"worker", "worker2", "town_officer"},
    "withdraw": {"worker", "worker2", "town_officer"},
    "void": {"town_officer"},
    "count": {"worker", "worker2", "town_officer"},
}


@pytest.mark.parametrize("verb", MAY)
def test_who_may_do_what(client_of: ClientOf, district: District, verb: str) -> None:
    people = {name: user for name, user in district._asdict().items() if isinstance(user, User)}
    allowed = set()
    for name, user in people.items():
        if verb in ("void", "count"):
            ballot = open_now(district)
        else:
            ballot = drafted(district.worker, district.community, timezone.now())
        before = ballot.state
        if verb == "count":
            Ballot.objects.filter(pk=ballot.pk).update(closes_at=timezone.now())
        sent = {"reason": "弄错了", "among": district.community.pk, "whom": "all"}
        answer = confirm(client_of(user)).post(f"/ballots/{ballot.pk}/{verb}/", sent)
        ballot.refresh_from_db()
        if ballot.state != before:
            allowed.add(name)
        else:
            assert answer.status_code in (403, 404)
    assert allowed == MAY[verb]


def test_voiding_asks_who_is_there(client_of: ClientOf, district: District) -> None:
    ballot = open_now(district)
    officer = district.town_officer
    officer.set_password("demo-only-2023")
    officer.save()
    asked = client_of(officer).post(f"/ballots/{ballot.pk}/void/", {"reason": "名册错了"})
    assert asked["Location"] == f"/accounts/reauthenticate/?next=%2Fballots%2F{ballot.pk}%2Fvoid%2F"
    ballot.refresh_from_db()
    assert ballot.state == "open"
    client = confirm(client_of(officer))
    empty = client.post(f"/ballots/{ballot.pk}/void/", {"reason": ""})
    assert (empty.status_code, "请写原因" in empty.content.decode()) == (422, True)


def test_what_comes_too_early_is_refused_with_its_sentence(client_of: ClientOf, district: District) -> None:
    ballot = drafted(district.worker, district.compound, timezone.now(), rule="owners_ordinary")
    withdraw_ballot(ballot, by=district.worker, at=timezone.now(), reason="重写")
    client = client_of(district.worker)
    answer = client.post(f"/ballots/{ballot.pk}/notice/")
    assert (answer.status_code, "做不了这一步" in answer.content.decode()) == (409, True)
    assert client.post(f"/ballots/{ballot.pk}/nonsense/").status_code == 404


def test_sitemap_names_open_and_counted_ballots(client: Client, district: District) -> None:
    ballot, draft = open_now(district), drafted(district.worker, district.community, timezone.now())
    shown = client.get("/sitemap-ballots.xml").content.decode()
    assert f"/ballots/{ballot.pk}/" in shown
    assert f"/ballots/{draft.pk}/" not in shown
