"""Appraisals: by whom, when, and what is published of how many voices."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from community.errors import BadInput, NotAllowed, WrongState
from community.models import User
from community.roles import Role
from deliberation.models import Appraisal, AppraisalVoice
from deliberation.states import AppraisalState
from deliberation.workflow import appraisals as verbs
from deliberation.workflow.result_sweeping import sweep_results
from tests.deliberation.test_session_table import ROLES, outcome_of, people
from tests.factories import MOMENT, AppointmentFactory, District, ResidentFactory
from tests.factories.ballots import voters
from tests.factories.resolutions import DAY, drafted_appraisal, least, opened_appraisal

pytestmark = pytest.mark.django_db
A = AppraisalState
STAFF = {"moderator", "worker", "town_officer"}
MAY = {"notice": STAFF, "withdraw": STAFF, "voice": {"resident", "neighbour"}, "open": {"clock"}, "publish": {"clock"}}
CAN: dict[str, dict[str, str]] = {
    "notice": {A.DRAFT: A.NOTICED},
    "withdraw": {A.DRAFT: A.WITHDRAWN, A.NOTICED: A.WITHDRAWN},
    "voice": {A.OPEN: "voice"},
    "open": {A.NOTICED: A.OPEN},
    "publish": {A.OPEN: A.PUBLISHED},
}


def appraisal_in(district: District, state: str) -> Appraisal:
    """Return a round in a state."""
    clock = User.objects.clock()
    if state in (A.DRAFT, A.NOTICED, A.WITHDRAWN):
        appraisal = drafted_appraisal(district)
        if state == A.NOTICED:
            return verbs.notice_appraisal(appraisal, by=district.worker, at=MOMENT)
        if state == A.WITHDRAWN:
            return verbs.withdraw_appraisal(appraisal, by=district.worker, at=MOMENT, reason="重写")
        return appraisal
    appraisal = opened_appraisal(district)
    if state == A.PUBLISHED:
        return verbs.publish_appraisal(appraisal, by=clock, at=appraisal.closes_at)
    return appraisal


@pytest.mark.parametrize("state", list(A))
def test_every_verb_by_everybody(district: District, state: str) -> None:
    appraisal = appraisal_in(district, state)
    opens, closes = appraisal.opens_at, appraisal.closes_at

    def voice(by: User) -> Any:
        return type("Given", (), {"state": "voice", "of": verbs.give_voice(appraisal, by=by, at=opens, rating=3)})

    calls: dict[str, Any] = {
        "notice": lambda by: verbs.notice_appraisal(appraisal, by=by, at=MOMENT),
        "withdraw": lambda by: verbs.withdraw_appraisal(appraisal, by=by, at=MOMENT, reason="不评了"),
        "voice": voice,
        "open": lambda by: verbs.open_appraisal(appraisal, by=by, at=opens),
        "publish": lambda by: verbs.publish_appraisal(appraisal, by=by, at=closes),
    }
    wrong = {}
    for verb, call in calls.items():
        for role, user in {**people(district), "clock": User.objects.clock()}.items():
            found = outcome_of(lambda call=call, user=user: call(user))  # type: ignore[misc]
            right = "NotAllowed" if role not in MAY[verb] else CAN[verb].get(state, "WrongState")
            if found != right:
                wrong[verb, role] = (found, right)
    assert wrong == {}
    assert set(people(district)) == {*ROLES, "moderator", "recorder"}


def test_nobody_of_the_unit_rates_or_organises(district: District) -> None:
    appraisal = opened_appraisal(district)
    ResidentFactory(user=district.handler, home=district.compound)
    with pytest.raises(NotAllowed):
        verbs.give_voice(appraisal, by=district.handler, at=appraisal.opens_at, rating=5)
    AppointmentFactory(user=district.worker2, role=Role.HANDLER, unit=district.property, area=None)
    with pytest.raises(NotAllowed):
        verbs.withdraw_appraisal(appraisal, by=district.worker2, at=MOMENT, reason="不评")


def test_a_voice_is_once_and_changeable_until_the_closing(district: District) -> None:
    appraisal = opened_appraisal(district)
    verbs.give_voice(appraisal, by=district.resident, at=appraisal.opens_at, rating=1, text="太吵。")
    AppraisalVoice.objects.update(is_public=True, reviewed_at=appraisal.opens_at)
    just_before = appraisal.closes_at - timedelta(seconds=1)
    verbs.give_voice(appraisal, by=district.resident, at=just_before, rating=4, text="改了。")
    voice = AppraisalVoice.objects.get()
    assert (voice.rating, voice.text, voice.is_public) == (4, "改了。", False)
    with pytest.raises(WrongState):
        verbs.give_voice(appraisal, by=district.resident, at=appraisal.closes_at, rating=5)
    with pytest.raises(BadInput):
        verbs.give_voice(appraisal, by=district.neighbour, at=just_before, rating=6)


@pytest.mark.parametrize("missing", [0, 1])
def test_figures_are_published_from_enough_voices_on(district: District, missing: int) -> None:
    appraisal = opened_appraisal(district)
    many = least() - missing
    for number, resident in enumerate(voters(many, district.compound)):
        assert resident.user is not None
        verbs.give_voice(appraisal, by=resident.user, at=appraisal.opens_at, rating=2 if number % 2 else 5)
    for _each in range(2):
        sweep_results(at=appraisal.closes_at)
    appraisal.refresh_from_db()
    assert (appraisal.state, appraisal.voices) == (A.PUBLISHED, many)
    if missing:
        assert (appraisal.total, appraisal.stars, appraisal.mean) == (0, [], None)
    else:
        assert appraisal.stars == [0, many // 2, 0, 0, many // 2]
        assert appraisal.mean == Fraction(7, 2)


def test_the_clock_opens_and_publishes(district: District) -> None:
    appraisal = verbs.notice_appraisal(drafted_appraisal(district), by=district.worker, at=MOMENT)
    sweep_results(at=appraisal.opens_at - timedelta(seconds=1))
    assert Appraisal.objects.get().state == A.NOTICED
    assert sweep_results(at=appraisal.opens_at) == 1
    assert sweep_results(at=appraisal.opens_at) == 0
    assert sweep_results(at=appraisal.closes_at) == 1
    assert Appraisal.objects.get().voices == 0
    # As long as the rule says, where no closing is named.
    assert (appraisal.closes_at - appraisal.opens_at).days == 15


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"opens_at": MOMENT}, "opens_at"),
        ({"closes_at": MOMENT + DAY}, "closes_at"),
        ({"unit": None}, "unit"),
    ],
)
def test_bad_drafts_change_nothing(district: District, change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        drafted_appraisal(district, **change)
    assert caught.value.field == field
    assert not Appraisal.objects.exists()


def test_a_joint_meeting_begins_with_the_newest_of_the_property_company(district: District) -> None:
    first = appraisal_in(district, A.PUBLISHED)
    second = opened_appraisal(district, at=MOMENT + 30 * DAY)
    second = verbs.publish_appraisal(second, by=User.objects.clock(), at=second.closes_at)
    assert verbs.latest_of_property(district.community) == [second]
    assert verbs.latest_of_property(district.other_community) == []
    assert first.state == A.PUBLISHED
