"""What breaks in the forms of proceedings, and what they let through: garbage, other people's rows, second posts."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session as DjangoSession
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from community.models import Notice
from deliberation.models import Ballot, RollEntry, TopicBallot
from tests.attacks import proceedings
from tests.attacks.acts import Given
from tests.attacks.acts.appraisals import APPRAISALS
from tests.attacks.acts.ballots import BALLOTS
from tests.attacks.acts.halls import HALLS
from tests.attacks.acts.resolutions import RESOLUTIONS
from tests.attacks.acts.sessions import SESSIONS
from tests.attacks.acts.topics import TOPICS
from tests.attacks.addresses import nothing_written, signed_in
from tests.attacks.test_acts import address_of, browser
from tests.factories import District, HallFactory
from tests.factories.ballots import drafted
from tests.factories.topics import OptionFactory, StatementFactory, TopicFactory
from tests.test_addresses import ROLES, rolled_back

pytestmark = pytest.mark.django_db
ACTS = {**HALLS, **TOPICS, **SESSIONS, **BALLOTS, **RESOLUTIONS, **APPRAISALS}
GARBAGE = (
    "\x00", "a\x00b", "9" * 19, "9" * 30, "9" * 5000, "-1", "0", "1e9", "٣", "²", "\ud800", "x" * 9000,
    "9999-12-31T23:59", "0001-01-01T00:00", "9999-12-31", "0001-01-01", "2026-02-30", "<script>", "' OR 1=1--",
)  # fmt: skip


@pytest.mark.parametrize("key", ACTS)
def test_garbage_in_any_field_is_answered(district: District, key: str) -> None:
    """Whoever may send the form gets a sentence, never an error of the server; nor does JSON break anything."""
    act = ACTS[key]
    made = act.build(district)
    role = min(act.may, key=ROLES.index) if act.may else "worker"
    client = browser(district, role)
    client.raise_request_exception = False
    fields, address = act.form(Given(district, made, client)), address_of(key, act, made)
    broke = []
    for name in [*fields, "row"]:
        for bad in GARBAGE:
            caches["default"].clear()
            with rolled_back():
                sent = {**fields, name: bad.encode("utf-8", "surrogatepass").decode("utf-8", "replace")}
                status = client.post(address, sent).status_code
            broke += [(name, bad[:20], status)] if status >= 500 else []
    with rolled_back():
        assert client.post(address, '{"choice": "yes"}', content_type="application/json").status_code < 500
    for method in ("put", "patch", "delete", "options"):
        with nothing_written():
            assert getattr(client, method)(address).status_code in (403, 404, 405)
    assert broke == []


# --- Rows of others --------------------------------------------------------------------------------------
def test_rows_of_another_topic_are_no_choice(district: District) -> None:
    """A statement and an option of another hall's topic, and a number of none, change nothing."""
    here = proceedings.a_topic(district, proceedings.TopicState.CONFIRMED)
    there = TopicFactory(hall=HallFactory(area=district.other_community), state=proceedings.TopicState.CONFIRMED)
    statement, option = StatementFactory(topic=there), OptionFactory(topic=there)
    client = browser(district, "resident")
    for verb, sent in (
        ("stance", {"statement": statement.pk, "stance": "1"}),
        ("amend", {"option": option.pk, "text": "换一个", "reason": ""}),
    ):
        with nothing_written():
            assert client.post(reverse("topic_action", args=[here.number, verb]), sent).status_code == 422


def test_a_ballot_of_another_community_is_put_to_no_topic_here(district: District) -> None:
    """Nor does its draft show on the page of whoever does not organise it."""
    made = proceedings.held_session(district)
    topic = proceedings.Topic.objects.get()
    strange = drafted(
        district.neighbour_worker, district.neighbour_community, timezone.now(), question="西园的草稿谁也没看过"
    )
    for role in ("worker", "town_officer"):
        client = browser(district, role)
        page = client.get(reverse("session", args=[made.there[0]])).content.decode()
        assert ("西园的草稿" in page) is False, role
        sent = {"row": topic.pk, "ballot": strange.pk}
        with nothing_written():
            answer = client.post(reverse("session_action", args=[made.there[0], "attach"]), sent)
        assert answer.status_code == 422, role
    assert not TopicBallot.objects.exists()


def test_nobody_votes_with_anothers_entry(district: District) -> None:
    """A forged number of an entry is refused, for somebody on the roll and for somebody who is not."""
    ballot = proceedings.opened(
        district.worker, district.community, proceedings.days(-20) - proceedings.HOUR,
        [district.resident.resident, district.neighbour.resident],
    )  # fmt: skip
    theirs = RollEntry.objects.get(ballot=ballot, voters__resident=district.neighbour.resident)
    address = reverse("ballot_vote", args=[ballot.pk])
    assert browser(district, "other_resident").post(address, {"choice": "yes", "entry": theirs.pk}).status_code == 403
    browser(district, "resident").post(address, {"choice": "yes", "entry": theirs.pk})
    theirs.refresh_from_db()
    assert (theirs.has_voted, theirs.box) == (False, theirs.box)
    assert RollEntry.objects.filter(ballot=ballot, has_voted=True).count() == 1


@pytest.mark.parametrize(
    ("build", "name", "verb", "fields"),
    [
        (proceedings.shown_resolution, "resolution_action", "object", {"text": "没有通知"}),
        (proceedings.rated_resolution, "resolution_action", "evaluate", {"rating": "5"}),
        (proceedings.open_appraisal, "appraisal_action", "voice", {"rating": "5"}),
    ],
)
def test_a_second_post_adds_nobody(
    district: District, build: Any, name: str, verb: str, fields: dict[str, str]
) -> None:
    """Sent twice, it is one person's; and for another, whoever's number is added, it is the sender's."""
    from deliberation.models import AppraisalVoice, Evaluation, Objection

    made = build(district)
    client, address = browser(district, "resident"), reverse(name, args=[*made.there, verb])
    for _tab in range(2):
        client.post(address, {**fields, "by": district.neighbour.pk, "user": district.neighbour.pk})
    voices = [*Objection.objects.values_list("by"), *Evaluation.objects.values_list("user"),
              *AppraisalVoice.objects.values_list("user")]  # fmt: skip
    assert voices == [(district.resident.pk,)]


def test_endorsing_from_two_tabs_is_one(district: District) -> None:
    topic = proceedings.a_topic(district)
    address = reverse("topic_action", args=[topic.number, "endorse"])
    for _tab in range(2):
        browser(district, "neighbour").post(address)
    topic.refresh_from_db()
    assert topic.endorsement_count == 1


# --- What is kept of a vote ------------------------------------------------------------------------------
def test_a_page_with_a_paper_or_a_receipt_is_kept_by_nobody(district: District) -> None:
    """Not by the site, not by a proxy, and not by the browser for whoever comes next."""
    made = proceedings.open_ballot(district)
    client = browser(district, "resident")
    page = client.get(reverse("ballot", args=made.there))
    receipt = client.post(reverse("ballot_vote", args=made.there), {"choice": "no"})
    again = client.get(reverse("ballot", args=made.there))
    for answer in (page, receipt, again):
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]
        assert "private" in answer.headers["Cache-Control"]
    assert not set(client.cookies) - {"sessionid", "csrftoken"}
    if isinstance(caches["pages"], LocMemCache):
        assert len(caches["pages"]._cache) == 0
    assert 'name="choice"' in page.content.decode()
    assert "data-no-draft" in page.content.decode()
    anonymous = Client().get(reverse("ballot", args=made.there)).content.decode()
    assert 'name="choice"' not in anonymous
    for row in DjangoSession.objects.all():
        assert not {"choice", "no"} & set(map(str, row.get_decoded().values()))
    assert not Notice.objects.filter(recipient=district.resident).exclude(url__startswith="/ballots/").exists()


def test_a_broken_vote_leads_nowhere_with_its_choice(district: District) -> None:
    """Neither a redirect to the sign-in nor a refusal repeats what was chosen."""
    made = proceedings.open_ballot(district)
    address = reverse("ballot_vote", args=made.there)
    answer = Client().post(address, {"choice": "geheim"})
    assert "geheim" not in answer.headers["Location"]
    assert b"geheim" not in browser(district, "resident").post(address, {"choice": "geheim"}).content
    assert b"geheim" not in browser(district, "neighbour").post(address, {"choice": "geheim"}).content
    assert "geheim" not in str([row.get_decoded() for row in DjangoSession.objects.all()])


def test_stances_and_endorsements_are_nobodys_to_read(district: District) -> None:
    """Others read sums, never who."""
    topic = proceedings.a_topic(district, proceedings.TopicState.CONFIRMED)
    statement = StatementFactory(topic=topic)
    signed_in(district.neighbour).post(
        reverse("topic_action", args=[topic.number, "stance"]), {"statement": statement.pk, "stance": "1"}
    )
    pages = {
        role: signed_in(getattr(district, role, None)).get(topic.get_absolute_url()).content.decode() for role in ROLES
    }
    for role, text in pages.items():
        assert "neighbour" not in text, role
        assert ('aria-pressed="true"' in text) == (role == "neighbour"), role


def test_a_draft_ballot_is_no_file_yet(district: District) -> None:
    made = proceedings.open_ballot(district)
    assert Ballot.objects.get().state == "open"
    for name in ("ballot_papers", "ballot_receipts", "ballot_recount"):
        for role in ROLES:
            assert signed_in(getattr(district, role, None)).get(reverse(name, args=made.there)).status_code == 404
