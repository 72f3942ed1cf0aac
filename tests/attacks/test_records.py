"""Somebody else's record answers like one that does not exist, at every address that names one.

The table is written by hand: a pattern with an argument and without a row fails the test.
"""

from __future__ import annotations

from difflib import unified_diff
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from portal.post_only import page_at_or_above
from tests.attacks import proceedings
from tests.attacks.addresses import every_address, is_led_up, nothing_written, ours, plain, read, signed_in
from tests.attacks.records import BUILDERS as RECORDS
from tests.attacks.records import Made
from tests.confirming import confirm
from tests.factories import District
from tests.test_addresses import ROLES, rolled_back

pytestmark = pytest.mark.django_db
STAFF_OF_PLACE = {"worker", "town_officer"}
WATCHERS = {"district_officer", "auditor", "administrator"}
CHANGERS = {"district_officer", "administrator"}
PLACE_AND_ABOVE = {"worker", "town_officer", "district_officer"}
# Whom a private issue with a unit concerns.
SEERS = {"resident", "worker", "town_officer", "steward", "district_officer", "auditor", "handler"}
BUILDERS = {
    **RECORDS,
    **{one.__name__: one for one in (proceedings.hidden_topic, proceedings.planned_session, proceedings.draft_ballot,
                                     proceedings.draft_appraisal)},
}  # fmt: skip
# What is everybody's has nothing to hide; keys that are no records are guessed in test_signing_in.py.
PUBLIC = {
    "place_page", "privacy_text", "wagtail_serve", "django.contrib.sitemaps.views.sitemap", "wagtaildocs_serve",
    "wagtaildocs_authenticate_with_password", "wagtailcore_authenticate_with_password", "media",
}  # fmt: skip
TOKENS = {"account_confirm_email", "account_reset_password_from_key", "notices_unsubscribe"}


# Public once they are there: whoever may change them is asked in test_acts.py.
PUBLIC |= {"hall", "hall_calendar", "edit_hall", "close_hall", "new_venue", "new_method", "venue", "edit_venue",
           "close_venue", "method", "edit_method", "close_method", "topic_scopes", "resolution", "resolution_action",
           "commitment_photo", "ballot_tellers", "ballot_paper", "ballot_objections", "ballot_papers", "ballot_receipts", "ballot_recount"}  # fmt: skip
# Whom a topic concerns that is not public, and a session, an appraisal or a ballot that is being prepared.
SEERS_OF_TOPIC = {"resident", "worker", "town_officer", "steward", "district_officer", "auditor"}
TOPIC_VERBS = ("endorse", "confirm", "withdraw", "notice", "argue", "stance", "reply")


class Row(NamedTuple):
    """What is built, whom it concerns, and the arguments with which it is asked for and missed."""

    builder: str
    insiders: set[str]
    verbs: tuple[str, ...] = ("",)


TABLE = {
    "stop_sharing": Row("sharer", {"resident", "neighbour"}),
    "end_session": Row("session", {"resident"}),
    "mfa_remove_webauthn": Row("passkey", {"resident"}),
    "mfa_edit_webauthn": Row("passkey", {"resident"}),
    "appointment": Row("appointment", {"worker", "town_officer", *WATCHERS}),
    "appointment_review": Row("appointment", {"worker", "town_officer", *WATCHERS}),
    "appointment_action": Row("appointment", {"worker", "town_officer", *WATCHERS}, ("end", "hand_over", "lend")),
    "unit": Row("unit", {"town_officer", "district_officer"}),
    "unit_end": Row("unit", {"town_officer", "district_officer"}),
    "place": Row("place", CHANGERS),
    "new_place": Row("place", CHANGERS),
    "place_merge": Row("place", CHANGERS),
    "place_split": Row("place", CHANGERS),
    "place_reassign": Row("place", CHANGERS),
    "compound": Row("compound", STAFF_OF_PLACE),
    "household": Row("household", STAFF_OF_PLACE),
    "household_change": Row("household", STAFF_OF_PLACE, ("join", "leave", "house", "unhouse", "end")),
    "dwellings": Row("compound", STAFF_OF_PLACE),
    "dwelling": Row("dwelling", STAFF_OF_PLACE),
    "verification": Row("request", {"worker"}),
    "verification_reveal": Row("request", {"worker"}),
    "verification_letter": Row("request", {"worker"}),
    "verification_action": Row("request", {"worker"}, ("verify", "refuse")),
    "desk_resident": Row("person", STAFF_OF_PLACE),
    "resident_action": Row("person", STAFF_OF_PLACE, ("reveal", "revoke", "guardian", "consent")),
    "ask_for_resident": Row("unregistered", {"worker"}),
    "end_guardianship": Row("guardianship", STAFF_OF_PLACE),
    "receipt": Row("receipt", STAFF_OF_PLACE),
    "correct_resident": Row("person", {"worker"}),
    "recover_resident": Row("person", {"worker"}),
    "recovery": Row("recovery", STAFF_OF_PLACE),
    "recovery_receipt": Row("recovery", STAFF_OF_PLACE),
    "recovery_action": Row("recovery", STAFF_OF_PLACE, ("send", "code", "confirm", "refuse", "withdraw", "slip")),
    "stop_recovery": Row("recovery", {"neighbour"}),
    "appeal": Row("appeal", PLACE_AND_ABOVE),
    "review": Row("words", STAFF_OF_PLACE),
    "cover": Row("photo", STAFF_OF_PLACE),
    "review_action": Row("words", STAFF_OF_PLACE, ("publish", "hide")),
    "hiding": Row("hiding", {"neighbour"}),
    "stored_file": Row("file", {"neighbour", *PLACE_AND_ABOVE}),
    "notice": Row("notice", {"resident"}),
    "notice_read": Row("notice", {"resident"}),
    "photo_draft": Row("draft", {"resident"}),
    "issue": Row("issue", SEERS),
    "issue_chain": Row("issue", SEERS),
    "issue_photo": Row("issue_photo", SEERS),
    "publish_supplement": Row("supplement", SEERS),
    "reveal_reporter_phone": Row("issue", SEERS),
    "topic": Row("hidden_topic", SEERS_OF_TOPIC),
    "topic_action": Row("hidden_topic", SEERS_OF_TOPIC, TOPIC_VERBS),
    "session": Row("planned_session", SEERS_OF_TOPIC - {"resident"}),
    "session_action": Row("planned_session", SEERS_OF_TOPIC - {"resident"}, ("notice", "open", "close", "cancel")),
    "ballot": Row("draft_ballot", STAFF_OF_PLACE),
    "ballot_vote": Row("draft_ballot", STAFF_OF_PLACE),
    "ballot_action": Row("draft_ballot", STAFF_OF_PLACE, ("notice", "open", "count", "void", "withdraw")),
    "appraisal": Row("draft_appraisal", SEERS_OF_TOPIC - {"resident"}),
    "appraisal_action": Row("draft_appraisal", SEERS_OF_TOPIC - {"resident"}, ("voice", "notice", "withdraw")),
    "issue_action": Row("issue", SEERS, ("review", "accept", "dispatch", "rate", "withdraw", "endorse", "follow")),
}


def test_every_address_with_an_argument_is_in_the_table() -> None:
    """A new one comes with its row."""
    found = {one.name for one in every_address() if ours(one) and one.arguments}
    assert found == set(TABLE) | PUBLIC | TOKENS


def addresses_of(name: str, made: Made, verb: str) -> tuple[str, list[str]]:
    """Return the address of a record that is there, and addresses like it behind which nothing is."""
    more = [verb] if verb else []
    return reverse(name, args=[*made.there, *more]), [reverse(name, args=[*gone, *more]) for gone in made.missing]


def answer(client: Client, method: str, address: str, typed: list[str]) -> tuple[int, str, str]:
    """Return what somebody learns: the status, where they are led, and the page."""
    with nothing_written():
        response = getattr(client, method)(address)
    if is_led_up(response):
        return 405, "", ""
    text, location = read(response).decode(errors="replace"), response.headers.get("Location", "")
    # The switches of an answer to a form lead to the page above, which has the same number in it.
    typed = [address, *(one for one in [page_at_or_above(address)] if one.count("/") > 2), *typed]
    return response.status_code, plain(location, typed), plain(text, typed)


@pytest.mark.parametrize("name", TABLE)
def test_a_record_of_others_is_like_none(district: District, name: str) -> None:
    """For every role that it does not concern: the same status, way and page as for a number that nobody has."""
    row = TABLE[name]
    made = BUILDERS[row.builder](district)
    for role in sorted(set(ROLES) - row.insiders):
        user = getattr(district, role, None)
        client = signed_in(user)
        if user is not None:
            confirm(client)
        for verb in row.verbs:
            there, missing = addresses_of(name, made, verb)
            for method in ("get", "post", "head"):
                found = answer(client, method, there, made.words)
                assert found[0] in ((302, 404, 405) if user is None else (403, 404, 405)), (role, method, found[0])
                if user is None and found[0] == 302:
                    assert found[1].startswith("/accounts/login/")
                for nowhere in missing:
                    other = answer(client, method, nowhere, made.words)
                    changed = list(unified_diff(found[2].splitlines(), other[2].splitlines(), n=0, lineterm=""))
                    assert (other[:2], changed) == (found[:2], []), (role, method, nowhere)


@pytest.mark.parametrize("name", TABLE)
def test_whom_it_concerns_finds_it(district: District, name: str) -> None:
    """Lest the table prove nothing: each of those named gets another answer than for a record that is not there."""
    row = TABLE[name]
    made = BUILDERS[row.builder](district)
    for role in sorted(row.insiders):
        client = confirm(signed_in(getattr(district, role)))
        found = set()
        for verb in row.verbs:
            there, missing = addresses_of(name, made, verb)
            for address in (there, missing[0]):
                with rolled_back():
                    response = client.get(address)
                    status = client.post(address).status_code if is_led_up(response) else response.status_code
                    read(response)
                found.add((address == there, status))
        assert {status for is_there, status in found if not is_there} <= {404, 405}, role
        assert {status for is_there, status in found if is_there} - {404, 405}, role


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("number", [0, 2**31, 2**63 - 1, 2**63, 10**30])
def test_no_number_breaks_an_address(district: District, name: str, number: int) -> None:
    """A number that no row can have is not found; it is no error of the server."""
    try:
        made = BUILDERS[TABLE[name].builder](district)
        arguments: list[Any] = [number if isinstance(one, int) else one for one in made.there]
        verbs = [TABLE[name].verbs[0]] if TABLE[name].verbs[0] else []
        address = reverse(name, args=[*arguments, *verbs])
    except NoReverseMatch:
        return
    if arguments == list(made.there):
        return
    insider = sorted(TABLE[name].insiders)[0]
    for client in (confirm(signed_in(getattr(district, insider))), confirm(signed_in(district.worker))):
        for method in ("get", "post"):
            response = getattr(client, method)(address)
            assert is_led_up(response) or response.status_code in (403, 404, 405), (name, method)


@pytest.mark.parametrize(
    "text", ["%00", "%ef%bf%bf", "%e2%80%ae", "'%20OR%201=1--", "%f0%9f%92%a9" * 40, "..%2f..%2fetc"]
)
@pytest.mark.parametrize(
    "before", ["/issues/", "/receipts/", "/places/", "/desk/places/", "/desk/compounds/", "/media/"]
)
def test_no_text_breaks_an_address(district: District, before: str, text: str) -> None:
    for role in (None, "worker", "district_officer"):
        client = signed_in(getattr(district, role) if role else None)
        assert client.get(f"{before}{text}/").status_code in (302, 400, 403, 404)
