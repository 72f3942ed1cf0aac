"""Reviewing what residents wrote about results: objections, evaluations, and voices of an appraisal (先审后发)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.acting import lock_roles
from community.errors import NotAllowed, WrongState
from community.log import record
from community.marks import marks
from community.models import Area, User
from community.permissions import holds_over
from community.reviewing import names_around
from community.roles import Role
from community.workflow.hiding import lift_hidings, write_hiding
from deliberation.models import AppraisalVoice, Evaluation, Objection

Words = Objection | Evaluation | AppraisalVoice
HIDDEN = gettext_noop("您在“%(title)s”里写的一段话没有公开。说明：%(note)s 不同意可以申诉。")


def author_of(words: Words) -> User:
    """Return who wrote something."""
    return words.by if isinstance(words, Objection) else words.user


def subject_of(words: Words) -> Any:
    """Return what it was written about: a resolution, or an appraisal."""
    if isinstance(words, Objection):
        return words.notice.resolution or words.notice.ballot
    return words.resolution if isinstance(words, Evaluation) else words.appraisal


def area_of(words: Words) -> Area:
    """Return its place."""
    return words.notice.area if isinstance(words, Objection) else subject_of(words).area


def title_of(words: Words) -> str:
    """Return what that is called."""
    subject = subject_of(words)
    return str(getattr(subject, "title", subject))


def may_review(user: User, words: Words) -> bool:
    """Return whether a person reviews something: staff of the place, never their own words."""
    if author_of(words).pk == user.pk:
        return False
    return holds_over(user, area_of(words), Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)


def lock_words(words: Words) -> Words:
    """Lock what was written."""
    table: type[models.Model] = type(words)
    table._default_manager.select_for_update().only("pk").get(pk=words.pk)
    return table._default_manager.get(pk=words.pk)  # type: ignore[return-value]


def locked(words: Words, by: User) -> Words:
    """Return what was written, locked, for somebody who reviews it."""
    fresh = lock_words(words)
    lock_roles(by)
    if not may_review(by, fresh):
        raise NotAllowed(_("只有当地的社区工作者和镇街干部可以审看，自己写的要由别人审看。"))
    return fresh


def refuse_personal(words: Words) -> None:
    """Refuse to publish what holds personal data, and say which."""
    if found := marks(words.text, names_around([author_of(words)], None)):
        raise WrongState(
            _("里面还有%(what)s，不能公开。请写上原因，不公开；作者可以重新写一段。") % {"what": "；".join(found)}
        )


@transaction.atomic
def publish_result_words(words: Words, *, by: User, at: datetime) -> Words:
    """Let the public read what a resident wrote."""
    words = locked(words, by)
    if words.is_public or not words.text:
        raise WrongState(_("这段已经公开了。请刷新页面看看。"))
    refuse_personal(words)
    lift_hidings(words, by=by, at=at)
    return open_words(words, by=by, at=at)


def open_words(words: Words, *, by: User, at: datetime) -> Words:
    """Write that words are public."""
    words.is_public, words.reviewed_at = True, at
    words.save(update_fields=["is_public", "reviewed_at"])
    record(words, "words.publish", by=by, at=at)
    return words


@transaction.atomic
def hide_result_words(words: Words, *, by: User, at: datetime, reason: str, note: str) -> Words:
    """Keep from the public what a resident wrote, even what was public; rating and answer stay."""
    words = locked(words, by)
    if not words.text:
        raise WrongState(_("这里没有写话，不用审看。"))
    words.is_public, words.reviewed_at = False, at
    words.save(update_fields=["is_public", "reviewed_at"])
    write_hiding(
        words, by=by, at=at, area=area_of(words), author=author_of(words), reason=reason, note=note, message=HIDDEN,
        title=title_of(words),
    )  # fmt: skip
    record(words, "words.withhold", by=by, at=at)
    return words


def lift_result_words(words: Words, *, by: User, at: datetime) -> None:
    """Publish words after an appeal, whose decider has been asked already."""
    words = lock_words(words)
    refuse_personal(words)
    open_words(words, by=by, at=at)
