"""Reviewing topics and what people say on them before they are public, and hiding it with a reason."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.errors import NotAllowed, WrongState
from community.marks import marks
from community.models import User
from community.reviewing import names_around
from community.workflow.hiding import lift_hidings, write_hiding
from deliberation import topic_permissions as permissions
from deliberation.models import Amendment, Topic
from deliberation.models.issues import NOTE_LENGTH
from deliberation.models.topics import Contribution
from deliberation.states import TopicState
from deliberation.workflow.topic_steps import locked, tell, write_event
from deliberation.workflow.topics import ask_to_confirm

WITHHELD = gettext_noop("您提的议题“%(title)s”没有公开。说明：%(note)s（%(number)s）不同意可以申诉。")
WORDS_HIDDEN = gettext_noop("您对议题“%(title)s”写的一段话没有公开。说明：%(note)s（%(number)s）不同意可以申诉。")
ONLY_STAFF = gettext_noop("只有当地的社区工作者可以审看，自己写的要由别人审看。")


@transaction.atomic
def publish_topic(topic: Topic, *, by: User, at: datetime) -> Topic:
    """Make a proposal public as it was written."""
    topic = locked(topic, by, permissions.can_review, _(ONLY_STAFF))
    return open_to_public(topic, by=by, at=at)


def open_to_public(topic: Topic, *, by: User, at: datetime) -> Topic:
    """Make a locked topic public; one that needs no more endorsements waits for its confirmation from now on."""
    if topic.is_public or topic.state == TopicState.WITHDRAWN:
        raise WrongState(_("这个议题已经公开了，或者提出人撤回了。请刷新页面看看。"))
    refuse_personal(f"{topic.title}\n{topic.question}", topic, [topic.proposer])
    topic.is_public, topic.reviewed_at = True, at
    topic.save(update_fields=["is_public", "reviewed_at"])
    lift_hidings(topic, by=by, at=at)
    write_event(topic, "open", by=by, at=at, is_public=False)
    if topic.state == TopicState.PROPOSED and topic.is_endorsed:
        ask_to_confirm(topic, by=by, at=at)
    tell(topic, gettext_noop("您提的议题已经公开，可以附议了：%(title)s（%(number)s）"), by=by, at=at)
    return topic


@transaction.atomic
def withhold_topic(topic: Topic, *, by: User, at: datetime, reason: str, note: str) -> Topic:
    """Keep a topic from the public with a reason that its proposer may appeal, even one that was public."""
    topic = locked(topic, by, permissions.can_review, _(ONLY_STAFF))
    if topic.state not in (TopicState.PROPOSED, TopicState.REFUSED, TopicState.WITHDRAWN):
        raise WrongState(_("已经列为议题，经过要公开，不能整个撤下。请撤下里面的某一段。"))
    topic.is_public, topic.reviewed_at = False, at
    topic.save(update_fields=["is_public", "reviewed_at"])
    write_hiding(
        topic, by=by, at=at, area=topic.area, author=topic.proposer, reason=reason, note=note, message=WITHHELD,
        number=topic.number, title=topic.title,
    )  # fmt: skip
    write_event(topic, "withhold", by=by, at=at, text=note[:NOTE_LENGTH], is_public=False)
    return topic


def refuse_personal(words: str, topic: Topic, authors: list[User]) -> None:
    """Refuse to publish words that hold personal data, and say which."""
    if found := marks(words, names_around(authors, topic.represented)):
        said = _("里面还有%(what)s，不能公开。请写上原因，不公开；作者可以重新写。")
        raise WrongState(said % {"what": "；".join(found)})


def locked_words(row: Contribution, by: User) -> tuple[Topic, Contribution]:
    """Return the topic and somebody else's words on it, locked, for one who may review them."""
    topic = locked(row.topic, by, permissions.can_review, _(ONLY_STAFF))
    fresh = type(row)._default_manager.select_for_update(of=("self",)).select_related("by").get(pk=row.pk)
    if fresh.by_id == by.pk:
        raise NotAllowed(_("自己写的要由别人审看。"))
    return topic, fresh


def all_words(row: Contribution) -> str:
    """Return all that somebody wrote in one contribution."""
    return f"{row.text}\n{row.reason}" if isinstance(row, Amendment) else row.text


@transaction.atomic
def publish_words(row: Contribution, *, by: User, at: datetime) -> Contribution:
    """Let the public read what somebody said on a topic."""
    topic, row = locked_words(row, by)
    return open_words(topic, row, by=by, at=at)


def open_words(topic: Topic, row: Contribution, *, by: User, at: datetime) -> Contribution:
    """Make locked words public."""
    if row.is_public or not topic.is_public:
        raise WrongState(_("这段已经公开了，或者议题还没有公开。请刷新页面看看。"))
    refuse_personal(all_words(row), topic, [row.by, topic.proposer])
    row.is_public, row.reviewed_at = True, at
    row.save(update_fields=["is_public", "reviewed_at"])
    lift_hidings(row, by=by, at=at)
    write_event(topic, "open", by=by, at=at, is_public=False, log={"words": row._meta.model_name, "id": row.pk})
    return row


@transaction.atomic
def hide_words(row: Contribution, *, by: User, at: datetime, reason: str, note: str) -> Contribution:
    """Keep from the public what somebody said, even what was public."""
    topic, row = locked_words(row, by)
    row.is_public, row.reviewed_at = False, at
    row.save(update_fields=["is_public", "reviewed_at"])
    write_hiding(
        row, by=by, at=at, area=topic.area, author=row.by, reason=reason, note=note, message=WORDS_HIDDEN,
        number=topic.number, title=topic.title,
    )  # fmt: skip
    log = {"words": row._meta.model_name, "id": row.pk}
    write_event(topic, "withhold", by=by, at=at, text=note[:NOTE_LENGTH], is_public=False, log=log)
    return row


# --- What an appeal brings: its decider has been asked already -----------------------------------------
def lock_topic(subject: Topic | Contribution) -> Topic:
    """Lock the topic that something belongs to; every verb here locks it first."""
    key = subject.pk if isinstance(subject, Topic) else subject.topic_id
    rows = Topic.objects.select_for_update(of=("self",))
    return rows.select_related("proposer", "represented", "area", "hall").get(pk=key)


def lift_topic(subject: Topic, *, by: User, at: datetime) -> None:
    """Publish a topic after an appeal."""
    open_to_public(lock_topic(subject), by=by, at=at)


def lift_words(row: Contribution, *, by: User, at: datetime) -> None:
    """Publish words after an appeal."""
    open_words(lock_topic(row), row, by=by, at=at)
