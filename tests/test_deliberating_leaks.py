"""Nothing of what is deliberated reaches the public before it may: not a name, nor words that nobody reviewed.

Looked for in every page that anybody opens, every feed, sitemap, data file and search, as somebody not signed in.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from community.models import Dwelling, User
from deliberation.models import AppraisalVoice, Evaluation, Objection, Topic
from deliberation.models.topics import Side
from deliberation.states import TopicState
from tests.factories import District
from tests.factories.ballots import counted, drafted, opened, owned, vote, voters
from tests.factories.resolutions import (
    drafted_appraisal,
    hall_of,
    held,
    noticed_topic,
    opened_appraisal,
    planned,
    published,
    to_evaluate,
)
from tests.factories.topics import AmendmentFactory, ArgumentFactory, OptionFactory, StatementFactory, TopicFactory
from tests.test_addresses import PLAIN, client_for

NAME, PHONE = "欧阳隐名", "13800000000"
SECTIONS = ("issues", "pages", "places", "topics", "ballots", "halls")


@pytest.fixture(autouse=True)
def keys(settings: Any, tmp_path: Path) -> None:
    """Ballots seal their votes with keys of this test alone."""
    settings.BALLOT_KEY_DIR = tmp_path / "keys"


def named(user: User) -> User:
    """Give somebody a name and a phone that are found nowhere by chance."""
    user.name = NAME
    user.set_phone(PHONE, verified=True)
    user.save()
    user.resident.name = NAME
    user.resident.save()
    return user


def unreviewed_words(district: District, topic: Topic) -> None:
    """Let a neighbour write everything that a topic takes; nobody has seen any of it."""
    how = {"topic": topic, "by": district.neighbour, "is_public": False}
    ArgumentFactory(**how, side=Side.FOR, text="密理由")
    option = OptionFactory(topic=topic, by=district.resident, text="公开的方案")
    OptionFactory(**how, text="密方案")
    AmendmentFactory(**how, option=option, text="密修改")
    StatementFactory(**how, text="密说法")


def topics_of(district: District) -> list[str]:
    """Make public and hidden topics and sessions; returns the addresses that everybody opens."""
    hall = hall_of(district)
    shown = TopicFactory(hall=hall, proposer=district.resident, title="公开的车棚", state=TopicState.IN_SESSION)
    unreviewed_words(district, shown)
    TopicFactory(hall=hall, proposer=district.resident, title="未审看的密车棚", question="密问题", is_public=False)
    session = held(district, noticed_topic(district))
    planned(district, [noticed_topic(district)], title="筹备中的密会议")
    return [one.get_absolute_url() for one in (hall, shown, session)]


def results_of(district: District) -> list[str]:
    """Make resolutions and rounds with words that nobody reviewed; returns the addresses that everybody opens."""
    shown, rated, running = published(district), to_evaluate(district), opened_appraisal(district)
    how: dict[str, Any] = {"is_public": False, "at": timezone.now()}
    Objection.objects.create(notice=shown.notices.get(), by=district.resident, text="密异议", **how)
    Evaluation.objects.create(resolution=rated, user=district.resident, rating=2, text="密评语", **how)
    AppraisalVoice.objects.create(appraisal=running, user=district.resident, rating=2, text="密声音", **how)
    drafted_appraisal(district, title="草拟的密评议")
    return [one.get_absolute_url() for one in (shown, rated, running)]


def ballots_of(district: District) -> list[str]:
    """Make ballots of which the rolls and the named papers are nobody's; returns what everybody opens."""
    at = timezone.now() - timedelta(days=20, hours=1)
    people = [district.resident.resident, *voters(2, district.compound)]
    for number, one in enumerate(people):
        flat = Dwelling.objects.create(area=district.compound, building="密栋", room=f"{number}01", floor_area=9000)
        owned(flat, one, since=at)
    running = opened(district.worker, district.community, at, people)
    secret = opened(district.worker, district.community, at, people, question="续不续约")
    owners = opened(district.worker, district.compound, at, [], rule="owners_ordinary", question="换不换物业")
    for ballot in (running, secret, owners):
        vote(ballot, "yes", "no")
    counted(secret), counted(owners)
    drafted(district.worker, district.community, timezone.now(), question="草拟的密表决")
    addresses = [ballot.get_absolute_url() for ballot in (running, secret, owners)]
    addresses += [reverse(name, args=[secret.pk]) for name in ("ballot_papers", "ballot_receipts", "ballot_recount")]
    return [*addresses, reverse("ballot_receipts", args=[owners.pk]), reverse("ballot_recount", args=[owners.pk])]


def texts_of(client: Client, addresses: list[str]) -> dict[str, str]:
    """Return the source of each address, all of which are there."""
    texts = {}
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        texts[address] = response.content.decode()
    return texts


def test_nothing_that_waits_reaches_the_public(district: District) -> None:
    named(district.resident)
    records = [*topics_of(district), *results_of(district), *ballots_of(district)]
    everywhere = [reverse(name) for name, allowed in PLAIN.items() if "anonymous" in allowed]
    searches = [f"{reverse('search')}?q={words}" for words in ("车棚", "表决", "评议", "会议", "隐名")]
    index = Client().get("/sitemap.xml").content.decode()
    sitemaps = [f"/sitemap-{one}.xml" for one in SECTIONS if f"sitemap-{one}.xml" in index]
    texts = texts_of(client_for("anonymous", district), ["/", *everywhere, *searches, *sitemaps, *records])
    assert "公开的车棚" in texts[reverse("topics")]
    assert any("公开的方案" in text for text in texts.values())
    secrets = (
        NAME, PHONE, "密理由", "密方案", "密修改", "密说法", "密车棚", "密问题", "密会议", "密异议", "密评语", "密声音", "密评议",
        "密表决", "密栋",
    )  # fmt: skip
    assert [(address, one) for address, text in texts.items() for one in secrets if one in text] == []


def test_words_are_kept_from_other_residents_too(district: District) -> None:
    """Who is signed in and has nothing to do with it reads no more than the public."""
    records = [*topics_of(district), *results_of(district)]
    texts = texts_of(client_for("other_resident", district), records)
    secrets = ("密理由", "密方案", "密修改", "密说法", "密异议", "密评语", "密声音")
    assert [(address, one) for address, text in texts.items() for one in secrets if one in text] == []
