"""Making a roll: who may vote in a ballot, with which weight (rules.md section 3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from community.clock import SHANGHAI
from community.errors import BadInput, WrongState
from community.models import Dwelling, Ownership, Resident
from community.models.people import Verification
from community.queries import rule_value
from deliberation.electorates import Holding, OwnersVote, owners_votes
from deliberation.models import Ballot, RollDwelling, RollEntry, RollVoter
from deliberation.models.decisions import Electorate

BATCH = 2_000


def make_roll(ballot: Ballot, invited: Iterable[Resident] = ()) -> None:
    """Write the roll of a ballot as its electorate stands; inside the transaction of its notice.

    `invited` are those asked to a consultation, or the representatives. Raises BadInput, or WrongState for an
    empty roll: it could decide nothing.
    """
    day = ballot.opens_at.astimezone(SHANGHAI).date()
    electorate = ballot.rule.electorate
    if electorate == Electorate.OWNERS:
        make_owners_roll(ballot, day)
    elif electorate == Electorate.HOUSEHOLDS:
        make_household_roll(ballot, day)
    elif electorate in (Electorate.INVITED, Electorate.REPRESENTATIVES):
        make_invited_roll(ballot, list(invited))
    else:
        write_single(ballot, adults_of(ballot, day))
    if not ballot.roll.exists():
        raise WrongState(_("名册上一个人也没有：这里还没有核验过、够条件的居民，不能公告表决。"))


def adults_of(ballot: Ballot, day: date) -> list[Resident]:
    """Return the verified residents of the place who are of age on the day of the opening."""
    age = rule_value("minor.adult", day)
    living = Resident.objects.kept().living_in(ballot.area).filter(verification=Verification.VERIFIED)
    return [one for one in living.order_by("pk").iterator(BATCH) if (one.age_on(day) or 0) >= age]


def make_invited_roll(ballot: Ballot, invited: list[Resident]) -> None:
    """Write those who were invited, each once; only verified people can vote."""
    if not invited:
        raise BadInput(_("请先选邀请哪些人参加表决。"), "invited")
    unverified = [one for one in invited if one.verification != Verification.VERIFIED]
    if unverified:
        raise BadInput(
            _("邀请的人里有 %(count)d 位还没有实名核验，不能列入名册。") % {"count": len(unverified)}, "invited"
        )
    write_single(ballot, list({one.pk: one for one in invited}.values()))


def write_single(ballot: Ballot, residents: Iterable[Resident]) -> None:
    """Write one entry with one voter for each resident."""
    write(ballot, [(RollEntry(ballot=ballot, key=f"resident:{one.pk}"), [one]) for one in residents])


def make_household_roll(ballot: Ballot, day: date) -> None:
    """Write one entry a household, which any of its verified adults may cast."""
    homes: dict[int, list[Resident]] = {}
    for one in adults_of(ballot, day):
        if one.household_id is not None:
            homes.setdefault(one.household_id, []).append(one)
    rows = [(RollEntry(ballot=ballot, key=f"household:{home}"), people) for home, people in sorted(homes.items())]
    write(ballot, rows)


def write(ballot: Ballot, rows: list[tuple[RollEntry, list[Resident]]]) -> None:
    """Insert entries with their voters; nobody is in a roll of heads twice."""
    RollEntry.objects.bulk_create([entry for entry, _people in rows], batch_size=BATCH)
    voters = [RollVoter(entry=entry, ballot=ballot, resident=one) for entry, people in rows for one in people]
    RollVoter.objects.bulk_create(voters, batch_size=BATCH)


# --- Owners ------------------------------------------------------------------------------------------
def make_owners_roll(ballot: Ballot, day: date) -> None:
    """Write the owners of a compound with their floor area, grouped as the law counts them."""
    dwellings = list(Dwelling.objects.filter(area__path__startswith=ballot.area.path).order_by("pk"))
    owned = Ownership.objects.filter(Q(ends_on=None) | Q(ends_on__gte=day), dwelling__in=dwellings, starts_on__lte=day)
    owners: dict[int, list[Ownership]] = {}
    for one in owned.order_by("pk"):
        owners.setdefault(one.dwelling_id, []).append(one)
    holdings = [holding_of(one, owners.get(one.pk, [])) for one in dwellings]
    people = {owner_key(one): one for rows in owners.values() for one in rows}
    write_owners(ballot, owners_votes(holdings), people)


def holding_of(dwelling: Dwelling, owned: list[Ownership]) -> Holding:
    """Return a dwelling as the law's grouping takes it."""
    return Holding(dwelling.pk, dwelling.floor_area, frozenset(owner_key(one) for one in owned), dwelling.is_developers)


def owner_key(owned: Ownership) -> str:
    """Return what tells owners apart: their ID number's index, or the record itself where there is none."""
    return owned.id_index or f"ownership:{owned.pk}"


def write_owners(ballot: Ballot, votes: list[OwnersVote], people: dict[str, Ownership]) -> None:
    """Insert the owners' votes with their dwellings, and who may cast each."""
    entries = [RollEntry(ballot=ballot, key=vote.key, area=vote.area) for vote in votes]
    RollEntry.objects.bulk_create(entries, batch_size=BATCH)
    pairs = list(zip(entries, votes, strict=True))
    dwellings = [
        RollDwelling(entry=entry, ballot=ballot, dwelling_id=one.dwelling, floor_area=one.floor_area)
        for entry, vote in pairs
        for one in vote.dwellings
    ]
    RollDwelling.objects.bulk_create(dwellings, batch_size=BATCH)
    voters = [voter_of(ballot, entry, people[owner]) for entry, vote in pairs for owner in sorted(vote.owners)]
    RollVoter.objects.bulk_create(voters, batch_size=BATCH)


def voter_of(ballot: Ballot, entry: RollEntry, owned: Ownership) -> RollVoter:
    """Return who may cast an owners' vote; without an account they vote on paper or at the door."""
    return RollVoter(
        entry=entry, ballot=ballot, resident_id=owned.resident_id, name=owned.owner_name, id_index=owned.id_index,
        once=False,
    )  # fmt: skip
