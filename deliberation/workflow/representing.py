"""A person without an account, for whom a worker speaks: whom, and the paper receipt of each act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from community.acting import lock_roles
from community.errors import NotAllowed
from community.models import Area, Representation, Resident, User
from community.permissions import can_note_act, can_speak_for
from community.workflow.representing import register_person, represent
from deliberation.models import Issue


@dataclass(frozen=True)
class Person:
    """What a worker types about somebody without an account."""

    name: str
    phone: str = ""


def lock_represented(person: Person | Resident | None) -> None:
    """Lock somebody registered before, for whom a worker speaks: people are locked before places and roles."""
    if isinstance(person, Resident):
        Resident.objects.select_for_update(of=("self",)).filter(pk=person.pk).first()


def resident_of_person(person: Person | Resident, *, by: User, at: datetime, home: Area) -> Resident:
    """Return for whom a worker speaks: somebody registered before, or registered now as living at `home`."""
    if isinstance(person, Person):
        return register_person(by=by, at=at, name=person.name, phone=person.phone, home=home)
    known = Resident.objects.select_for_update(of=("self",)).select_related("home", "user").get(pk=person.pk)
    lock_roles(by)
    if not can_speak_for(by, known):
        raise NotAllowed(_("只有当地的社区工作者可以替别人反映。"))
    return known


def note_act(issue: Issue, act: str, *, by: User, at: datetime) -> Representation | None:
    """Write the receipt of what those who serve the person did for them; None where they did it for nobody."""
    if issue.represented_id is None:
        return None
    person = Resident.objects.select_related("home", "user").get(pk=issue.represented_id)
    if not can_note_act(by, person):
        return None
    return represent(person, by=by, at=at, act=act, subject=issue.number, url=issue.get_absolute_url())


def receipt_of(issue: Issue, *, by: User) -> Representation | None:
    """Return the last receipt that somebody wrote for an issue."""
    rows = Representation.objects.filter(resident=issue.represented_id, worker=by, subject=issue.number)
    return rows.order_by("-pk").first()
