"""Halls, topics, sessions, ballots, resolutions and appraisals, each in a state in which something can be done now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from community.models import User
from community.queries import today
from community.roles import Role
from deliberation.models import Ballot, Commitment, Objection, Resolution, Topic
from deliberation.states import TopicState
from deliberation.workflow.ballots import notice_ballot
from deliberation.workflow.commitments import finish_commitment
from deliberation.workflow.objecting import answer_objection, object_to_result
from deliberation.workflow.resolutions import Task, carry_out_resolution
from deliberation.workflow.roll_objecting import object_to_roll
from deliberation.workflow.sessions import close_session, form_opinion, notice_session
from tests.attacks.records import Made, numbered
from tests.factories import District, VenueFactory
from tests.factories.ballot_sheets import on_paper
from tests.factories.ballots import drafted, opened
from tests.factories.halls import MethodFactory
from tests.factories.resolutions import (
    DAY,
    HOUR,
    drafted_appraisal,
    hall_of,
    held,
    noticed_topic,
    opened_appraisal,
    planned,
    published,
    staff,
)
from tests.factories.topics import TopicFactory

__all__ = ["hall_of"]
CONCLUDED = "EC-T-2023-700001"
NO_TOPIC, NO_RESOLUTION = "EC-T-2020-999999", "EC-R-2020-999999"


def hours(shift: float) -> datetime:
    """Return an hour, counted from now, on the clock of the place."""
    return timezone.localtime() + timedelta(hours=shift)


def days(shift: float) -> datetime:
    """Return a moment, counted from now."""
    return hours(24 * shift)


# --- Halls ---------------------------------------------------------------------------------------------
def hall(district: District) -> Made:
    return numbered(hall_of(district).pk)


def venue(district: District) -> Made:
    return numbered(VenueFactory(area=district.community).pk)


def method(district: District) -> Made:
    return numbered(MethodFactory(hall=hall_of(district)).pk)


def town(district: District) -> Made:
    return Made((district.town.code,), (("900009",),))


# --- Topics --------------------------------------------------------------------------------------------
def a_topic(district: District, state: TopicState = TopicState.PROPOSED, **fields: Any) -> Topic:
    """Return a topic of the resident to the hall of the community."""
    values = {"hall": hall_of(district), "proposer": district.resident, "proposed_at": hours(-6), **fields}
    return TopicFactory(state=state, **values)


def hidden_topic(district: District) -> Made:
    """Make a topic that nobody has seen yet."""
    return Made((a_topic(district, is_public=False).number,), ((NO_TOPIC,),))


# --- Sessions ------------------------------------------------------------------------------------------
def planned_session(district: District) -> Made:
    """Make a session that nobody was told of."""
    return numbered(planned(district, [noticed_topic(district, hours(-1))], hours(-1)).pk)


def come_session(district: District) -> Made:
    """Make a session whose hour has come."""
    at = hours(-7 * 24 - 0.5)
    session = planned(district, [noticed_topic(district, at)], at)
    return numbered(notice_session(session, by=district.worker, at=at).pk)


def held_session(district: District) -> Made:
    """Make a session that is being held."""
    at = hours(-7 * 24 - 0.5)
    return numbered(held(district, noticed_topic(district, at), at).pk)


# --- Resolutions ---------------------------------------------------------------------------------------
def concluded(district: District, at: datetime | None = None) -> Topic:
    """Return a topic on which a session came to an opinion, some days after `at`."""
    at = at or days(-9)
    topic = noticed_topic(district, at, number=CONCLUDED)
    session = held(district, topic, at)
    moderator = staff(district, Role.HALL_MODERATOR)
    formed = form_opinion(topic, by=moderator, at=session.starts_at + HOUR, text="装，先装四个。")
    close_session(session, by=moderator, at=session.ends_at, attended=21, summary="都说了话。")
    return formed


def a_resolution(district: District, at: datetime) -> Resolution:
    """Return a resolution that is shown since `at`, with one task of the property company."""
    source = concluded(district, at - 9 * DAY)
    return published(district, Task("装四个", district.property, today() + 60 * DAY), source=source, at=at)


def of(resolution: Resolution) -> Made:
    return Made((resolution.number,), ((NO_RESOLUTION,),))


def shown_resolution(district: District) -> Made:
    return of(a_resolution(district, hours(-1)))


def objected(district: District) -> tuple[Resolution, Objection]:
    """Return a resolution against which a neighbour objects."""
    shown = a_resolution(district, hours(-2))
    return shown, object_to_result(shown, by=district.neighbour, at=hours(-1), text="没有通知我家")


def objected_resolution(district: District) -> Made:
    return of(objected(district)[0])


def upheld_resolution(district: District) -> Made:
    """Make a resolution against which a neighbour objected rightly."""
    shown, objection = objected(district)
    answer_objection(objection, by=district.worker, at=hours(-0.5), uphold=True, answer="是没有通知")
    return of(shown)


def running(district: District) -> Resolution:
    """Return a resolution that is being carried out."""
    shown = a_resolution(district, days(-40))
    ends_at = shown.notices.get().ends_at
    return carry_out_resolution(shown, by=User.objects.clock(), at=ends_at + timedelta(seconds=1))


def running_resolution(district: District) -> Made:
    return of(running(district))


def rated_resolution(district: District) -> Made:
    """Make a resolution whose work is done, so that people rate it."""
    resolution = running(district)
    finish_commitment(Commitment.objects.get(), by=district.handler, at=hours(-1), text="装好了")
    return of(resolution)


# --- Ballots -------------------------------------------------------------------------------------------
def draft_ballot(district: District) -> Made:
    return numbered(drafted(district.worker, district.community, hours(-1)).pk)


def noticed_ballot(district: District) -> Made:
    """Make a ballot whose hour has come."""
    at = days(-20) - HOUR
    draft = drafted(district.worker, district.community, at)
    invited = [district.resident.resident]
    return numbered(notice_ballot(draft, by=district.worker, at=at, invited=invited).pk)


def ballot_for(district: District, at: datetime, **fields: Any) -> Ballot:
    """Return an open ballot on whose roll the resident alone stands."""
    return opened(district.worker, district.community, at, [district.resident.resident], **fields)


def open_ballot(district: District) -> Made:
    return numbered(ballot_for(district, days(-20) - HOUR).pk)


def over_ballot(district: District) -> Made:
    """Make a ballot whose closing has come."""
    return numbered(ballot_for(district, days(-21) - HOUR).pk)


def paper_ballot(district: District) -> Made:
    """Make an open ballot that takes paper."""
    return numbered(on_paper(district, days(-20) - HOUR).pk)


def objected_roll(district: District) -> Made:
    """Make a noticed ballot to whose roll a neighbour objects."""
    draft = drafted(district.worker, district.community, hours(-2), rule="residents_meeting")
    ballot = notice_ballot(draft, by=district.worker, at=hours(-2))
    object_to_roll(ballot, by=district.neighbour, at=hours(-1), text="名册上没有我")
    return numbered(ballot.pk)


# --- Appraisals ----------------------------------------------------------------------------------------
def draft_appraisal(district: District) -> Made:
    return numbered(drafted_appraisal(district, hours(-1)).pk)


def open_appraisal(district: District) -> Made:
    return numbered(opened_appraisal(district, hours(-25)).pk)
