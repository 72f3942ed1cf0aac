"""Keeping the profile of a compound: how it governs itself and who serves it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from community import permissions
from community.acting import lock_roles
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Area, CompoundProfile, Unit, User
from community.models.areas import AreaKind, UnitKind
from community.models.homes import SelfGovernance, Station
from community.queries import rule_value
from community.workflow.terms import day_of

NAME_LENGTH = 80
NOTE_LENGTH = 200


@dataclass(frozen=True)
class Profile:
    """What a worker writes down of a compound; a unit is named by its id, or made by a new name."""

    self_governance: str = SelfGovernance.NONE
    committee: int | None = None
    committee_name: str = ""
    committee_since: date | None = None
    term_from: date | None = None
    term_to: date | None = None
    property_company: int | None = None
    property_company_name: str = ""
    has_council: bool = False
    council_since: date | None = None
    station: str = Station.NONE
    station_since: date | None = None
    household_count: int | None = None
    note: str = ""


@transaction.atomic
def update_profile(area: Area, *, profile: Profile, by: User, at: datetime) -> CompoundProfile:
    """Write the profile of a compound; `by` keeps the homes of the place.

    Raises NotAllowed, WrongState, or BadInput with the field at fault.
    """
    compound = Area.objects.select_for_update(of=("self",)).select_related("town").get(pk=area.pk)
    lock_roles(by)
    if not permissions.can_keep_homes(by, compound):
        raise NotAllowed(_("只有当地的社区工作者和镇街干部可以改小区的情况。"))
    if compound.kind != AreaKind.COMPOUND:
        raise WrongState(_("只有小区有这一页。"))
    if compound.valid_to is not None:
        raise WrongState(_("这个小区已经撤并了，请改接着它的那个。"))
    check(profile, day_of(at))
    row = CompoundProfile.objects.filter(area=compound).first() or CompoundProfile(area=compound)
    before = plain(row)
    set_columns(row, profile)
    on = day_of(at)
    governed = row.self_governance != SelfGovernance.NONE
    row.committee = (
        unit_of(compound, UnitKind.OWNERS_COMMITTEE, profile.committee, profile.committee_name, "committee", on)
        if governed
        else None
    )
    row.property_company = unit_of(
        compound, UnitKind.PROPERTY_COMPANY, profile.property_company, profile.property_company_name,
        "property_company", on,
    )  # fmt: skip
    row.save()
    after = plain(row)
    changed = sorted(name for name, value in after.items() if value != before[name])
    record(compound, "compound.profile", by=by, at=at, changed=changed)
    return row


def plain(row: CompoundProfile) -> dict[str, Any]:
    """Return the columns of a profile by name."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != "id"}


def set_columns(row: CompoundProfile, profile: Profile) -> None:
    """Set what is not a unit; what has no committee, council or station has no days of it either."""
    given = asdict(profile)
    if profile.self_governance == SelfGovernance.NONE:
        given |= dict.fromkeys(("committee_since", "term_from", "term_to"))
    if not profile.has_council:
        given["council_since"] = None
    if profile.station == Station.NONE:
        given["station_since"] = None
    for name, value in given.items():
        if name not in ("committee", "committee_name", "property_company", "property_company_name"):
            setattr(row, name, value)


def check(profile: Profile, today: date) -> None:
    """Refuse days that are missing, in the future, or out of order."""
    if profile.self_governance not in SelfGovernance.values:
        raise BadInput(_("请选一项。"), "self_governance")
    if profile.self_governance != SelfGovernance.NONE:
        check_term(profile, today)
    if profile.has_council:
        check_since(profile.council_since, "council_since", today)
    if profile.station not in Station.values:
        raise BadInput(_("请选一项。"), "station")
    if profile.station != Station.NONE:
        check_since(profile.station_since, "station_since", today)
    if len(profile.note) > NOTE_LENGTH:
        raise BadInput(_("说明最多 200 个字。"), "note")


def check_since(day: date | None, field: str, today: date) -> None:
    """Refuse a day that is missing or has not come."""
    if day is None:
        raise BadInput(_("请写日期。"), field)
    if day > today:
        raise BadInput(_("这一天还没到。"), field)


def check_term(profile: Profile, today: date) -> None:
    """Refuse a term without its days, or one that can't be."""
    check_since(profile.committee_since, "committee_since", today)
    if profile.term_from is None:
        raise BadInput(_("请写这一届从哪天起。"), "term_from")
    if profile.term_to is None:
        raise BadInput(_("请写这一届到哪天止。"), "term_to")
    assert profile.committee_since is not None
    if profile.term_from < profile.committee_since:
        raise BadInput(_("这一届不会早于组建的那天。"), "term_from")
    if profile.term_to < profile.term_from:
        raise BadInput(_("止的日期要在起的日期以后。"), "term_to")
    if profile.term_to.year - profile.term_from.year > rule_value("compound.term_most", today):
        raise BadInput(_("一届没有这么长，请看看年份。"), "term_to")


def unit_of(compound: Area, kind: str, pk: int | None, name: str, field: str, on: date) -> Unit | None:
    """Return the chosen unit of this kind, or the one of a typed name, made where there is none yet."""
    name = " ".join(name.split())
    if name:
        if len(name) > NAME_LENGTH or not name.isprintable():
            raise BadInput(_("名称最多 80 个字。"), f"{field}_name")
        unit, _made = Unit.objects.get_or_create(
            area=compound, name=name, defaults={"kind": kind, "town": compound.town, "valid_from": on}
        )
        if unit.kind != kind or unit.valid_to is not None:
            raise BadInput(_("这个名称在这里已经是另一个单位了。"), f"{field}_name")
        return unit
    if pk is None:
        return None
    unit = serving(compound, kind, on).filter(pk=pk).first()
    if unit is None:
        raise BadInput(_("请选一个为这里服务的单位。"), field)
    return unit


def serving(compound: Area, kind: str, on: date) -> Any:
    """Return the units of a kind that serve a compound on a day: its own, and those of a place above it."""
    lasts = Q(valid_to=None) | Q(valid_to__gte=on)
    return Unit.objects.filter(lasts, kind=kind, valid_from__lte=on, area__path__in=compound.parent_paths())
