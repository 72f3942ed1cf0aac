"""Starting, pausing, resuming, stopping and sweeping statutory clocks.

Each verb runs inside the caller's transaction with the subject's row locked, so that a clock and
the state it belongs to change together.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.translation import gettext as _

from community import queries
from community.clock import SHANGHAI, Holidays, due, end_of, is_provisional, on_or_after, working_days_between
from community.errors import SweepFailed, WrongState
from community.models import Area, Clock, Rule, Unit, User
from community.models.clocks import OnDue, RuleUnit, Stage
from community.roles import Role
from community.signals import clock_struck

logger = logging.getLogger(__name__)

TERMS = {RuleUnit.HOURS: "hours", RuleUnit.WORKING_DAYS: "working_days", RuleUnit.DAYS: "days"}


def end_of_term(rule: Rule, start: datetime, holidays: Holidays) -> datetime:
    """Return when the term that `rule` sets ends, from `start`; ValueError for a rule that sets no term."""
    if rule.unit not in TERMS:
        raise ValueError(f"rule {rule.key} counts {rule.unit}, not time")
    return due(start, **{TERMS[RuleUnit(rule.unit)]: rule.value}, holidays=holidays)


def start_clock(
    subject: models.Model,
    kind: str,
    *,
    rule_key: str,
    at: datetime,
    area: Area,
    holder_role: Role,
    holder_unit: Unit | None = None,
    on_due: OnDue = OnDue.REMIND,
) -> Clock:
    """Start the clock `kind` on `subject`, by the version of the rule in force on the day of `at`."""
    calendar = queries.holidays()
    rule = queries.rule(rule_key, at.astimezone(SHANGHAI).date())
    due_at = end_of_term(rule, at, calendar)
    return Clock.objects.create(
        kind=kind,
        subject_type=ContentType.objects.get_for_model(subject),
        subject_id=subject.pk,
        rule=rule,
        holder_role=holder_role,
        holder_unit=holder_unit,
        area=area,
        town_id=area.town_id,
        started_at=at,
        due_at=due_at,
        is_provisional=is_provisional(at, due_at, calendar),
        on_due=on_due,
        strikes_at=first_strike(due_at, on_due, calendar),
    )


def first_strike(due_at: datetime, on_due: str, holidays: Holidays) -> datetime:
    """Return when a clock first has something to do: at its end, or the reminder's term after it."""
    if on_due == OnDue.LAPSE:
        return due_at + timedelta(seconds=1)
    # The reminder goes out at the start of its day: "the day after due".
    rule = queries.rule("clock.reminder", due_at.astimezone(SHANGHAI).date())
    day = due_at.astimezone(SHANGHAI).date() + timedelta(days=rule.value - 1)
    return end_of(day) + timedelta(seconds=1)


def pause_clock(clock: Clock, *, at: datetime) -> None:
    """Stop counting while the case waits for the resident; a term that has ended can't be paused."""
    if clock.stopped_at or clock.paused_at or at > clock.due_at:
        raise WrongState(_("这个时限已经停了、停过了或者过期了，不能暂停。"))
    clock.paused_at = at
    clock.save(update_fields=["paused_at"])


def resume_clock(clock: Clock, *, at: datetime) -> None:
    """Go on counting: what was left when the clock was paused is left again from `at` on.

    A term in days counts what is left in whole days, so the day of the pause is used and the day of
    the return is not counted, as at the start of a term.
    """
    if clock.paused_at is None or clock.stopped_at:
        raise WrongState(_("这个时限没有暂停。"))
    calendar = queries.holidays()
    clock.due_at = resumed_due(clock, at, calendar)
    clock.paused_at = None
    clock.is_provisional = is_provisional(clock.started_at, clock.due_at, calendar)
    clock.strikes_at = first_strike(clock.due_at, clock.on_due, calendar)
    clock.save(update_fields=["due_at", "paused_at", "is_provisional", "strikes_at"])


def resumed_due(clock: Clock, at: datetime, holidays: Holidays) -> datetime:
    """Return when a paused clock ends if it goes on at `at`."""
    assert clock.paused_at is not None
    if clock.rule.unit == RuleUnit.HOURS:
        return at + (clock.due_at - clock.paused_at)
    paused_on, due_on = (moment.astimezone(SHANGHAI).date() for moment in (clock.paused_at, clock.due_at))
    if clock.rule.unit == RuleUnit.DAYS:
        return due(at, days=(due_on - paused_on).days, holidays=holidays)
    left = working_days_between(paused_on, due_on, holidays)
    if not left:
        # Nothing is left: it ends today, or on the first working day after a return on a day off.
        return end_of(on_or_after(at.astimezone(SHANGHAI).date(), holidays))
    return due(at, working_days=left, holidays=holidays)


def stop_clocks(subject: models.Model, *kinds: str, by: User, at: datetime) -> None:
    """Stop the open clocks of these kinds on `subject`; none of a kind is fine."""
    Clock.objects.of(subject).open().filter(kind__in=kinds).update(stopped_at=at, stopped_by=by, strikes_at=None)


def sweep(*, at: datetime) -> int:
    """Strike every clock that has something to do at `at`; return how many struck.

    Safe to run twice and by two machines at once: each clock is locked and looked at again in a
    transaction of its own, and a machine passes over the rows that another one holds. A clock that
    breaks stops no other: it is logged, and SweepFailed names it once everything else has struck.
    """
    struck, failed = 0, set[int]()
    while True:
        # In the order of their moments, one stage a round: after a sleep, what would have ended a case
        # on Tuesday ends it before Wednesday's escalation.
        waiting = Clock.objects.striking(at).order_by("strikes_at", "id").values_list("id", flat=True)
        done = sum(strike_or_note(clock_id, at, failed) for clock_id in list(waiting) if clock_id not in failed)
        struck += done
        if not done:
            break
    if failed:
        raise SweepFailed(struck, sorted(failed))
    return struck


def strike_or_note(clock_id: int, at: datetime, failed: set[int]) -> bool:
    """Strike one clock; where that breaks, log it and add the clock to `failed`."""
    try:
        return strike(clock_id, at=at)
    except Exception:
        logger.exception("clock %s broke and waits for the next sweep", clock_id)
        failed.add(clock_id)
        return False


@transaction.atomic
def strike(clock_id: int, *, at: datetime) -> bool:
    """Move one clock to its next stage and tell its app; return False where nothing was due.

    The subject's row is locked before the clock's, in the order of every verb, so that a sweep and
    a verb never wait for each other; a subject that somebody is at work on waits for the next sweep.
    """
    if not lock_subject(clock_id):
        return False
    clock = Clock.objects.select_for_update().striking(at).filter(pk=clock_id).first()
    if clock is None:
        return False
    advance(clock)
    clock.save(update_fields=["stage", "strikes_at"])
    clock_struck.send(sender=Clock, clock=clock, at=at)
    return True


def lock_subject(clock_id: int) -> bool:
    """Lock the record that a clock belongs to; return False where another transaction holds it."""
    clock = Clock.objects.select_related("subject_type").get(pk=clock_id)
    subject_model = clock.subject_type.model_class()
    assert subject_model is not None
    rows = subject_model._default_manager.select_for_update(skip_locked=True)
    return bool(rows.filter(pk=clock.subject_id).values_list("pk", flat=True).first())


def advance(clock: Clock) -> None:
    """Set the clock's next stage and when it strikes again; does not save."""
    if clock.on_due == OnDue.LAPSE:
        clock.stage, clock.strikes_at = Stage.LAPSED, None
    elif clock.stage == Stage.RUNNING:
        clock.stage = Stage.REMINDED
        rule = queries.rule("clock.escalation", clock.due_at.astimezone(SHANGHAI).date())
        clock.strikes_at = end_of_term(rule, clock.due_at, queries.holidays()) + timedelta(seconds=1)
    else:
        clock.stage, clock.strikes_at = Stage.ESCALATED, None
