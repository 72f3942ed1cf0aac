"""What people bring to a topic before its opinion is formed: reasons, options, changes, statements and stances."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.clock import SHANGHAI, end_of
from community.errors import BadInput, NotAllowed, WrongState
from community.models import User
from community.queries import people_holding, rule_value
from community.roles import Role
from community.workflow import notify
from deliberation import topic_permissions as permissions
from deliberation.agreement import Sums, kept
from deliberation.models import (
    Amendment,
    Argument,
    Statement,
    StatementStance,
    Topic,
    TopicOption,
)
from deliberation.models.topics import WORDS_LENGTH, AmendmentState, Contribution, Side, Stance
from deliberation.states import TOPIC_DISCUSSED
from deliberation.workflow.steps import clean_text
from deliberation.workflow.topic_steps import locked, log_step, write_event

CONTRIBUTIONS: tuple[type[Contribution], ...] = (Argument, TopicOption, Amendment, Statement)


@transaction.atomic
def add_argument(topic: Topic, *, by: User, at: datetime, side: str, text: str) -> Argument:
    """Bring a reason for or against."""
    topic = open_topic(topic, by, at)
    if side not in Side.values:
        raise BadInput(_("请选赞成还是反对。"), "side")
    argument = Argument.objects.create(topic=topic, by=by, at=at, text=words(text), side=side)
    announce(topic, "argue", by=by, at=at)
    return argument


@transaction.atomic
def add_option(topic: Topic, *, by: User, at: datetime, text: str) -> TopicOption:
    """Bring one way to settle it."""
    topic = open_topic(topic, by, at)
    option = TopicOption.objects.create(topic=topic, by=by, at=at, text=words(text))
    announce(topic, "suggest", by=by, at=at)
    return option


@transaction.atomic
def add_statement(topic: Topic, *, by: User, at: datetime, text: str) -> Statement:
    """Bring a short sentence with which people agree or disagree."""
    topic = open_topic(topic, by, at)
    statement = Statement.objects.create(topic=topic, by=by, at=at, text=words(text))
    announce(topic, "state", by=by, at=at)
    return statement


@transaction.atomic
def propose_amendment(option: TopicOption, *, by: User, at: datetime, text: str, reason: str = "") -> Amendment:
    """Ask that an option be changed: `text` is what it would say then."""
    topic = open_topic(option.topic, by, at)
    option = TopicOption.objects.get(pk=option.pk)
    if not option.is_public:
        raise WrongState(_("这个方案没有公开，不能提修改意见。"))
    changed = words(text)
    if changed == option.text:
        raise BadInput(_("和原来的方案一样。请写改成什么样。"), "text")
    amendment = Amendment.objects.create(
        topic=topic, by=by, at=at, option=option, text=changed, before=option.text,
        reason=clean_text(reason, "reason", most=WORDS_LENGTH),
    )  # fmt: skip
    announce(topic, "amend", by=by, at=at)
    return amendment


@transaction.atomic
def answer_amendment(amendment: Amendment, *, by: User, at: datetime, is_accepted: bool, answer: str = "") -> Amendment:
    """Accept a change, which becomes the option's text, or decline it with the reason."""
    refusal = _("由这个议事厅的主持人答复修改意见；自己提的要由别人答复。")
    topic = locked(amendment.topic, by, permissions.can_answer_amendment, refusal)
    amendment = Amendment.objects.select_related("option").get(pk=amendment.pk)
    if amendment.by_id == by.pk:
        raise NotAllowed(refusal)
    said = clean_text(answer, "answer", required=not is_accepted, most=WORDS_LENGTH)
    if topic.state not in TOPIC_DISCUSSED or amendment.state != AmendmentState.OPEN or not amendment.is_public:
        raise WrongState(_("这条修改意见答复过了、没有公开，或者协商意见已经形成。"))
    option = amendment.option
    if is_accepted and option.text != amendment.before:
        raise WrongState(_("这个方案后来改过，和提意见的时候不一样了。请先看看，再请提的人重新写。"))
    amendment.state = AmendmentState.ACCEPTED if is_accepted else AmendmentState.DECLINED
    amendment.answer, amendment.answered_at = said, at
    amendment.save(update_fields=["state", "answer", "answered_at"])
    if is_accepted:
        option.text = amendment.text
        option.save(update_fields=["text"])
    write_event(topic, "accept_amendment" if is_accepted else "decline_amendment", by=by, at=at, text=said)
    notify(
        [amendment.by] if amendment.by_id != by.pk else [],
        gettext_noop("您提的修改意见有答复了：%(title)s（%(number)s）"),
        url=topic.get_absolute_url(),
        at=at,
        number=topic.number,
        title=topic.title,
    )
    return amendment


@transaction.atomic
def take_stance(statement: Statement, *, by: User, at: datetime, stance: int) -> Statement:
    """Agree, disagree or say that one can't say; a change of mind replaces it.

    Nothing tells when: no event, no line in the log, no signal.
    """
    topic = locked(statement.topic, by, permissions.can_take_stance, _("表态要是本地核验过的居民。"))
    statement = Statement.objects.select_for_update().get(pk=statement.pk)
    if stance not in Stance.values:
        raise BadInput(_("请选同意、不同意或者说不好。"), "stance")
    if topic.state not in TOPIC_DISCUSSED or not statement.is_public:
        raise WrongState(_("这条说法没有公开，或者协商意见已经形成，不再表态。"))
    StatementStance.objects.update_or_create(
        statement=statement, user=by, defaults={"topic_id": topic.pk, "stance": stance}
    )
    show_sums(statement, topic, at)
    return statement


def show_sums(statement: Statement, topic: Topic, at: datetime) -> None:
    """Bring the sums that the picture is drawn from up to date, where enough more people have taken part."""
    shown = Sums(statement.shown_agree, statement.shown_disagree, statement.shown_passed)
    least = rule_value("topic.picture", at.astimezone(SHANGHAI).date(), topic.town_id)
    now = kept(shown, sums_of(statement), least=least)
    if now != shown:
        statement.shown_agree, statement.shown_disagree, statement.shown_passed = now.agree, now.disagree, now.passed
        statement.save(update_fields=["shown_agree", "shown_disagree", "shown_passed"])


def sums_of(statement: Statement) -> Sums:
    """Return how many take which stance now."""
    sums = statement.stances.aggregate(
        agree=Count("pk", filter=Q(stance=Stance.AGREE)),
        disagree=Count("pk", filter=Q(stance=Stance.DISAGREE)),
        passed=Count("pk", filter=Q(stance=Stance.PASS)),
    )
    return Sums(**sums)


# --- What those verbs share --------------------------------------------------------------------------
def open_topic(topic: Topic, by: User, at: datetime) -> Topic:
    """Return the topic, locked, while it can be discussed and `by` has words left today."""
    topic = locked(topic, by, permissions.can_say, _("请先登录；议题公开之后才能说。"))
    if topic.state not in TOPIC_DISCUSSED:
        raise WrongState(_("协商意见已经形成，或者议题已经结束，不再收新的意见。"))
    check_daily_limit(by, at)
    return topic


def check_daily_limit(by: User, at: datetime) -> None:
    """Refuse more words than one day's worth."""
    day = at.astimezone(SHANGHAI).date()
    today: dict[str, Any] = {"by": by, "at__gt": end_of(day - timedelta(days=1)), "at__lte": end_of(day)}
    written = sum(model._default_manager.filter(**today).count() for model in CONTRIBUTIONS)
    most = rule_value("topic.words_daily", day)
    if written >= most:
        raise NotAllowed(_("今天已经写了 %(most)d 条，明天再接着写。") % {"most": most})


def words(text: str) -> str:
    """Return what was typed, checked."""
    return clean_text(text, "text", required=True, most=WORDS_LENGTH)


def announce(topic: Topic, verb: str, *, by: User, at: datetime) -> None:
    """Write that something came in, and tell those who review it; the public hears when it has been seen."""
    log_step(topic, verb, by=by, at=at)
    notify(
        people_holding(Role.COMMUNITY_WORKER, topic.area).exclude(pk=by.pk),
        gettext_noop("有人对议题写了意见，等您审看：%(title)s（%(number)s）"),
        url=topic.get_absolute_url(),
        at=at,
        number=topic.number,
        title=topic.title,
    )
