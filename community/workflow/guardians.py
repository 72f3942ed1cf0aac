"""Who answers for a minor, and what they agreed to; a worker writes down what is on paper."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from community import permissions
from community.acting import lock_roles
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Guardianship, Resident, User
from community.models.people import Verification, age_of
from community.models.privacy import ConsentChannel, ConsentKind
from community.queries import open_request_of, rule_value, standing_consent
from community.workflow.consenting import give_consent, withdraw_consent
from community.workflow.locking import check_kept, lock_account, locked, locked_all
from community.workflow.typed import clean_id_number, clean_line
from community.workflow.verifying import day_of

PAPER_LENGTH = 60


@transaction.atomic
def record_guardian(minor: Resident, *, by: User, at: datetime, guardian_id_number: str, paper: str) -> Guardianship:
    """Write down who answers for a minor: an adult who is verified, by the ID number on their card."""
    day = day_of(at)
    minor, guardian = locked_with_guardian(minor, guardian_id_number)
    check_may(minor, by)
    adult_age = rule_value("minor.adult", day)
    age = claimed_age(minor, at)
    if age is not None and age >= adult_age:
        raise WrongState(_("本人已经成年，不用登记监护人。"))
    clean_id_number(guardian_id_number, on=day, field="guardian_id_number")
    if guardian is None or guardian.verification != Verification.VERIFIED:
        raise BadInput(_("监护人还没有实名核验。请监护人先核验，再来登记。"), "guardian_id_number")
    if guardian.pk == minor.pk or (guardian.age_on(day) or 0) < adult_age:
        raise BadInput(_("监护人要年满 %(age)d 周岁。") % {"age": adult_age}, "guardian_id_number")
    if guardian.user_id == by.pk:
        raise NotAllowed(_("自己和自家人的监护关系，要由别人登记。"))
    text = clean_line(paper, "paper", missing=_("请写看了什么证件，比如户口簿。"), most=PAPER_LENGTH)
    try:
        with transaction.atomic():
            row = Guardianship.objects.create(
                minor=minor, guardian=guardian, paper=text, recorded_by=by, recorded_at=at
            )
    except IntegrityError:
        raise WrongState(_("这位监护人已经登记过了。")) from None
    record(minor, "guardian.record", by=by, at=at, guardianship=row.pk)
    return row


def locked_with_guardian(minor: Resident, number: str) -> tuple[Resident, Resident | None]:
    """Return a minor, and who has this ID number, both locked in the order of their numbers.

    So who is written down as a guardian is not erased, and keeps the number, until that is done; the account
    too, whose owner an erasure first asks for whom they answer.
    """
    found = Resident.objects.kept().with_id_number(number).values_list("pk", flat=True).first()
    if found:
        lock_account(found)
    people = locked_all([minor.pk, *([found] if found else [])])
    guardian = people.get(found) if found else None
    still = guardian is not None and Resident.objects.kept().with_id_number(number).filter(pk=guardian.pk).exists()
    return check_kept(people[minor.pk]), guardian if still else None


def check_may(minor: Resident, by: User) -> None:
    """Refuse whoever does not work where the minor lives, and the family."""
    lock_roles(by)
    if not permissions.is_worker_of_home(by, minor):
        raise NotAllowed(_("只有住地的社区工作者可以登记监护关系。"))
    if not permissions.can_record_guardian(by, minor):
        raise NotAllowed(_("自己和自家人的监护关系，要由别人登记。"))


def claimed_age(person: Resident, at: datetime) -> int | None:
    """Return somebody's age by their verified ID number, or by the one that they claim in an open request."""
    known = person.age_on(day_of(at))
    request = open_request_of(person)
    return known if known is not None or request is None else age_of(request.id_number, day_of(at))


@transaction.atomic
def end_guardian(guardianship: Guardianship, *, by: User, at: datetime) -> Guardianship:
    """End that somebody answers for a minor; without a guardian left, their consent ends too."""
    minor = locked(guardianship.minor)
    check_may(minor, by)
    row = Guardianship.objects.select_for_update().get(pk=guardianship.pk)
    if row.ended_at is not None:
        raise WrongState(_("这个监护关系已经结束了。"))
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    has_other = minor.guardianships.filter(ended_at=None).exists()
    if not has_other and standing_consent(minor, ConsentKind.MINOR) is not None:
        withdraw_consent(minor, ConsentKind.MINOR, by=by, at=at, channel=ConsentChannel.PAPER)
    record(minor, "guardian.end", by=by, at=at, guardianship=row.pk)
    return row


@transaction.atomic
def record_guardians_consent(minor: Resident, *, by: User, at: datetime) -> None:
    """Write down that a guardian signed that a minor may use the platform and be verified."""
    minor = locked(minor)
    check_may(minor, by)
    if not minor.guardianships.filter(ended_at=None).exists():
        raise WrongState(_("先登记监护人，再登记监护人的同意。"))
    give_consent(minor, ConsentKind.MINOR, by=by, at=at, channel=ConsentChannel.PAPER)
