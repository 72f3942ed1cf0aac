"""A session's life: planned with an agenda, noticed, opened at its hour, closed, or cancelled; what it came to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.acting import lock_roles
from community.clock import SHANGHAI
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import User
from deliberation import ballot_permissions
from deliberation import session_permissions as permissions
from deliberation.models import AgendaItem, Ballot, Hall, Method, Session, Topic, TopicBallot, Venue
from deliberation.models.sessions import SessionKind
from deliberation.models.topics import OPINION_LENGTH
from deliberation.states import SESSION_TRANSITIONS, BallotState, SessionState, TopicState
from deliberation.workflow import topic_steps
from deliberation.workflow.steps import clean_text

TITLE_LENGTH = 80
PLACE_LENGTH = 120
SUMMARY_LENGTH = 4000
REASON_LENGTH = 200
ATTENDED_MOST = 100_000
# A ballot joins a topic from its notice until an opinion is published.
VOTED = (TopicState.NOTICED, TopicState.IN_SESSION, TopicState.OPINION_FORMED)


@transaction.atomic
def plan_session(
    *,
    by: User,
    at: datetime,
    hall: Hall,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
    topics: Sequence[Topic] = (),
    kind: str = SessionKind.HALL,
    venue: Venue | None = None,
    method: Method | None = None,
) -> Session:
    """Plan a session of a hall; nobody is told before it is noticed. Raises NotAllowed or BadInput."""
    lock_roles(by)
    session = Session(
        hall=hall, area=hall.area, town=hall.town, kind=kind, venue=venue, method=method, starts_at=starts_at,
        ends_at=ends_at, title=clean_text(title, "title", required=True, most=TITLE_LENGTH),
        place=clean_text(place, "place", required=True, most=PLACE_LENGTH), made_by=by, created_at=at,
    )  # fmt: skip
    if not permissions.can_plan(by, session):
        raise NotAllowed(_("只有当地的议事主持人、社区工作者或者镇街干部，可以安排会议。"))
    check_plan(session, at)
    session.save()
    write_agenda(session, topics)
    record(session, "session.plan", by=by, at=at, topics=[topic.pk for topic in topics])
    return session


def check_plan(session: Session, at: datetime) -> None:
    """Refuse hours and kinds that are none, and what is another hall's."""
    if session.kind not in SessionKind.values:
        raise BadInput(_("请选是哪一种会。"), "kind")
    if session.starts_at <= at:
        raise BadInput(_("开会的时间要在现在以后。"), "starts_at")
    if session.ends_at <= session.starts_at:
        raise BadInput(_("结束的时间要在开始以后。"), "ends_at")
    if session.venue is not None and session.venue.town_id != session.town_id:
        raise BadInput(_("这个议事点在别的镇街。请另选一个。"), "venue")


def write_agenda(session: Session, topics: Sequence[Topic]) -> None:
    """Put topics of the session's hall on its agenda, in their order, in the place of what stood there."""
    if len({topic.pk for topic in topics}) != len(topics):
        raise BadInput(_("同一个议题在议程上有两次。请去掉一个。"), "topics")
    if any(topic.hall_id != session.hall_id for topic in topics):
        raise BadInput(_("议程上只能放本议事厅的议题。"), "topics")
    if any(topic.is_final for topic in topics):
        raise BadInput(_("有的议题已经结束了，不能上议程。"), "topics")
    session.items.all().delete()
    rows = [AgendaItem(session=session, topic=topic, position=place) for place, topic in enumerate(topics, start=1)]
    AgendaItem.objects.bulk_create(rows)


@transaction.atomic
def change_agenda(session: Session, *, by: User, at: datetime, topics: Sequence[Topic]) -> Session:
    """Put other topics on the agenda; once the session is noticed, those alone that could have been noticed with it."""
    session = locked(session, by, permissions.can_plan)
    if session.state not in (SessionState.PLANNED, SessionState.NOTICED):
        raise WrongState(_("会已经开了或者取消了，议程不能再改。"))
    before = {item.topic_id for item in session.items.all()}
    write_agenda(session, topics)
    if session.state == SessionState.NOTICED:
        agenda = locked_topics(session)
        check_agenda(session, agenda)
        tell_of(session, [topic for topic in agenda if topic.pk not in before], by=by, at=at)
    record(session, "session.agenda", by=by, at=at, topics=[topic.pk for topic in topics])
    return session


@transaction.atomic
def notice_session(session: Session, *, by: User, at: datetime) -> Session:
    """Tell everybody who follows its topics where and when it meets; each has been shown long enough by then."""
    session = locked(session, by, permissions.can_plan)
    move(session, "notice")
    if session.starts_at <= at:
        raise WrongState(_("开会的时间已经过了。请取消，另外安排一次。"))
    agenda = locked_topics(session)
    check_agenda(session, agenda)
    session.noticed_at = at
    session.save(update_fields=["state", "noticed_at"])
    record(session, "session.notice", by=by, at=at)
    tell_of(session, agenda, by=by, at=at)
    return session


def check_agenda(session: Session, agenda: Sequence[Topic]) -> None:
    """Refuse an agenda with nothing on it, or with what is not shown or not shown long enough by the start."""
    if not agenda:
        raise WrongState(_("议程上还没有议题，不能通知开会。"))
    for topic in agenda:
        if topic.state != TopicState.NOTICED or topic.notice_ends_at is None:
            raise WrongState(_("“%(title)s”没有公示，不能上会。请先公示，或者从议程上拿掉。") % {"title": topic.title})
        if topic.notice_ends_at >= session.starts_at:
            raise WrongState(
                _("“%(title)s”的公示到开会那时还没有结束。请把会往后推，或者从议程上拿掉。") % {"title": topic.title}
            )


def tell_of(session: Session, topics: Sequence[Topic], *, by: User, at: datetime) -> None:
    """Tell those who follow topics that a session takes them up, and write it among their steps."""
    for topic in topics:
        topic_steps.write_event(topic, "invite", by=by, at=at, text=f"{session.title} {session.place}"[:500])
        message = gettext_noop("您关注的议题要上会了：%(title)s（%(number)s），%(day)s 在%(place)s。")
        day = f"{session.starts_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        topic_steps.tell(topic, message, by=by, at=at, day=day, place=session.place)


@transaction.atomic
def open_session(session: Session, *, by: User, at: datetime) -> Session:
    """Open a session at its hour, not before; its topics are in session from now on."""
    session = locked(session, by, permissions.can_plan)
    move(session, "open")
    if at < session.starts_at:
        raise WrongState(_("还没有到通知的开会时间。"))
    agenda = locked_topics(session)
    check_agenda(session, agenda)
    session.opened_at = at
    session.save(update_fields=["state", "opened_at"])
    record(session, "session.open", by=by, at=at)
    for topic in agenda:
        topic_steps.move(topic, "convene")
        topic.save(update_fields=["state"])
        topic_steps.write_event(topic, "convene", by=by, at=at, text=session.title)
        topic_steps.tell(topic, gettext_noop("正在开会协商：%(title)s（%(number)s）"), by=by, at=at)
    return session


@transaction.atomic
def close_session(session: Session, *, by: User, at: datetime, attended: int, summary: str) -> Session:
    """Close a session with how many came and what happened; what it came to is written with each topic."""
    session = locked(session, by, permissions.can_close)
    move(session, "close")
    if not 1 <= attended <= ATTENDED_MOST:
        raise BadInput(_("请写到会的人数。"), "attended")
    session.summary = clean_text(summary, "summary", required=True, most=SUMMARY_LENGTH)
    session.closed_at, session.attended = at, attended
    session.save(update_fields=["state", "closed_at", "attended", "summary"])
    record(session, "session.close", by=by, at=at, attended=attended)
    return session


@transaction.atomic
def cancel_session(session: Session, *, by: User, at: datetime, reason: str) -> Session:
    """Call a session off before it opens; its topics can go on the agenda of another."""
    session = locked(session, by, permissions.can_plan)
    was_noticed = session.noticed_at is not None
    move(session, "cancel")
    session.cancelled_reason = clean_text(reason, "reason", required=True, most=REASON_LENGTH)
    session.save(update_fields=["state", "cancelled_reason"])
    record(session, "session.cancel", by=by, at=at)
    for topic in locked_topics(session) if was_noticed else []:
        message = gettext_noop("会议取消了，原因：%(reason)s 另外安排时再通知您。%(title)s（%(number)s）")
        topic_steps.tell(topic, message, by=by, at=at, reason=session.cancelled_reason)
    return session


# --- What a session comes to ------------------------------------------------------------------------
@transaction.atomic
def form_opinion(topic: Topic, *, by: User, at: datetime, text: str) -> Topic:
    """Write down what the session came to on a topic."""
    topic = topic_steps.locked(topic, by, permissions.can_conclude, only_minutes())
    opinion = clean_text(text, "text", required=True, most=OPINION_LENGTH)
    topic_steps.move(topic, "form_opinion")
    check_was_held(topic)
    topic.opinion = opinion
    topic.save(update_fields=["state", "opinion"])
    topic_steps.write_event(topic, "form_opinion", by=by, at=at, text=opinion[:500])
    topic_steps.tell(topic, gettext_noop("形成了协商意见：%(title)s（%(number)s）"), by=by, at=at)
    return topic


@transaction.atomic
def adjourn_topic(topic: Topic, *, by: User, at: datetime, reason: str) -> Topic:
    """Leave a topic unsettled, with the reason; it is noticed and deliberated once more."""
    topic = topic_steps.locked(topic, by, permissions.can_conclude, only_minutes())
    text = clean_text(reason, "reason", required=True)
    topic_steps.move(topic, "adjourn")
    check_was_held(topic)
    topic.save(update_fields=["state"])
    topic_steps.write_event(topic, "adjourn", by=by, at=at, text=text)
    message = gettext_noop("这次会上没有议定，原因：%(reason)s 会再公示、再议：%(title)s（%(number)s）")
    topic_steps.tell(topic, message, by=by, at=at, reason=text)
    return topic


def only_minutes() -> str:
    """Return the sentence for somebody who neither moderates nor keeps the minutes."""
    return _("协商意见由议事主持人或者记录员写。")


def check_was_held(topic: Topic) -> None:
    """Refuse what no session has taken up."""
    held = (SessionState.OPEN, SessionState.CLOSED)
    if not AgendaItem.objects.filter(topic=topic, session__state__in=held).exists():
        raise WrongState(_("这个议题还没有上过会。"))


@transaction.atomic
def attach_ballot(topic: Topic, ballot: Ballot, *, by: User, at: datetime) -> TopicBallot:
    """Put a ballot to a topic that has been noticed; it opens when the notice has ended, not before."""
    topic = topic_steps.locked(topic, by, permissions.can_attach_ballot)
    ballot = Ballot.objects.select_for_update(of=("self",)).select_related("area").get(pk=ballot.pk)
    if not ballot_permissions.can_organise(by, ballot):
        raise NotAllowed(_("这场表决不归您办，所以没有改动。"))
    if topic.state not in VOTED or topic.notice_ends_at is None:
        raise WrongState(_("没有公示过的议题不能表决。请先公示。"))
    if ballot.state not in (BallotState.DRAFT, BallotState.NOTICED):
        raise BadInput(_("这场表决已经开始或者结束了。请另选一场。"), "ballot")
    if ballot.opens_at < topic.notice_ends_at:
        raise BadInput(_("表决要在议题公示结束以后开始。请改表决的时间。"), "ballot")
    if not ballot.area.path.startswith(topic.town.path):
        raise BadInput(_("这场表决是别的地方的。请另选一场。"), "ballot")
    if TopicBallot.objects.filter(ballot=ballot).exists():
        raise BadInput(_("这场表决已经跟着一个议题了。请另选一场。"), "ballot")
    attached = TopicBallot.objects.create(topic=topic, ballot=ballot)
    topic_steps.write_event(topic, "attach_ballot", by=by, at=at, text=ballot.question)
    topic_steps.tell(topic, gettext_noop("这个议题要表决：%(title)s（%(number)s）"), by=by, at=at)
    return attached


# --- What those verbs share ---------------------------------------------------------------------------
def locked(session: Session, by: User, may: Callable[[Any, Any], bool]) -> Session:
    """Return the session with its row locked, or NotAllowed where `by` may not do this to it."""
    fresh = Session.objects.select_for_update(of=("self",)).select_related("area", "town", "hall").get(pk=session.pk)
    lock_roles(by)
    if not may(by, fresh):
        raise NotAllowed(_("这次会议不归您办，所以没有改动。"))
    return fresh


def move(session: Session, verb: str) -> None:
    """Set the state that `verb` leads to, or WrongState. Does not save."""
    after = SESSION_TRANSITIONS[verb].get(SessionState(session.state))
    if after is None:
        raise WrongState(
            _("会议现在是“%(state)s”，做不了这一步。请刷新页面看看。") % {"state": session.get_state_display()}
        )
    session.state = after


def locked_topics(session: Session) -> list[Topic]:
    """Return the topics of a session's agenda in their order, locked by their keys so that two sessions don't wait."""
    ids = list(session.items.order_by("position").values_list("topic", flat=True))
    list(Topic.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk", flat=True))
    rows = Topic.objects.select_related("area", "town", "hall", "proposer").in_bulk(ids)
    return [rows[pk] for pk in ids]
