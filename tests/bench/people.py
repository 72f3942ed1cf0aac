"""People: permission check and desk with 40 appointments beside one, and the search of 700,000 residents beside 7,000.

The worker with one appointment holds it over the town in whose communities the other one has forty, so that
both look at the same work. Residents are found by their blind indexes.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

from tests.bench.databases import using
from tests.bench.pages import ROUNDS, Series, count_queries

SMALL, LARGE = "gongzhi_bench_people_small", "gongzhi_bench_people_large"
RESIDENTS = {SMALL: 7_000, LARGE: int(os.environ.get("BENCH_RESIDENTS", "700000"))}
APPOINTMENTS = 40
ISSUES = 2_000
CALLS = 40
FOUND = 20
PHONE, ID_NUMBER, SURNAME = "13900000001", "110101199003070000", "欧阳"
MOST = 1.3


def prepare(database: str) -> None:
    """Make the district, its residents, and two workers with the same places: one appointment, and forty."""
    from django.core.management import call_command
    from django.db import connection

    from community.models.areas import AreaKind
    from community.roles import Role
    from tests.bench.databases import fill
    from tests.factories import AppointmentFactory, AreaFactory, UserFactory, build_district

    with using(database):
        call_command("migrate", verbosity=0)
        district = build_district()
        town = AreaFactory(parent=district.area, kind=AreaKind.TOWN, name="北园街道")
        one, many = UserFactory(username="one"), UserFactory(username="many")
        AppointmentFactory(user=one, role=Role.COMMUNITY_WORKER, area=town)
        for number in range(APPOINTMENTS):
            community = AreaFactory(parent=town, kind=AreaKind.COMMUNITY, name=f"社区 {number}")
            AreaFactory(parent=community, kind=AreaKind.COMPOUND, name=f"小区 {number}")
            AppointmentFactory(user=many, role=Role.COMMUNITY_WORKER, area=community)
        fill(ISSUES)
        with connection.cursor() as cursor:
            cursor.execute(WAITING, {"path": town.path})
            cursor.execute(PEOPLE, {"n": RESIDENTS[database]})
        add_searched(town)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def add_searched(town: Any) -> None:
    """Add those who are looked for: one page of a surname in one community, the first with the phone and ID number."""
    from community.encryption import blind_index
    from community.models import Area, Resident
    from community.models.people import id_index

    home = Area.objects.within(town).filter(kind="compound").first()
    for number in range(FOUND):
        first = number == 0
        Resident.objects.create(
            name=f"{SURNAME}示范{number}",
            surname_index=blind_index("surname", SURNAME),
            phone=PHONE if first else "",
            phone_index=blind_index("phone", PHONE) if first else None,
            id_number=ID_NUMBER if first else "",
            id_index=id_index(ID_NUMBER) if first else None,
            home=home,
            town=town,
        )


def check(username: str) -> bool:
    """Ask once whether a worker may handle an issue, with everything read afresh as in a request."""
    from community.models import User
    from deliberation.models import Issue
    from deliberation.permissions import can_accept

    user = User.objects.get(username=username)
    issue = Issue.objects.select_related("area").filter(area__name="社区 39").first()
    return bool(can_accept(user, issue))


def search(how: str) -> int:
    """Find residents in one way; return how many were found."""
    from community.models import Area, Resident

    area = Area.objects.get(name="社区 0")
    found = {
        "phone": lambda: Resident.objects.living_in(area).with_phone(PHONE),
        "ID number": lambda: Resident.objects.living_in(area).with_id_number(ID_NUMBER),
        "surname": lambda: Resident.objects.living_in(area).with_surname(SURNAME),
    }[how]()
    return len(list(found.order_by("pk")[:FOUND]))


EXPECTED = {"phone": 1, "ID number": 1, "surname": FOUND}


def desk_of(username: str) -> Callable[[], int]:
    """Return a call that opens the desk as somebody and gives the answer's status."""
    from django.test import Client

    from community.models import User

    client = Client(headers={"accept-language": "zh-CN"}, SERVER_NAME="localhost")
    client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
    return lambda: client.get("/desk/").status_code


def measure(calls: dict[str, tuple[str, Callable[[], Any], Any]]) -> dict[str, Series]:
    """Return a series for each call {name: (database, call, what it has to give)}, the rounds interleaved."""
    series = {}
    for name, (database, call, expected) in calls.items():
        with using(database):
            assert call() == expected, name
            call()
            # The generation of kept pages is read once a second, by whichever call comes then.
            series[name] = Series(queries=min(count_queries(call) for _count in range(3)))
    for _round in range(ROUNDS):
        for name, (database, call, _expected) in calls.items():
            with using(database):
                call()
                start = time.perf_counter()
                for _call in range(CALLS):
                    call()
                series[name].seconds.append((time.perf_counter() - start) / CALLS)
    return series


def table() -> tuple[list[str], list[str]]:
    """Return the rows of the report, and one line for each claim that does not hold."""
    from django.test import override_settings

    # Staff sign in in two steps elsewhere; here they have no second factor, as in the demo.
    with using(LARGE), override_settings(STAFF_SECOND_FACTOR=False):
        desks = {name: desk_of(name) for name in ("one", "many")}
        calls: dict[str, tuple[str, Callable[[], Any], Any]] = {
            "check one": (LARGE, lambda: check("one"), True),
            "check many": (LARGE, lambda: check("many"), True),
            "desk one": (LARGE, desks["one"], 200),
            "desk many": (LARGE, desks["many"], 200),
        }
        for how, expected in EXPECTED.items():
            for database in (SMALL, LARGE):
                calls[f"{how} {database}"] = (database, lambda how=how: search(how), expected)  # type: ignore[misc]
        series = measure(calls)
    pairs = [
        ("permission check, 40 appointments : 1", series["check one"], series["check many"]),
        ("desk, 40 appointments : 1", series["desk one"], series["desk many"]),
        *(
            (
                f"residents by {how}, {RESIDENTS[LARGE]:,} : {RESIDENTS[SMALL]:,}",
                series[f"{how} {SMALL}"],
                series[f"{how} {LARGE}"],
            )
            for how in EXPECTED
        ),
    ]
    rows, faults = ["| what | queries, small | queries, large | time large : small |", "|---|---|---|---|"], []
    for name, small, large in pairs:
        growth = statistics.median(large.seconds) / statistics.median(small.seconds)
        rows.append(f"| {name} | {small.queries} | {large.queries} | {growth:.2f} |")
        if small.queries != large.queries:
            faults.append(f"{name}: not as many queries")
        if growth > MOST:
            faults.append(f"{name}: not at most {MOST} times as long")
    return rows, faults


# Half of the issues of the town wait for its workers.
WAITING = """
UPDATE community_clock c SET holder_role = 'community_worker', holder_unit_id = NULL
FROM community_area a WHERE a.id = c.area_id AND a.path LIKE %(path)s || '%%'
"""
PEOPLE = """
WITH homes AS (
    SELECT a.id, a.town_id, row_number() OVER (ORDER BY a.path) - 1 AS home, count(*) OVER () AS homes
    FROM community_area a WHERE a.kind = 'compound'
)
INSERT INTO community_resident (
    name, surname_index, phone, phone_index, id_number, id_index, address, home_id, town_id, verification, is_volunteer,
    created_at, expiry_told_for
)
SELECT '', md5('surname' || n %% 300), '', md5('phone' || n), '', md5('id' || n), '', homes.id, homes.town_id,
    'unverified', false, now(), NULL
FROM generate_series(1, %(n)s) AS n JOIN homes ON homes.home = n %% homes.homes
"""
