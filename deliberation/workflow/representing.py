"""A person without an account, for whom a worker speaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from community.errors import NotAllowed
from community.log import record
from community.models import Area, Resident, User
from community.models.people import normalise_phone
from community.permissions import holds_over
from community.roles import Role
from deliberation.workflow.steps import clean_text

NAME_LENGTH = 30


@dataclass(frozen=True)
class Person:
    """What a worker types about somebody without an account."""

    name: str
    phone: str = ""


def register_person(person: Person, *, by: User, at: datetime, home: Area) -> Resident:
    """Write down who a worker of `home` speaks for; name and phone are encrypted and staff alone see them."""
    if not holds_over(by, home, Role.COMMUNITY_WORKER):
        raise NotAllowed(_("只有当地的社区工作者可以替别人反映。"))
    name = clean_text(person.name, "person_name", required=True, most=NAME_LENGTH)
    resident = Resident.objects.create(
        name=name, phone=normalise_phone(person.phone), home=home, town_id=home.town_id, created_at=at
    )
    record(resident, "resident.register", by=by, at=at)
    return resident
