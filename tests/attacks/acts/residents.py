"""Verification and residents: the acts of the table."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from community.models import (
    Recovery,
    User,
    VerificationRequest,
)
from community.models.verifying import Method
from community.workflow.letters import print_letter
from community.workflow.recovering import ask_recovery, confirm_recovery, send_recovery_code
from community.workflow.slips import print_slip
from tests.attacks import records
from tests.attacks.acts.base import (
    ANYBODY_NOT_IN,
    LANDINGS,
    NEW_PHONE,
    STAFF_OF_PLACE,
    Act,
    Given,
    fixed,
    no_fields,
    no_record,
)
from tests.attacks.records import Made
from tests.community.signing_in import last_code
from tests.factories import District, ResidentFactory
from tests.factories.verifying import asked, id_number_of, looked_at
from tests.test_addresses import SIGNED_IN


def ask_form(given: Given) -> dict[str, Any]:
    """Return what somebody claims of themself."""
    return {
        "home": given.district.compound.pk, "name": "王秀英", "id_number": id_number_of(), "address": "3 栋 501",
        "way": "paper", "agreed": "on",
    }  # fmt: skip


def open_request(district: District) -> Made:
    """Make a request of the newcomer, named by nothing in the address."""
    records.request(district)
    return no_record(district)


def found_true(district: District) -> Made:
    """Make a request of the newcomer whose identity an online check has found true, but not the home."""
    request = asked(district.newcomer, district.compound, timezone.now())
    VerificationRequest.objects.filter(pk=request.pk).update(identity_found_at=timezone.now())
    return no_record(district)


def letter_request(district: District) -> Made:
    """Make a request of the newcomer to be verified by letter."""
    request = asked(district.newcomer, district.compound, timezone.now(), method=Method.LETTER)
    return records.numbered(request.pk)


def printed(district: District) -> Made:
    """Print the newcomer's letter; its code stands where a form finds it."""
    request = asked(district.newcomer, district.compound, timezone.now(), method=Method.LETTER)
    letter = print_letter(request, by=district.worker, at=timezone.now())
    return Made((), ((letter.code,),))


def looked_through(district: District) -> Made:
    """Make a request of which the worker has looked at what it claims, and everybody else who may have."""
    request = asked(district.newcomer, district.compound, timezone.now())
    looked_at(request, district.worker, timezone.now())
    return records.numbered(request.pk)


def child(district: District) -> Made:
    """Make a child, and give the neighbour the ID number by which they can be its guardian."""
    own = district.neighbour.resident
    own.id_number = id_number_of()
    own.save()
    made = ResidentFactory(home=district.compound, name="王小", id_number=id_number_of("20200101"))
    return records.numbered(made.pk)


def guarded(district: District) -> Made:
    """Make a child with a guardian."""
    return records.numbered(records.guardianship(district).there[0])


def recovery_of(district: District, way: str, by: User) -> Recovery:
    """Let a worker ask that the neighbour may sign in again."""
    own = district.neighbour.resident
    how = {"id_number": own.id_number, "present": True, "way": way, "phone": NEW_PHONE}
    return ask_recovery(own, by=by, at=timezone.now(), **how)


def asked_by_colleague(district: District) -> Made:
    """Let the second worker ask for a slip."""
    return records.numbered(recovery_of(district, "slip", district.worker2).pk)


def asked_by_worker(district: District) -> Made:
    """Let the worker ask for a new phone, whose code has not come yet."""
    return records.numbered(recovery_of(district, "phone", district.worker).pk)


def code_waited_for(district: District) -> Made:
    """Let the code come, too."""
    asked = recovery_of(district, "phone", district.worker)
    send_recovery_code(asked, by=district.worker, at=timezone.now(), address="127.0.0.1")
    return records.numbered(asked.pk)


def slip_confirmed(district: District) -> Made:
    """Let the worker ask for a slip, and their colleague confirm."""
    asked = recovery_of(district, "slip", district.worker)
    confirm_recovery(asked, by=district.worker2, at=timezone.now(), made_sure="seen")
    # Their password is void: who signs in from here on is who they are now.
    district.neighbour.refresh_from_db()
    return records.numbered(asked.pk)


def slip_printed(district: District) -> Made:
    """Print the slip; its code stands where a form finds it."""
    asked = Recovery.objects.get(pk=slip_confirmed(district).there[0])
    return Made((), ((print_slip(asked, by=district.worker, at=timezone.now())[1],),))


REVEAL = {"field": "phone", "reason": "handling", "note": "约上门的时间"}
RESIDENTS = {
    "my_verification": Act(SIGNED_IN, ask_form),
    "withdraw_verification": Act({"newcomer"}, build=open_request, led=("/my/verification/",)),
    "verification_by_letter": Act({"newcomer"}, build=found_true, led=("/my/verification/",)),
    "verification_code": Act(
        {"newcomer"}, lambda given: {"code": given.made.missing[0][0]}, printed, led=("/my/verification/",)
    ),
    "my_home": Act(
        SIGNED_IN, lambda given: {"home": given.district.neighbour_community.pk, "address": "8 栋 101"}
    ),
    "verification_reveal": Act({"worker"}, build=records.request),
    "verification_letter": Act({"worker"}, build=letter_request),
    "verification_action verify": Act({"worker"}, fixed(paper="id_card"), looked_through, "verify"),
    "verification_action refuse": Act({"worker"}, fixed(reason="看不清"), records.request, "refuse"),
    "desk_residents": Act(
        STAFF_OF_PLACE,
        lambda given: {"by": "surname", "text": "张", "area": given.district.community.pk},
        reads=True,
    ),
    "register_resident": Act(
        {"worker"}, lambda given: {"person_name": "李奶奶", "home": given.district.compound.pk, "is_new": "1"}
    ),
    "ask_for_resident": Act({"worker"}, ask_form, records.unregistered),
    "resident_action reveal": Act(STAFF_OF_PLACE, fixed(**REVEAL), records.person, "reveal"),
    "resident_action revoke": Act({"town_officer"}, fixed(reason="冒用"), records.person, "revoke"),
    "resident_action guardian": Act(
        {"worker"}, fixed(guardian_id_number=id_number_of(), paper="户口簿"), child, "guardian"
    ),
    "resident_action consent": Act({"worker"}, no_fields, guarded, "consent"),
    "resident_action erase": Act({"worker"}, fixed(signed="on"), records.unregistered, "erase"),
    "end_guardianship": Act({"worker"}, build=records.guardianship),
    "correct_resident": Act({"worker"}, fixed(address="3 栋 501", paper="id_card"), records.person),
    "recover_resident": Act({"worker"}, fixed(id_number=id_number_of(), way="slip", present="on"), records.person),
    "recovery_action send": Act({"worker"}, no_fields, asked_by_worker, "send"),
    "recovery_action code": Act({"worker"}, lambda given: {"code": last_code(NEW_PHONE)}, code_waited_for, "code"),
    "recovery_action confirm": Act(STAFF_OF_PLACE, fixed(made_sure="seen"), asked_by_colleague, "confirm"),
    "recovery_action refuse": Act(STAFF_OF_PLACE, fixed(reason="照片不像"), asked_by_colleague, "refuse"),
    "recovery_action withdraw": Act({"worker"}, no_fields, asked_by_worker, "withdraw"),
    "recovery_action slip": Act({"worker"}, no_fields, slip_confirmed, "slip"),
    "stop_recovery": Act({"neighbour"}, build=asked_by_colleague),
    "use_slip": Act(
        ANYBODY_NOT_IN, lambda given: {"code": given.made.missing[0][0]}, slip_printed, led=LANDINGS
    ),
}  # fmt: skip
