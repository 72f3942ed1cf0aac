"""A resolution: published for objections, carried out when the publicity has ended, evaluated, or revoked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.acting import lock_roles
from community.clock import SHANGHAI
from community.errors import BadInput, NotAllowed, WrongState
from community.models import Area, Unit, User
from community.queries import rule_value, today
from community.workflow import stop_clocks
from community.workflow.terms import Terms
from deliberation import resolution_permissions as permissions
from deliberation.models import Ballot, Commitment, Objection, PublicNotice, Resolution, Session, Topic, TopicBallot
from deliberation.models.issues import SeriesKind
from deliberation.models.resolutions import ObjectionState, PublicNoticeKind
from deliberation.models.topics import OPINION_LENGTH
from deliberation.signals import resolution_closed, resolution_published
from deliberation.states import BallotState, ResolutionState
from deliberation.workflow import topic_steps
from deliberation.workflow.commitments import start_commitments
from deliberation.workflow.numbering import locked_series, next_number
from deliberation.workflow.resolution_steps import REASON_LENGTH, locked, log_step, move, tell
from deliberation.workflow.steps import clean_text

TITLE_LENGTH = 80
TASK_LENGTH = 200
TASKS_MOST = 20


class Task(NamedTuple):
    """What is promised: what to do, which unit does it, and its last day."""

    text: str
    unit: Unit
    due_on: date


@transaction.atomic
def publish_resolution(
    source: Topic | Ballot, *, by: User, at: datetime, title: str, text: str, commitments: Sequence[Task]
) -> Resolution:
    """Publish what was decided, of a topic whose opinion is formed or of a ballot that has passed, for objections.

    Who does what by when is part of it. Raises NotAllowed, WrongState, or BadInput with the field at fault.
    """
    topic, ballot = sources(source, by=by)
    series = locked_series(at, SeriesKind.RESOLUTION)
    area = topic.area if topic is not None else ballot_of(ballot).area
    tasks = checked_tasks(commitments, area, at)
    resolution = Resolution(
        title=clean_text(title, "title", required=True, most=TITLE_LENGTH),
        text=clean_text(text, "text", required=True, most=OPINION_LENGTH),
        topic=topic, ballot=ballot, session=held_session(topic), hall=topic.hall if topic else None, area=area,
        town=area if area.town is None else area.town, made_by=by, published_at=at,
    )  # fmt: skip
    if topic is not None:
        topic_steps.move(topic, "publish")
    resolution.number = next_number(series)
    resolution.save()
    write_tasks(resolution, tasks, at)
    show(resolution, at)
    log_step(resolution, "publish", by=by, at=at, commitments=len(tasks))
    if topic is not None:
        topic.save(update_fields=["state"])
        topic_steps.write_event(topic, "publish", by=by, at=at, text=resolution.number)
    tell(resolution, gettext_noop("协商结果公示了，可以提异议：%(title)s（%(number)s）"), by=by, at=at)
    resolution_published.send(sender=Resolution, resolution=resolution, by=by, at=at)
    return resolution


def ballot_of(ballot: Ballot | None) -> Ballot:
    """Return the ballot of a resolution that has no topic."""
    assert ballot is not None
    return ballot


def sources(source: Topic | Ballot, *, by: User) -> tuple[Topic | None, Ballot | None]:
    """Return the topic and the ballot that a resolution rests on, locked and asked for."""
    if isinstance(source, Ballot):
        attached = TopicBallot.objects.filter(ballot=source).select_related("topic").first()
        if attached is None:
            return None, passed_ballot(source, by)
        source = attached.topic
    refusal = _("只有当地的议事主持人、社区工作者或者镇街干部，可以公布决议。")
    topic = topic_steps.locked(source, by, permissions.can_publish, refusal)
    if topic.state != "opinion_formed":
        raise WrongState(_("还没有形成协商意见，不能公布决议。"))
    return topic, ballot_of_topic(topic)


def passed_ballot(ballot: Ballot, by: User) -> Ballot:
    """Return a counted ballot that has passed and stands by itself, locked; or a refusal."""
    ballot = Ballot.objects.select_for_update(of=("self",)).select_related("area__town").get(pk=ballot.pk)
    lock_roles(by)
    if not permissions.can_publish_ballot(by, ballot):
        raise NotAllowed(_("这场表决不归您办，所以没有改动。"))
    if not has_passed(ballot):
        raise WrongState(_("这场表决还没有计票，或者没有通过，不能公布决议。"))
    if Resolution.objects.filter(ballot=ballot).exists():
        raise WrongState(_("这场表决已经公布过决议了。"))
    return ballot


def has_passed(ballot: Ballot) -> bool:
    """Return whether a ballot is counted and has decided for something."""
    if ballot.state != BallotState.COUNTED:
        return False
    result = ballot.result
    return bool(result.quorate and (result.passed or (result.passed is None and result.winner)))


def ballot_of_topic(topic: Topic) -> Ballot | None:
    """Return the ballot of this round of a topic, counted and passed; None where it was not put to the vote."""
    standing = Q(ballot__opens_at__gte=topic.noticed_at) & ~Q(
        ballot__state__in=(BallotState.VOID, BallotState.WITHDRAWN)
    )
    attached = topic.topic_ballots.filter(standing).select_related("ballot").order_by("-ballot__opens_at", "-pk")
    row = attached.first()
    if row is None:
        return None
    if not has_passed(row.ballot):
        raise WrongState(_("这个议题的表决还没有计票，或者没有通过，不能公布决议。"))
    return None if Resolution.objects.filter(ballot=row.ballot).exists() else row.ballot


def held_session(topic: Topic | None) -> Session | None:
    """Return the session that took a topic up last."""
    if topic is None:
        return None
    return Session.objects.filter(items__topic=topic, opened_at__isnull=False).order_by("-opened_at").first()


def responsible_units(area: Area) -> list[Unit]:
    """Return the units that may be made responsible: those that serve the place, one above, or one in it."""
    day = today()
    serves = Q(area__path__in=area.parent_paths()) | Q(area__path__startswith=area.path)
    units = Unit.objects.filter(serves, Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
    return sorted(units.select_related("area"), key=lambda unit: (-len(unit.area.path), unit.pk))


def checked_tasks(tasks: Sequence[Task], area: Area, at: datetime) -> list[Task]:
    """Return the tasks as they will be written: at least one, each with a unit of the place and a day to come."""
    if not 1 <= len(tasks) <= TASKS_MOST:
        raise BadInput(_("请写 1 到 %(most)d 项任务：谁来办、办什么、哪天办完。") % {"most": TASKS_MOST}, "commitments")
    day = at.astimezone(SHANGHAI).date()
    last = day + timedelta(days=rule_value("resolution.commitment", day, area.town))
    known = {unit.pk for unit in responsible_units(area)}
    checked = []
    for task in tasks:
        if task.unit.pk not in known:
            raise BadInput(_("有一项任务的单位不管这个地方。请另选一个。"), "commitments")
        if not day < task.due_on <= last:
            raise BadInput(_("每项任务都要在明天到 %(day)s 之间办完。") % {"day": last}, "commitments")
        checked.append(task._replace(text=clean_text(task.text, "commitments", required=True, most=TASK_LENGTH)))
    return checked


def write_tasks(resolution: Resolution, tasks: Sequence[Task], at: datetime) -> None:
    """Write the commitments, each with the day by which word of it is due."""
    day = at.astimezone(SHANGHAI).date()
    word = day + timedelta(days=rule_value("commitment.update", day, resolution.town))
    Commitment.objects.bulk_create(
        Commitment(
            resolution=resolution, text=task.text, unit=task.unit, due_on=task.due_on, position=position,
            next_update_on=min(task.due_on, word),
        )
        for position, task in enumerate(tasks, start=1)
    )  # fmt: skip


def show(resolution: Resolution, at: datetime) -> PublicNotice:
    """Show a resolution for as many working days as the town's rule says."""
    town = resolution.town_id
    ends_at = Terms().due("resolution.objections", at, town)
    return PublicNotice.objects.create(
        kind=PublicNoticeKind.RESULT, resolution=resolution, area=resolution.area, text=resolution.text,
        starts_at=at, ends_at=ends_at,
    )  # fmt: skip


@transaction.atomic
def revoke_resolution(resolution: Resolution, *, by: User, at: datetime, reason: str) -> Resolution:
    """Take a result back because an objection was right; its topic is deliberated once more."""
    resolution = locked(resolution, by, permissions.can_revoke, _("只有镇街干部可以撤销结果。"))
    move(resolution, "revoke")
    objections = Objection.objects.filter(notice__resolution=resolution)
    if not objections.filter(state=ObjectionState.UPHELD).exists():
        raise WrongState(_("没有成立的异议，不能撤销。"))
    resolution.revoked_reason = clean_text(reason, "reason", required=True, most=REASON_LENGTH)
    resolution.save(update_fields=["state", "revoked_reason"])
    resolution.notices.filter(ended_at=None, ends_at__gt=at).update(ended_at=at)
    for objection in objections.filter(state=ObjectionState.OPEN):
        stop_clocks(objection, "resolution.answer", by=by, at=at)
    log_step(resolution, "revoke", by=by, at=at)
    if resolution.topic is not None:
        topic_steps.move(resolution.topic, "revoke")
        resolution.topic.save(update_fields=["state"])
        topic_steps.write_event(resolution.topic, "revoke", by=by, at=at, text=resolution.revoked_reason)
    message = gettext_noop("结果撤销了，原因：%(reason)s 会重新议：%(title)s（%(number)s）")
    tell(resolution, message, by=by, at=at, reason=resolution.revoked_reason)
    resolution_closed.send(sender=Resolution, resolution=resolution, by=by, at=at)
    return resolution


@transaction.atomic
def carry_out_resolution(resolution: Resolution, *, by: User, at: datetime) -> Resolution:
    """Have a resolution carried out, once its publicity has ended with every objection answered; the clock does it."""
    resolution = locked(resolution, by, permissions.can_sweep)
    move(resolution, "carry_out")
    if not may_carry_out(resolution, at):
        raise WrongState(_("公示还没有结束，或者还有异议没有答复。"))
    resolution.carried_out_from = at
    resolution.save(update_fields=["state", "carried_out_from"])
    log_step(resolution, "carry_out", by=by, at=at)
    start_commitments(resolution, by=by, at=at)
    if resolution.topic is not None:
        topic_steps.move(resolution.topic, "carry_out")
        resolution.topic.save(update_fields=["state"])
        topic_steps.write_event(resolution.topic, "carry_out", by=by, at=at)
    tell(resolution, gettext_noop("公示结束，开始落实：%(title)s（%(number)s）"), by=by, at=at)
    return resolution


def may_carry_out(resolution: Resolution, at: datetime) -> bool:
    """Return whether the publicity has ended, every objection is answered, and none that was right still waits.

    After an objection was found right its town has as long as an answer takes to revoke the result.
    """
    if resolution.notices.filter(ended_at=None, ends_at__gte=at).exists():
        return False
    objections = Objection.objects.filter(notice__resolution=resolution)
    if objections.filter(state=ObjectionState.OPEN).exists():
        return False
    upheld = objections.filter(state=ObjectionState.UPHELD).order_by("-answered_at").first()
    if upheld is None or upheld.answered_at is None:
        return True
    return at > Terms().due("resolution.answer", upheld.answered_at, resolution.town_id)


@transaction.atomic
def conclude_resolution(resolution: Resolution, *, by: User, at: datetime) -> Resolution:
    """End a resolution when the days of its evaluation are over, also where nobody has rated; the clock does it."""
    resolution = locked(resolution, by, permissions.can_sweep)
    move(resolution, "evaluate")
    if resolution.evaluation_ends_at is None or at <= resolution.evaluation_ends_at:
        raise WrongState(_("评议还没有结束。"))
    resolution.evaluated_at = at
    resolution.save(update_fields=["state", "evaluated_at"])
    voices = resolution.evaluations.count()
    log_step(resolution, "evaluate", by=by, at=at, voices=voices)
    if topic := resolution.topic:
        topic_steps.move(topic, "evaluate")
        topic.ended_at = at
        topic.save(update_fields=["state", "ended_at"])
        topic_steps.write_event(topic, "evaluate", by=by, at=at)
    message = gettext_noop("评议结束了，%(voices)d 人打了分：%(title)s（%(number)s）")
    tell(resolution, message if voices else gettext_noop("评议结束了，没有人打分：%(title)s（%(number)s）"), by=by, at=at,
         **({"voices": voices} if voices else {}))  # fmt: skip
    resolution_closed.send(sender=Resolution, resolution=resolution, by=by, at=at)
    return resolution


def to_carry_out(at: datetime) -> list[Resolution]:
    """Return what may be carried out: published, shown long enough, with no objection left open."""
    shown = PublicNotice.objects.filter(ended_at=None, ends_at__gte=at, resolution__isnull=False)
    asked = Objection.objects.filter(state=ObjectionState.OPEN, notice__resolution__isnull=False)
    ready = Resolution.objects.filter(state=ResolutionState.PUBLISHED).exclude(pk__in=shown.values("resolution"))
    return list(ready.exclude(pk__in=asked.values("notice__resolution")).order_by("published_at", "pk"))


def to_conclude(at: datetime) -> list[Resolution]:
    """Return those whose evaluation is over."""
    running = Resolution.objects.filter(state=ResolutionState.CARRYING_OUT, evaluation_ends_at__lt=at)
    return list(running.order_by("evaluation_ends_at", "pk"))
