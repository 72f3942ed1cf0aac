"""Consent, leaving, notices: the acts of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from django.utils import timezone

from community.channels import unsubscribe_token
from community.models import (
    Guardianship,
    Notice,
    NoticePreference,
)
from community.models.notices import Frequency
from community.models.privacy import ConsentChannel, ConsentKind
from community.queries import consent_text, today
from community.workflow.consenting import digest_of, give_consent, resident_for
from tests.attacks import records
from tests.attacks.acts.base import (
    FREE_TO_LEAVE,
    Act,
    Given,
    fixed,
    no_record,
)
from tests.attacks.records import Made
from tests.factories import District
from tests.test_addresses import EVERYBODY, ROLES, SIGNED_IN


def ward(district: District) -> Made:
    """Make a child of the resident."""
    child, row = records.guardianship(district).there
    return Made((), ((child, row),))


def agreed_ward(district: District) -> Made:
    """Make a child for whom the resident has agreed."""
    made = ward(district)
    child = Guardianship.objects.get(pk=made.missing[0][1]).minor
    give_consent(
        child, ConsentKind.MINOR, by=district.worker, at=timezone.now(), channel=ConsentChannel.PAPER
    )  # fmt: skip
    return made


def agreed(district: District) -> Made:
    """Let everybody agree to the verification of who they are."""
    for role in ROLES[1:]:
        person = getattr(district, role)
        own = resident_for(by=person, at=timezone.now())
        give_consent(own, ConsentKind.VERIFICATION, by=person, at=timezone.now())
    return no_record(district)


def consent_to(kind: ConsentKind, for_ward: bool = False) -> Callable[[Given], dict[str, Any]]:
    """Return the form that agrees to the text in force."""

    def fields(given: Given) -> dict[str, Any]:
        text = consent_text(kind, today())
        assert text is not None
        child = {"resident": given.made.missing[0][0]} if for_ward else {}
        return {"kind": kind.value, "seen": digest_of(text), "agreed": "on", **child}

    return fields


def told(district: District) -> Made:
    """Tell everybody something."""
    for role in ROLES[1:]:
        Notice.objects.create(
            recipient=getattr(district, role), message="一句话", url="/issues/", created_at=timezone.now()
        )
    return no_record(district)


def by_mail(district: District) -> Made:
    """Let everybody be told by e-mail."""
    for role in ROLES[1:]:
        person = getattr(district, role)
        EmailAddress.objects.create(user=person, email=f"{role}@example.invalid", verified=True, primary=True)
        NoticePreference.objects.create(user=person, email=Frequency.AT_ONCE)
    return no_record(district)


def unsubscribing(district: District) -> Made:
    """Make the link by which the resident leaves the e-mails: whoever has it, has their mail."""
    by_mail(district)
    return Made((unsubscribe_token(district.resident),), ())


HOURS = {"quiet_from": "20", "quiet_to": "9", "digest_hour": "10", "language": "en"}
OWN = {
    "consent": Act(SIGNED_IN, consent_to(ConsentKind.VERIFICATION)),
    "consent ward": Act({"resident"}, consent_to(ConsentKind.MINOR, for_ward=True), ward),
    "withdraw_consent": Act(SIGNED_IN, fixed(kind="verification"), agreed),
    "withdraw_consent ward": Act(
        {"resident"}, lambda given: {"kind": "minor", "resident": given.made.missing[0][0]}, agreed_ward
    ),
    "export_me": Act(SIGNED_IN),
    "erase_me": Act(FREE_TO_LEAVE, fixed(word="注销")),
    "notices_read": Act(SIGNED_IN, build=told),
    "notice_read": Act({"resident"}, build=records.notice),
    "notice_settings": Act(SIGNED_IN, fixed(**HOURS)),
    "notice_test": Act(SIGNED_IN, fixed(channel="email"), by_mail),
    "notices_unsubscribe": Act(EVERYBODY, build=unsubscribing),
}  # fmt: skip
