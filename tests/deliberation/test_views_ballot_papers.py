"""Votes on paper and objections to a roll through the real addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from community.models import User
from community.roles import Role
from deliberation.models import Ballot, Objection, PaperBatch
from deliberation.workflow.ballots import notice_ballot
from tests.factories import District, photo_file
from tests.factories.ballot_sheets import on_paper, owners_on_paper
from tests.factories.ballots import HOUR, drafted
from tests.factories.community import AppointmentFactory, UserFactory

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


def since() -> Any:
    """Return when a ballot was noticed that opened an hour ago."""
    return timezone.now() - timedelta(days=20) - HOUR


def act(client: Client, ballot: Ballot, name: str, **fields: Any) -> Any:
    """Send one form of the page."""
    return client.post(f"/ballots/{ballot.pk}/paper/", {"act": name, **fields})


def test_who_handles_paper(client: Client, client_of: ClientOf, district: District) -> None:
    ballot = on_paper(district, since())
    people = {name: user for name, user in district._asdict().items() if isinstance(user, User)}
    sees = {
        name for name, user in people.items() if client_of(user).get(f"/ballots/{ballot.pk}/paper/").status_code == 200
    }
    assert sees == {"worker", "worker2", "town_officer"}
    assert client.get(f"/ballots/{ballot.pk}/paper/").status_code == 302


def test_a_paper_is_handed_out_and_comes_back(client_of: ClientOf, district: District) -> None:
    ballot = on_paper(district, since())
    client, entry = client_of(district.worker), ballot.roll.first()
    assert entry is not None
    assert "还没投" in client.get(f"/ballots/{ballot.pk}/paper/", {"entry": entry.pk}).content.decode()
    stub = act(client, ballot, "hand_out", entry=entry.pk, channel="paper", note="")
    assert (stub.status_code, len(stub.context["code"])) == (200, 19)
    assert "no-store" in stub["Cache-Control"]
    again = act(client, ballot, "hand_out", entry=entry.pk, channel="paper", note="")
    assert (again.status_code, "已经领了纸质票" in again.content.decode()) == (409, True)
    assert act(client, ballot, "take_back", entry=entry.pk).status_code == 302
    entry.refresh_from_db()
    assert (entry.has_voted, entry.channel) == (True, "paper")
    other = ballot.roll.last()
    assert other is not None
    act(client, ballot, "hand_out", entry=other.pk, channel="doorstep", note="")
    assert act(client, ballot, "cancel", entry=other.pk, reason="lost").status_code == 302
    assert [act(client, ballot, name, entry=other.pk).status_code for name in ("nonsense", "cancel")] == [422, 422]


def test_two_people_type_a_batch(client_of: ClientOf, district: District) -> None:
    ballot = on_paper(district, since())
    worker, other = client_of(district.worker), client_of(district.worker2)
    typed = "同意\n不同意\n废票\n"
    done = act(worker, ballot, "enter_batch", papers=typed, photos=photo_file())
    assert done.status_code == 302
    batch = PaperBatch.objects.get()
    assert batch.size == 3
    assert act(worker, ballot, "check_batch", batch=batch.pk, papers=typed).status_code == 403
    wrong = act(other, ballot, "check_batch", batch=batch.pk, papers="同意\n同意\n弃权")
    assert (wrong.status_code, "有 1 张不一样" in wrong.content.decode()) == (422, True)
    assert act(other, ballot, "check_batch", batch=batch.pk, papers="弃权\n不同意\n同意").status_code == 302
    batch.refresh_from_db()
    assert batch.state == "checked"
    unread = act(worker, ballot, "enter_batch", papers="也许", photos=photo_file())
    assert (unread.status_code, "也许" in unread.content.decode()) == (422, False)


def test_two_people_type_an_owners_paper(client_of: ClientOf, district: District) -> None:
    ballot = owners_on_paper(district, since())
    entry = ballot.roll.order_by("pk").last()
    assert entry is not None
    worker, other = client_of(district.worker), client_of(district.worker2)
    page = worker.get(f"/ballots/{ballot.pk}/paper/", {"entry": entry.pk}).content.decode()
    assert "录入这张票" in page
    assert "checked" not in page
    sent = {"entry": entry.pk, "channel": "paper", "choice": "yes", "proxy": "", "photos": photo_file()}
    assert act(worker, ballot, "enter_owner_paper", **sent).status_code == 302
    paper = ballot.owner_papers.get()
    assert act(other, ballot, "check_owner_paper", paper=paper.pk, choice="no").status_code == 422
    done = act(other, ballot, "check_owner_paper", paper=paper.pk, choice="yes")
    assert (done.status_code, len(done.context["code"])) == (200, 19)
    entry.refresh_from_db()
    assert entry.has_voted


def test_the_roll_asks_as_much_for_two_as_for_six(client_of: ClientOf, district: District) -> None:
    counts = []
    for count in (2, 6):
        ballot, client = on_paper(district, since(), count), client_of(district.worker)
        client.get(f"/ballots/{ballot.pk}/paper/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/ballots/{ballot.pk}/paper/")
        counts.append(len(queries))
    assert counts[0] == counts[1], [one["sql"][:150] for one in queries]


@pytest.fixture
def noticed(district: District) -> Ballot:
    """Return a ballot of adults whose roll is shown."""
    at = timezone.now()
    owners_on_paper(district, since())
    return notice_ballot(
        drafted(district.worker, district.compound, at, rule="owners_ordinary"), by=district.worker, at=at
    )


def test_an_objection_and_its_answer(client: Client, client_of: ClientOf, district: District, noticed: Ballot) -> None:
    address, page = f"/ballots/{noticed.pk}/object/", f"/ballots/{noticed.pk}/"
    assert "我要提异议" in client_of(district.resident).get(page).content.decode()
    assert "我要提异议" not in client_of(district.other_resident).get(page).content.decode()
    assert client_of(district.other_resident).post(address, {"text": "不对"}).status_code == 403
    assert client_of(district.resident).post(address, {"text": ""}).status_code == 422
    assert client_of(district.resident).post(address, {"text": "三栋少了一户"}).status_code == 302
    objection = Objection.objects.get()
    assert "三栋少了一户" not in client.get(page).content.decode()
    staff, answers = client_of(district.worker), f"/ballots/{noticed.pk}/objections/"
    assert client_of(district.resident).get(answers).status_code == 404
    assert "三栋少了一户" in staff.get(answers).content.decode()
    assert staff.post(answers, {"objection": objection.pk, "answer": "核对过"}).status_code == 422
    done = staff.post(answers, {"objection": objection.pk, "uphold": "0", "answer": "核对过，没有少"})
    assert done.status_code == 302
    objection.refresh_from_db()
    assert (objection.state, objection.answer) == ("declined", "核对过，没有少")


def test_a_teller_types_and_hands_out_nothing(client_of: ClientOf, district: District) -> None:
    ballot = on_paper(district, since())
    teller = AppointmentFactory(user=UserFactory(), role=Role.TELLER, area=district.community, unit=None).user
    entry = ballot.roll.first()
    assert entry is not None
    page = client_of(teller).get(f"/ballots/{ballot.pk}/paper/", {"entry": entry.pk}).content.decode()
    assert ["录入这一批" in page, "发一张票" in page] == [True, False]
    assert act(client_of(teller), ballot, "hand_out", entry=entry.pk, channel="paper", note="").status_code == 403
