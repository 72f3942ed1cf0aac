"""Every address of topics, sessions, ballots, resolutions and appraisals × every role: who sees and who acts.

The expectations are written by hand, not read from the permissions that they check. What is not public yet, a draft
or only planned, is not found by outsiders; whoever sees a record but may not act on it is told so.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from community.models import Dwelling
from community.roles import Role
from deliberation.models import (
    Appraisal,
    Ballot,
    CommitmentPhoto,
    CommitmentUpdate,
    Objection,
    Resolution,
    Topic,
)
from deliberation.states import IssueState, TopicState
from deliberation.views import appraisals, ballot_acting, resolution_acts, sessions, topic_acting
from tests.confirming import confirm
from tests.factories import AppointmentFactory, District, HallFactory, clean_photo_of
from tests.factories.ballots import counted, drafted, opened, owned, vote, voters
from tests.factories.resolutions import (
    carried_out,
    drafted_appraisal,
    hall_of,
    held,
    noticed_topic,
    opened_appraisal,
    opinion,
    planned,
    published,
)
from tests.factories.topics import TopicFactory
from tests.test_addresses import (
    EVERYBODY,
    OVERSEERS,
    REPORTER,
    RESPONSIBLE,
    ROLES,
    SIGNED_IN,
    WORKERS,
    client_for,
    make_issue,
    rolled_back,
    seers,
)

LIVE_THERE = {"resident", "neighbour"}
NOBODY: set[str] = set()


@pytest.fixture(autouse=True)
def keys(settings: Any, tmp_path: Path) -> None:
    """Ballots seal their votes with keys of this test alone."""
    settings.BALLOT_KEY_DIR = tmp_path / "keys"


def answers(district: District, address: str, roles: tuple[str, ...] = ROLES) -> dict[str, int]:
    """Return what each role is answered at an address."""
    return {role: client_for(role, district).get(address).status_code for role in roles}


def seen_by(allowed: set[str], *, anonymous: int = 404) -> dict[str, int]:
    """Return that some get a page and the others do not find it."""
    expected = {role: 200 if role in allowed else 404 for role in ROLES}
    return expected if "anonymous" in allowed else expected | {"anonymous": anonymous}


def state_of(record: Model) -> dict[str, Any]:
    """Return a record's columns as they are stored."""
    fresh = type(record)._default_manager.get(pk=record.pk)
    return {field.attname: getattr(fresh, field.attname) for field in record._meta.concrete_fields}


def check_acts(
    district: District, record: Model, address: str, may: set[str], sent: dict[str, Any], others: int
) -> None:
    """Who may is heard, whatever comes of it; the others are refused, or find nothing, and change nothing."""
    before = state_of(record)
    for role in ROLES:
        with rolled_back():
            client = client_for(role, district)
            # What takes votes away asks again who somebody is.
            client = client if role == "anonymous" else confirm(client)
            status = client.post(address, sent).status_code
            changed = state_of(record) != before
        if role == "anonymous":
            assert status == 302, address
        elif role in may:
            assert status in (200, 302, 409, 422), (address, role, status)
        else:
            assert (status, changed) == (others, False), (address, role)


def ballot_at(district: District, **fields: Any) -> Ballot:
    """Return an open ballot with the resident and two others on its roll."""
    at = timezone.now() - timedelta(days=20, hours=1)
    people = [district.resident.resident, *voters(2, district.compound)]
    return opened(district.worker, district.community, at, people, **fields)


def owners_ballot(district: District) -> Ballot:
    """Return an open ballot of owners, whose papers carry names."""
    at = timezone.now() - timedelta(days=20, hours=1)
    for number, one in enumerate([district.resident.resident, *voters(2, district.compound)]):
        flat = Dwelling.objects.create(area=district.compound, building="3", room=f"{number}01", floor_area=9000)
        owned(flat, one, since=at)
    return opened(district.worker, district.compound, at, [], rule="owners_ordinary")


# --- Who sees --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", list(TopicState))
def test_who_sees_a_topic(district: District, state: TopicState) -> None:
    hall = hall_of(district)
    shown, kept = (
        TopicFactory(hall=hall, proposer=district.resident, state=state, is_public=is_public)
        for is_public in (True, False)
    )
    assert answers(district, shown.get_absolute_url()) == dict.fromkeys(ROLES, 200)
    assert answers(district, kept.get_absolute_url()) == seen_by(REPORTER | RESPONSIBLE | OVERSEERS)


def test_who_sees_what_is_kept_elsewhere(district: District) -> None:
    """The staff of one place finds nothing of another; who watches over the whole district does."""
    hall = HallFactory(area=district.other_community)
    topic = TopicFactory(hall=hall, proposer=district.other_resident, is_public=False)
    at = timezone.now()
    draft = drafted(district.other_worker, district.other_community, at)
    there = {"other_worker", "other_town_officer"}
    watchers = {"district_officer", "auditor"}
    assert answers(district, topic.get_absolute_url()) == seen_by(there | watchers | {"other_resident"})
    assert answers(district, draft.get_absolute_url()) == seen_by(there)


def test_who_sees_a_session(district: District) -> None:
    topic = noticed_topic(district)
    session = planned(district, [topic])
    assert answers(district, session.get_absolute_url()) == seen_by(RESPONSIBLE | OVERSEERS)
    noticed = held(district, noticed_topic(district))
    assert answers(district, noticed.get_absolute_url()) == dict.fromkeys(ROLES, 200)


def test_who_sees_a_ballot(district: District) -> None:
    draft = drafted(district.worker, district.community, timezone.now())
    for name in ("ballot", "ballot_papers", "ballot_receipts", "ballot_recount"):
        allowed = RESPONSIBLE if name == "ballot" else NOBODY
        assert answers(district, reverse(name, args=[draft.pk])) == seen_by(allowed), name
    running = ballot_at(district)
    vote(running, "yes", "no")
    for name in ("ballot", "ballot_papers", "ballot_receipts", "ballot_recount"):
        allowed = EVERYBODY if name == "ballot" else NOBODY
        assert answers(district, reverse(name, args=[running.pk])) == seen_by(allowed), name
    assert answers(district, reverse("ballot_tellers", args=[running.pk])) == seen_by(NOBODY, anonymous=302)


def test_who_sees_what_was_counted(district: District) -> None:
    """Of a secret ballot everybody gets every paper; of an owners' ballot nobody but its tellers does."""
    secret, named = counted(ballot_at(district)), counted(owners_ballot(district))
    for name in ("ballot", "ballot_papers", "ballot_receipts", "ballot_recount"):
        assert answers(district, reverse(name, args=[secret.pk])) == seen_by(EVERYBODY), name
    assert answers(district, reverse("ballot_papers", args=[named.pk])) == seen_by(NOBODY)
    tellers = reverse("ballot_tellers", args=[named.pk])
    assert answers(district, tellers) == seen_by(NOBODY, anonymous=302)
    AppointmentFactory(user=district.steward, role=Role.TELLER, area=district.compound, unit=None)
    assert answers(district, tellers) == seen_by({"steward"}, anonymous=302)


def test_who_sees_the_papers_and_the_objections_of_a_ballot(district: District) -> None:
    """Who may hand out papers and who answers objections; nobody else finds either page."""
    running, draft = ballot_at(district), drafted(district.worker, district.community, timezone.now())
    for name in ("ballot_paper", "ballot_objections"):
        for ballot in (running, draft):
            expected = seen_by(RESPONSIBLE, anonymous=302)
            assert answers(district, reverse(name, args=[ballot.pk])) == expected, name


def test_who_sees_a_resolution_and_its_photos(district: District) -> None:
    resolution = carried_out(district)
    clean = clean_photo_of()
    update = CommitmentUpdate.objects.create(
        commitment=resolution.commitments.get(), by=district.handler, text="开工了", at=timezone.now()
    )
    photo = CommitmentPhoto.objects.create(
        update=update, taken_at=update.at, width=clean.width, height=clean.height, **clean.files()
    )
    assert answers(district, resolution.get_absolute_url()) == dict.fromkeys(ROLES, 200)
    for size, status in (("small", 200), ("full", 200), ("huge", 404)):
        address = reverse("commitment_photo", args=[resolution.number, photo.pk, size])
        assert answers(district, address) == dict.fromkeys(ROLES, status), size
    other = reverse("commitment_photo", args=["EC-R-2023-999999", photo.pk, "small"])
    assert answers(district, other) == dict.fromkeys(ROLES, 404)


def test_who_sees_an_appraisal(district: District) -> None:
    draft = drafted_appraisal(district)
    assert answers(district, draft.get_absolute_url()) == seen_by(RESPONSIBLE | OVERSEERS)
    running = opened_appraisal(district, title="第二轮评议")
    assert answers(district, running.get_absolute_url()) == dict.fromkeys(ROLES, 200)


def test_who_sees_the_course_of_an_issue(district: District) -> None:
    for fields in ({"is_public": True}, {}, {"is_private": True}):
        issue = make_issue(district, IssueState.DISPATCHED, **fields)
        allowed = EVERYBODY if issue.is_public else seers(IssueState.DISPATCHED)
        assert answers(district, reverse("issue_chain", args=[issue.number])) == seen_by(allowed), fields


# --- Who begins something ----------------------------------------------------------------------------------
def test_who_plans_drafts_and_publishes(district: District) -> None:
    topic = opinion(district)
    workers_and_officers = WORKERS | {"town_officer", "other_town_officer"}
    for address, allowed in (
        (reverse("new_session"), RESPONSIBLE),
        (reverse("new_appraisal"), workers_and_officers),
        (f"{reverse('new_resolution')}?topic={topic.number}", RESPONSIBLE),
        (reverse("new_resolution"), NOBODY),
    ):
        assert answers(district, address) == seen_by(allowed, anonymous=302), address


def test_who_keeps_a_towns_list(district: District) -> None:
    address = reverse("topic_scopes", args=[district.town.code])
    assert answers(district, address) == dict.fromkeys(ROLES, 200)
    for role in ROLES:
        with rolled_back():
            status = client_for(role, district).post(address, {"title": ""}).status_code
        assert status == {"anonymous": 302, "town_officer": 422}.get(role, 403), role
    assert answers(district, reverse("topic_scopes", args=["999999"])) == dict.fromkeys(ROLES, 404)


# --- Who acts ----------------------------------------------------------------------------------------------
TOPIC_MAY = {
    "endorse": {"neighbour"},
    "follow": SIGNED_IN,
    "confirm": RESPONSIBLE,
    "refuse": RESPONSIBLE,
    "withdraw": REPORTER,
    "notice": RESPONSIBLE,
    "answer": {"town_officer"},
    "argue": SIGNED_IN,
    "suggest": SIGNED_IN,
    "amend": SIGNED_IN,
    "state": SIGNED_IN,
    "reply": NOBODY,
    "stance": LIVE_THERE,
}
SESSION_MAY = {
    "notice": RESPONSIBLE,
    "open": RESPONSIBLE,
    "close": RESPONSIBLE,
    "cancel": RESPONSIBLE,
    "agenda": RESPONSIBLE,
    # A moderator's and a recorder's, whom none of the roles of the table is.
    "opinion": NOBODY,
    "adjourn": NOBODY,
    "attach": RESPONSIBLE,
}
BALLOT_MAY = {
    "notice": RESPONSIBLE,
    "open": RESPONSIBLE,
    "count": RESPONSIBLE,
    "void": {"town_officer"},
    "withdraw": RESPONSIBLE,
    # An objection to the roll is for whoever lives there, verified or not.
    "object": LIVE_THERE | {"newcomer"},
}
RESOLUTION_MAY = {
    "object": LIVE_THERE,
    "answer": RESPONSIBLE,
    "revoke": {"town_officer"},
    "evaluate": LIVE_THERE,
    "update": RESPONSIBLE | {"handler"},
    "finish": {"handler"},
    "drop": {"town_officer"},
    "reopen": RESPONSIBLE,
}
APPRAISAL_MAY = {"voice": LIVE_THERE, "notice": RESPONSIBLE, "withdraw": RESPONSIBLE}


def test_each_verb_has_its_row() -> None:
    """A new verb comes with who may."""
    assert set(topic_acting.VERBS) == set(TOPIC_MAY)
    assert set(sessions.FORMS) == set(SESSION_MAY)
    assert set(ballot_acting.VERBS) == set(BALLOT_MAY)
    assert set(resolution_acts.FORMS) == set(RESOLUTION_MAY)
    assert set(appraisals.FORMS) == set(APPRAISAL_MAY)


def test_who_acts_on_a_topic(district: District) -> None:
    hall = hall_of(district)
    shown: Topic = TopicFactory(hall=hall, proposer=district.resident)
    kept: Topic = TopicFactory(hall=hall, proposer=district.resident, is_public=False)
    for verb, may in TOPIC_MAY.items():
        check_acts(district, shown, reverse("topic_action", args=[shown.number, verb]), may, {}, 403)
        for role in set(ROLES) - REPORTER - RESPONSIBLE - OVERSEERS - {"anonymous"}:
            address = reverse("topic_action", args=[kept.number, verb])
            assert client_for(role, district).post(address).status_code == 404, (verb, role)


def test_who_acts_on_a_session(district: District) -> None:
    topic = noticed_topic(district)
    noticed = held(district, topic)
    draft = planned(district, [noticed_topic(district)])
    for verb, may in SESSION_MAY.items():
        sent = {"row": topic.pk} if verb in ("opinion", "adjourn", "attach") else {}
        check_acts(district, noticed, reverse("session_action", args=[noticed.pk, verb]), may, sent, 403)
        for role in set(ROLES) - RESPONSIBLE - OVERSEERS - {"anonymous"}:
            address = reverse("session_action", args=[draft.pk, verb])
            assert client_for(role, district).post(address, sent).status_code == 404, (verb, role)


def test_who_acts_on_a_ballot(district: District) -> None:
    running = ballot_at(district)
    draft = drafted(district.worker, district.community, timezone.now())
    for verb, may in BALLOT_MAY.items():
        check_acts(district, running, reverse("ballot_action", args=[running.pk, verb]), may, {}, 403)
        for role in set(ROLES) - RESPONSIBLE - {"anonymous"}:
            address = reverse("ballot_action", args=[draft.pk, verb])
            assert client_for(role, district).post(address).status_code == 404, (verb, role)


def test_who_votes(district: District) -> None:
    """Who is on the roll; others are told that they are not, and of a draft they find nothing."""
    running = ballot_at(district)
    draft = drafted(district.worker, district.community, timezone.now())
    for role in ROLES:
        with rolled_back():
            client = client_for(role, district)
            on_roll = client.post(reverse("ballot_vote", args=[running.pk]), {"choice": "yes"}).status_code
            of_draft = client.post(reverse("ballot_vote", args=[draft.pk]), {"choice": "yes"}).status_code
        assert on_roll == {"anonymous": 302, "resident": 200}.get(role, 403), role
        assert of_draft == ({"anonymous": 302}.get(role, 409 if role in RESPONSIBLE else 404)), role


def test_who_acts_on_a_resolution(district: District) -> None:
    shown: Resolution = published(district)
    commitment = shown.commitments.get()
    objection = Objection.objects.create(
        notice=shown.notices.get(), by=district.other_resident, text="桩太少", at=shown.published_at
    )
    for verb, may in RESOLUTION_MAY.items():
        sent = {"row": objection.pk} if verb == "answer" else {}
        sent = {"row": commitment.pk} if verb in ("update", "finish", "drop", "reopen") else sent
        check_acts(district, shown, reverse("resolution_action", args=[shown.number, verb]), may, sent, 403)


def test_who_acts_on_an_appraisal(district: District) -> None:
    running: Appraisal = opened_appraisal(district)
    draft = drafted_appraisal(district, title="第二轮评议")
    for verb, may in APPRAISAL_MAY.items():
        check_acts(district, running, reverse("appraisal_action", args=[running.pk, verb]), may, {}, 403)
        for role in set(ROLES) - RESPONSIBLE - OVERSEERS - {"anonymous"}:
            address = reverse("appraisal_action", args=[draft.pk, verb])
            assert client_for(role, district).post(address).status_code == 404, (verb, role)
