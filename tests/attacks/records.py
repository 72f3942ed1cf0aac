"""A record of each kind, of the resident and their place: what the tests of attacks ask for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.files.base import ContentFile
from django.utils import timezone

from community.files import CheckedFile
from community.models import Appointment, Dwelling, Guardianship, Hiding, Household, Notice, StoredFile
from community.models.people import Verification
from community.workflow.hiding import appeal_hiding
from community.workflow.recovering import ask_recovery
from community.workflow.representing import represent
from deliberation import workflow
from deliberation.models import Issue, IssueEvent, IssuePhoto, PhotoDraft
from deliberation.models.issues import PhotoKind
from deliberation.states import IssueState
from tests.attacks.addresses import signed_in
from tests.community.documents import pdf
from tests.factories import District, IssueFactory, ResidentFactory, clean_photo_of
from tests.factories.verifying import asked, id_number_of

NOBODY = 987_654_321


class Made(NamedTuple):
    """The arguments of an address: of what is there, and of what is not; and words that differ between the two."""

    there: tuple[Any, ...]
    missing: tuple[tuple[Any, ...], ...]

    @property
    def words(self) -> list[str]:
        """Return the arguments as they may be repeated in a page."""
        return [str(one) for given in (self.there, *self.missing) for one in given if len(str(one)) > 5]


def numbered(pk: int, *after: Any) -> Made:
    """Return a record that is known by its number."""
    return Made((pk, *after), ((NOBODY, *after),))


def sharer(district: District) -> Made:
    district.neighbour.shares_phone_of = district.resident
    district.neighbour.save()
    return numbered(district.neighbour.pk)


def session(district: District) -> Made:
    key = signed_in(district.resident).session.session_key
    made = UserSession.objects.create(user=district.resident, session_key=key, ip="8.8.8.0", user_agent="x")
    return numbered(made.pk)


def passkey(district: District) -> Made:
    data = {"name": "手机", "credential": {}}
    made = Authenticator.objects.create(user=district.resident, type=Authenticator.Type.WEBAUTHN, data=data)
    return numbered(made.pk)


def appointment(district: District) -> Made:
    return numbered(Appointment.objects.get(user=district.worker).pk)


def unit(district: District) -> Made:
    return numbered(district.property.pk)


def place(district: District) -> Made:
    return Made((district.community.code,), (("900009009",),))


def compound(district: District) -> Made:
    return Made((district.compound.code,), (("900001001999",), (district.community.code,)))


def household(district: District) -> Made:
    home = district.compound
    made = Household.objects.create(area=home, town=district.town, number="7", created_at=timezone.now())
    return numbered(made.pk)


def dwelling(district: District) -> Made:
    home = district.compound
    made = Dwelling.objects.create(area=home, town=district.town, building="1 栋", room="101", floor_area=8950)
    return numbered(made.pk)


def request(district: District) -> Made:
    return numbered(asked(district.newcomer, district.compound, timezone.now()).pk)


def person(district: District) -> Made:
    made = ResidentFactory(home=district.compound, name="王秀英", phone="13800138000", id_number=id_number_of())
    return numbered(made.pk)


def unregistered(district: District) -> Made:
    made = ResidentFactory(user=None, home=district.compound, verification=Verification.UNVERIFIED)
    return numbered(made.pk)


def guardianship(district: District) -> Made:
    child = ResidentFactory(home=district.compound, id_number=id_number_of("20200101"))
    row = Guardianship.objects.create(
        minor=child, guardian=district.resident.resident, paper="户口簿", recorded_by=district.worker,
        recorded_at=timezone.now(),
    )  # fmt: skip
    return Made((child.pk, row.pk), ((child.pk, NOBODY), (NOBODY, row.pk), (district.resident.resident.pk, row.pk)))


def receipt(district: District) -> Made:
    someone = ResidentFactory(user=None, home=district.compound, name="李奶奶")
    row = represent(someone, by=district.worker, at=timezone.now(), act="反映问题", subject="EC-2023-000001", url="/")
    return Made((row.number,), (("DB-2023-999999",),))


def recovery(district: District) -> Made:
    """Ask for a slip for the neighbour, whom a second worker of the place helps: the first may confirm."""
    own = district.neighbour.resident
    own.id_number = id_number_of("19600101", 11)
    own.save()
    made = ask_recovery(own, by=district.worker2, at=timezone.now(), id_number=own.id_number, way="slip", present=True)
    return numbered(made.pk)


def an_issue(district: District, **fields: Any) -> Issue:
    """Return an issue that its unit handles."""
    return IssueFactory(
        area=district.compound, reporter=district.resident, state=IssueState.DISPATCHED, unit=district.property,
        raised_at=timezone.now() - timedelta(hours=9), **fields,
    )  # fmt: skip


def written(district: District, **fields: Any) -> IssueEvent:
    """Return what a neighbour wrote to an issue."""
    subject = an_issue(district, **fields)
    return IssueEvent.objects.create(
        issue=subject, verb="supplement", state=subject.state, by=district.neighbour, at=timezone.now(), text="还在",
        is_public=False, is_text_public=False,
    )  # fmt: skip


def pictured(district: District, **fields: Any) -> IssuePhoto:
    """Return a photo of an issue."""
    clean, event = clean_photo_of(size=(600, 400)), written(district, **fields)
    return IssuePhoto.objects.create(
        issue=event.issue, event=event, kind=PhotoKind.BEFORE, is_public=False, taken_at=timezone.now(),
        width=clean.width, height=clean.height, **clean.files(),
    )  # fmt: skip


def issue(district: District) -> Made:
    made = an_issue(district)
    return Made((made.number,), (("EC-2020-999999",),))


def issue_photo(district: District) -> Made:
    made = pictured(district)
    return Made(
        (made.issue.number, made.pk, "full"),
        ((made.issue.number, NOBODY, "full"), ("EC-2020-999999", made.pk, "full")),
    )


def supplement(district: District) -> Made:
    made = written(district)
    return Made((made.issue.number, made.pk), ((made.issue.number, NOBODY), ("EC-2020-999999", made.pk)))


def words(district: District) -> Made:
    made = written(district, is_public=True)
    return Made(("supplement", made.pk), (("supplement", NOBODY), ("nothing", made.pk)))


def photo(district: District) -> Made:
    made = pictured(district, is_public=True)
    return Made(("photo", made.pk), (("photo", NOBODY), ("nothing", made.pk)))


def hidden(district: District, **evidence: Any) -> Hiding:
    """Return a neighbour's words, hidden by a second worker so that the first may decide; and appealed."""
    workflow.hide_words(
        written(district, is_public=True), by=district.worker2, at=timezone.now(), reason="personal", note="有门牌号"
    )
    row = Hiding.objects.get()
    appeal_hiding(row, by=district.neighbour, at=timezone.now(), text="不是我家", **evidence)
    return Hiding.objects.get()


def hiding(district: District) -> Made:
    return numbered(hidden(district).pk)


def file(district: District) -> Made:
    checked = CheckedFile(pdf(), "application/pdf", "pdf", "证明.pdf")
    hidden(district, evidence=checked)
    return Made((StoredFile.objects.get().key,), ((uuid.UUID(int=7),),))


def notice(district: District) -> Made:
    made = Notice.objects.create(
        recipient=district.resident, message="一句话", url="/issues/", created_at=timezone.now()
    )
    return numbered(made.pk)


def draft(district: District) -> Made:
    clean = clean_photo_of()
    made = PhotoDraft.objects.create(
        owner=district.resident, submission_key=uuid.uuid4(), created_at=timezone.now(), width=clean.width,
        height=clean.height, **clean.files(),
    )  # fmt: skip
    assert isinstance(clean.files()["image"], ContentFile)
    return numbered(made.pk)


BUILDERS: dict[str, Callable[[District], Made]] = {
    "sharer": sharer, "session": session, "passkey": passkey, "appointment": appointment, "unit": unit, "place": place,
    "compound": compound, "household": household, "dwelling": dwelling,
    "request": request,
    "person": person, "unregistered": unregistered, "guardianship": guardianship, "receipt": receipt, "recovery": recovery, "issue": issue,
    "issue_photo": issue_photo, "supplement": supplement, "words": words, "photo": photo, "appeal": hiding,
    "hiding": hiding, "file": file, "notice": notice, "draft": draft,
}  # fmt: skip
