"""Whether the second pair of eyes is one: another person, not made by the first, and not before the owner could object."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from allauth.usersessions.models import UserSession
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from community.clock import SHANGHAI
from community.errors import NotAllowed, WrongState
from community.models import Appointment, Area, Recovery, User
from community.queries import rule_value
from community.roles import Role
from community.workflow.terms import day_of

STAFF = (Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)
# An account that was used so lately has an owner who may read what is asked for in their name.
USED_WITHIN = timedelta(days=30)


def check_settled(user: User, at: datetime) -> None:
    """Refuse whoever held neither role some days ago: who gives roles could make a helper for this alone."""
    days = rule_value("recovery.settled", day_of(at))
    before = day_of(at) - timedelta(days=days)
    if not Appointment.objects.in_force(before).filter(user=user, role__in=STAFF).exists():
        raise NotAllowed(_("任职满 %(days)d 天，才能经办、确认重新登录。请同事来办。") % {"days": days})


def check_two(recovery: Recovery, by: User, at: datetime) -> None:
    """Refuse two of whom one has given the other the role; that one ID number has one account, the database sees to."""
    for user in (recovery.asked_by, by):
        check_settled(user, at)
    first = grounds(recovery.asked_by, recovery.area, day_of(recovery.asked_at))
    second = grounds(by, recovery.resident.home or recovery.area, day_of(at))
    if not (is_by_another(first, by) and is_by_another(second, recovery.asked_by)):
        raise NotAllowed(_("您和经办人，一位的任职是另一位给的，不能由您确认。请别的同事确认。"))


def grounds(user: User, area: Area, day: date) -> list[Appointment]:
    """Return the appointments by which somebody acts in a place on a day."""
    held = Appointment.objects.in_force(day).filter(user=user, role__in=STAFF, area__isnull=False)
    rows = held.select_related("area", "delegated_from").defer("area__boundary")
    return [one for one in rows if one.area is not None and one.area.covers(area)]


def is_by_another(held: list[Appointment], other: User) -> bool:
    """Return whether there is one that `other` neither gave nor lent, nor gave to whoever lent it."""
    return any(other.pk not in givers(one) for one in held)


def givers(held: Appointment) -> set[int | None]:
    """Return from whom an appointment comes."""
    lent = held.delegated_from
    return {held.appointed_by_id} | ({lent.user_id, lent.appointed_by_id} if lent else set())


def waits_until(recovery: Recovery, at: datetime) -> datetime | None:
    """Return until when the owner may still stop it, where somebody uses the account; None where nothing is waited for."""
    user = recovery.resident.user
    if recovery.ready_at is None or user is None:
        return None
    until = recovery.ready_at + timedelta(hours=rule_value("recovery.wait", day_of(at)))
    if until <= at or not is_used(user, at):
        return None
    return until


def is_used(user: User, at: datetime) -> bool:
    """Return whether somebody is signed in, or was lately."""
    is_recent = user.last_login is not None and user.last_login >= at - USED_WITHIN
    return is_recent or UserSession.objects.filter(user=user).exists()


def wait_of(recovery: Recovery, at: datetime) -> str:
    """Return the sentence that says until when it waits; '' for no wait."""
    until = waits_until(recovery, at)
    if until is None:
        return ""
    # Up to the next whole minute: nobody is told a time that is still too early.
    shown = (until + timedelta(seconds=59)).astimezone(SHANGHAI)
    when = {"day": date_format(shown, "MONTH_DAY_FORMAT"), "time": f"{shown.hour}:{shown.minute:02}"}
    return _("这个账号最近有人在用，要给本人留时间停下。%(day)s %(time)s 以后才能确认。") % when


def check_pair(recovery: Recovery, by: User, at: datetime) -> None:
    """Refuse a confirmation by somebody who is no second person, or one that comes too soon."""
    check_two(recovery, by, at)
    sentence = wait_of(recovery, at)
    if sentence:
        raise WrongState(sentence)
