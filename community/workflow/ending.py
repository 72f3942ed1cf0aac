"""Appointments that run out on the day that was set when they were given: said in time, to both sides.

One that somebody ends (leaving.py) is announced by that verb; of what was lent both sides know the days.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext_noop
from wagtail.models import ModelLogEntry

from community.appointing import givers_of
from community.holding import scope_of
from community.log import record
from community.models import Appointment, User
from community.permissions import may_appoint
from community.queries import people_holding, rule_value
from community.roles import Role
from community.workflow.appointing import tell
from community.workflow.leaving import leaves_nobody
from community.workflow.terms import day_of

REMINDED = "appointment.remind"
ENDING = gettext_noop("您的%(role)s（%(place)s）到 %(day)s 期满。要接着做，请和任命您的人说。")
RUNS_OUT = gettext_noop("有一项%(role)s（%(place)s）到 %(day)s 期满。要接着任，请在那以前任命。")
LAST_RUNS_OUT = gettext_noop("这里唯一的%(role)s（%(place)s）到 %(day)s 期满，以后就没人办事了。请马上任命接手的人。")


def remind_of_endings(*, at: datetime) -> int:
    """Tell of the appointments that run out within the days of the rule, each once; return of how many.

    Safe to run twice and by two machines at once: each row is locked, and the log says of which it was told.
    """
    day = day_of(at)
    last = day + timedelta(days=rule_value("appointment.ending", day))
    rows = Appointment.objects.own().filter(ended_at=None, ends_on__range=(day, last), user__is_active=True)
    return sum(remind_of(pk, at=at) for pk in list(rows.order_by("ends_on", "pk").values_list("pk", flat=True)))


@transaction.atomic
def remind_of(pk: int, *, at: datetime) -> bool:
    """Tell the holder, and those who may appoint somebody there; False where they were told before."""
    rows = Appointment.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    held = rows.select_related("user", "area", "unit__area").filter(pk=pk, ended_at=None).first()
    if held is None or held.ends_on is None or was_told(held):
        return False
    record(held, REMINDED, by=User.objects.clock(), at=at)
    shown = held.ends_on.isoformat()
    tell(held, ENDING, held.user, at=at, day=shown)
    message = LAST_RUNS_OUT if leaves_nobody(held, held.ends_on + timedelta(days=1)) else RUNS_OUT
    for giver in givers(held):
        tell(held, message, giver, at=at, day=shown)
    return True


def was_told(held: Appointment) -> bool:
    """Return whether the log says that this one was told of."""
    lines = ModelLogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Appointment), action=REMINDED)
    return lines.filter(object_id=str(held.pk)).exists()


def givers(held: Appointment) -> list[User]:
    """Return who may appoint somebody where an appointment is held, in the right of an area; never its holder."""
    role, place = Role(held.role), scope_of(held)
    people = {one.pk: one for giver in givers_of(role) for one in people_holding(giver, held.place)}
    return [one for one in people.values() if one.pk != held.user_id and may_appoint(one, role, place)]
