"""People: permission check and desk with 40 appointments beside one, and the search of 700,000 residents beside 7,000.

The worker with one appointment holds it over the town in whose communities the other one has forty, so that
both look at the same work. Residents are found as the desk's search finds them, by the worker with forty
appointments and by the officer of the town, by their blind indexes.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.bench.databases import using
from tests.bench.pages import ROUNDS, Series, count_queries

SMALL, LARGE = "gongzhi_bench_people_small", "gongzhi_bench_people_large"
RESIDENTS = {SMALL: 7_000, LARGE: int(os.environ.get("BENCH_RESIDENTS", "700000"))}
APPOINTMENTS = 40
ISSUES = 2_000
CALLS = 40
PHONE, ID_NUMBER = "13900000001", "110101199003070000"
RARE, COMMON = "欧阳", "李"
MOST = 1.3


def prepare(database: str) -> None:
    """Make the district, its residents, and two workers with the same places: one appointment, and forty."""
    from django.core.management import call_command
    from django.db import connection

    from community.encryption import blind_index
    from community.models.areas import AreaKind
    from community.roles import Role
    from tests.bench.databases import fill
    from tests.factories import AppointmentFactory, AreaFactory, UserFactory, build_district

    with using(database):
        call_command("migrate", verbosity=0)
        district = build_district()
        town = AreaFactory(parent=district.area, kind=AreaKind.TOWN, name="北园街道")
        one, many, officer = (UserFactory(username=name) for name in ("one", "many", "officer"))
        AppointmentFactory(user=one, role=Role.COMMUNITY_WORKER, area=town)
        AppointmentFactory(user=officer, role=Role.TOWN_OFFICER, area=town)
        for number in range(APPOINTMENTS):
            community = AreaFactory(parent=town, kind=AreaKind.COMMUNITY, name=f"社区 {number}")
            AreaFactory(parent=community, kind=AreaKind.COMPOUND, name=f"小区 {number}")
            AppointmentFactory(user=many, role=Role.COMMUNITY_WORKER, area=community)
        fill(ISSUES)
        with connection.cursor() as cursor:
            cursor.execute(WAITING, {"path": town.path})
            cursor.execute(PEOPLE, {"n": RESIDENTS[database], "common": blind_index("surname", COMMON)})
        add_searched(town)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def add_searched(town: Any) -> None:
    """Add those who are looked for: more than a page of a rare and of a common surname in one community.

    The first of them has the phone and the ID number.
    """
    from community.models import Area, Resident
    from community.views.residents import PAGE_SIZE

    home = Area.objects.within(town).filter(kind="compound").first()
    for surname in (RARE, COMMON):
        for number in range(PAGE_SIZE + 1):
            is_first = surname == RARE and number == 0
            Resident.objects.create(
                name=f"{surname}示范{number}",
                phone=PHONE if is_first else "",
                id_number=ID_NUMBER if is_first else "",
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


def search(username: str, how: str, text: str) -> int:
    """Find residents as the desk does; return how many rows a page would be made from."""
    from community.models import Area, User
    from community.views.residents import found_residents

    user, area = User.objects.get(username=username), Area.objects.get(name="社区 0")
    data = {"by": how, "text": text, "area": area.pk, "after": None}
    return len(found_residents(user, data, [area]))


# What is looked for: (who looks, how, the text, whether there is more than a page of it).
SEARCHES = {
    "phone": ("many", "phone", PHONE, False),
    "ID number": ("many", "id_number", ID_NUMBER, False),
    "a rare surname": ("many", "surname", RARE, True),
    "a common surname": ("many", "surname", COMMON, True),
    "phone, in a town": ("officer", "phone", PHONE, False),
    "a common surname, in a town": ("officer", "surname", COMMON, True),
}


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

    from community.views.residents import PAGE_SIZE

    # Staff sign in in two steps elsewhere; here they have no second factor, as in the demo.
    with using(LARGE), override_settings(STAFF_SECOND_FACTOR=False):
        desks = {name: desk_of(name) for name in ("one", "many")}
        calls: dict[str, tuple[str, Callable[[], Any], Any]] = {
            "check one": (LARGE, lambda: check("one"), True),
            "check many": (LARGE, lambda: check("many"), True),
            "desk one": (LARGE, desks["one"], 200),
            "desk many": (LARGE, desks["many"], 200),
        }
        for name, (username, how, text, is_many) in SEARCHES.items():
            call = partial(search, username, how, text)
            for database in (SMALL, LARGE):
                calls[f"{name} {database}"] = (database, call, PAGE_SIZE + 1 if is_many else 1)
        series = measure(calls)
    pairs = [
        ("permission check, 40 appointments : 1", series["check one"], series["check many"]),
        ("desk, 40 appointments : 1", series["desk one"], series["desk many"]),
        *(
            (
                f"residents by {name}, {RESIDENTS[LARGE]:,} : {RESIDENTS[SMALL]:,}",
                series[f"{name} {SMALL}"],
                series[f"{name} {LARGE}"],
            )
            for name in SEARCHES
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
SELECT '', CASE WHEN n %% 300 = 0 THEN %(common)s ELSE md5('surname' || n %% 300) END, '', md5('phone' || n), '', md5('id' || n), '', homes.id, homes.town_id,
    'unverified', false, now(), NULL
FROM generate_series(1, %(n)s) AS n JOIN homes ON homes.home = n %% homes.homes
"""
