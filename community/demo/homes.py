"""The demo's compounds: how each governs itself, and the dwellings, owners and households of the demo compound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from random import Random

from community.demo.people import People
from community.demo.places import Places
from community.demo.units import Units
from community.models import Area, CompoundProfile, Dwelling, Household, Ownership, Resident
from community.models.homes import AreaBasis, SelfGovernance, Station
from community.models.people import id_index
from community.workflow.terms import day_of

COUNCILS, POSTS, PILOTS = 446, 196, 5
BUILDINGS, ENTRANCES, FLOORS, ROOMS = 3, 2, 3, 2
TERM = timedelta(days=5 * 365 + 1)
# When in the last years something was set up: before the end of 2023, whose figures count it.
FIRST_DAY, SPREAD = date(2018, 3, 1), 2100
DEVELOPER = "示范房地产开发公司"
OWNED_FROM = date(2019, 6, 18)
HALF = Fraction(1, 2)

# Where the demo's residents are at home, by dwelling: (name, share); None stands for an owner without an account.
OWNERS: dict[int, list[tuple[str | None, Fraction]]] = {
    0: [("resident1", Fraction(1))],
    # One owner, two dwellings, one head.
    1: [("resident2", Fraction(1))],
    12: [("resident2", Fraction(1))],
    2: [("resident3", HALF), ("resident4", HALF)],
    3: [("resident5", Fraction(2, 3)), (None, Fraction(1, 3))],
    4: [("resident6", Fraction(1))],
    5: [("resident7", Fraction(1))],
    6: [("resident8", Fraction(1))],
    7: [("resident9", Fraction(1))],
}
UNSOLD = (33, 34, 35)


def build_homes(
    places: Places, units: Units, people: People, numbers: Iterator[str], scale: float, rng: Random, at: datetime
) -> int:
    """Insert a profile for each compound, and the homes of the demo compound; return how many dwellings."""
    # The demo compound comes first: whatever is given to some is given to it.
    areas = sorted(places.compounds, key=lambda area: area.pk != places.home.pk)
    profiles = [profile(area, rng) for area in areas]
    by_area = {one.area_id: one for one in profiles}
    add_committees(by_area, units, rng, day_of(at))
    for pk, company in units.companies.items():
        by_area[pk].property_company = company
    add_councils_and_stations(profiles, scale, rng)
    home = by_area[places.home.pk]
    home.household_count = BUILDINGS * ENTRANCES * FLOORS * ROOMS
    CompoundProfile.objects.bulk_create(profiles, batch_size=500)
    return build_dwellings(places.home, people, numbers, rng, at)


def profile(area: Area, rng: Random) -> CompoundProfile:
    """Return an unsaved profile with nothing but a number of households."""
    return CompoundProfile(area=area, household_count=rng.randrange(80, 1200))


def set_up(rng: Random) -> date:
    """Return a day between spring 2018 and the end of 2023."""
    return FIRST_DAY + timedelta(days=rng.randrange(SPREAD))


def add_committees(by_area: dict[int, CompoundProfile], units: Units, rng: Random, today: date) -> None:
    """Give each owners' committee its term; one in eight is a self-management committee, some terms end soon."""
    for number, (pk, committee) in enumerate(units.owners.items()):
        one = by_area[pk]
        is_self_managed = number % 8 == 7
        one.self_governance = SelfGovernance.SELF_MANAGEMENT if is_self_managed else SelfGovernance.OWNERS_COMMITTEE
        one.committee = committee
        one.committee_since = set_up(rng)
        # The demo compound's own ends in six weeks.
        one.term_to = today + timedelta(days=42 if number == 0 else rng.randrange(-40, 1500))
        one.term_from = max(one.term_to - TERM, one.committee_since)
        one.term_to = max(one.term_to, one.term_from)


def add_councils_and_stations(profiles: list[CompoundProfile], scale: float, rng: Random) -> None:
    """Give so many compounds a council, a post or a pilot station; the demo compound, the first, has a station."""
    most = len(profiles)
    for one in [profiles[0], *rng.sample(profiles[1:], min(round(COUNCILS * scale), most) - 1 if most else 0)]:
        one.has_council, one.council_since = True, set_up(rng)
    pilots, posts = max(1, min(round(PILOTS * scale), most)), min(round(POSTS * scale), most)
    served = [profiles[0], *rng.sample(profiles[1:], min(pilots + posts, most) - 1)]
    for number, one in enumerate(served):
        one.station = Station.PILOT if number < pilots else Station.POST
        one.station_since = set_up(rng)


@dataclass(frozen=True)
class Owner:
    """Somebody who owns: name, number, and the resident where they have an account."""

    name: str
    number: str
    resident: Resident | None = None


def build_dwellings(home: Area, people: People, numbers: Iterator[str], rng: Random, at: datetime) -> int:
    """Insert the dwellings of the demo compound with their owners, and the households of its residents."""
    dwellings = Dwelling.objects.bulk_create([dwelling(home, index, rng) for index in range(36)])
    owners = [
        ownership(dwellings[index], owner, share)
        for index in range(len(dwellings))
        for owner, share in owners_of(index, people, numbers)
    ]
    Ownership.objects.bulk_create(owners)
    build_households(home, dwellings, people, at)
    return len(dwellings)


def dwelling(home: Area, index: int, rng: Random) -> Dwelling:
    """Return the unsaved dwelling of a number, twelve a building."""
    building, rest = divmod(index, ENTRANCES * FLOORS * ROOMS)
    entrance, rest = divmod(rest, FLOORS * ROOMS)
    floor, room = divmod(rest, ROOMS)
    return Dwelling(
        area=home, town=home.town, building=f"{building + 1} 栋", entrance=f"{entrance + 1} 单元",
        room=f"{floor + 1}0{room + 1}", floor_area=rng.randrange(7_200, 14_300), is_developers=index in UNSOLD,
        area_basis=AreaBasis.SURVEY if index in UNSOLD else AreaBasis.REGISTER,
    )  # fmt: skip


def owners_of(index: int, people: People, numbers: Iterator[str]) -> list[tuple[Owner, Fraction]]:
    """Return who owns the dwelling of a number, with their shares."""
    if index in UNSOLD:
        return [(Owner(DEVELOPER, ""), Fraction(1))]
    found = []
    for username, share in OWNERS.get(index, [(None, Fraction(1))]):
        if username is None:
            found.append((Owner(f"某示范{index + 1:03d}", next(numbers)), share))
        else:
            resident = people.resident_named(username)
            found.append((Owner(resident.name, resident.id_number, resident), share))
    return found


def ownership(dwelling: Dwelling, owner: Owner, share: Fraction) -> Ownership:
    """Return an unsaved ownership."""
    return Ownership(
        dwelling=dwelling, owner_name=owner.name, id_number=owner.number,
        id_index=id_index(owner.number) if owner.number else None, resident=owner.resident,
        share=share.numerator, share_of=share.denominator, starts_on=OWNED_FROM,
    )  # fmt: skip


def build_households(home: Area, dwellings: list[Dwelling], people: People, at: datetime) -> None:
    """Insert a household for each dwelling that residents of the demo live in, with its members."""
    lived_in = {index: [name for name, _ in rows if name] for index, rows in OWNERS.items() if index != 12}
    households = Household.objects.bulk_create(
        [
            Household(
                area=home, town=home.town, number=f"{number:03d}", address=address_of(home, dwellings[index]),
                created_at=people.joined,
            )
            for number, index in enumerate(sorted(lived_in), start=1)
        ]
    )  # fmt: skip
    members = []
    for household, index in zip(households, sorted(lived_in), strict=True):
        dwellings[index].household = household
        for name in lived_in[index]:
            resident = people.resident_named(name)
            resident.household, resident.address = household, household.address
            members.append(resident)
    Dwelling.objects.bulk_update([dwellings[index] for index in lived_in], ["household"])
    Resident.objects.bulk_update(members, ["household", "address"])


def address_of(area: Area, dwelling: Dwelling) -> str:
    """Return how a dwelling is written as an address."""
    return f"{area.name} {dwelling}"
