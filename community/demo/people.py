"""The people of the demo district. Every name is made up and says so; no phone can be dialled."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from pathlib import Path
from random import Random

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from community.clock import SHANGHAI
from community.demo.identities import agree, date_verified, verify
from community.demo.places import Places
from community.demo.sharing import shares
from community.demo.units import Units
from community.models import Appointment, Area, Resident, Unit, User
from community.models.areas import AreaKind
from community.models.people import Verification
from community.roles import Role

ACCOUNTS_FILE = Path(__file__).with_name("accounts.toml")
PASSWORD = "demo-only-2023"
# What Django takes for a password that nobody can type.
NO_PASSWORD = "!"
STEMS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
JOINED = datetime(2022, 12, 1, 9, tzinfo=SHANGHAI)
FROM = date(2022, 12, 1)
RESIDENTS = 300
# Those who work in the urban communities (包联服务小区); each village has one of its own beside them.
COMMUNITY_WORKERS = 731
HOME_RESIDENTS = 9
VOLUNTEERS_OF_HOME = 3


@dataclass
class People:
    """The accounts as saved, and who works where."""

    by_name: dict[str, User] = field(default_factory=dict)
    workers: dict[int, User] = field(default_factory=dict)
    town_officers: dict[int, User] = field(default_factory=dict)
    handlers: dict[int, User] = field(default_factory=dict)
    residents: dict[int, list[Resident]] = field(default_factory=lambda: defaultdict(list))
    by_username: dict[str, Resident] = field(default_factory=dict)
    joined: datetime = JOINED

    def resident_named(self, username: str) -> Resident:
        """Return the profile of an account."""
        return self.by_username[username]

    def of_town(self, town_id: int) -> list[Resident]:
        """Return the residents with an account whose home lies in a town."""
        return [one for group in self.residents.values() for one in group if one.town_id == town_id]


class Hiring:
    """Collects accounts, residents and appointments, and saves each kind at once."""

    def __init__(self) -> None:
        self.password = make_password(PASSWORD)
        self.people = People()
        self.numbers = count(1)
        self.homes: list[tuple[User, Area, bool, bool]] = []
        self.appointments: list[Appointment] = []

    def account(self, username: str, *, can_sign_in: bool = True, **fields: bool) -> User:
        """Return an unsaved account with an invented name, phone and address."""
        number = next(self.numbers)
        user = User(
            username=username,
            name=invented_name(number),
            password=self.password if can_sign_in else NO_PASSWORD,
            email=f"{username}@example.invalid",
            date_joined=JOINED,
            **fields,
        )
        # Mainland numbers begin with 13 to 19: these can never be given to anybody.
        user.set_phone(f"1{number:010d}", verified=can_sign_in)
        self.people.by_name[username] = user
        return user

    def lives(self, user: User, home: Area, *, verified: bool = True, volunteer: bool = False) -> None:
        """Note where a person lives."""
        self.homes.append((user, home, verified, volunteer))

    def appoint(self, user: User, role: Role, *, area: Area | None = None, unit: Unit | None = None) -> None:
        """Note what a person does."""
        self.appointments.append(Appointment(user=user, role=role, area=area, unit=unit, starts_on=FROM))

    def save(self, places: Places, numbers: Iterator[str], rng: Random, at: datetime) -> People:
        """Insert accounts, then what hangs on them."""
        users = list(self.people.by_name.values())
        User.objects.bulk_create(users, batch_size=500)
        Appointment.objects.bulk_create(self.appointments, batch_size=500)
        EmailAddress.objects.bulk_create(
            [
                EmailAddress(user=user, email=user.email, verified=True, primary=True)
                for user in users
                if user.password != NO_PASSWORD
            ],
            batch_size=500,
        )
        residents = [resident(*row, number=next(numbers), rng=rng) for row in self.homes]
        days = date_verified(residents, JOINED, at)
        Resident.objects.bulk_create(residents, batch_size=500)
        committee_of = {leaf.pk: pk for pk, leaves in places.below.items() for leaf in leaves}
        for one in residents:
            self.people.residents[committee_of[one.home_id or 0]].append(one)
            self.people.by_username[one.user.username] = one  # type: ignore[union-attr]  # each has an account
        verify(residents, {leaf: self.people.workers[pk] for leaf, pk in committee_of.items()}, days)
        agree(residents, JOINED)
        return self.people


def invented_name(number: int) -> str:
    """Return a name that is plainly none, with a first character that differs from the next one's."""
    return f"{STEMS[number % len(STEMS)]}示范{number:03d}"


def resident(user: User, home: Area, verified: bool, volunteer: bool, *, number: str, rng: Random) -> Resident:
    """Return the unsaved profile of somebody who lives at `home`; an ID number is known of who is verified.

    When all numbers are given out nobody more is verified.
    """
    verified = verified and bool(number)
    door = f"{rng.randrange(1, 19)} 栋 {rng.randrange(1, 5)} 单元 {rng.randrange(1, 7)}0{rng.randrange(1, 5)}"
    return Resident(
        user=user,
        name=user.name,
        phone=user.phone or "",
        id_number=number if verified else "",
        address=f"{home.name} {door}",
        home=home,
        town=home.town,
        is_volunteer=volunteer,
        verification=Verification.VERIFIED if verified else Verification.UNVERIFIED,
        verified_at=JOINED if verified else None,
        created_at=JOINED,
    )


def listed_names() -> list[str]:
    """Return the user names that the demo's visitors sign in with."""
    rows = tomllib.loads(ACCOUNTS_FILE.read_text(encoding="utf-8"))["account"]
    own = [f"resident{number}" for number in range(1, HOME_RESIDENTS + 1)]
    return [*own, "newcomer", "resident_other", *(name for row in rows for name in row["usernames"])]


def build_people(
    places: Places, units: Units, scale: float, rng: Random, numbers: Iterator[str], at: datetime
) -> People:
    """Insert the demo accounts, workers and a handler for every place, and plain residents."""
    hiring = Hiring()
    add_home_residents(hiring, places)
    add_listed(hiring, places, units)
    add_workers(hiring, places)
    add_handlers(hiring, places, units)
    add_residents(hiring, places, max(len(places.committees), round(RESIDENTS * scale)), rng)
    # Last of all, so that accounts keep their numbers whatever the number of workers is.
    add_colleagues(hiring, places, round(COMMUNITY_WORKERS * scale))
    return hiring.save(places, numbers, rng, at)


def other_community(places: Places) -> Area:
    """Return the community in another town that worker_other and resident_other belong to."""
    return places.named(tomllib.loads(ACCOUNTS_FILE.read_text(encoding="utf-8"))["other_community"])


def add_home_residents(hiring: Hiring, places: Places) -> None:
    """Add resident1 to resident9, newcomer and resident_other."""
    for number in range(1, HOME_RESIDENTS + 1):
        hiring.lives(hiring.account(f"resident{number}"), places.home, volunteer=number <= VOLUNTEERS_OF_HOME)
    hiring.lives(hiring.account("newcomer"), places.home, verified=False)
    hiring.lives(hiring.account("resident_other"), places.below[other_community(places).pk][0])


def add_listed(hiring: Hiring, places: Places, units: Units) -> None:
    """Add the accounts of accounts.toml with their appointments."""
    community = next(area for area in places.committees if area.covers(places.home))
    areas = {
        "home": places.home,
        "community": community,
        "town": places.home.town,
        "district": places.district,
        "other_community": other_community(places),
    }
    acting = {
        **units.by_word,
        "home_company": units.companies[places.home.pk],
        "home_owners": units.owners[places.home.pk],
    }
    for row in tomllib.loads(ACCOUNTS_FILE.read_text(encoding="utf-8"))["account"]:
        area = areas[row["over"]] if "over" in row else None
        unit = acting[row["of"]] if "of" in row else None
        for username in row["usernames"]:
            role = Role(row["role"])
            rights = {"is_staff": role in BACK_OFFICE, "is_superuser": role == Role.ADMINISTRATOR}
            hiring.appoint(hiring.account(username, **rights), role, area=area, unit=unit)


BACK_OFFICE = frozenset({Role.DISCLOSURE_EDITOR, Role.ADMINISTRATOR})


def add_workers(hiring: Hiring, places: Places) -> None:
    """Give each town an officer, and each community and village a worker, where no demo account is one already."""
    for held in hiring.appointments:
        if held.role == Role.COMMUNITY_WORKER and held.area is not None:
            hiring.people.workers.setdefault(held.area.pk, held.user)
        if held.role == Role.TOWN_OFFICER and held.area is not None:
            hiring.people.town_officers[held.area.pk] = held.user
    for town in places.towns:
        if town.pk not in hiring.people.town_officers:
            hiring.people.town_officers[town.pk] = hiring.account(f"town-{town.code}")
            hiring.appoint(hiring.people.town_officers[town.pk], Role.TOWN_OFFICER, area=town)
    for area in places.committees:
        if area.pk not in hiring.people.workers:
            hiring.people.workers[area.pk] = hiring.account(f"worker-{area.code}")
            hiring.appoint(hiring.people.workers[area.pk], Role.COMMUNITY_WORKER, area=area)


def add_colleagues(hiring: Hiring, places: Places, wanted: int) -> None:
    """Add workers until the communities have so many, and give each the compounds that they look after (包联)."""
    urban = [area for area in places.committees if area.kind == AreaKind.COMMUNITY]
    teams: dict[int, list[User]] = {area.pk: [] for area in urban}
    for held in hiring.appointments:
        if held.role == Role.COMMUNITY_WORKER and held.area is not None and held.area.pk in teams:
            teams[held.area.pk].append(held.user)
    missing = max(0, wanted - sum(map(len, teams.values())))
    weights = [float(len(places.below[area.pk])) for area in urban]
    for area, share in zip(urban, shares(missing, weights), strict=True):
        for number in range(2, share + 2):
            user = hiring.account(f"worker-{area.code}-{number:02d}", can_sign_in=False)
            hiring.appoint(user, Role.COMMUNITY_WORKER, area=area)
            teams[area.pk].append(user)
        look_after(hiring, teams[area.pk], places.below[area.pk])


def look_after(hiring: Hiring, team: list[User], compounds: list[Area]) -> None:
    """Give every compound somebody of the team, and everybody of the team a compound."""
    for index in range(max(len(team), len(compounds))):
        hiring.appoint(team[index % len(team)], Role.STEWARD, area=compounds[index % len(compounds)])


def add_handlers(hiring: Hiring, places: Places, units: Units) -> None:
    """Give every unit somebody who handles: one account for all of a community's, one for each office."""
    company = units.companies[places.home.pk]
    hiring.people.handlers[company.pk] = hiring.people.by_name["handler"]
    offices = {**units.by_word, **{f"town{pk}": unit for pk, unit in units.town_offices.items()}}
    for number, unit in enumerate(offices.values(), start=1):
        handle(hiring, hiring.account(f"handler-office{number:02d}"), unit)
    for area in places.committees:
        user = hiring.account(f"handler-{area.code}")
        handle(hiring, user, units.committees[area.pk])
        for leaf in places.below[area.pk]:
            for served in (units.companies.get(leaf.pk), units.owners.get(leaf.pk)):
                if served is not None and served.pk not in hiring.people.handlers:
                    handle(hiring, user, served)


def handle(hiring: Hiring, user: User, unit: Unit) -> None:
    """Make a person handle for a unit."""
    hiring.people.handlers[unit.pk] = user
    hiring.appoint(user, Role.HANDLER, unit=unit)


def add_residents(hiring: Hiring, places: Places, wanted: int, rng: Random) -> None:
    """Add plain residents, who report and endorse but can't sign in; communities have more than villages."""
    weights = [3.0 if area.kind == AreaKind.COMMUNITY else 1.0 for area in places.committees]
    numbers = count(1)
    for area, share in zip(places.committees, shares(wanted, weights, least=1), strict=True):
        for _ in range(share):
            user = hiring.account(f"resident-{next(numbers):04d}", can_sign_in=False)
            home = rng.choice(places.below[area.pk])
            hiring.lives(user, home, verified=rng.random() < 0.85, volunteer=rng.random() < 0.15)
