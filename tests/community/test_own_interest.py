"""Nobody decides about themself or their family: their homes, their household, whom they made alike to another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from community import permissions
from community.errors import NotAllowed
from community.models import FormerMember, Guardianship, Household, Resident
from community.models.homes import TitlePaper
from community.models.people import Verification
from community.models.verifying import Paper
from community.workflow.correcting import correct_resident
from community.workflow.households import end_household, join_household, leave_household
from community.workflow.joining import alike, join_profile
from community.workflow.ownership import NewOwner, confirm_ownership, mend_links
from community.workflow.standing import move_home
from community.workflow.verifying import verify_request
from tests.community.test_homes import household_of
from tests.community.test_joining import PHONE, account, registered
from tests.community.test_joining import verified as verified_by
from tests.community.test_ownership import NUMBER, OTHER, dwelling_of, hand_on, linked, logged, now
from tests.confirming import confirm
from tests.factories import MOMENT, District, ResidentFactory
from tests.factories.verifying import asked, id_number_of, looked_at

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Any], Client]


# --- Homes
def test_what_one_wrote_down_oneself_waits_for_a_colleague(district: District, client_of: Any) -> None:
    """A worker without a verified number writes it down as an owner's, and is verified afterwards."""
    own = ResidentFactory(user=district.worker, home=district.compound, verification=Verification.UNVERIFIED)
    home = dwelling_of(district)
    hand_on(home, district, owners=[NewOwner("某", OTHER, "", "1")])
    request = asked(district.worker, district.compound, now(), id_number=OTHER)
    verify_request(looked_at(request, district.worker2, now()), by=district.worker2, at=now(), paper=Paper.ID_CARD)
    mine = home.ownerships.standing().get()
    assert (mine.recorded_by, mine.resident, mend_links(at=now())) == (district.worker, None, 0)
    address = reverse("dwelling", args=[home.pk])
    assert "核对过，确认" not in client_of(district.worker).get(address).content.decode()
    with pytest.raises(NotAllowed, match="要由别人登记"):
        confirm_ownership(mine, by=district.worker, at=now())
    colleague = confirm(client_of(district.worker2))
    assert "核对过，确认" in colleague.get(address).content.decode()
    assert colleague.post(address, {"check": mine.pk})["Location"] == address
    mine.refresh_from_db()
    assert (mine.recorded_by, mine.resident) == (district.worker2, own)
    assert logged("ownership.confirm") == [{"ownership": mine.pk}]
    assert "核对过，确认" not in colleague.get(address).content.decode()
    again = colleague.post(address, {"check": mine.pk})
    assert (again.status_code, colleague.post(address, {"check": "x"}).status_code) == (403, 404)


def test_what_the_family_wrote_down_waits_too(district: District) -> None:
    home = dwelling_of(district)
    hand_on(home, district, owners=[NewOwner("某", OTHER, "", "1")])
    household = Household.objects.create(area=district.compound, town=district.town, number="1", created_at=now())
    ResidentFactory(user=district.worker, home=district.compound, household=household)
    Resident.objects.filter(user=district.newcomer).update(household=household, home=district.compound)
    request = asked(district.newcomer, district.compound, now(), id_number=OTHER)
    verify_request(looked_at(request, district.worker2, now()), by=district.worker2, at=now(), paper=Paper.ID_CARD)
    assert linked(home) == [None, None]


def test_a_claim_that_is_open_is_compared(district: District) -> None:
    ResidentFactory(user=district.worker, home=None, verification=Verification.UNVERIFIED)
    asked(district.worker, district.compound, now(), id_number=OTHER)
    with pytest.raises(NotAllowed, match="由别人登记"):
        hand_on(dwelling_of(district), district, owners=[NewOwner("某", OTHER, "", "1")])


def test_nobody_hands_on_from_a_desk_that_was_left(district: District, client_of: Any) -> None:
    home = dwelling_of(district)
    sent = {"starts_on": "2024-05-01", "paper": TitlePaper.values[0], "name_1": "某", "id_number_1": OTHER}
    assert client_of(district.worker).post(reverse("dwelling", args=[home.pk]), sent).status_code == 403
    assert home.ownerships.count() == 1


# --- Households
def test_nobody_changes_their_own_household(district: District) -> None:
    """Nor one of which they are family: else whoever is bound by the rule would switch it off."""
    how = {"by": district.worker, "at": timezone.now()}
    household, other = household_of(district), household_of(district, "8")
    own = ResidentFactory(user=district.worker, home=district.compound)
    mother = ResidentFactory(user=None, home=district.compound)
    with pytest.raises(NotAllowed, match="要由别人登记"):
        join_household(household, resident=own.pk, **how)
    for one in (own, mother):
        join_household(household, resident=one.pk, by=district.worker2, at=timezone.now())
    for act, given in (
        (leave_household, {"resident": own.pk}), (leave_household, {"resident": mother.pk}), (end_household, {}),
        (join_household, {"resident": district.resident.resident.pk}),
    ):  # fmt: skip
        with pytest.raises(NotAllowed, match="要由别人登记"):
            act(household, **given, **how)
    leave_household(household, resident=mother.pk, by=district.worker2, at=timezone.now())
    with pytest.raises(NotAllowed, match="要由别人登记"):
        join_household(other, resident=mother.pk, **how)
    assert list(household.members.values_list("pk", flat=True)) == [own.pk]


def leave(household: Household, own: Resident, mother: Resident, district: District) -> None:
    leave_household(household, resident=own.pk, by=district.worker2, at=timezone.now())


def end(household: Household, own: Resident, mother: Resident, district: District) -> None:
    end_household(household, by=district.worker2, at=timezone.now())


def move(household: Household, own: Resident, mother: Resident, district: District) -> None:
    move_home(by=district.worker, at=timezone.now(), home=district.other_compound, address="1 栋 1 单元 101")


def be_verified_elsewhere(household: Household, own: Resident, mother: Resident, district: District) -> None:
    request = asked(district.worker, district.other_compound, timezone.now(), id_number=id_number_of(order=103))
    looked_at(request, district.other_worker, timezone.now())
    verify_request(request, by=district.other_worker, at=timezone.now(), paper="id_card")


@pytest.mark.parametrize("part", [leave, end, move, be_verified_elsewhere])
def test_who_was_family_of_late_is_family(district: District, part: Any) -> None:
    household = household_of(district)
    own = ResidentFactory(user=district.worker, home=district.compound)
    mother = ResidentFactory(user=None, home=district.compound)
    for one in (own, mother):
        join_household(household, resident=one.pk, by=district.worker2, at=timezone.now())
    part(household, own, mother, district)
    for one in (own, mother):
        one.refresh_from_db()
    assert own.household is None
    assert permissions.is_family(district.worker, mother)
    assert not permissions.is_family(district.worker, district.resident.resident)
    FormerMember.objects.update(until=timezone.now() - timedelta(days=366))
    assert not permissions.is_family(district.worker, mother)


def test_who_was_a_guardian_of_late_is_family(district: District) -> None:
    own = ResidentFactory(user=district.worker, home=district.compound)
    ward = ResidentFactory(user=None, home=district.compound)
    row = Guardianship.objects.create(
        minor=ward, guardian=own, paper="户口簿", recorded_by=district.worker2, recorded_at=timezone.now()
    )
    for days, expected in ((None, True), (364, True), (366, False)):
        row.ended_at = timezone.now() - timedelta(days=days) if days else None
        row.save()
        assert permissions.is_family(district.worker, ward) is expected, days


def test_a_membership_too_long_ago_is_forgotten(district: District) -> None:
    household, person = household_of(district), district.resident.resident
    long_ago = timezone.now() - timedelta(days=400)
    for at in (long_ago, timezone.now()):
        join_household(household, resident=person.pk, by=district.worker, at=at)
        leave_household(household, resident=person.pk, by=district.worker, at=at)
    assert [one.until > long_ago for one in person.former_memberships.all()] == [True]


def test_households_are_not_changed_from_a_desk_that_was_left(district: District, client_of: Any) -> None:
    client, household, person = client_of(district.worker), household_of(district), district.resident.resident
    join_household(household, resident=person.pk, by=district.worker, at=timezone.now())
    for verb in ("join", "leave", "end"):
        address = reverse("household_change", args=[household.pk, verb])
        assert client.post(address, {"resident": person.pk, "confirm": "1"}).status_code == 403, verb
    assert list(household.members.all()) == [person]


# --- Nobody makes two people alike and then one ------------------------------------------------
def test_who_made_them_alike_does_not_join_them(district: District, client_of: ClientOf) -> None:
    earlier = ResidentFactory(
        user=None, name="李示范", phone="13600136000", home=district.compound, verification=Verification.UNVERIFIED
    )
    person, at = account(district), timezone.now()
    correct_resident(earlier, by=district.worker, at=at, paper="id_card", name="王秀英", phone=PHONE)
    request = looked_at(asked(person, district.compound, MOMENT), district.worker)
    assert (alike(request, district.worker), alike(request, district.worker2)) == ([], [earlier])
    page = client_of(district.worker).get(reverse("verification", args=[request.pk])).content.decode()
    assert "是您最近更正过的。要并到一起，请同事来办这次核验。" in page
    for act in (
        lambda: verify_request(request, by=district.worker, at=at, paper="id_card", join=True),
        lambda: join_profile(earlier, request, by=district.worker, at=at),
    ):
        with pytest.raises(NotAllowed, match="请同事来办这次核验"):
            act()
    ModelLogEntry.objects.filter(action="resident.correct").update(timestamp=at - timedelta(days=31))
    assert alike(request, district.worker) == [earlier]
    ModelLogEntry.objects.filter(action="resident.correct").update(timestamp=at)
    verified_by(request, district.worker2, join=True)
    earlier.refresh_from_db()
    assert earlier.joined_to == Resident.objects.get(user=person)


def test_an_address_corrected_or_the_same_number_joins_as_before(district: District) -> None:
    person, at = account(district), timezone.now()
    earlier = registered(district.compound)
    correct_resident(earlier, by=district.worker, at=at, paper="id_card", address="1 栋 101")
    numbered = registered(district.compound, number=NUMBER)
    request = looked_at(asked(person, district.compound, MOMENT, id_number=NUMBER), district.worker)
    assert alike(request, district.worker) == [earlier]
    verified_by(request, district.worker)
    numbered.refresh_from_db()
    assert numbered.joined_to == Resident.objects.get(user=person)


def test_family_stays_family_when_profiles_are_joined(district: District) -> None:
    household = Household.objects.create(area=district.compound, town=district.town, number="7", created_at=MOMENT)
    other = Household.objects.create(area=district.compound, town=district.town, number="8", created_at=MOMENT)
    earlier = registered(district.compound, household=household)
    own = ResidentFactory(user=district.worker2, home=district.compound, household=household)
    to = Resident.objects.get(user=account(district))
    Resident.objects.filter(pk=to.pk).update(home=district.compound, household=other)
    assert to.user is not None
    verified_by(asked(to.user, district.compound, MOMENT), district.worker, join=True)
    earlier.refresh_from_db()
    to.refresh_from_db()
    assert (earlier.joined_to, to.household) == (to, other)
    assert [(one.household, one.until) for one in to.former_memberships.all()] == [(household, MOMENT)]
    to.former_memberships.update(until=timezone.now())
    assert permissions.is_family(district.worker2, to)
    assert own.household == household
