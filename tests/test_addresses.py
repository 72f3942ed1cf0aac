"""Every address × every role × every state of an issue: who sees and who does what.

The expectations are written by hand here, not read from the permissions that they check. An address
that is missing from the table fails the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from community.models import Notice, Reveal
from community.urls import urlpatterns as community_urls
from deliberation.models import Issue, IssueEvent, IssuePhoto
from deliberation.models.issues import PhotoKind
from deliberation.states import IssueState as S
from deliberation.urls import urlpatterns as deliberation_urls
from portal.urls import urlpatterns as portal_urls
from tests.factories import District, IssueFactory, clean_photo_of, photo_file
from tests.factories.portal import DisclosurePageFactory, NewsPageFactory

ROLES = (
    "anonymous", "resident", "neighbour", "newcomer", "worker", "neighbour_worker", "handler", "steward",
    "town_officer", "district_officer", "auditor", "administrator", "other_resident", "other_worker",
    "other_handler", "other_town_officer", "superuser",
)  # fmt: skip
REPORTER = {"resident"}
RESPONSIBLE = {"worker", "town_officer"}
OVERSEERS = {"steward", "district_officer", "auditor"}
STAFF = RESPONSIBLE | OVERSEERS | {"handler", "neighbour_worker", "administrator", "other_worker", "other_handler",
                                   "other_town_officer"}  # fmt: skip
OFFICERS = {"town_officer", "district_officer", "other_town_officer"}
WATCHERS = {"district_officer", "auditor", "administrator"}
# Who gives some role: handlers name their colleagues.
GIVERS = STAFF - {"steward", "auditor"}
APPOINTED = STAFF
WORKERS = {"worker", "neighbour_worker", "other_worker"}
SIGNED_IN = set(ROLES) - {"anonymous"}
EVERYBODY = set(ROLES)
# The unit has an issue from its dispatch on.
WITH_UNIT = {S.DISPATCHED, S.RETURNED, S.ADJUDICATING, S.RESOLVED, S.REWORK, S.CLOSED}

# Who keeps the books of homes somewhere.
KEEPERS = {"worker", "neighbour_worker", "other_worker", "town_officer", "other_town_officer"}

# name: who gets the page; the others are led to sign-in (anonymous) or refused.
PLAIN = {
    "issues": EVERYBODY, "issue_points": EVERYBODY, "area_outlines": EVERYBODY, "figures": EVERYBODY,
    "search": EVERYBODY, "site_map": EVERYBODY, "issue_feed": EVERYBODY, "disclosure_feed": EVERYBODY, "news_feed": EVERYBODY,
    "sitemap_index": EVERYBODY, "robots": EVERYBODY, "healthz": EVERYBODY, "readyz": EVERYBODY,
    "halls": EVERYBODY, "venues": EVERYBODY, "methods": EVERYBODY, "halls_calendar": EVERYBODY,
    "topics": EVERYBODY, "topic_feed": EVERYBODY, "topic_scopes": EVERYBODY, "sessions": EVERYBODY, "ballots": EVERYBODY,
    "resolutions": EVERYBODY, "appraisals": EVERYBODY,
    "new_topic": SIGNED_IN, "new_ballot": WORKERS | {"town_officer", "other_town_officer"},
    "new_hall": {"district_officer"},
    "new_issue": SIGNED_IN, "my": SIGNED_IN, "desk": STAFF,
    "my_phone": SIGNED_IN, "usersessions_list": SIGNED_IN, "outbox": EVERYBODY,
    "privacy": EVERYBODY, "erased": EVERYBODY, "my_privacy": SIGNED_IN,
    "appointments": GIVERS, "appointment_reviews": GIVERS, "absence": APPOINTED, "units": OFFICERS,
    "new_unit": OFFICERS, "matrix": WATCHERS, "matrix_csv": WATCHERS, "capabilities": WATCHERS,
    "capabilities_csv": WATCHERS,
    "notices": SIGNED_IN, "notice_settings": SIGNED_IN,
    "reviews": KEEPERS | {"district_officer"}, "hidings": SIGNED_IN,
    "my_verification": SIGNED_IN, "my_home": SIGNED_IN, "reveal_log": SIGNED_IN, "verifications": WORKERS,
    "register_resident": WORKERS, "desk_residents": WORKERS | {"town_officer", "other_town_officer"},
    "recoveries": WORKERS | {"town_officer", "other_town_officer"},
    "contacts": EVERYBODY, "places": EVERYBODY, "place_tree": {"district_officer", "administrator"},
    "compounds": KEEPERS, "households": KEEPERS, "new_household": KEEPERS, "dwelling_import": KEEPERS,
    "dwelling_template": KEEPERS,
}  # fmt: skip
# With a place, a compound or a household in hand: tests/community/test_places.py, test_homes.py.
PLACES = {"place_page", "place", "new_place", "place_merge", "place_split", "place_reassign", "compound", "household",
          "household_change", "dwellings", "dwelling"}  # fmt: skip
# Asked for below with an issue or a record in hand.
# Appointments and units: tests/community/test_appointments.py, test_units.py.
WITH_RECORD = {"new_appointment", "appointment", "appointment_action", "appointment_review", "unit", "unit_end",
               "notice", "notice_read", "notice_test", "notices_unsubscribe",
               "issue", "issue_photo", "issue_action", "publish_supplement", "reveal_reporter_phone", "photo_draft", "notices_read", "media",
               "django.contrib.sitemaps.views.sitemap"}  # fmt: skip
# Signing in, and what belongs to one's own account: tests/community/test_signing_in_addresses.py.
ACCOUNT = {"sign_up", "sign_up_by_name", "enter_by_phone", "phone_code", "phone_who", "reset_by_phone", "new_password",
           "confirm_by_phone", "change_phone", "share_phone", "stop_sharing", "second_factor", "end_session",
           "use_slip"}  # fmt: skip
# Texts to agree to, and taking one's data along: tests/community/test_consenting.py, test_exporting.py, test_erasing.py.
PRIVACY = {"privacy_text", "consent", "withdraw_consent", "export_me", "erase_me"}
# With a request, a resident or a receipt in hand: tests/community/test_views_verifying.py, test_views_residents.py.
RESIDENTS = {"withdraw_verification", "verification_code", "verification_by_letter", "verification",
             "verification_reveal", "verification_letter", "verification_action", "desk_resident",
             "ask_for_resident", "resident_action", "end_guardianship", "receipt", "recover_resident",
             "correct_resident", "recovery", "recovery_receipt", "recovery_action", "stop_recovery"}  # fmt: skip
# With something to review, an appeal or a file in hand: tests/community/test_views_reviews.py.
REVIEWS = {"appeal", "review", "cover", "review_action", "hiding", "stored_file"}
# With a hall, a venue or a method in hand: tests/deliberation/test_views_halls.py.
HALLS = {"hall", "hall_calendar", "edit_hall", "close_hall", "new_venue", "new_method", "venue", "edit_venue", "close_venue",
         "method", "edit_method", "close_method"}  # fmt: skip
# With a topic, a session, a ballot, a resolution or an appraisal in hand: tests/test_deliberating_addresses.py.
DELIBERATING = {"topic", "topic_action", "new_session", "session", "session_action", "ballot", "ballot_vote",
                "ballot_papers", "ballot_receipts", "ballot_recount", "ballot_tellers", "ballot_action",
                "ballot_paper", "ballot_objections", "new_resolution", "resolution", "commitment_photo", "resolution_action", "new_appraisal", "appraisal",
                "appraisal_action", "issue_chain"}  # fmt: skip
DEVELOPMENT_ONLY = {"styleguide"}

# verb: (who may, in which states), for an issue that is public.
MAY: dict[str, tuple[set[str], set[S]]] = {
    # Nothing is published twice, and no withdrawn issue at all.
    "review": (RESPONSIBLE, set()),
    "withhold": (RESPONSIBLE, set(S)),
    "accept": (RESPONSIBLE, {S.RAISED}),
    "refuse": (RESPONSIBLE, {S.RAISED}),
    "dispatch": (RESPONSIBLE, {S.ACCEPTED, S.RETURNED}),
    "progress": (RESPONSIBLE | {"handler"}, set(S) - {S.REFUSED, S.CLOSED, S.WITHDRAWN}),
    "ask": (RESPONSIBLE | {"handler"}, {S.RAISED, S.ACCEPTED, S.DISPATCHED, S.REWORK}),
    "resume": (set(), set()),
    "resolve": ({"handler"}, {S.DISPATCHED, S.REWORK}),
    "rate": (REPORTER | RESPONSIBLE, {S.RESOLVED}),
    "rework": ({"town_officer"}, set()),
    "close": (RESPONSIBLE, {S.DISPATCHED, S.REWORK}),
    "withdraw": (REPORTER, {S.RAISED, S.ACCEPTED}),
    "endorse": (SIGNED_IN - REPORTER, set(S) - {S.REFUSED, S.CLOSED, S.WITHDRAWN}),
    "follow": (SIGNED_IN, set(S)),
    "supplement": (SIGNED_IN, set(S) - {S.REFUSED, S.CLOSED, S.WITHDRAWN}),
}


def sent(verb: str, district: District) -> dict[str, Any]:
    """Return a form of `verb` without a mistake."""
    return {
        "withhold": {"note": "写了门牌号", "reason": "personal"},
        "refuse": {"outcome": "not_ours", "reason": "不归社区管"},
        "dispatch": {"unit": district.property.pk},
        "progress": {"text": "材料到了"},
        "ask": {"question": "哪天在家"},
        "resolve": {"text": "办好了", "photos": photo_file()},
        "rate": {"rating": "4"},
        "rework": {"reason": "再办一次"},
        "close": {"outcome": "unresolved", "reason": "办不成"},
        "follow": {"on": "1"},
        "supplement": {"text": "昨天又看到了"},
    }.get(verb, {})


def client_for(role: str, district: District) -> Client:
    """Return a client on which the person of a role is signed in."""
    client = Client(headers={"accept-language": "zh-CN"})
    if role != "anonymous":
        client.force_login(getattr(district, role), backend="django.contrib.auth.backends.ModelBackend")
    return client


def make_issue(district: District, state: S, **fields: Any) -> Issue:
    """Return an issue of the district's resident in a state, with a photo that nobody has hidden."""
    # So lately that no term has ended: a late one can't be paused.
    lately = timezone.now() - timedelta(hours=6)
    values = {
        "area": district.compound,
        "reporter": district.resident,
        "state": state,
        "raised_at": lately,
        **fields,
    }
    if state in WITH_UNIT:
        values["unit"] = district.property
    return IssueFactory(**values)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo what happens inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def names(patterns: list[URLPattern | URLResolver]) -> set[str]:
    """Return the names of our own addresses; what libraries bring has its own tests."""
    return {str(pattern.name) for pattern in patterns if isinstance(pattern, URLPattern) and pattern.name}


def test_every_address_is_in_the_table() -> None:
    """A new address comes with its row."""
    known = set(PLAIN) | WITH_RECORD | ACCOUNT | PRIVACY | PLACES | RESIDENTS | REVIEWS | HALLS
    known |= DELIBERATING | DEVELOPMENT_ONLY
    assert names(community_urls) | names(deliberation_urls) | names(portal_urls) == known


@pytest.mark.parametrize("role", ROLES)
def test_plain_pages(district: District, role: str) -> None:
    """Public pages are for everybody, one's own for those signed in, the desk for staff."""
    client = client_for(role, district)
    answers = {name: client.get(reverse(name)).status_code for name in PLAIN}
    refused = 302 if role == "anonymous" else 403
    assert answers == {name: 200 if role in allowed else refused for name, allowed in PLAIN.items()}


def seers(state: S) -> set[str]:
    """Return who sees an issue that is not public."""
    return REPORTER | RESPONSIBLE | OVERSEERS | ({"handler"} if state in WITH_UNIT else set())


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize(
    "fields", [{"is_public": True}, {}, {"is_private": True}], ids=["public", "unreviewed", "private"]
)
def test_who_sees_an_issue(district: District, state: S, fields: dict[str, bool]) -> None:
    """A public issue is everybody's; any other is not found by whom it does not concern."""
    issue = make_issue(district, state, **fields)
    event = issue.events.first()
    clean = clean_photo_of()
    photo = IssuePhoto.objects.create(
        issue=issue, event=event, kind=PhotoKind.BEFORE, is_public=issue.is_public, taken_at=issue.raised_at,
        width=clean.width, height=clean.height, **clean.files(),
    )  # fmt: skip
    addresses = [
        issue.get_absolute_url(),
        reverse("issue_photo", args=[issue.number, photo.pk, "small"]),
        reverse("issue_photo", args=[issue.number, photo.pk, "full"]),
    ]
    allowed = EVERYBODY if issue.is_public else seers(state)
    for role in ROLES:
        client = client_for(role, district)
        answers = [client.get(address).status_code for address in addresses]
        assert answers == [200 if role in allowed else 404] * 3, role


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("verb", list(MAY))
def test_who_does_what_to_a_public_issue(district: District, verb: str, state: S) -> None:
    """Who may and when it may; whoever may not gets a sentence, and nothing changes."""
    issue = make_issue(district, state, is_public=True)
    may, states = MAY[verb]
    for role in ROLES:
        client = client_for(role, district)
        before = snapshot(issue)
        with rolled_back():
            response = client.post(reverse("issue_action", args=[issue.number, verb]), sent(verb, district))
            changed = snapshot(issue) != before
        done = role in may and state in states and not (verb in ("progress", "ask") and lacks_unit(role, state))
        if role == "anonymous":
            assert response.status_code == 302, (role, response.status_code)
            assert response["Location"].startswith("/accounts/login/")
            assert not changed
        elif done:
            assert response.status_code == 302, (role, response.status_code)
            # The reporter follows from the start.
            assert changed or (verb, role) == ("follow", "resident")
        else:
            assert response.status_code in (403, 409, 422), (role, response.status_code)
            assert 'role="alert"' in response.content.decode()
            assert not changed, role


def lacks_unit(role: str, state: S) -> bool:
    """Return whether the issue has not come to the handler's unit yet."""
    return role == "handler" and state not in WITH_UNIT


@pytest.mark.parametrize("verb", list(MAY))
def test_whom_an_issue_does_not_concern_cannot_act_on_it(district: District, verb: str) -> None:
    """An issue that somebody can't see is not found, whatever they send."""
    issue = make_issue(district, S.DISPATCHED)
    before = snapshot(issue)
    for role in set(ROLES) - seers(S.DISPATCHED):
        address = reverse("issue_action", args=[issue.number, verb])
        # Whoever has not signed in is asked to, whether or not there is such an issue.
        expected = 302 if role == "anonymous" else 404
        assert client_for(role, district).post(address, sent(verb, district)).status_code == expected, role
    assert snapshot(issue) == before


def test_who_publishes_a_supplement(district: District) -> None:
    """Those responsible, and nobody their own words."""
    issue = make_issue(district, S.DISPATCHED, is_public=True)
    event = IssueEvent.objects.create(
        issue=issue, verb="supplement", state=issue.state, by=district.worker, text="还在", is_public=False,
        at=issue.raised_at,
    )  # fmt: skip
    address = reverse("publish_supplement", args=[issue.number, event.pk])
    answers = {}
    for role in ROLES:
        with rolled_back():
            answers[role] = client_for(role, district).post(address).status_code
    expected = dict.fromkeys(ROLES, 403) | {"anonymous": 302, "town_officer": 302}
    assert answers == expected


@pytest.mark.parametrize(("fields", "others"), [({"is_public": True}, 403), ({}, 404)], ids=["public", "unreviewed"])
@pytest.mark.parametrize("state", [S.RAISED, S.DISPATCHED])
def test_who_is_shown_a_reporters_phone(district: District, state: S, fields: dict[str, bool], others: int) -> None:
    """Those responsible and the handler of its unit; who only sees the issue does not, and each look is kept."""
    district.resident.set_phone("13800000000", verified=True)
    district.resident.save()
    issue = make_issue(district, state, **fields)
    allowed = RESPONSIBLE | ({"handler"} if state in WITH_UNIT else set())
    for role in ROLES:
        with rolled_back():
            answer = client_for(role, district).post(reverse("reveal_reporter_phone", args=[issue.number]))
            looks = Reveal.objects.count()
        expected = others
        if role in allowed:
            expected = 200
        elif role == "anonymous":
            expected = 302
            assert answer["Location"].startswith("/accounts/login/")
        elif role in seers(state):
            expected = 403
        assert (answer.status_code, looks) == (expected, int(role in allowed)), role
        assert ("13800000000" in answer.content.decode()) == (role in allowed), role


def test_who_opens_a_notice(district: District) -> None:
    """Its recipient alone; anybody else does not find it, and reads or marks nothing."""
    told = Notice.objects.create(
        recipient=district.resident, message="一句话", url="/issues/", created_at=timezone.now()
    )
    for name in ("notice", "notice_read"):
        for role in ROLES:
            client = client_for(role, district)
            with rolled_back():
                answer = (client.get if name == "notice" else client.post)(reverse(name, args=[told.pk]))
                is_read = not Notice.objects.unread().exists()
            assert is_read == (role == "resident"), (name, role)
            assert answer.status_code == (302 if role in ("anonymous", "resident") else 404), (name, role)


def test_who_tries_a_channel_and_who_leaves(district: District) -> None:
    """Everybody signed in tries their own, shut as it is here; without a good token nobody unsubscribes anybody."""
    for role in ROLES:
        client = client_for(role, district)
        tried = client.post(reverse("notice_test"), {"channel": "email"}).status_code
        assert tried == (302 if role == "anonymous" else 409), role
        assert client.post(reverse("notices_unsubscribe", args=["made-up"])).status_code == 410, role
        marked = client.post(reverse("notices_read"))
        assert (
            marked["Location"] == "/my/" if role != "anonymous" else marked["Location"].startswith("/accounts/login/")
        )


def snapshot(issue: Issue) -> dict[str, Any]:
    """Return everything about an issue that an act could change."""
    fresh = Issue.objects.get(pk=issue.pk)
    row = {field.attname: getattr(fresh, field.attname) for field in Issue._meta.concrete_fields}
    counts = {name: getattr(fresh, name).count() for name in ("events", "photos", "endorsements")}
    followers = sorted(fresh.follows.values_list("user", flat=True))
    return {**row, **counts, "followers": followers}


def public_texts(district: District) -> dict[str, str]:
    """Return the source of everything that a reader who is not signed in can get."""
    client = client_for("anonymous", district)
    addresses = [reverse(name) for name, allowed in PLAIN.items() if "anonymous" in allowed]
    addresses += ["/", "/disclosure/", "/news/", "/sitemap-issues.xml", "/sitemap-pages.xml", "/sitemap-places.xml"]
    addresses += [f"{reverse('search')}?q={query}" for query in ("井盖", "EC-2023", "密")]
    addresses += [f"{reverse('search')}?q=井盖&in=issues", f"{reverse('issues')}?state=waiting"]
    addresses += [issue.get_absolute_url() for issue in Issue.objects.filter(is_public=True)]
    texts = {}
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        texts[address] = response.content.decode()
    return texts


def test_nothing_private_reaches_the_public(district: District) -> None:
    """Private and unreviewed issues and personal fields are in no page, feed, data file or page source."""
    resident = district.resident
    resident.name, resident.email = "欧阳隐名", "hidden@example.invalid"
    resident.set_phone("13800000000", verified=True)
    resident.save()
    point = {"latitude": 30.123456, "longitude": 114.654321, "shown_latitude": 30.39, "shown_longitude": 114.89}
    shown = make_issue(district, S.DISPATCHED, is_public=True, title="公开的井盖", **point)
    hidden = [
        make_issue(district, S.DISPATCHED, title="未审看的密井盖"),
        make_issue(district, S.RAISED, title="只给办理的密井盖", is_private=True),
    ]
    IssueEvent.objects.create(
        issue=shown, verb="supplement", state=shown.state, by=district.neighbour, text="还没审看的密补充",
        is_public=False, at=shown.raised_at,
    )  # fmt: skip
    DisclosurePageFactory()
    NewsPageFactory()
    texts = public_texts(district)
    assert "公开的井盖" in texts[shown.get_absolute_url()]
    secrets = [
        "欧阳隐名", "hidden@example.invalid", "13800000000", "30.123456", "114.654321", "还没审看的密补充",
        *(issue.title for issue in hidden), *(issue.number for issue in hidden),
    ]  # fmt: skip
    leaks = [(address, secret) for address, text in texts.items() for secret in secrets if secret in text]
    assert leaks == []
    usernames = [f">{resident.username}<", f'"{resident.username}"']
    assert [word for word in usernames for text in texts.values() if word in text] == []
