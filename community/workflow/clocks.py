"""Starting, pausing, resuming, stopping and sweeping statutory clocks.

Each verb runs inside the caller's transaction with the subject's row locked, so that a clock and
the state it belongs to change together.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from django.db import models, transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils.translation import gettext as _

from community.clock import SHANGHAI, end_of, is_announced
from community.errors import SweepFailed, WrongState
from community.log import record
from community.models import Clock, Holiday, User
from community.models.clocks import RuleUnit
from community.signals import clock_resumed, clock_struck
from community.workflow.terms import Terms

logger = logging.getLogger(__name__)

DATES = ("due_at", "is_provisional", "strikes_at")


def start_clock(subject: models.Model, kind: str, *, at: datetime, **how: Any) -> Clock:
    """Start the clock `kind` on `subject`; `how` is what Terms.clock takes."""
    clock = Terms().clock(subject, kind, at=at, **how)
    clock.save()
    return clock


def pause_clock(clock: Clock, *, at: datetime) -> None:
    """Stop counting while the case waits for the resident; a term that has ended can't be paused."""
    if clock.stopped_at or clock.paused_at or at > clock.due_at:
        raise WrongState(_("这个时限已经停了、停过了或者过期了，不能暂停。"))
    Terms().pause(clock, at)
    clock.save(update_fields=["paused_at", "strikes_at"])


def resume_clock(clock: Clock, *, at: datetime) -> None:
    """Go on counting: what was left when the clock was paused is left again from `at` on.

    A term in days counts what is left in whole days, so the day of the pause is used and the day of
    the return is not counted, as at the start of a term.
    """
    if clock.paused_at is None or clock.stopped_at:
        raise WrongState(_("这个时限没有暂停。"))
    Terms().resume(clock, at)
    clock.save(update_fields=["paused_at", "resumed_at", "left", *DATES])


def stop_clocks(subject: models.Model, *kinds: str, by: User, at: datetime) -> None:
    """Stop the open clocks of these kinds on `subject`; none of a kind is fine."""
    Clock.objects.of(subject).open().filter(kind__in=kinds).update(stopped_at=at, stopped_by=by, strikes_at=None)


def sweep(*, at: datetime) -> int:
    """Date anew what a newly known calendar moves, then strike every clock that has something to do at `at`.

    Returns how many struck. Safe to run twice and by two machines at once: each clock is locked and
    looked at again in a transaction of its own, and a machine passes over the rows that another one
    holds. A clock that breaks stops no other: it is logged, and SweepFailed names it once everything
    else has struck.
    """
    struck, failed = 0, set[int]()
    for clock_id in clocks_to_redate():
        done_or_noted(redate, clock_id, at, failed)
    while True:
        # In the order of their moments, one stage a round: after a sleep, what would have ended a case
        # on Tuesday ends it before Wednesday's escalation.
        waiting = Clock.objects.striking(at).order_by("strikes_at", "id").values_list("id", flat=True)
        done = sum(done_or_noted(strike, clock_id, at, failed) for clock_id in list(waiting) if clock_id not in failed)
        struck += done
        if not done:
            break
    if failed:
        raise SweepFailed(struck, sorted(failed))
    return struck


def done_or_noted(verb: Callable[..., bool], clock_id: int, at: datetime, failed: set[int]) -> bool:
    """Do something to one clock; where that breaks, log it and add the clock to `failed`."""
    try:
        return verb(clock_id, at=at)
    except Exception:
        logger.exception("clock %s broke and waits for the next sweep", clock_id)
        failed.add(clock_id)
        return False


def clocks_to_redate() -> list[int]:
    """Return the ids of the provisional clocks that end in a year whose holidays are announced by now."""
    provisional = Clock.objects.open().filter(is_provisional=True)
    years = {moment.year for moment in provisional.datetimes("due_at", "year", tzinfo=SHANGHAI)}
    calendar = Terms().holidays if years else {}
    known = [year for year in years if is_announced(year, calendar)]
    return list(provisional.filter(due_at__year__in=known).order_by("id").values_list("id", flat=True)) if known else []


@transaction.atomic
def redate(clock_id: int, *, at: datetime) -> bool:
    """Count one provisional clock anew by the calendar as it is known now; return whether that changed it."""
    if not lock_subject(clock_id):
        return False
    clock = Clock.objects.select_for_update().open().filter(pk=clock_id, is_provisional=True).first()
    if clock is None:
        return False
    before = clock.due_at
    Terms().set_dates(clock)
    if clock.is_provisional and clock.due_at == before:
        return False
    clock.save(update_fields=DATES)
    assert clock.subject is not None
    moved = {"kind": clock.kind, "was_due": before.isoformat(), "due": clock.due_at.isoformat()}
    record(clock.subject, "clock.redate", by=User.objects.clock(), at=at, **moved)
    return True


@receiver([post_save, post_delete], sender=Holiday)
def doubt_clocks(instance: Holiday, **kwargs: Any) -> None:
    """Have the next sweep count anew what runs over a day of the calendar that has changed.

    A year is typed in day by day: the first one makes it known, and each later one moves terms too.
    """
    morning = datetime.combine(instance.day, time.min, tzinfo=SHANGHAI)
    running = Clock.objects.open().filter(started_at__lte=end_of(instance.day), due_at__gte=morning)
    running.exclude(rule__unit=RuleUnit.HOURS).exclude(is_fixed=True).update(is_provisional=True)


@transaction.atomic
def strike(clock_id: int, *, at: datetime) -> bool:
    """Move one clock to its next stage, or on from its longest pause, and tell its app.

    Returns False where nothing was due. The subject's row is locked before the clock's, in the order
    of every verb, so that a sweep and a verb never wait for each other; a subject that somebody is at
    work on waits for the next sweep.
    """
    if not lock_subject(clock_id):
        return False
    clock = Clock.objects.select_for_update().striking(at).filter(pk=clock_id).first()
    if clock is None:
        return False
    if clock.paused_at is not None:
        resume_clock(clock, at=at)
        clock_resumed.send(sender=Clock, clock=clock, at=at)
        return True
    Terms().advance(clock)
    clock.save(update_fields=["stage", "strikes_at"])
    clock_struck.send(sender=Clock, clock=clock, at=at)
    return True


def lock_subject(clock_id: int) -> bool:
    """Lock the record that a clock belongs to; return False where another transaction holds it.

    Rows that verbs lock before it are locked first: a record names them by `locked_before`.
    """
    clock = Clock.objects.select_related("subject_type").get(pk=clock_id)
    subject_model = clock.subject_type.model_class()
    assert subject_model is not None
    subjects = subject_model._default_manager.filter(pk=clock.subject_id)
    first: list[models.QuerySet] = getattr(subjects.first(), "locked_before", list)()
    return all(
        rows.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True).first()
        for rows in [*first, subjects]
    )
