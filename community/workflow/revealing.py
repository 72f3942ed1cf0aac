"""Looking at a personal value: with a reason, counted, written down where the person reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community import permissions
from community.acting import lock_roles
from community.clock import SHANGHAI, end_of
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Appointment, Area, Resident, Reveal, Unit, User, VerificationRequest
from community.models.privacy import REGISTER_REASONS, RevealedField, RevealReason
from community.models.verifying import RequestState
from community.queries import appointments, rule_value
from community.roles import Role
from community.workflow.locking import check_may_decide
from community.workflow.notices import notify
from community.workflow.typed import clean_line

ROLES = (Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)


@transaction.atomic
def reveal_field(resident: Resident, *, by: User, at: datetime, field: str, reason: str, note: str) -> str:
    """Return one personal value of a resident, whose log says from now on who looked, when and why."""
    fresh = Resident.objects.select_related("user", "home").get(pk=resident.pk)
    lock_roles(by)
    if fresh.home is None or not permissions.can_reveal(by, fresh):
        raise NotAllowed(_("您不负责这位居民住的地方，不能查看。"))
    if field not in RevealedField.values:
        raise BadInput(_("请选要看哪一项。"), "field")
    # What verification may look at besides is the claim alone (`reveal_claim`): its limit is no second one for the register.
    if reason not in REGISTER_REASONS:
        raise BadInput(_("请选为什么要看。"), "reason")
    text = clean_line(note, "note", missing=_("请写一句说明，本人会看到。"))
    value = value_of(fresh, RevealedField(field))
    if not value:
        raise BadInput(_("这一项没有登记。"), "field")
    write_reveals(fresh, [RevealedField(field)], by=by, at=at, area=fresh.home, reason=RevealReason(reason), note=text)
    return value


def value_of(resident: Resident, field: RevealedField) -> str:
    """Return a personal value in plain words."""
    return {
        RevealedField.NAME: resident.known_name,
        RevealedField.PHONE: resident.known_phone,
        RevealedField.ID_NUMBER: resident.id_number,
        RevealedField.ADDRESS: resident.address,
    }[field]


@transaction.atomic
def reveal_claim(request: VerificationRequest, *, by: User, at: datetime) -> dict[str, str]:
    """Return what somebody claims of themself, for a worker who holds it against their paper."""
    fresh = VerificationRequest.objects.select_related("home", "resident__user").get(pk=request.pk)
    lock_roles(by)
    check_may_decide(fresh, by)
    if fresh.state != RequestState.OPEN:
        raise WrongState(_("这份申请已经办完了，填的内容已经清空。"))
    fields = [RevealedField.NAME, RevealedField.ID_NUMBER, RevealedField.ADDRESS]
    write_reveals(
        fresh.resident, fields, by=by, at=at, area=fresh.home, reason=RevealReason.VERIFYING, note=_("核对申请和证件")
    )
    return {field: getattr(fresh, field) for field in fields}


def write_reveals(
    resident: Resident,
    fields: Sequence[RevealedField],
    *,
    by: User,
    at: datetime,
    reason: RevealReason,
    note: str,
    area: Area | None = None,
    unit: Unit | None = None,
) -> None:
    """Write down that somebody looks at some values, within what a day allows, and tell the person.

    Called inside the caller's transaction, which has asked whether they may: `area` is where the person
    lives, or `unit` the one for which `by` handles.
    """
    # One's looks are counted one after another: two at once can't both be the last one of a day.
    User.objects.select_for_update().get(pk=by.pk)
    check_daily_limit(by, at, reason, len(fields))
    held = appointment_for(by, area, unit)
    if held is None:
        raise NotAllowed(_("您不负责这位居民住的地方，不能查看。"))
    rows = [
        Reveal(
            resident=resident, field=field, reason=reason, note=note, by=by, role=held.role, area=held.area,
            unit=held.unit, at=at,
        )
        for field in fields
    ]  # fmt: skip
    Reveal.objects.bulk_create(rows)
    record(resident, "resident.reveal", by=by, at=at, fields=[str(field) for field in fields], reason=str(reason))
    if resident.user is not None and resident.user_id != by.pk:
        message = gettext_noop("工作人员查看了您的个人信息，谁、为什么，在这里看")
        notify([resident.user], message, url=reverse("reveal_log"), at=at)


def appointment_for(by: User, area: Area | None, unit: Unit | None) -> Appointment | None:
    """Return the appointment by which somebody looks: over the area, or in the unit."""
    for held in appointments(by):
        if area is not None and held.area is not None and held.role in ROLES and held.area.covers(area):
            return held
        if unit is not None and held.unit_id == unit.pk and held.role == Role.HANDLER:
            return held
    return None


def check_daily_limit(by: User, at: datetime, reason: RevealReason, count: int) -> None:
    """Refuse more looks than a day allows; those for verification have a limit of their own."""
    day = at.astimezone(SHANGHAI).date()
    looks = Reveal.objects.filter(by=by, at__gt=end_of(date.fromordinal(day.toordinal() - 1)), at__lte=end_of(day))
    is_verifying = reason == RevealReason.VERIFYING
    looks = looks.filter(reason=reason) if is_verifying else looks.filter(reason__in=REGISTER_REASONS)
    most = rule_value("reveal.daily.verifying" if is_verifying else "reveal.daily", day)
    if looks.count() + count > most:
        raise NotAllowed(_("今天查看个人信息已经到 %(most)d 次，明天再看。急事请找镇街。") % {"most": most})
