"""Somebody who can't sign in any longer, and what a worker asks for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress

from community.models import Recovery, Resident, User
from community.queries import rule_value, today
from community.workflow.recovering import ask_recovery, prove_phone, send_recovery_code
from tests.community.signing_in import HERE, PASSWORD, last_code
from tests.factories import MOMENT, District
from tests.factories.verifying import id_number_of

OLD, NEW = "13800138000", "13900139000"
NUMBER = id_number_of()
LATER = MOMENT + timedelta(hours=1)
SOON = timedelta(minutes=1)


def somebody(district: District) -> Resident:
    """Return the resident with a verified number, a phone, a password and a mailbox."""
    user = district.resident
    user.set_phone(OLD, verified=True)
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email="old@example.invalid", verified=True, primary=True)
    own = user.resident
    own.id_number, own.phone = NUMBER, OLD
    own.save()
    return own


def ask(person: Resident, by: User, at: Any = MOMENT, **fields: Any) -> Recovery:
    values: dict[str, Any] = {"id_number": NUMBER, "way": "slip", "present": True, **fields}
    return ask_recovery(person, by=by, at=at, **values)


def waited(asked: Recovery) -> None:
    """Let the hours go by in which the owner of an account in use may stop it."""
    before = asked.asked_at - timedelta(hours=rule_value("recovery.wait", today()))
    Recovery.objects.filter(pk=asked.pk).update(ready_at=before)


def proved(person: Resident, by: User, **fields: Any) -> Recovery:
    """Return a recovery by a new phone, whose code the person has typed."""
    asked = ask(person, by, way="phone", phone=NEW, **fields)
    send_recovery_code(asked, by=by, at=MOMENT, address=HERE)
    return prove_phone(asked, by=by, at=MOMENT + SOON, code=last_code(NEW), address=HERE)
