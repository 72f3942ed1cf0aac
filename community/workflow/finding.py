"""Finding whom to appoint: by a user name, or by a whole phone number, which is counted, logged and told."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from wagtail.models import ModelLogEntry

from community.acting import lock_roles
from community.appointing import grants_of
from community.clock import end_of
from community.errors import BadInput, NotAllowed
from community.holding import account_called, account_with_phone, own_appointments
from community.log import record
from community.models import Appointment, Reveal, User
from community.models.people import phone_indexes
from community.models.privacy import RevealedField, RevealReason
from community.queries import resident_of, rule_value
from community.roles import Role
from community.workflow.notices import notify
from community.workflow.terms import day_of

LOOKED_UP = "appointment.look_up"
SEEN = gettext_noop("工作人员查看了您的个人信息，谁、为什么，在这里看")
FOUND = gettext_noop("工作人员按手机号找到了您的账号，要任命%(role)s")


@transaction.atomic
def find_person(text: str, *, role: Role, by: User, at: datetime) -> User | None:
    """Return the account in use with exactly this user name or phone, for somebody who gives `role`; or None.

    The answer to a phone says whether its holder is here. So each look-up by phone, found or not, counts
    against a limit a day and stands in the log, without the number; whoever is found reads of it and is told.
    """
    # Counted one after another: two at once can't both be the last one of a day.
    User.objects.select_for_update(no_key=True).only("pk").get(pk=by.pk)
    lock_roles(by)
    right = right_to_give(by, role)
    if right is None:
        raise NotAllowed(_("这个角色不归您任命，所以没有改动。"))
    if found := account_called(text):
        return found
    if not phone_indexes(text):
        return None
    check_daily_limit(by, at)
    record(by, LOOKED_UP, by=by, at=at, role=role)
    found = account_with_phone(text)
    if found is not None and found.pk != by.pk:
        write_down(found, right, role, by=by, at=at)
    return found


def right_to_give(by: User, role: Role) -> Appointment | None:
    """Return the appointment by which somebody gives a role, or None."""
    for held in own_appointments(by):
        if any(grant.given == role for grant in grants_of(Role(held.role))):
            return held
    return None


def check_daily_limit(by: User, at: datetime) -> None:
    """Refuse more look-ups by phone than a day allows."""
    day = day_of(at)
    looks = ModelLogEntry.objects.filter(
        user=by, action=LOOKED_UP, timestamp__gt=end_of(day - timedelta(days=1)), timestamp__lte=end_of(day)
    )
    most = rule_value("appointment.look_up", day)
    if looks.count() >= most:
        raise BadInput(_("今天按手机号找人已经到 %(most)d 次。请写用户名，或者明天再找。") % {"most": most}, "person")


def write_down(found: User, right: Appointment, role: Role, *, by: User, at: datetime) -> None:
    """Write into somebody's own log that they were found by their phone, and tell them; staff may have no profile."""
    resident = resident_of(found)
    if resident is None:
        notify([found], FOUND, url=reverse("my_privacy"), at=at, role=str(role.label))
        return
    Reveal.objects.create(
        resident=resident, field=RevealedField.NAME, reason=RevealReason.APPOINTING,
        note=_("按手机号找到账号，要任命%(role)s") % {"role": role.label}, by=by, role=right.role, area=right.area,
        unit=right.unit, at=at,
    )  # fmt: skip
    notify([found], SEEN, url=reverse("reveal_log"), at=at)
