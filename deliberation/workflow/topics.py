"""A topic's way to its session: proposed, endorsed, confirmed or refused, noticed, withdrawn, answered."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.clock import SHANGHAI
from community.errors import BadInput, WrongState
from community.models import Unit, User
from community.queries import people_holding, units_of
from community.roles import Role
from community.workflow import notify, start_clock, stop_clocks
from community.workflow.terms import Terms
from deliberation import topic_permissions as permissions
from deliberation.models import PublicNotice, Topic, TopicEndorsement, TopicFollow, TopicScope
from deliberation.models.issues import NOTE_LENGTH
from deliberation.models.resolutions import PublicNoticeKind
from deliberation.models.topics import OPINION_LENGTH, Weight
from deliberation.states import TopicState
from deliberation.workflow.steps import clean_text
from deliberation.workflow.topic_steps import locked, log_step, move, tell, write_event

CONFIRM = "topic.confirm"
ENDED_BEFORE = frozenset({TopicState.REFUSED, TopicState.WITHDRAWN})


@transaction.atomic
def endorse_topic(topic: Topic, *, by: User, at: datetime) -> Topic:
    """Add one voice; the same person again changes nothing. The last one that is needed starts the term to confirm."""
    topic = locked(topic, by, permissions.can_endorse, _("附议要是本地核验过的居民；自己提的议题不用附议。"))
    if topic.state != TopicState.PROPOSED:
        raise WrongState(_("这个议题已经不用附议了。关注它，每一步都会通知您。"))
    added = TopicEndorsement.objects.get_or_create(topic=topic, user=by, defaults={"at": at})[1]
    if not added:
        return topic
    Topic.objects.filter(pk=topic.pk).update(endorsement_count=F("endorsement_count") + 1)
    topic.refresh_from_db(fields=["endorsement_count"])
    # No event: the row says it all, and a page with thousands of voices has to stay quick.
    log_step(topic, "endorse", by=by, at=at)
    if topic.endorsement_count == topic.needed_endorsements:
        write_event(topic, "enough", by=by, at=at)
        ask_to_confirm(topic, by=by, at=at)
    return topic


def ask_to_confirm(topic: Topic, *, by: User, at: datetime) -> None:
    """Start the term in which the topic is confirmed or refused, and tell those who do it.

    The hall's moderators hold it; where there is none, the workers of the place do.
    """
    moderators = people_holding(Role.HALL_MODERATOR, topic.area)
    role = Role.HALL_MODERATOR if moderators.exists() else Role.COMMUNITY_WORKER
    start_clock(topic, CONFIRM, rule_key=CONFIRM, at=at, area=topic.area, holder_role=role)
    notify(
        (moderators | people_holding(Role.COMMUNITY_WORKER, topic.area)).exclude(pk=by.pk).distinct(),
        gettext_noop("有议题等您确认：%(title)s（%(number)s）"),
        url=topic.get_absolute_url(),
        at=at,
        number=topic.number,
        title=topic.title,
    )


@transaction.atomic
def follow_topic(topic: Topic, *, by: User, at: datetime, on: bool = True) -> Topic:
    """Be told of each step, or no longer."""
    topic = locked(topic, by, permissions.can_follow, _("公开之后才能关注。"))
    if on:
        TopicFollow.objects.get_or_create(topic=topic, user=by, defaults={"at": at})
    else:
        TopicFollow.objects.filter(topic=topic, user=by).delete()
    return topic


@transaction.atomic
def confirm_topic(topic: Topic, *, by: User, at: datetime, weight: str, scope: TopicScope | None = None) -> Topic:
    """Take a proposal up as a topic, with its weight (四联) and the item of the town's list under which it falls."""
    topic = locked(topic, by, permissions.can_confirm, _("由当地的议事主持人、社区或镇街确认；谁提的，谁不能确认。"))
    move(topic, "confirm")
    if not topic.is_public:
        raise WrongState(_("这个议题还没有审看公开，先审看。"))
    if not topic.is_endorsed:
        missing = topic.needed_endorsements - topic.endorsement_count
        raise WrongState(_("附议还差 %(n)d 位，够了再确认。") % {"n": missing})
    if weight not in Weight.values:
        raise BadInput(_("请选四联里的一种。"), "weight")
    topic.weight, topic.scope = weight, checked_scope(topic, scope, at)
    topic.save(update_fields=["state", "weight", "scope"])
    stop_clocks(topic, CONFIRM, by=by, at=at)
    write_event(topic, "confirm", by=by, at=at, text=str(Weight(weight).label), log={"weight": weight})
    tell(topic, gettext_noop("已经列为议题，接下来公示：%(title)s（%(number)s）"), by=by, at=at)
    return topic


def checked_scope(topic: Topic, scope: TopicScope | None, at: datetime) -> TopicScope | None:
    """Return the chosen item of the town's list; only a town without a list goes without."""
    offered = TopicScope.objects.filter(town=topic.town_id).in_force(at.astimezone(SHANGHAI).date()).offered()
    if scope is None:
        if offered.exists():
            raise BadInput(_("请选议事清单里的一项。"), "scope")
        return None
    found = offered.filter(pk=scope.pk).first()
    if found is None:
        raise BadInput(_("这一项不在本镇街现行的议事清单里，或者清单写明不在这里议。请另选一项。"), "scope")
    return found


@transaction.atomic
def refuse_topic(topic: Topic, *, by: User, at: datetime, reason: str) -> Topic:
    """Say that a proposal becomes no topic, with the reason that its proposer reads, public or not."""
    topic = locked(topic, by, permissions.can_refuse, _("由当地的议事主持人、社区或镇街答复；自己提的要由别人答复。"))
    text = clean_text(reason, "reason", required=True)
    move(topic, "refuse")
    topic.ended_at = at
    topic.save(update_fields=["state", "ended_at"])
    stop_clocks(topic, CONFIRM, by=by, at=at)
    write_event(topic, "refuse", by=by, at=at, text=text)
    tell(topic, gettext_noop("没有列为议题，原因：%(reason)s（%(number)s）"), by=by, at=at, reason=text)
    return topic


@transaction.atomic
def withdraw_topic(topic: Topic, *, by: User, at: datetime) -> Topic:
    """Take a proposal back before it is noticed."""
    topic = locked(topic, by, permissions.can_withdraw, _("只有提出人自己可以撤回。"))
    move(topic, "withdraw")
    topic.ended_at = at
    topic.save(update_fields=["state", "ended_at"])
    stop_clocks(topic, CONFIRM, by=by, at=at)
    write_event(topic, "withdraw", by=by, at=at)
    tell(topic, gettext_noop("提出人撤回了议题：%(title)s（%(number)s）"), by=by, at=at)
    return topic


@transaction.atomic
def notice_topic(topic: Topic, *, by: User, at: datetime, text: str) -> Topic:
    """Show a confirmed topic for the days of its town; no session takes it up before they end."""
    topic = locked(topic, by, permissions.can_notice)
    words = clean_text(text, "text", required=True, most=OPINION_LENGTH)
    move(topic, "notice")
    topic.noticed_at, topic.notice_ends_at = at, Terms().due("topic.notice", at, topic.town_id)
    topic.save(update_fields=["state", "noticed_at", "notice_ends_at"])
    PublicNotice.objects.create(
        kind=PublicNoticeKind.TOPIC, topic=topic, area=topic.area, text=words, starts_at=at,
        ends_at=topic.notice_ends_at,
    )  # fmt: skip
    write_event(topic, "notice", by=by, at=at, text=words[:NOTE_LENGTH])
    tell(topic, gettext_noop("议题正在公示，公示完开会协商：%(title)s（%(number)s）"), by=by, at=at)
    return topic


@transaction.atomic
def answer_topic(topic: Topic, *, by: User, at: datetime, text: str, unit: Unit) -> Topic:
    """Answer a topic officially, in the name of an office or department that serves the place."""
    topic = locked(topic, by, permissions.can_answer, _("由镇街干部，或者管这件事的部门正式答复。"))
    words = clean_text(text, "text", required=True, most=OPINION_LENGTH)
    if not topic.is_public or topic.state in ENDED_BEFORE:
        raise WrongState(_("这个议题没有公开，或者没有列为议题，不用正式答复。"))
    if not answers_for(by, topic, at).filter(pk=unit.pk).exists():
        raise BadInput(_("只能用管这个地方的政府办公室、部门的名义答复；经办人只代表自己的单位。"), "unit")
    topic.answer, topic.answered_by, topic.answered_at = words, unit, at
    topic.save(update_fields=["answer", "answered_by", "answered_at"])
    write_event(topic, "answer", by=by, at=at, text=words[:NOTE_LENGTH], unit=unit, log={"unit": unit.pk})
    tell(topic, gettext_noop("有了正式答复：%(title)s（%(number)s）"), by=by, at=at)
    return topic


def answers_for(by: User, topic: Topic, at: datetime) -> QuerySet[Unit]:
    """Return the units in whose name somebody answers: all that serve the place for its town officer, else their own."""
    units = permissions.answering_units(topic, at.astimezone(SHANGHAI).date())
    if permissions.is_town_officer_of_place(by, topic):
        return units
    return units.filter(pk__in=units_of(by, Role.HANDLER))


def remind_to_confirm(topic: Topic, *, at: datetime, escalated: bool) -> None:
    """Tell those who are late, the day after the term has ended; later their town too."""
    if topic.state != TopicState.PROPOSED:
        return
    late = people_holding(Role.HALL_MODERATOR, topic.area) | people_holding(Role.COMMUNITY_WORKER, topic.area)
    if escalated:
        late |= people_holding(Role.TOWN_OFFICER, topic.area)
    message = gettext_noop("议题过期没有确认，请马上办：%(title)s（%(number)s）")
    notify(late.distinct(), message, url=topic.get_absolute_url(), at=at, number=topic.number, title=topic.title)
