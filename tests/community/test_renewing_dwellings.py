"""A file that brings registered dwellings up to date: other owners, numbers that were missing, an area."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from community.models import Dwelling, Resident
from community.models.people import id_index
from community.workflow.dwellings import Report, import_dwellings
from tests.community.owning import owners, whole_on_every_day
from tests.community.threads import elsewhere
from tests.community.workbooks import book_of, file_of, row
from tests.confirming import confirm
from tests.factories import District, ResidentFactory, build_district
from tests.factories.verifying import id_number_of

pytestmark = pytest.mark.django_db
NUMBER, OTHER, MINE = id_number_of(), id_number_of(order=103), id_number_of(order=107)
SINCE, SOLD = date(2019, 6, 18), date(2024, 5, 1)
AREA = "专有面积(平方米)"


def read(district: District, *lines: list[Any], renew: bool = True, **how: Any) -> Report:
    return import_dwellings(file_of(book_of(lines)), by=district.worker, at=timezone.now(), renew=renew, **how)


def faults(report: Report) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.reason) for one in report.faults.listed]


@pytest.fixture
def registered(district: District) -> Dwelling:
    """Return a dwelling with two owners, one of whom has no number."""
    assert read(district, row(份额="1/2", 证件号=NUMBER), row(业主="乙示范002", 份额="1/2"), renew=False).is_clean
    return Dwelling.objects.get()


def sale(**given: Any) -> list[Any]:
    return row(业主="丙示范003", 证件号=OTHER, 份额="1/2", 产权起=SOLD, **given)


def test_a_file_hands_on_and_brings_new_ones(district: District, registered: Dwelling) -> None:
    report = read(district, row(份额="1/2", 证件号=NUMBER), sale(), row(室号="102"))
    assert (faults(report), report.dwellings, report.owners, report.renewed) == ([], 1, 1, 1)
    assert owners(registered) == [
        ("甲示范001", "1/2", SINCE, None), ("乙示范002", "1/2", SINCE, date(2024, 4, 30)),
        ("丙示范003", "1/2", SOLD, None),
    ]  # fmt: skip
    assert whole_on_every_day(registered)
    assert ModelLogEntry.objects.filter(action="dwelling.transfer").count() == 1
    # The same file again finds nothing to do; only the new dwelling of last time is compared too.
    again = read(district, row(份额="1/2", 证件号=NUMBER), sale(), row(室号="102"))
    assert (faults(again), again.dwellings, again.renewed) == ([], 0, 0)


def test_without_the_mark_a_registered_dwelling_is_a_mistake(district: District, registered: Dwelling) -> None:
    report = read(district, row(份额="1/2"), sale(), renew=False)
    assert faults(report) == [(2, "楼栋", "这套房已经登记过了。")]


def test_a_file_names_the_last_day_of_who_went(district: District, registered: Dwelling) -> None:
    stays, went = row(份额="1/2", 证件号=NUMBER), {"业主": "乙示范002", "份额": "1/2"}
    wrong = read(district, stays, row(**went, 产权止=date(2024, 4, 1)), sale())
    assert faults(wrong) == [(3, "产权止", "要是新业主产权起的前一天：2024-04-30。")]
    right = read(district, stays, row(**went, 产权止=date(2024, 4, 30)), sale())
    assert (faults(right), right.renewed) == ([], 1)


def test_a_file_with_other_shares(district: District, registered: Dwelling) -> None:
    """Who stays with another share may keep the first day in their row."""
    report = read(district, row(份额="1/4", 证件号=NUMBER), row(业主="丙示范003", 份额="3/4", 产权起=SOLD))
    assert faults(report) == []
    assert owners(registered)[2:] == [("甲示范001", "1/4", SOLD, None), ("丙示范003", "3/4", SOLD, None)]
    assert whole_on_every_day(registered)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            [row(份额="1/4", 证件号=NUMBER), row(业主="乙示范002", 份额="3/4")],
            (2, "产权起", "份额变了：产权起请填变的那一天。"),
        ),
        (
            [row(业主="丙示范003", 份额="1/2", 产权起=SOLD), row(业主="丁示范004", 份额="1/2", 产权起=date(2024, 6, 1))],
            (3, "产权起", "和第 2 行的新业主不是同一天，请分两次导入。"),
        ),
        ([row(业主="丙示范003")], (2, "产权起", "要晚于已经登记的最后一天：2019-06-18。")),
        ([row(业主="丙示范003", 份额="1/2", 产权起=SOLD)], (2, "份额", "这套房现在的业主，份额加起来不是 1。")),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit(
    district: District, registered: Dwelling, lines: list[list[Any]], expected: tuple[int, str, str]
) -> None:
    before = owners(registered)
    assert faults(read(district, *lines, row(室号="102"))) == [expected]
    assert (owners(registered), Dwelling.objects.count()) == (before, 1)


def test_a_file_fills_in_a_number_and_an_area(district: District, registered: Dwelling) -> None:
    buyer = Resident.objects.get(user=district.resident)
    shared = {AREA: 90}
    report = read(
        district,
        row(份额="1/2", 证件号=NUMBER, **shared),
        row(业主="乙示范002", 份额="1/2", 证件号=buyer.id_number, **shared),
    )
    assert (faults(report), report.renewed) == ([], 1)
    second = registered.ownerships.get(owner_name__isnull=False, resident=buyer)
    assert (second.id_number, second.starts_on, second.ends_on) == (buyer.id_number, SINCE, None)
    assert Dwelling.objects.get().floor_area == 9000


def test_a_registered_dwelling_stands_once_in_a_file(district: District, registered: Dwelling) -> None:
    same = [row(份额="1/2", 证件号=NUMBER), row(业主="乙示范002", 份额="1/2")]
    assert faults(read(district, *same, row(室号="102"), *same)) == [(5, "楼栋", "前面的行里已经有这套房了。")]


def test_a_dry_run_hands_nothing_on(district: District, registered: Dwelling) -> None:
    report = read(district, row(份额="1/2", 证件号=NUMBER), sale(), dry_run=True)
    assert (report.is_clean, report.renewed) == (True, 1)
    assert len(owners(registered)) == 2


OWN = "自己和自家人的房，要由别人登记。"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([row(份额="1/2", 证件号=NUMBER), row(业主="丙示范003", 份额="1/2", 证件号=MINE, 产权起=SOLD)], (3, "业主", OWN)),
        ([row(份额="1/2", 证件号=NUMBER), row(业主="乙示范002", 份额="1/2", 证件号=MINE)], (3, "业主", OWN)),
    ],
)  # fmt: skip
def test_nobody_brings_a_home_up_to_be_their_own(
    district: District, registered: Dwelling, lines: list[list[Any]], expected: tuple[int, str, str]
) -> None:
    ResidentFactory(user=district.worker, home=district.compound, id_number=MINE)
    before = owners(registered)
    assert faults(read(district, *lines)) == [expected]
    assert (owners(registered), registered.ownerships.filter(id_index=id_index(MINE)).count()) == (before, 0)


def test_nobody_changes_what_is_their_own(district: District, registered: Dwelling) -> None:
    ResidentFactory(user=district.worker, home=district.compound, id_number=NUMBER)
    second = row(业主="乙示范002", 份额="1/2")
    assert faults(read(district, sale(), second)) == [(2, "业主", OWN)]
    larger = [row(份额="1/2", 证件号=NUMBER, **{AREA: 99}), row(业主="乙示范002", 份额="1/2", **{AREA: 99})]
    assert faults(read(district, *larger)) == [(2, "业主", OWN)]
    assert faults(read(district, row(份额="1/2", 证件号=NUMBER), second)) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one transaction at a time")
@pytest.mark.django_db(transaction=True)
def test_a_file_does_not_wait_for_a_transfer() -> None:
    district = build_district()
    assert read(district, row(), renew=False).is_clean
    with transaction.atomic():
        Dwelling.objects.select_for_update().get()
        report = elsewhere(lambda: read(district, row(**{AREA: 90})))
    assert faults(report) == [(0, "", "同时有人在登记同样的房屋，没有导入。请再试一次。")]


def test_the_desk_brings_owners_up_to_date(district: District, client_of: Any, registered: Dwelling) -> None:
    client, address = confirm(client_of(district.worker)), reverse("dwelling_import")

    def send(step: str, **more: str) -> Any:
        file = file_of(book_of([row(份额="1/2", 证件号=NUMBER), sale()]))
        return client.post(address, {"file": file, "step": step, **more})

    assert "这套房已经登记过了" in send("check").content.decode()
    checked = send("check", renew="on").content.decode()
    assert "1 套登记过的房要更新" in checked
    # What was checked in one way is not imported in the other.
    assert send("import").status_code == 409
    send("check", renew="on")
    assert "更新了 1 套登记过的房" in send("import", renew="on").content.decode()
    assert registered.ownerships.standing().count() == 2


def test_the_command_brings_up_to_date(district: District, registered: Dwelling, tmp_path: Any, capsys: Any) -> None:
    path = tmp_path / "sold.xlsx"
    path.write_bytes(file_of(book_of([row(份额="1/2", 证件号=NUMBER), sale()])).getvalue())
    call_command("import_dwellings", str(path), renew=True)
    assert "0 dwellings with 0 ownerships imported, 1 brought up to date" in capsys.readouterr().out
