"""Whom a worker spoke for and who opens an account keeps their history, and can be verified."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from community.errors import BadInput, NotAllowed, WrongState
from community.models import (
    Area,
    Consent,
    Dwelling,
    Guardianship,
    Household,
    Notice,
    Ownership,
    Representation,
    Resident,
    Reveal,
    User,
    VerificationRecord,
    VerificationRequest,
)
from community.models.people import Verification, id_index
from community.models.privacy import ConsentChannel, ConsentKind
from community.models.verifying import Method, RequestState
from community.queries import standing_consent
from community.workflow.consenting import give_consent, withdraw_consent
from community.workflow.erasing import erase_on_paper, erase_person, kept_sentences
from community.workflow.exporting import own_sections
from community.workflow.joining import join_profile
from community.workflow.letters import enter_code, print_letter
from community.workflow.representing import represent
from community.workflow.revealing import reveal_field
from community.workflow.verifying import IdTaken, verify_request
from deliberation import permissions
from deliberation.queries import issues_of
from tests.factories import MOMENT, District, IssueFactory, ResidentFactory, UserFactory
from tests.factories.verifying import asked, id_number_of, looked_at

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Any], Client]
NUMBER, CHILD, PARENT = id_number_of(), id_number_of("20120601"), id_number_of("19850101")
PHONE = "13800138000"


def registered(home: Area, *, number: str = "", **fields: Any) -> Resident:
    """Return somebody without an account, verified where they have a number."""
    state = Verification.VERIFIED if number else Verification.UNVERIFIED
    return ResidentFactory(
        user=None, name="王秀英", phone=PHONE, home=home, id_number=number, verification=state, **fields
    )  # fmt: skip


def account(district: District, username: str = "wang", phone: str = PHONE) -> User:
    """Return an account with its profile, not verified."""
    user = UserFactory(username=username, phone=phone)
    ResidentFactory(user=user, home=None, phone=phone)
    return user


def verified(request: VerificationRequest, by: User, **fields: Any) -> VerificationRequest:
    return verify_request(looked_at(request, by), by=by, at=MOMENT, paper="id_card", **fields)


# --- Which profiles are one person's -----------------------------------------------------------
def test_number_is_the_same_person_wherever_they_lived(
    district: District, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    earlier = registered(district.other_compound, number=NUMBER, is_volunteer=True)
    user = account(district, phone="13911112222")
    with django_capture_on_commit_callbacks(execute=True):
        verified(asked(user, district.compound, MOMENT), district.worker)
    earlier.refresh_from_db()
    resident = Resident.objects.get(user=user)
    assert (resident.verification, resident.id_number, resident.is_volunteer) == (Verification.VERIFIED, NUMBER, True)
    assert (earlier.joined_to, earlier.joined_at, earlier.erased_at) == (resident, MOMENT, None)
    assert (earlier.name, earlier.phone, earlier.id_number, earlier.address) == ("", "", "", "")
    assert (earlier.home, earlier.town, earlier.household) == (None, None, None)
    assert (earlier.verification, earlier.verified_at, earlier.verified_until) == (Verification.UNVERIFIED, None, None)
    assert (earlier.surname_index, earlier.phone_index, earlier.id_index) == (None, None, None)
    lines = ModelLogEntry.objects.for_instance(resident).filter(action="resident.join")
    assert [(line.user, line.data) for line in lines] == [(district.worker, {"earlier": earlier.pk})]
    told = [one.text for one in Notice.objects.filter(recipient=user)]
    assert "社区以前替您办的事，已经并到您的账号里" in told


def test_name_and_phone_are_joined_when_the_worker_says_so(district: District) -> None:
    earlier = registered(district.community)
    user = account(district)
    request = asked(user, district.compound, MOMENT)
    verified(request, district.worker)
    earlier.refresh_from_db()
    assert (earlier.joined_to, earlier.name) == (None, "王秀英")
    again = asked(user, district.compound, MOMENT)
    verified(again, district.worker, join=True)
    earlier.refresh_from_db()
    assert earlier.joined_to == Resident.objects.get(user=user)


@pytest.mark.parametrize("difference", ["name", "phone", "number", "place", "account", "erased"])
def test_who_is_another_is_not_joined(district: District, difference: str) -> None:
    """Another name, phone or number, out of the worker's reach, with an account of their own, or gone."""
    other = registered(
        district.other_compound if difference == "place" else district.compound,
        number=id_number_of(order=105) if difference == "number" else "",
    )
    if difference == "name":
        other.name = "王秀芳"
    elif difference == "phone":
        other.phone = "13800138001"
    elif difference == "account":
        other.user = UserFactory()
    elif difference == "erased":
        other.name = other.phone = ""
        other.erased_at = MOMENT
    other.save()
    verified(asked(account(district), district.compound, MOMENT), district.worker, join=True)
    other.refresh_from_db()
    assert other.joined_to is None


def test_number_of_somebody_with_an_account_stays_taken(district: District) -> None:
    ResidentFactory(id_number=NUMBER, home=district.other_compound)
    request = asked(account(district), district.compound, MOMENT)
    with pytest.raises(IdTaken):
        verified(request, district.worker)


def test_a_second_profile_without_an_account_is_not_joined(district: District) -> None:
    registered(district.compound, number=NUMBER)
    second = registered(district.compound)
    request = asked(district.worker, district.compound, MOMENT, resident=second)
    with pytest.raises(IdTaken):
        verified(request, district.worker, join=True)


def test_a_letter_wins_nobodys_history(district: District) -> None:
    """Knowing a name and a number is not being the person."""
    earlier = registered(district.compound, number=NUMBER)
    user = account(district)
    request = asked(user, district.compound, MOMENT, method=Method.LETTER)
    code = print_letter(request, by=district.worker, at=MOMENT).code
    with pytest.raises(WrongState, match=r"^码是对的，但还没能核验。请带身份证到社区办。$"):
        enter_code(request, by=user, at=MOMENT, code=code)
    earlier.refresh_from_db()
    assert (earlier.joined_to, earlier.id_number) == (None, NUMBER)
    # With the paper it is joined.
    verified(request, district.worker)
    assert Resident.objects.get(pk=earlier.pk).joined_to == Resident.objects.get(user=user)


@pytest.mark.parametrize("paper", ["title_deed", "lease"])
def test_a_paper_about_a_home_wins_nobodys_history(district: District, paper: str) -> None:
    earlier = registered(district.compound, number=NUMBER)
    request = looked_at(asked(account(district), district.compound, MOMENT), district.worker)
    with pytest.raises(BadInput, match="请看身份证、户口簿或者居住证") as refused:
        verify_request(request, by=district.worker, at=MOMENT, paper=paper)
    assert refused.value.field == "paper"
    assert Resident.objects.get(pk=earlier.pk).joined_to is None


@pytest.mark.parametrize("who", ["neighbour_worker", "other_worker", "town_officer", "superuser", "wang"])
def test_who_joins(district: District, who: str) -> None:
    earlier, user = registered(district.compound, number=NUMBER), account(district)
    request = asked(user, district.compound, MOMENT)
    by = user if who == "wang" else getattr(district, who)
    with pytest.raises(NotAllowed, match=r"^只有住地的社区工作者可以核验。$"):
        join_profile(earlier, request, by=by, at=MOMENT)


def test_nobody_joins_their_familys(district: District) -> None:
    home = Household.objects.create(area=district.compound, town=district.town, number="1", created_at=MOMENT)
    ResidentFactory(user=district.worker, home=district.compound, household=home)
    registered(district.compound, number=NUMBER, household=home)
    request = asked(account(district), district.compound, MOMENT)
    with pytest.raises(NotAllowed, match=r"^自己和自家人的核验，要由别人办。$"):
        verified(request, district.worker)
    verified(request, district.worker2)


def test_a_profile_that_is_not_this_persons_is_refused(district: District) -> None:
    stranger = registered(district.compound, number=id_number_of(order=105))
    request = asked(account(district), district.compound, MOMENT)
    with pytest.raises(NotAllowed, match=r"^这两份登记不像同一个人，不能并。$"):
        join_profile(stranger, request, by=district.worker, at=MOMENT)


# --- What goes along ---------------------------------------------------------------------------
def joined(district: District, earlier: Resident, user: User | None = None) -> Resident:
    """Join a profile with the number to an account, and return the account's."""
    user = user or account(district)
    verified(asked(user, district.compound, MOMENT), district.worker)
    earlier.refresh_from_db()
    return Resident.objects.get(user=user)


def test_household_and_ownerships(district: District) -> None:
    household = Household.objects.create(area=district.compound, town=district.town, number="1", created_at=MOMENT)
    earlier = registered(district.compound, number=NUMBER, household=household)
    dwelling = Dwelling.objects.create(area=district.compound, building="3", room="501", floor_area=9000)
    owned = Ownership.objects.create(
        dwelling=dwelling, owner_name="王秀英", id_number=NUMBER, id_index=id_index(NUMBER), resident=earlier,
        starts_on=MOMENT.date(),
    )  # fmt: skip
    resident = joined(district, earlier)
    owned.refresh_from_db()
    assert (resident.household, owned.resident) == (household, resident)


def test_household_of_another_home_stays_behind(district: District) -> None:
    household = Household.objects.create(
        area=district.other_compound, town=district.other_town, number="1", created_at=MOMENT
    )
    earlier = registered(district.other_compound, number=NUMBER, household=household)
    assert joined(district, earlier).household is None


def test_guardianships_in_both_directions_once(district: District) -> None:
    earlier = registered(district.compound, number=NUMBER)
    user = account(district)
    own = Resident.objects.get(user=user)
    first, second = (
        ResidentFactory(user=None, home=district.compound, verification=Verification.UNVERIFIED) for _ in range(2)
    )
    made = [
        Guardianship.objects.create(
            minor=minor, guardian=guardian, paper="户口簿", recorded_by=district.worker, recorded_at=MOMENT
        )
        for minor, guardian in ((first, earlier), (first, own), (second, earlier), (own, earlier))
    ]
    joined(district, earlier, user)
    for row in made:
        row.refresh_from_db()
    assert [(row.minor, row.guardian, row.ended_at) for row in made] == [
        (first, earlier, MOMENT),
        (first, own, None),
        (second, own, None),
        (own, earlier, MOMENT),
    ]


def test_a_childs_guardian_who_was_registered_before_the_account_counts(district: District) -> None:
    """The child's paper is seen, and what the guardian signed hangs on the earlier profile."""
    ResidentFactory(home=district.compound, id_number=PARENT)
    child = registered(district.compound, number=CHILD)
    Guardianship.objects.create(
        minor=child, guardian=Resident.objects.with_id_number(PARENT).get(), paper="户口簿",
        recorded_by=district.worker, recorded_at=MOMENT,
    )  # fmt: skip
    give_consent(child, ConsentKind.MINOR, by=district.worker, at=MOMENT, channel=ConsentChannel.PAPER)
    user = account(district)
    verified(asked(user, district.compound, MOMENT, id_number=CHILD), district.worker)
    assert Resident.objects.get(user=user).verification == Verification.VERIFIED


def test_consents_go_along_but_for_what_the_person_has_spoken_on(district: District) -> None:
    earlier = registered(district.compound, number=NUMBER)
    user = account(district)
    own = Resident.objects.get(user=user)
    for kind in (ConsentKind.TERMS, ConsentKind.VERIFICATION):
        give_consent(earlier, kind, by=district.worker, at=MOMENT, channel=ConsentChannel.PAPER)
    # They agreed to the terms themself and took it back: what they signed before revives nothing.
    withdraw_consent(own, ConsentKind.TERMS, by=user, at=MOMENT)
    joined(district, earlier, user)
    assert standing_consent(own, ConsentKind.TERMS) is None
    assert standing_consent(own, ConsentKind.VERIFICATION).channel == ConsentChannel.SITE
    left = Consent.objects.filter(resident=earlier)
    assert [one.withdrawn_at for one in left] == [MOMENT, MOMENT]


def test_open_request_of_the_earlier_profile_is_taken_back(district: District) -> None:
    earlier = registered(district.compound)
    open_one = asked(district.worker, district.compound, MOMENT, resident=earlier, id_number=id_number_of(order=105))
    user = account(district)
    verified(asked(user, district.compound, MOMENT), district.worker, join=True)
    open_one.refresh_from_db()
    assert (open_one.state, open_one.name, open_one.id_number) == (RequestState.WITHDRAWN, "", "")


def test_issues_raised_for_them_are_theirs(district: District) -> None:
    earlier = registered(district.compound, number=NUMBER)
    user = account(district)
    issue = IssueFactory(area=district.compound, reporter=district.worker, represented=earlier)
    assert not permissions.can_see(user, issue)
    resident = joined(district, earlier, user)
    issue.refresh_from_db()
    assert issue.represented == resident
    assert list(issues_of(user, resident)) == [issue]
    assert list(issues_of(user, None)) == []
    assert [permissions.can_see(user, issue), permissions.can_withdraw(user, issue)] == [True, True]
    assert [permissions.is_own_report(one, issue) for one in (user, district.worker, district.neighbour)] == [
        True, False, False
    ]  # fmt: skip


# --- What reads all profiles of a person -------------------------------------------------------
@pytest.fixture
def person(district: District) -> User:
    """Somebody who has an account now, and a history before it."""
    earlier, user = registered(district.compound, number=NUMBER), account(district)
    reveal_field(earlier, by=district.worker, at=MOMENT, field="phone", reason="visit", note="上门看望")
    represent(earlier, by=district.worker, at=MOMENT, act="反映问题", subject="900000-2023-000001")
    VerificationRecord.objects.create(
        resident=earlier, outcome="verified", method="paper", by=district.worker, at=MOMENT - timedelta(days=9)
    )
    joined(district, earlier, user)
    return user


def test_log_receipt_and_history_are_read_by_the_person(district: District, person: User, client_of: ClientOf) -> None:
    client = client_of(person)
    page = client.get(reverse("reveal_log")).content.decode()
    assert "上门看望" in page
    receipt = reverse("receipt", args=[Representation.objects.get().number])
    assert receipt in page
    shown = client.get(receipt)
    assert shown.status_code == 200
    assert "王*" in shown.content.decode()
    assert reverse("desk") not in shown.content.decode().split("<main")[1]
    assert len(client.get(reverse("my_verification")).context["records"]) == 2
    for stranger in (district.neighbour, district.other_worker, district.superuser):
        assert client_of(stranger).get(receipt).status_code == 404


def test_export_and_kept_sentences_hold_what_was_before(person: User) -> None:
    sections = {section.key: section.rows for section in own_sections(person)}
    assert [row["act"] for row in sections["representations"]] == ["反映问题"]
    assert "上门看望" in [row["note"] for row in sections["reveals"]]
    assert len(sections["verification_records"]) == 2
    assert "代办记录：社区替您办过什么，不含姓名，长期保存。" in kept_sentences(person)


def test_who_leaves_takes_the_earlier_profile_along(person: User) -> None:
    at = timezone.now()
    erase_person(person, by=person, at=at)
    assert set(Resident.objects.filter(joined_to__user=person).values_list("erased_at", flat=True)) == {at}


def test_nobody_acts_for_a_joined_profile_any_longer(district: District, person: User, client_of: ClientOf) -> None:
    earlier = Resident.objects.get(joined_to__user=person)
    looks = Reveal.objects.count()
    with pytest.raises(NotAllowed):
        represent(earlier, by=district.worker, at=MOMENT, act="反映问题", subject="x")
    with pytest.raises(NotAllowed):
        reveal_field(earlier, by=district.worker, at=MOMENT, field="name", reason="visit", note="看望")
    with pytest.raises(NotAllowed, match=r"^这个人有账号了，以前的登记已经并过去。请在账号名下办。$"):
        give_consent(earlier, ConsentKind.TERMS, by=district.worker, at=MOMENT, channel=ConsentChannel.PAPER)
    with pytest.raises(NotAllowed, match=r"^这个人有账号了，以前的登记已经并过去。请在账号名下办。$"):
        asked(district.worker, district.compound, MOMENT, resident=earlier)
    with pytest.raises(WrongState):
        erase_on_paper(earlier, by=district.worker, at=MOMENT, signed=True)
    assert Reveal.objects.count() == looks
    worker = client_of(district.worker)
    assert worker.get(reverse("desk_resident", args=[earlier.pk])).status_code == 404
    own = worker.get(reverse("desk_resident", args=[earlier.joined_to_id]))
    assert "反映问题" in own.content.decode()


# --- The worker's page -------------------------------------------------------------------------
def test_page_asks_by_name_and_phone_and_states_by_number(district: District, client_of: ClientOf) -> None:
    user, worker = account(district), client_of(district.worker)
    request = asked(user, district.compound, timezone.now())
    address = reverse("verification", args=[request.pk])
    states, asks = "这个身份证号，社区以前登记过", "社区以前登记过同名同电话、没有账号的居民"

    def said() -> tuple[bool, bool]:
        page = worker.get(address).content.decode()
        assert "王秀英" not in page
        return states in page, asks in page

    assert said() == (False, False)
    earlier = registered(district.community)
    assert said() == (False, True)
    other = registered(district.other_compound, number=NUMBER)
    assert said() == (True, True)
    worker.post(reverse("verification_reveal", args=[request.pk]))
    done = worker.post(reverse("verification_action", args=[request.pk, "verify"]), {"paper": "id_card", "join": "on"})
    assert done.status_code == 302
    assert set(Resident.objects.filter(joined_to__user=user)) == {earlier, other}
