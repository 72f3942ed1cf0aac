"""The factories make what the constraints and the transition table allow."""

from __future__ import annotations

import pytest

from community.models import Area, Clock
from community.models.areas import AreaKind
from community.models.people import Verification
from community.roles import AREA_ROLES, UNIT_ROLES, Role
from deliberation.models import Category, Issue, IssueEvent
from deliberation.states import FINAL_STATES, ISSUE_TRANSITIONS, IssueState
from tests.factories import AppointmentFactory, District, IssueFactory, ResidentFactory, UserFactory
from tests.factories.deliberation import PATHS

# Ended, or in a state whose clocks no verb starts yet.
CLOCKLESS = FINAL_STATES | {IssueState.RETURNED, IssueState.ADJUDICATING}


@pytest.mark.parametrize("state", IssueState)
def test_path_follows_the_transition_table(state: IssueState) -> None:
    at = IssueState.RAISED
    for verb in PATHS[state]:
        at = at if verb == "rate" else ISSUE_TRANSITIONS[verb][at]
    assert at == state


@pytest.mark.django_db
@pytest.mark.parametrize("state", IssueState)
def test_issue_in_any_state(state: IssueState) -> None:
    issue = IssueFactory(state=state, is_public=True)
    issue.full_clean()
    stored = Issue.objects.get(pk=issue.pk)
    assert (stored.state, stored.is_public) == (state, True)
    assert [event.verb for event in issue.events.all()] == ["raise", *PATHS[state]]
    assert issue.events.last().state == state
    assert Clock.objects.of(issue).open().exists() == (state not in CLOCKLESS)


@pytest.mark.django_db
def test_issue_without_history_or_clock() -> None:
    issue = IssueFactory(history=False, clock=False)
    assert not IssueEvent.objects.exists()
    assert not Clock.objects.of(issue).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(AREA_ROLES | UNIT_ROLES))
def test_appointment_names_what_its_role_needs(role: Role) -> None:
    appointment = AppointmentFactory(role=role)
    assert (appointment.area is None) == (role in UNIT_ROLES)
    assert (appointment.unit is None) == (role in AREA_ROLES)


@pytest.mark.django_db
def test_newcomer_has_no_time_of_verification() -> None:
    assert ResidentFactory(verification=Verification.UNVERIFIED).verified_at is None
    assert ResidentFactory().verification == Verification.VERIFIED


@pytest.mark.django_db
def test_user_with_password_and_phone() -> None:
    user = UserFactory(password="demo-only-2023", phone="138 0000 0000")
    user.refresh_from_db()
    assert user.check_password("demo-only-2023")
    assert user.phone == "13800000000"


def test_district_is_two_towns(district: District) -> None:
    assert [area.kind for area in Area.objects.all()] == [
        AreaKind.DISTRICT,
        AreaKind.TOWN,
        AreaKind.COMMUNITY,
        AreaKind.COMPOUND,
        AreaKind.COMMUNITY,
        AreaKind.TOWN,
        AreaKind.COMMUNITY,
        AreaKind.COMPOUND,
    ]
    assert district.compound.town == district.town
    assert district.other_compound.town == district.other_town
    assert district.town.town is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_migrated_rows_are_back_after_a_test_that_commits(turn: int) -> None:
    assert Category.objects.filter(code="facilities").exists()
    IssueFactory()
    assert Issue.objects.count() == 1
