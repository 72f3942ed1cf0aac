"""Topics on their way through sessions, and resolutions in any state, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from community.models import Unit, User
from community.queries import rule_value
from community.roles import Role
from community.workflow.terms import Terms
from deliberation.models import Appraisal, Hall, Resolution, Session, Topic
from deliberation.models.topics import Weight
from deliberation.states import TopicState
from deliberation.workflow.appraisals import create_appraisal, notice_appraisal, open_appraisal
from deliberation.workflow.commitments import finish_commitment
from deliberation.workflow.resolutions import Task, carry_out_resolution, publish_resolution
from deliberation.workflow.sessions import close_session, form_opinion, notice_session, open_session, plan_session
from tests.factories.community import AppointmentFactory, UserFactory
from tests.factories.deliberation import MOMENT, HallFactory
from tests.factories.district import District

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
# A topic of tests is noticed at MOMENT for the days of the rule; its session is a week later.
MEETS_AT = MOMENT + 7 * DAY
_numbers = count(1)


def hall_of(district: District) -> Hall:
    """Return the hall of the community, made once."""
    known: Hall = Hall.objects.filter(area=district.community).first() or HallFactory.create(area=district.community)
    return known


def staff(district: District, role: Role) -> User:
    """Return a moderator or recorder of the community, made once."""
    known = User.objects.filter(username=f"{role}_of_hall").first()
    return (
        known
        or AppointmentFactory(user=UserFactory(username=f"{role}_of_hall"), role=role, area=district.community).user
    )


def noticed_topic(district: District, at: datetime = MOMENT, **columns: Any) -> Topic:
    """Return a public topic of the hall that is being shown since `at`."""
    hall = columns.pop("hall", None) or hall_of(district)
    values: dict[str, Any] = {
        "number": f"EC-T-2023-6{next(_numbers):05d}", "title": "车棚装充电桩", "hall": hall, "area": hall.area,
        "town": hall.town, "proposer": district.resident, "weight": Weight.PRACTICAL, "state": TopicState.NOTICED,
        "is_public": True, "reviewed_at": at, "proposed_at": at - 9 * DAY, "noticed_at": at,
        "notice_ends_at": Terms().due("topic.notice", at, hall.town.pk), **columns,
    }  # fmt: skip
    return Topic.objects.create(**values)


def planned(district: District, topics: Sequence[Topic], at: datetime = MOMENT, **fields: Any) -> Session:
    """Return a session of the hall a week later, planned by its worker."""
    values: dict[str, Any] = {
        "hall": hall_of(district), "title": "十一月议事会", "starts_at": at + 7 * DAY, "ends_at": at + 7 * DAY + HOUR,
        "place": "东园社区活动室", "topics": topics, **fields,
    }  # fmt: skip
    return plan_session(by=district.worker, at=at, **values)


def held(district: District, topic: Topic, at: datetime = MOMENT) -> Session:
    """Return a session that took up a topic, still open."""
    session = notice_session(planned(district, [topic], at), by=district.worker, at=at)
    return open_session(session, by=district.worker, at=session.starts_at)


def opinion(district: District, topic: Topic | None = None) -> Topic:
    """Return a topic on which a session has come to an opinion."""
    topic = topic or noticed_topic(district)
    session = held(district, topic)
    moderator = staff(district, Role.HALL_MODERATOR)
    formed = form_opinion(topic, by=moderator, at=session.starts_at + HOUR, text="装，先装四个，物业管。")
    close_session(session, by=moderator, at=session.ends_at, attended=21, summary="到会二十一人，都说了话。")
    return formed


def task(unit: Unit, text: str = "装四个充电桩", due_on: date | None = None) -> Task:
    """Return a task that is due 40 days after the meeting."""
    return Task(text, unit, due_on or (MEETS_AT + 40 * DAY).date())


def published(district: District, *tasks: Task, source: Any = None, at: datetime | None = None) -> Resolution:
    """Return a resolution that is shown for objections since the day after the meeting."""
    return publish_resolution(
        source or opinion(district), by=district.worker, at=at or MEETS_AT + DAY, title="车棚装充电桩的决议",
        text="先装四个，物业公司管，一个月后看用得怎样。", commitments=list(tasks) or [task(district.property)],
    )  # fmt: skip


def carried_out(district: District, *tasks: Task, source: Any = None) -> Resolution:
    """Return a resolution that is being carried out since the moment after its publicity."""
    resolution = published(district, *tasks, source=source)
    ends_at = resolution.notices.get().ends_at
    return carry_out_resolution(resolution, by=User.objects.clock(), at=ends_at + timedelta(seconds=1))


def to_evaluate(district: District, *tasks: Task, source: Any = None) -> Resolution:
    """Return a resolution whose work is done a day after it began, so that people can rate it."""
    resolution = carried_out(district, *tasks, source=source)
    assert resolution.carried_out_from is not None
    for commitment in resolution.commitments.all():
        finish_commitment(commitment, by=district.handler, at=resolution.carried_out_from + DAY, text="装好了。")
    return Resolution.objects.get(pk=resolution.pk)


def drafted_appraisal(district: District, at: datetime = MOMENT, **fields: Any) -> Appraisal:
    """Return a draft of a round about the property company, opening the day after."""
    values: dict[str, Any] = {
        "title": "物业服务评议", "area": district.compound, "unit": district.property,
        "period_from": date(2023, 7, 1), "period_to": date(2023, 9, 30), "opens_at": at + DAY, **fields,
    }  # fmt: skip
    return create_appraisal(by=district.worker, at=at, **values)


def opened_appraisal(district: District, at: datetime = MOMENT, **fields: Any) -> Appraisal:
    """Return a round that is open."""
    appraisal = notice_appraisal(drafted_appraisal(district, at, **fields), by=district.worker, at=at)
    return open_appraisal(appraisal, by=User.objects.clock(), at=appraisal.opens_at)


def least() -> int:
    """Return how many voices an appraisal needs for its figures to be shown."""
    return rule_value("appraisal.least", MOMENT.date())
