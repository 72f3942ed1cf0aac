"""Proposing a topic: by a resident with endorsements, from an issue, or by the hall itself."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.acting import keep_place, lock_roles
from community.clock import SHANGHAI, end_of
from community.errors import BadInput, NotAllowed, WrongState
from community.marks import marks
from community.models import Representation, Resident, User
from community.permissions import can_note_act, is_signed_in
from community.queries import people_holding, rule_value
from community.reviewing import names_around
from community.roles import Role
from community.workflow import notify
from community.workflow.representing import represent
from deliberation import topic_permissions as permissions
from deliberation.models import Hall, Issue, Topic, TopicFollow
from deliberation.models.issues import TITLE_LENGTH, SeriesKind
from deliberation.models.topics import QUESTION_LENGTH
from deliberation.states import TOPIC_FINAL, Outcome
from deliberation.workflow.numbering import locked_series, next_number
from deliberation.workflow.representing import Person, lock_represented, resident_of_person
from deliberation.workflow.steps import clean_text
from deliberation.workflow.topic_steps import write_event
from deliberation.workflow.topics import ask_to_confirm


@transaction.atomic
def propose_topic(
    *,
    by: User,
    at: datetime,
    key: uuid.UUID,
    title: str,
    hall: Hall,
    question: str = "",
    issue: Issue | None = None,
    represented: Person | Resident | None = None,
    of_hall: bool = False,
) -> Topic:
    """Put a question to a hall.

    What a resident writes waits for review and then for endorsements; what staff proposes from an issue, or the
    hall of itself, is public at once and waits for its confirmation. `key` is the form's own: the same key again
    returns the topic that it made. Raises NotAllowed, WrongState, or BadInput with the field at fault.
    """
    if not is_signed_in(by):
        raise NotAllowed(_("请先登录，再提议题。"))
    series = locked_series(at, SeriesKind.TOPIC)
    # Asked with the series locked: of two posts of one form, the second finds what the first made.
    if known := Topic.objects.filter(submission_key=key).first():
        return proposed_before(known, by)
    hall = standing_hall(hall, at)
    issue = locked_issue(issue, hall)
    lock_represented(represented)
    home = keep_place(hall.area)
    resident = resident_of_person(represented, by=by, at=at, home=home) if represented else None
    lock_roles(by)
    way = way_in(by, hall, issue, resident, of_hall=of_hall, at=at)
    check_daily_limit(by, at, way)
    topic = Topic(
        number="", submission_key=key, hall=hall, area=home, town_id=hall.town_id, issue=issue, is_of_hall=of_hall,
        title=clean_text(title, "title", required=True, most=TITLE_LENGTH),
        question=clean_text(question, "question", most=QUESTION_LENGTH),
        proposer=by, represented=resident, proposed_at=at, needed_endorsements=needed(way, hall, at),
        is_public=way in STAFF_WAYS, reviewed_at=at if way in STAFF_WAYS else None,
    )  # fmt: skip
    if topic.is_public:
        refuse_personal_words(topic)
    topic.number = next_number(series)
    topic.save()
    begin(topic, by=by, at=at)
    return topic


# By which right somebody proposes.
RESIDENT, REPRESENTED, REPORTER, STAFF, HALL = "resident", "represented", "reporter", "staff", "hall"
STAFF_WAYS = frozenset({STAFF, HALL})


def way_in(by: User, hall: Hall, issue: Issue | None, resident: Resident | None, *, of_hall: bool, at: datetime) -> str:
    """Return by which right somebody proposes here; NotAllowed where there is none."""
    if of_hall:
        if permissions.moderates_in(by, hall.area) and resident is None:
            return HALL
        raise NotAllowed(_("只有这个议事厅的主持人，可以用议事厅的名义提。"))
    if resident is not None:
        return check_represented(resident, hall)
    if issue is not None and permissions.organises_in(by, hall.area):
        return STAFF
    if issue is not None and permissions.is_reporter_of(by, issue) and has_enough_voices(issue, at):
        return REPORTER
    if permissions.is_verified_in(by, hall.area):
        return RESIDENT
    raise NotAllowed(
        _("只有“%(place)s”里核验过的居民可以提议题。请先核验，或者找社区帮您提。") % {"place": hall.area.name}
    )


def check_represented(resident: Resident, hall: Hall) -> str:
    """Let a worker propose for somebody who lives here; being registered by the worker of their place is being known."""
    if resident.home is None or not hall.area.covers(resident.home):
        raise BadInput(_("这位居民不住在这个议事厅的地方。请选他住处的议事厅。"), "person")
    return REPRESENTED


def has_enough_voices(issue: Issue, at: datetime) -> bool:
    """Return whether so many residents say that an issue is theirs too that its reporter may bring it to the hall."""
    return issue.endorsement_count >= rule_value("issue.deliberation", day_of(at), issue.town_id)


def needed(way: str, hall: Hall, at: datetime) -> int:
    """Return how many endorsements are needed: none from an issue or of the hall, else as many as the town says."""
    if way in (RESIDENT, REPRESENTED):
        return rule_value("topic.endorsements", day_of(at), hall.town_id)
    return 0


def day_of(at: datetime) -> date:
    """Return the day of a moment here."""
    return at.astimezone(SHANGHAI).date()


def standing_hall(hall: Hall, at: datetime) -> Hall:
    """Return the hall as it stands; one that is closed takes up nothing."""
    found = Hall.objects.standing_on(day_of(at)).select_related("area", "area__town", "town").filter(pk=hall.pk).first()
    if found is None or found.area.valid_to is not None:
        raise BadInput(_("这个议事厅撤销了。请另选一个。"), "hall")
    return found


def locked_issue(issue: Issue | None, hall: Hall) -> Issue | None:
    """Return the issue from which a topic is made, locked; only a public one of the hall's place that is not solved."""
    if issue is None:
        return None
    Issue.objects.select_for_update().only("pk").get(pk=issue.pk)
    fresh = Issue.objects.select_related("area", "represented").get(pk=issue.pk)
    if not fresh.is_public:
        raise NotAllowed(_("这件事没有公开，不能提成议题。"))
    if not hall.area.covers(fresh.area):
        raise BadInput(_("这件事不在这个议事厅的地方。请选那里的议事厅。"), "hall")
    if fresh.outcome in (Outcome.RESOLVED, Outcome.WITHDRAWN):
        raise WrongState(_("这件事已经办成了，或者反映人撤回了，不用再议。"))
    if Topic.objects.filter(issue=fresh).exclude(state__in=sorted(TOPIC_FINAL)).exists():
        raise WrongState(_("这件事已经提成议题了，正在走。"))
    return fresh


def check_daily_limit(by: User, at: datetime, way: str) -> None:
    """Refuse more than a day's worth to a resident; what staff proposes is their work."""
    if way not in (RESIDENT, REPORTER):
        return
    day = day_of(at)
    most = rule_value("topic.daily", day)
    today = Topic.objects.filter(
        proposer=by, represented=None, proposed_at__gt=end_of(day - timedelta(days=1)), proposed_at__lte=end_of(day)
    )
    if today.count() >= most:
        raise NotAllowed(_("今天已经提了 %(most)d 个议题，明天再接着提。") % {"most": most})


def refuse_personal_words(topic: Topic) -> None:
    """Refuse what staff would make public at once with somebody's personal data in it."""
    if found := marks(f"{topic.title}\n{topic.question}", names_around([topic.proposer], topic.represented)):
        raise BadInput(_("里面还有%(what)s。改掉再公开。") % {"what": "；".join(found)}, "question")


def begin(topic: Topic, *, by: User, at: datetime) -> None:
    """Write a topic's first event, and start its term or tell those who review it."""
    TopicFollow.objects.create(topic=topic, user=by, at=at)
    write_event(topic, "propose", by=by, at=at, log={"represented": topic.represented_id is not None})
    if topic.is_public and topic.is_endorsed:
        ask_to_confirm(topic, by=by, at=at)
    elif not topic.is_public:
        notify(
            people_holding(Role.COMMUNITY_WORKER, topic.area).exclude(pk=by.pk),
            gettext_noop("有居民提了议题，等您审看：%(title)s（%(number)s）"),
            url=topic.get_absolute_url(),
            at=at,
            number=topic.number,
            title=topic.title,
        )
    note_proposal(topic, by=by, at=at)


def note_proposal(topic: Topic, *, by: User, at: datetime) -> Representation | None:
    """Write the receipt for somebody for whom a worker proposed; None where it was for nobody."""
    if topic.represented_id is None:
        return None
    person = Resident.objects.select_related("home", "user").get(pk=topic.represented_id)
    if not can_note_act(by, person):
        return None
    return represent(person, by=by, at=at, act=_("提议题"), subject=topic.number, url=topic.get_absolute_url())


def proposed_before(topic: Topic, by: User) -> Topic:
    """Return the topic that the same form made already; somebody else's key is refused."""
    if topic.proposer_id != by.pk:
        raise BadInput(_("这张表已经用过了。请重新打开“提一个议题”。"))
    return topic
