"""How a district begins: its root and first administrator, then the places below, one by one."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from community import permissions
from community.acting import lock_roles
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Appointment, Area, User
from community.models.areas import BELOW, AreaKind
from community.roles import Role
from community.workflow.places import add_below, checked_name, lock
from community.workflow.terms import day_of


@transaction.atomic
def found_district(*, name: str, code: str, administrator: User, by: User, at: datetime) -> Area:
    """Make the district itself and its first administrator, who appoints everybody else.

    A deployment is one district (docs/architecture.md): where one stands already, this is refused.
    """
    # Two at once: the second waits for who begins it, the clock's user, and finds the district.
    locked = User.objects.select_for_update().filter(pk__in=(administrator.pk, by.pk)).order_by("pk")
    person = {user.pk: user for user in locked}[administrator.pk]
    if Area.objects.filter(depth=1).exists():
        raise WrongState(_("区已经建好了，不能再建一个。"))
    if not person.is_active:
        raise BadInput(_("这个账号停用了。"), "administrator")
    name, code = checked_name(name, code)
    district = Area.add_root(kind=AreaKind.DISTRICT, name=name, code=code, valid_from=day_of(at))
    held = Appointment.objects.create(user=person, role=Role.ADMINISTRATOR, area=district, starts_on=day_of(at))
    record(district, "area.create", by=by, at=at)
    record(held, "appointment.give", by=by, at=at, role=Role.ADMINISTRATOR, starts=day_of(at).isoformat(), ends="")
    return district


@transaction.atomic
def create_area(parent: Area, *, kind: str, name: str, code: str, on: date, by: User, at: datetime) -> Area:
    """Make a place below a standing one, of a kind that belongs there; it may stand since an earlier day."""
    [above] = lock([parent.pk])
    lock_roles(by)
    if not permissions.can_change_places(by, above):
        raise NotAllowed(_("只有区级干部和系统管理员可以新设地方。"))
    if above.valid_to is not None:
        raise WrongState(_("%(name)s已经撤并了。") % {"name": above.name})
    if kind not in BELOW.get(above.kind, ()):
        raise BadInput(_("请选这里下面可以有的类别。"), "kind")
    if not above.valid_from <= on <= day_of(at):
        raise BadInput(_("请写今天或以前的一天，不早于%(name)s设立的那天。") % {"name": above.name}, "on")
    place = add_below(above, kind, name, code, on=on, shown_as=above)
    record(place, "area.create", by=by, at=at)
    return place
