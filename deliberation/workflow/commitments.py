"""Commitments: who does what by when, with word of it on the way, proof at the end, and reminders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.acting import lock_roles
from community.clock import SHANGHAI, end_of
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import User
from community.models.clocks import OnDue
from community.photos import CleanPhoto
from community.queries import people_holding, rule_value
from community.roles import Role
from community.workflow import start_clock, stop_clocks
from community.workflow.files import take_quota, whole_or_nothing
from community.workflow.terms import Terms
from deliberation import resolution_permissions as permissions
from deliberation.models import Commitment, CommitmentPhoto, CommitmentUpdate, Resolution
from deliberation.models.issues import PHOTOS_MOST
from deliberation.signals import commitment_changed
from deliberation.states import COMMITMENT_TRANSITIONS, CommitmentState, ResolutionState
from deliberation.workflow.resolution_steps import people_of_unit, tell, tell_people
from deliberation.workflow.steps import clean_text, fill_photo

# `do` waits on the desk of the unit; the other two strike once, for a reminder.
DO, REMIND, WORD = "commitment.do", "commitment.remind", "commitment.word"


def start_commitments(resolution: Resolution, *, by: User, at: datetime) -> None:
    """Start the clocks of all commitments, and tell the units; inside the verb that carries the resolution out."""
    day = day_of(at)
    word = day + timedelta(days=rule_value("commitment.update", day, resolution.town))
    for commitment in resolution.commitments.select_related("unit__area").order_by("position", "pk"):
        commitment.resolution = resolution
        commitment.next_update_on = min(commitment.due_on, word)
        commitment.save(update_fields=["next_update_on"])
        start_clocks(commitment, at)
        message = gettext_noop("决议里有一项请您单位办：%(task)s，%(day)s 前办完（%(number)s）")
        params = {"task": commitment.text, "day": str(commitment.due_on)}
        tell_people(people_of_unit(commitment.unit), resolution, message, at=at, **params)
        log(commitment, "start", by=by, at=at)


def start_clocks(commitment: Commitment, at: datetime) -> None:
    """Start the clock of the work, that of the reminder before it is due, and that of the next word of it."""
    area, due_at = commitment.resolution.area, max(end_of(commitment.due_on), at)
    start_clock(
        commitment, DO, rule_key="resolution.commitment", at=at, area=area, holder_role=Role.HANDLER,
        holder_unit=commitment.unit, due_at=due_at,
    )  # fmt: skip
    before = rule_value("commitment.reminder", day_of(at), commitment.resolution.town)
    start_once(commitment, REMIND, "commitment.reminder", commitment.due_on - timedelta(days=before + 1), at)
    start_once(commitment, WORD, "commitment.update", commitment.next_update_on, at)


def start_once(commitment: Commitment, kind: str, rule_key: str, day: date, at: datetime) -> None:
    """Start a clock that strikes once, when `day` has ended; none for a day that has ended already."""
    due_at = end_of(day)
    if due_at <= at:
        return
    start_clock(
        commitment, kind, rule_key=rule_key, at=at, area=commitment.resolution.area, holder_role=Role.RESIDENT,
        on_due=OnDue.LAPSE, due_at=due_at,
    )  # fmt: skip


@transaction.atomic
def update_commitment(
    commitment: Commitment,
    *,
    by: User,
    at: datetime,
    text: str,
    photos: Sequence[CleanPhoto] = (),
    next_update_on: date | None = None,
) -> Commitment:
    """Say how far the work is, and by which day there will be word of it again."""
    commitment = locked(commitment, by, permissions.can_update)
    words = clean_text(text, "text", required=True)
    if commitment.state != CommitmentState.OPEN:
        raise WrongState(_("这项任务已经了结，不用再写进展。"))
    commitment.next_update_on = next_word(commitment, next_update_on, at)
    commitment.save(update_fields=["next_update_on"])
    write_update(commitment, "update", by=by, at=at, text=words, photos=photos)
    stop_clocks(commitment, WORD, by=by, at=at)
    start_once(commitment, WORD, "commitment.update", commitment.next_update_on, at)
    message = gettext_noop("任务有新进展：%(text)s（%(number)s）")
    tell(commitment.resolution, message, by=by, at=at, text=words)
    return commitment


def next_word(commitment: Commitment, chosen: date | None, at: datetime) -> date:
    """Return the day by which the next word is due: as chosen, no later than the rule and the last day allow."""
    day = day_of(at)
    last = min(
        commitment.due_on, day + timedelta(days=rule_value("commitment.update", day, commitment.resolution.town))
    )
    if chosen is None or last <= day:
        return last
    if not day < chosen <= last:
        raise BadInput(_("下次说进展的日子要在明天到 %(day)s 之间。") % {"day": last}, "next_update_on")
    return chosen


@transaction.atomic
def finish_commitment(
    commitment: Commitment, *, by: User, at: datetime, text: str, photos: Sequence[CleanPhoto] = ()
) -> Commitment:
    """Say that it is done, with a sentence and photos; when all have ended, people can rate what came of it."""
    commitment = locked(commitment, by, permissions.can_finish, _("只有承办的单位可以办结这项任务。"))
    words = clean_text(text, "text", required=True)
    end(commitment, "finish", by=by, at=at)
    write_update(commitment, "finish", by=by, at=at, text=words, photos=photos)
    message = gettext_noop("一项任务办完了：%(task)s（%(number)s）")
    tell(commitment.resolution, message, by=by, at=at, task=commitment.text)
    open_evaluation(commitment.resolution, by=by, at=at)
    return commitment


@transaction.atomic
def drop_commitment(commitment: Commitment, *, by: User, at: datetime, reason: str) -> Commitment:
    """Give a commitment up, with the reason that everybody reads; its town alone does that."""
    commitment = locked(commitment, by, permissions.can_drop, _("只有镇街干部可以定下不办了。"))
    words = clean_text(reason, "reason", required=True)
    end(commitment, "drop", by=by, at=at)
    write_update(commitment, "drop", by=by, at=at, text=words)
    message = gettext_noop("一项任务不办了，原因：%(reason)s（%(number)s）")
    tell(commitment.resolution, message, by=by, at=at, reason=words)
    open_evaluation(commitment.resolution, by=by, at=at)
    return commitment


def end(commitment: Commitment, verb: str, *, by: User, at: datetime) -> None:
    """End a commitment and its clocks."""
    move(commitment, verb)
    commitment.ended_at = at
    commitment.save(update_fields=["state", "ended_at"])
    stop_clocks(commitment, DO, REMIND, WORD, by=by, at=at)


@transaction.atomic
def reopen_commitment(commitment: Commitment, *, by: User, at: datetime, reason: str) -> Commitment:
    """Have done work done again, with the reason; the rating waits until it is."""
    commitment = locked(commitment, by, permissions.can_reopen)
    words = clean_text(reason, "reason", required=True)
    move(commitment, "reopen")
    commitment.ended_at = None
    commitment.next_update_on = next_word(commitment, None, at)
    commitment.save(update_fields=["state", "ended_at", "next_update_on"])
    start_clocks(commitment, at)
    write_update(commitment, "reopen", by=by, at=at, text=words)
    resolution = commitment.resolution
    resolution.evaluation_ends_at = None
    resolution.save(update_fields=["evaluation_ends_at"])
    message = gettext_noop("一项任务要重办，原因：%(reason)s（%(number)s）")
    tell(resolution, message, by=by, at=at, reason=words)
    tell_people(people_of_unit(commitment.unit), resolution, message, at=at, reason=words)
    return commitment


def open_evaluation(resolution: Resolution, *, by: User, at: datetime) -> None:
    """Open the evaluation once every commitment has ended, and tell those who follow."""
    if resolution.commitments.open().exists():
        return
    resolution.evaluation_ends_at = Terms().due("resolution.evaluation", at, resolution.town_id)
    resolution.save(update_fields=["evaluation_ends_at"])
    tell(resolution, gettext_noop("任务都了结了，请您打分：%(title)s（%(number)s）"), by=by, at=at)


# --- What clocks ask for --------------------------------------------------------------------------------
def remind_of_commitment(commitment: Commitment, kind: str, *, by: User, at: datetime, escalated: bool) -> None:
    """Tell a unit what is due soon, what it should have said or done; and, escalated, its town."""
    resolution, people = commitment.resolution, people_of_unit(commitment.unit)
    params = {"task": commitment.text, "day": str(commitment.due_on)}
    if kind == REMIND:
        message = gettext_noop("快到期了：%(task)s，%(day)s 前办完（%(number)s）")
    elif kind == WORD:
        message = gettext_noop("该说一次进展了：%(task)s（%(number)s）")
    elif escalated:
        message = gettext_noop("任务过期很久了，请督促：%(task)s，%(day)s 到期（%(number)s）")
        people = [*people_holding(Role.TOWN_OFFICER, resolution.area)]
    else:
        message = gettext_noop("任务过期了，请马上办，或者说明原因：%(task)s，%(day)s 到期（%(number)s）")
    tell_people(people, resolution, message, at=at, **params)
    if kind != DO:
        stop_clocks(commitment, kind, by=by, at=at)


# --- What those verbs share -----------------------------------------------------------------------------
def day_of(at: datetime) -> date:
    """Return the day of a moment here."""
    return at.astimezone(SHANGHAI).date()


def locked(commitment: Commitment, by: User, may: Callable[[Any, Any], bool], refusal: str = "") -> Commitment:
    """Return the commitment with its resolution's row and its own locked, or a refusal."""
    resolution = Resolution.objects.select_for_update(of=("self",)).get(pk=commitment.resolution_id)
    Commitment.objects.select_for_update().only("pk").get(pk=commitment.pk)
    joins = ("unit__area", "resolution__area", "resolution__town", "resolution__topic")
    fresh = Commitment.objects.select_related(*joins).get(pk=commitment.pk)
    lock_roles(by)
    if not may(by, fresh):
        raise NotAllowed(refusal or _("这项任务不归您办，所以没有改动。"))
    if resolution.state != ResolutionState.CARRYING_OUT:
        raise WrongState(_("这项决议没有在落实，任务现在不能改。"))
    return fresh


def move(commitment: Commitment, verb: str) -> None:
    """Set the state that `verb` leads to, or WrongState. Does not save."""
    after = COMMITMENT_TRANSITIONS[verb].get(CommitmentState(commitment.state))
    if after is None:
        raise WrongState(
            _("这项任务现在是“%(state)s”，做不了这一步。请刷新页面看看。") % {"state": commitment.get_state_display()}
        )
    commitment.state = after


def write_update(
    commitment: Commitment, verb: str, *, by: User, at: datetime, text: str, photos: Sequence[CleanPhoto] = ()
) -> CommitmentUpdate:
    """Write what is told, with its photos, and its line in the action log."""
    if len(photos) > PHOTOS_MOST:
        raise BadInput(_("最多 %(most)d 张照片。") % {"most": PHOTOS_MOST}, "photos")
    update = CommitmentUpdate.objects.create(commitment=commitment, verb=verb, text=text, by=by, at=at)
    if photos:
        store_photos(update, photos)
    log(commitment, verb, by=by, at=at)
    return update


def store_photos(update: CommitmentUpdate, photos: Sequence[CleanPhoto]) -> None:
    """Store photos within their sender's quota, all of them or none."""
    with whole_or_nothing() as noted:
        take_quota(by=update.by, at=update.at, size=sum(photo.size for photo in photos))
        for photo in photos:
            row = CommitmentPhoto(update=update, taken_at=update.at)
            fill_photo(row, photo, noted)
            row.save()


def log(commitment: Commitment, verb: str, *, by: User, at: datetime) -> None:
    """Write a step's line in the action log, and tell the apps above."""
    record(commitment, f"commitment.{verb}", by=by, at=at, state=commitment.state)
    commitment_changed.send(sender=Commitment, commitment=commitment, verb=verb, by=by, at=at)
