"""Who owns which dwelling: linked to the residents that the owners are, and handed on from a day on.

An ownership is linked while its number is the number that a resident was verified with. It stays linked when
the verification runs out or its holder moves: they are still who they are. It is loosened when the number goes:
revoked, or consent taken back. What somebody wrote down themself is linked neither to them nor to their family
until a colleague has checked it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community import permissions
from community.acting import lock_roles
from community.errors import BadInput, NotAllowed, WrongState
from community.imports import cells
from community.log import record
from community.models import Dwelling, Ownership, Resident, User, VerificationRequest
from community.models.homes import TitlePaper
from community.models.people import Verification, id_index, id_indexes
from community.queries import resident_of
from community.workflow.notices import notify
from community.workflow.terms import day_of
from community.workflow.typed import clean_line

NAME_LENGTH = 60
DAY = timedelta(days=1)


@transaction.atomic
def link_ownerships(resident: Resident, *, by: User, at: datetime) -> int:
    """Link what is owned under a resident's verified number, and nothing else; return how much is linked anew.

    The resident's row is locked by who calls, so that number and links change together. What they or their family
    wrote down waits for a colleague (`confirm_ownership`).
    """
    loosen(resident, keep=id_indexes(resident.id_number), by=by, at=at)
    if not resident.id_number:
        return 0
    mine = Ownership.objects.of_number(resident.id_number).exclude(resident=resident)
    found = [one.pk for one in mine.select_related("recorded_by").order_by("pk") if not is_own_word(one, resident)]
    if found:
        Ownership.objects.filter(pk__in=found).update(resident=resident)
        record(resident, "ownership.link", by=by, at=at, ownerships=found)
    return len(found)


def is_own_word(owned: Ownership, resident: Resident) -> bool:
    """Return whether an ownership was written down by the person themself whose it would be, or by their family."""
    by = owned.recorded_by
    return by is not None and (resident.user_id == by.pk or permissions.is_family(by, resident))


@transaction.atomic
def unlink_ownerships(resident: Resident, *, by: User, at: datetime) -> int:
    """Loosen all that is linked to a resident whose number stands no longer; return how much was."""
    return loosen(resident, keep=[], by=by, at=at)


def loosen(resident: Resident, *, keep: list[str], by: User, at: datetime) -> int:
    """Loosen what is linked to a resident but for what is owned under these indexes."""
    wrong = Ownership.objects.filter(resident=resident).exclude(id_index__isnull=False, id_index__in=keep)
    found = list(wrong.order_by("pk").values_list("pk", flat=True))
    if found:
        Ownership.objects.filter(pk__in=found).update(resident=None)
        record(resident, "ownership.unlink", by=by, at=at, ownerships=found)
    return len(found)


def mend_links(*, at: datetime) -> int:
    """Set right the links of those whose verification and whose ownership came or went at the same moment.

    Neither of two transactions sees what the other has not committed. Safe to run at any time; returns how many
    people had links that were wrong.
    """
    loose = Ownership.objects.filter(resident=None, id_index__isnull=False)
    missing = Q(verification=Verification.VERIFIED, id_index__in=loose.values("id_index"))
    differs = Q(id_index=None) | Q(resident__id_index=None) | ~Q(id_index=F("resident__id_index"))
    stale = Ownership.objects.filter(differs, resident__isnull=False)
    found = Resident.objects.filter(missing | Q(pk__in=stale.values("resident")))
    return sum(mend_one(pk, at=at) for pk in list(found.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def mend_one(pk: int, *, at: datetime) -> bool:
    """Set right the links of one person; return whether any was wrong."""
    resident, by = Resident.objects.select_for_update(of=("self",)).get(pk=pk), User.objects.clock()
    before = sorted(resident.ownerships.values_list("pk", flat=True))
    link_ownerships(resident, by=by, at=at)
    return sorted(resident.ownerships.values_list("pk", flat=True)) != before


def verified_by_index(numbers: Iterable[str]) -> dict[str, int]:
    """Return the ids of verified residents by the blind indexes, as they are written today, of these numbers."""
    # Found under an older key too, where INDEX_KEY is being changed.
    current = {index: id_index(number) for number in numbers if number for index in id_indexes(number)}
    verified = Resident.objects.filter(id_index__in=list(current), verification=Verification.VERIFIED)
    return {current[index]: pk for index, pk in verified.values_list("id_index", "pk") if index}


@dataclass(frozen=True)
class Near:
    """Somebody's own profile and those of their family, and the numbers that these have or claim, by blind index."""

    people: frozenset[int]
    indexes: frozenset[str]

    def has(self, owned: Ownership) -> bool:
        """Return whether an ownership is one of theirs."""
        return owned.resident_id in self.people or owned.id_index in self.indexes

    def has_number(self, number: str) -> bool:
        """Return whether a number is one of theirs."""
        return bool(number and self.indexes) and not self.indexes.isdisjoint(id_indexes(number))


def near_to(by: User) -> Near:
    """Return whose homes somebody does not write down: their own and their family's."""
    own = resident_of(by)
    if own is None:
        return Near(frozenset(), frozenset())
    people = [own, *permissions.family_of(own)]
    claims = VerificationRequest.objects.open().filter(resident__in=[one.pk for one in people])
    numbers = [*(one.id_number for one in people), *(claim.id_number for claim in claims)]
    indexes = (index for number in numbers if number for index in id_indexes(number))
    return Near(frozenset(one.pk for one in people), frozenset(indexes))


@dataclass(frozen=True)
class NewOwner:
    """Somebody who owns from now on, as it was typed; `mark` names their row of the form."""

    name: str
    number: str
    share: str
    mark: str = ""


@transaction.atomic
def transfer_dwelling(
    dwelling: Dwelling, *, stays: Mapping[int, str], owners: Sequence[NewOwner], starts_on: date, paper: str,
    by: User, at: datetime,
) -> Dwelling:  # fmt: skip
    """Write down that a dwelling has other owners from a day on, against a paper that was seen.

    `stays` says of each present owner by the id of the ownership which share they have then, '' for none. Who has
    the same share as before goes on; everybody else's ownership ends on the day before. What was the developer's
    is so no longer. Raises NotAllowed, or BadInput with the field at fault.
    """
    new = [cleaned(one) for one in owners]
    people = lock_people(dwelling, [number for _name, number, _share in new])
    dwelling = Dwelling.objects.select_for_update(of=("self",)).select_related("area").get(pk=dwelling.pk)
    lock_roles(by)
    check_recorder(by, dwelling, [number for _name, number, _share in new])
    if paper not in TitlePaper.values:
        raise BadInput(_("请选看了哪种材料。"), "paper")
    held = list(Ownership.objects.filter(dwelling=dwelling).order_by("pk"))
    ended, begun = changes([one for one in held if one.ends_on is None], stays)
    verified = [one for one in people if one.verification == Verification.VERIFIED and one.id_number]
    linked = {id_index(one.id_number): one.pk for one in verified}
    begun += [fresh_ownership(name, number, share, linked) for name, number, share in new]
    if not begun and not ended:
        raise BadInput(_("业主没有变，不用登记。"))
    check_owners([one for one in held if one.ends_on is None and one not in ended], begun)
    check_start(starts_on, held, day_of(at))
    for one in begun:
        one.dwelling, one.starts_on, one.paper = dwelling, starts_on, paper
    write_change(dwelling, ended, begun, starts_on, by=by, at=at)
    if dwelling.is_developers:
        dwelling.is_developers = False
        dwelling.save(update_fields=["is_developers"])
    return dwelling


def cleaned(owner: NewOwner) -> tuple[str, str, Fraction]:
    """Return the name, number and share of a new owner; BadInput at the field of their row."""
    name = clean_line(owner.name, f"name_{owner.mark}", missing=_("请写业主的姓名或名称。"), most=NAME_LENGTH)
    try:
        number = document_of(owner.number)
    except cells.BadCell as wrong:
        raise BadInput(str(wrong), f"id_number_{owner.mark}") from None
    if not number:
        raise BadInput(_("请写证件号。没有证件号，核验以后对不上人。"), f"id_number_{owner.mark}")
    return name, number, share_of(owner.share, f"share_{owner.mark}")


def document_of(text: str) -> str:
    """Return the number of a person's document, or of a company's; BadCell for what is neither."""
    try:
        return cells.document(text.strip(), company=False)
    except cells.BadCell as wrong:
        try:
            return cells.document(text.strip(), company=True)
        except cells.BadCell:
            raise wrong from None


def share_of(text: str, field: str) -> Fraction:
    """Return a share as it was typed; nothing is the whole."""
    try:
        return cells.share(text.strip())
    except cells.BadCell as wrong:
        raise BadInput(str(wrong), field) from None


def lock_people(dwelling: Dwelling, numbers: list[str]) -> list[Resident]:
    """Lock the residents that own a dwelling or are about to, in the order of their ids; before anything else.

    So nobody's number goes or comes while an ownership is linked to them.
    """
    indexes = [index for number in numbers for index in id_indexes(number)]
    owning = Ownership.objects.standing().filter(dwelling=dwelling, resident__isnull=False)
    found = Resident.objects.filter(Q(id_index__in=indexes) | Q(pk__in=owning.values("resident")))
    return list(found.order_by("pk").select_for_update(of=("self",)))


def check_recorder(by: User, dwelling: Dwelling, numbers: Iterable[str] = ()) -> None:
    """Refuse whoever does not keep the homes of a place, and who is an owner, or becomes one, or of the family."""
    if not permissions.can_import_dwellings(by, dwelling.area):
        raise NotAllowed(_("只有当地的社区工作者和镇街干部可以登记过户。"))
    near = near_to(by)
    owning = Ownership.objects.standing().filter(dwelling=dwelling)
    if any(near.has_number(number) for number in numbers) or any(near.has(one) for one in owning):
        raise NotAllowed(_("自己和自家人的房，要由别人登记。"))


def changes(standing: list[Ownership], stays: Mapping[int, str]) -> tuple[list[Ownership], list[Ownership]]:
    """Return which ownerships end, and the unsaved ones of owners who stay with another share."""
    ended, begun = [], []
    for one in standing:
        text = stays.get(one.pk, "").strip()
        share = share_of(text, f"stays_{one.pk}") if text else None
        if share == one.part:
            continue
        ended.append(one)
        if share is not None:
            begun.append(
                Ownership(
                    owner_name=one.owner_name, id_number=one.id_number, id_index=one.id_index,
                    resident_id=one.resident_id, share=share.numerator, share_of=share.denominator,
                )
            )  # fmt: skip
    return ended, begun


def fresh_ownership(name: str, number: str, share: Fraction, residents: Mapping[str, int]) -> Ownership:
    """Return an unsaved ownership, linked to the verified resident whose number it is."""
    index = id_index(number) if number else None
    return Ownership(
        owner_name=name, id_number=number, id_index=index, resident_id=residents.get(index or ""),
        share=share.numerator, share_of=share.denominator,
    )  # fmt: skip


def check_owners(kept: list[Ownership], begun: list[Ownership]) -> None:
    """Refuse one owner named twice, and shares that are no whole."""
    owners = [one.id_number or one.owner_name for one in (*kept, *begun)]
    if len(set(owners)) < len(owners):
        raise BadInput(_("同一位业主写了两次。还是业主的，在“现在的业主”里写以后的份额。"))
    total = sum((one.part for one in (*kept, *begun)), Fraction(0))
    if total != 1:
        raise BadInput(_("业主的份额加起来要正好是 1，现在是 %(total)s。请再看看每个人的份额。") % {"total": total})


def check_start(starts_on: date, held: list[Ownership], today: date) -> None:
    """Refuse a day that has not come, and one on which what is registered stood already."""
    if starts_on > today:
        raise BadInput(_("这一天还没到。过户以后再登记。"), "starts_on")
    latest = latest_day(held)
    if latest is not None and starts_on <= latest:
        raise BadInput(_("要晚于已经登记的最后一天：%(day)s。") % {"day": latest.isoformat()}, "starts_on")


def latest_day(held: Iterable[Ownership]) -> date | None:
    """Return the last day of which the ownerships of a dwelling speak: changes come after it."""
    return max((one.ends_on or one.starts_on for one in held), default=None)


def write_change(
    dwelling: Dwelling, ended: list[Ownership], begun: list[Ownership], starts_on: date, *, by: User, at: datetime
) -> None:
    """End some ownerships, insert others, log it, and tell those whom it concerns and who have an account."""
    Ownership.objects.filter(pk__in=[one.pk for one in ended]).update(ends_on=starts_on - DAY)
    for one in begun:
        one.recorded_by = by
    new = Ownership.objects.bulk_create(begun)
    record(
        dwelling, "dwelling.transfer", by=by, at=at, day=starts_on.isoformat(),
        ended=[one.pk for one in ended], begun=[one.pk for one in new],
    )  # fmt: skip
    tell_concerned([*ended, *new], at=at)


@transaction.atomic
def confirm_ownership(owned: Ownership, *, by: User, at: datetime) -> Ownership:
    """Find right what a colleague wrote down of an owner; from now on it stands by this word, and is linked.

    Raises NotAllowed, or WrongState where there is nothing to find right.
    """
    verified = Resident.objects.filter(verification=Verification.VERIFIED, id_index__in=id_indexes(owned.id_number))
    people = list(verified.order_by("pk").select_for_update(of=("self",)))
    dwelling = Dwelling.objects.select_for_update(of=("self",)).select_related("area").get(pk=owned.dwelling_id)
    lock_roles(by)
    check_recorder(by, dwelling)
    fresh = Ownership.objects.get(pk=owned.pk)
    if fresh.recorded_by_id == by.pk:
        raise NotAllowed(_("这一条是您自己登记的，要由同事核对。"))
    if fresh.ends_on is not None or fresh.resident_id is not None or fresh.recorded_by_id is None:
        raise WrongState(_("这一条不用再核对了。请刷新页面看看。"))
    fresh.recorded_by = by
    fresh.resident = next((one for one in people if fresh.id_index in id_indexes(one.id_number)), None)
    fresh.save(update_fields=["recorded_by", "resident"])
    record(dwelling, "ownership.confirm", by=by, at=at, ownership=fresh.pk)
    tell_concerned([fresh], at=at)
    return fresh


def waiting_to_be_checked(owned: Iterable[Ownership]) -> list[Ownership]:
    """Return what is not linked to its verified owner, because they or their family wrote it down."""
    loose = [one for one in owned if one.resident_id is None and one.recorded_by_id is not None and one.id_number]
    people = Resident.objects.filter(verification=Verification.VERIFIED).order_by("pk")
    return [
        one
        for one in loose
        if any(is_own_word(one, person) for person in people.filter(id_index__in=id_indexes(one.id_number)))
    ]


def tell_concerned(owned: Iterable[Ownership], *, at: datetime) -> None:
    """Tell those who have an account that what they own is written down otherwise."""
    concerned = {one.resident_id for one in owned if one.resident_id}
    if concerned:
        notify(
            User.objects.filter(resident__in=concerned),
            gettext_noop("您名下的房屋登记有变动。不对的话，请找社区工作者"),
            url=reverse("contacts"),
            at=at,
        )
