"""Taking roles back: ending an appointment, handing over what is open, and the yearly review."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.acting import lock_roles
from community.appointing import NEVER_EMPTY
from community.errors import BadInput, NotAllowed, WrongState
from community.holding import holders, open_work, scope_of
from community.log import record
from community.models import Appointment, User
from community.models.appointments import EndReason
from community.permissions import can_end_appointment, can_manage_appointment
from community.roles import Role
from community.signals import appointment_ended
from community.workflow.appointing import appoint, lock_appointments, locked, locked_person, tell
from community.workflow.terms import day_of

# What a person chooses from; the others follow from what somebody else did.
REASONS = (EndReason.LEFT, EndReason.MOVED, EndReason.MERGED, EndReason.MISTAKE)


@transaction.atomic
def end_appointment(
    appointment: Appointment, *, last_day: date | None, reason: str, by: User, at: datetime
) -> Appointment:
    """End an appointment after `last_day`, today or later, or at once where there is none.

    The last one who holds a role that work waits for stays until somebody takes over (hand_over).
    What others hold in their place ends with it.
    """
    held = to_end(appointment, by)
    day = day_of(at)
    check_last_day(held, last_day, day)
    if held.delegated_from_id is not None:
        reason = EndReason.BACK
    elif reason not in (*REASONS, EndReason.REVIEW):
        raise BadInput(_("请选一个原因。"), "reason")
    if is_last(held, day if last_day is None else last_day + timedelta(days=1)):
        raise WrongState(
            _("这里只有这一位%(role)s，走了就没人办事。请先交接给接手的人，或者先任命一位。") % {"role": role_of(held)}
        )
    finish(held, last_day, EndReason(reason), by=by, at=at)
    return held


@transaction.atomic
def hand_over(
    appointment: Appointment, *, successor: User, last_day: date, reason: str, by: User, at: datetime
) -> Appointment:
    """Appoint a successor from today on, and end the appointment after `last_day`; returns the successor's.

    A colleague who holds the same role there, and goes on beyond that day, takes over with what they hold:
    they are given nothing, so it may be whoever hands over. Clocks wait for a role over a place, so what is open is the successor's at once. What upper apps tie
    to the person they move when they hear `appointment_ended`.
    """
    person = locked_person(successor)
    held = to_end(appointment, by)
    if held.delegated_from_id is not None:
        raise WrongState(_("代来的任职不用交接，本人回来就结束。"))
    if reason not in REASONS:
        raise BadInput(_("请选一个原因。"), "reason")
    if not can_manage_appointment(by, held):
        raise NotAllowed(_("这项任职不归您管，所以没有改动。"))
    if person.pk == held.user_id:
        raise BadInput(_("接手的要是另一个人。"), "person")
    day = day_of(at)
    check_last_day(held, last_day, day)
    given = that_goes_on(person, held, last_day, day) or appoint(
        user=person, role=Role(held.role), place=scope_of(held), starts_on=day, ends_on=None, by=by, at=at
    )
    handed = by_kind(held)
    finish(held, last_day, EndReason(reason), by=by, at=at, successor=person, handed=handed)
    if person.pk != by.pk:
        waiting = str(sum(handed.values()))
        tell(given, gettext_noop("%(role)s（%(place)s）手上 %(count)s 件事交给您了"), person, at=at, count=waiting)
    return given


def by_kind(held: Appointment) -> dict[str, int]:
    """Return how many open terms wait for a role here, by what they are about: `app.model` and a number."""
    kinds = open_work(held).order_by("subject_type").values("subject_type").annotate(count=Count("pk"))
    types = ContentType.objects.in_bulk([one["subject_type"] for one in kinds])
    return {".".join(types[one["subject_type"]].natural_key()): one["count"] for one in kinds}


def that_goes_on(person: User, held: Appointment, last_day: date, today: date) -> Appointment | None:
    """Return what a colleague holds of the same role in the same place on the day after, or None.

    Refused for whoever is there for some days only: they would take over and be gone.
    """
    theirs = Appointment.objects.own().filter(user=person, role=held.role, area=held.area_id, unit=held.unit_id)
    theirs = theirs.select_related("user", "area", "unit__area").order_by("-starts_on", "-pk")
    if found := theirs.in_force(last_day + timedelta(days=1)).filter(ended_at=None).first():
        return found
    leaving = theirs.not_over(today).exclude(ends_on=None).first()
    if leaving is not None and leaving.ends_on is not None:
        raise BadInput(
            _("此人在这里任职到 %(day)s 为止，接不了手。请先续任，或者另选一位。")
            % {"day": leaving.ends_on.isoformat()},
            "person",
        )
    return None


@transaction.atomic
def review_appointment(appointment: Appointment, *, keep: bool, by: User, at: datetime) -> Appointment:
    """Confirm an appointment for another year, or end it at the end of today."""
    if not keep:
        return end_appointment(appointment, last_day=day_of(at), reason=EndReason.REVIEW, by=by, at=at)
    held = to_end(appointment, by)
    if held.delegated_from_id is not None or not can_manage_appointment(by, held):
        raise NotAllowed(_("这项任职不归您复核，所以没有改动。"))
    held.reviewed_on, held.reviewed_by = day_of(at), by
    held.save(update_fields=["reviewed_on", "reviewed_by"])
    record(held, "appointment.review", by=by, at=at)
    tell(held, gettext_noop("年度复核：您的%(role)s（%(place)s）继续"), held.user, at=at)
    return held


def to_end(appointment: Appointment, by: User) -> Appointment:
    """Return the appointment with its row locked, or refuse: not for this person, or over already."""
    lock_appointments(scope_of(appointment))
    lock_roles(by)
    held = locked(appointment)
    if not can_end_appointment(by, held):
        raise NotAllowed(_("这项任职不归您管，所以没有改动。"))
    if held.ended_at is not None:
        raise WrongState(_("这项任职已经定了哪天结束，不用再办。"))
    return held


def check_last_day(held: Appointment, last_day: date | None, today: date) -> None:
    """Refuse a last day in the past, after the one it has, or before its first."""
    if held.is_over(today):
        raise WrongState(_("这项任职已经结束了。"))
    if last_day is None:
        return
    if last_day < today:
        raise BadInput(_("最后一天不能早于今天。"), "last_day")
    if held.ends_on is not None and last_day > held.ends_on:
        raise BadInput(_("它本来到 %(day)s 就结束，请选更早的一天。") % {"day": held.ends_on.isoformat()}, "last_day")
    if last_day < held.starts_on:
        raise BadInput(_("那天还没有开始任职。要撤回，请选“马上停止”。"), "last_day")


def is_last(held: Appointment, on: date) -> bool:
    """Return whether nobody else holds a role that work waits for on a day; who is leaving does not count."""
    return held.delegated_from_id is None and held.holds_on(on) and leaves_nobody(held, on)


def leaves_nobody(held: Appointment, on: date) -> bool:
    """Return whether a role that work waits for has no other holder on a day where this one is held."""
    place = scope_of(held)
    if Role(held.role) not in NEVER_EMPTY:
        return False
    if place.valid_to is not None and place.valid_to < on:
        return False
    return not holders(Role(held.role), place, on).filter(ended_at=None).exclude(user=held.user_id).exists()


def finish(
    held: Appointment,
    last_day: date | None,
    reason: EndReason,
    *,
    by: User,
    at: datetime,
    successor: User | None = None,
    handed: dict[str, int] | None = None,
) -> None:
    """Write the end, of what others hold in its place too, the log and the signal, and tell whom it concerns."""
    taken_over = {"successor": successor.pk, "handed": handed or {}} if successor is not None else {}
    write_end(held, last_day, reason, by=by, at=at, **taken_over)
    lent = held.delegations.select_for_update(of=("self",), no_key=True).select_related("user", "area", "unit")
    for one in lent.not_over(day_of(at)).filter(ended_at=None):
        write_end(one, last_day, EndReason.ORIGIN, by=by, at=at)
    release_borrowed(held, last_day, by=by, at=at)
    appointment_ended.send(sender=Appointment, appointment=held, by=by, at=at, successor=successor)


def write_end(
    held: Appointment, last_day: date | None, reason: EndReason, *, by: User, at: datetime, **taken_over: Any
) -> None:
    """Set the last day of one appointment, no later than it was, and tell its holder.

    `taken_over` is what the log says of a handover: whose it is now, and how much of what kind.
    """
    day = day_of(at)
    if last_day is None or last_day < held.starts_on:
        # Stopped on a day that does not count any more; before its first day, it never begins.
        held.ends_on, held.stopped_at = max(day, held.starts_on), at
    else:
        held.ends_on = last_day if held.ends_on is None else min(last_day, held.ends_on)
    held.ended_by, held.ended_at, held.end_reason = by, at, reason
    held.save(update_fields=["ends_on", "stopped_at", "ended_by", "ended_at", "end_reason"])
    shown = str(held.ends_on)
    at_once = held.stopped_at is not None
    record(held, "appointment.end", by=by, at=at, reason=reason, ends=shown, at_once=at_once, **taken_over)
    if held.user_id == by.pk:
        return
    if held.stopped_at is not None:
        tell(
            held,
            gettext_noop("您的%(role)s（%(place)s）已经停止，原因：%(reason)s"),
            held.user,
            at=at,
            reason=str(reason.label),
        )
    else:
        message = gettext_noop("您的%(role)s（%(place)s）到 %(day)s 结束，原因：%(reason)s")
        tell(held, message, held.user, at=at, day=shown, reason=str(reason.label))


def release_borrowed(held: Appointment, last_day: date | None, *, by: User, at: datetime) -> None:
    """End what somebody holds for colleagues when nothing of their own makes them one any more."""
    if held.delegated_from_id is not None:
        return
    after = day_of(at) if last_day is None else last_day + timedelta(days=1)
    theirs = Appointment.objects.filter(user=held.user_id)
    if theirs.own().not_over(after).exists():
        return
    borrowed = theirs.not_over(day_of(at)).filter(ended_at=None).exclude(delegated_from=None)
    rows = borrowed.select_for_update(of=("self",), no_key=True).select_related("user", "area", "unit")
    for one in rows:
        write_end(one, last_day, EndReason.ORIGIN, by=by, at=at)


def role_of(held: Appointment) -> str:
    """Return the role's name as people say it."""
    return str(Role(held.role).label)
