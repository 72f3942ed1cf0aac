"""The file of dwellings and their owners: one row an owner, rows of one dwelling below each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from community.imports import cells
from community.imports.cells import BadCell
from community.imports.faults import BadFile
from community.imports.workbook import Cells, Table, headings

CODE, BUILDING, ENTRANCE, ROOM = "小区代码", "楼栋", "单元", "室号"
AREA, BASIS, DEVELOPERS = "专有面积(平方米)", "面积依据", "开发企业未售"
OWNER, DOCUMENT, SHARE, FROM, UNTIL = "业主", "证件号", "份额", "产权起", "产权止"
COLUMNS = (CODE, BUILDING, ENTRANCE, ROOM, AREA, BASIS, DEVELOPERS, OWNER, DOCUMENT, SHARE, FROM, UNTIL)
BASES = {"登记": "register", "测绘": "survey", "合同": "contract"}
YES_NO = {"是": True, "否": False}
# 10,000 m2: no dwelling is larger, and a plot in m2 is.
AREA_MOST = 1_000_000
PLACE_MOST, NAME_MOST = 20, 60


@dataclass(frozen=True)
class OwnerRow:
    """One row without a mistake of its own."""

    row: int
    code: str
    building: str
    entrance: str
    room: str
    floor_area: int
    basis: str
    is_developers: bool
    owner: str
    document: str
    share: Fraction
    starts_on: date
    ends_on: date | None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return which dwelling it is."""
        return self.code, self.building, self.entrance, self.room


Dwelt = list[OwnerRow]
FaultOfCode = Callable[[str], str]


def read_row(
    number: int, row: Cells, places: dict[str, int], table: Table, today: date, fault_of_code: FaultOfCode
) -> OwnerRow | None:
    """Return a row's values; None, with each mistake noted, where it has any."""
    before = table.faults.count

    def value(column: str, read: Callable[..., Any], **how: Any) -> Any:
        try:
            return read(cells.plain(row[places[column]]), **how)
        except BadCell as wrong:
            table.faults.add(table.name, number, column, str(wrong))
            return None

    developers = value(DEVELOPERS, lambda found: YES_NO["否"] if found in (None, "") else cells.one_of(found, YES_NO))
    values = {
        "code": value(CODE, known_code, fault_of_code=fault_of_code),
        "building": value(BUILDING, cells.text, most=PLACE_MOST),
        "entrance": value(ENTRANCE, cells.text, most=PLACE_MOST, required=False),
        "room": value(ROOM, cells.text, most=PLACE_MOST),
        "floor_area": value(AREA, cells.floor_area, most=AREA_MOST),
        "basis": value(BASIS, cells.one_of, choices=BASES),
        "is_developers": developers,
        "owner": value(OWNER, cells.text, most=NAME_MOST),
        "document": value(DOCUMENT, cells.document, company=bool(developers)),
        "share": value(SHARE, cells.share),
        "starts_on": value(FROM, cells.day),
        "ends_on": value(UNTIL, cells.day, required=False),
    }
    check_days(values["starts_on"], values["ends_on"], number, table, today)
    return OwnerRow(row=number, **values) if table.faults.count == before else None


def known_code(found: Any, *, fault_of_code: FaultOfCode) -> str:
    """Return the code of a compound that can be read in to."""
    code = cells.text(found, most=PLACE_MOST)
    if fault := fault_of_code(code):
        raise BadCell(fault)
    return code


def check_days(starts_on: date | None, ends_on: date | None, number: int, table: Table, today: date) -> None:
    """Note days that have not come, and an end before its start."""
    if starts_on is not None and starts_on > today:
        table.faults.add(table.name, number, FROM, _("这一天还没到。"))
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        table.faults.add(table.name, number, UNTIL, _("产权止早于产权起。"))


def read_rows(table: Table, today: date, fault_of_code: FaultOfCode) -> Iterator[OwnerRow]:
    """Return the rows that have no mistake of their own; BadFile where there is nothing to read."""
    rows = table.rows()
    first = next(rows, None)
    if first is None:
        raise BadFile(_("表是空的。"), sheet=table.name)
    places = headings(first[1], COLUMNS, table, first[0])
    if places is None:
        return
    seen = False
    for number, row in rows:
        seen = True
        found = read_row(number, row, places, table, today, fault_of_code)
        if found is not None:
            yield found
    if not seen:
        raise BadFile(_("只有表头，没有房屋。"), sheet=table.name, row=first[0])


def dwellings(table: Table, today: date, fault_of_code: FaultOfCode) -> Iterator[Dwelt]:
    """Return the rows dwelling by dwelling, those that fit together alone.

    `fault_of_code` says why a compound's code can't be had, or '' where it can.
    """
    for _key, rows in groupby(read_rows(table, today, fault_of_code), key=lambda row: row.key):
        together = list(rows)
        if fits(together, table):
            yield together


def fits(rows: Dwelt, table: Table) -> bool:
    """Note what does not fit among the owners of one dwelling; return whether all does."""
    before, first = table.faults.count, rows[0]
    for row in rows[1:]:
        for column, mine, its in (
            (AREA, row.floor_area, first.floor_area),
            (BASIS, row.basis, first.basis),
            (DEVELOPERS, row.is_developers, first.is_developers),
        ):
            if mine != its:
                table.faults.add(
                    table.name, row.row, column, _("和第 %(row)d 行的同一套房不一样。") % {"row": first.row}
                )
    standing = [row for row in rows if row.ends_on is None]
    owners = [row.document or row.owner for row in standing]
    for index, row in enumerate(standing):
        if owners[index] in owners[:index]:
            table.faults.add(table.name, row.row, OWNER, _("同一套房的同一位业主写了两次。"))
    if sum(row.share for row in standing) != 1:
        last = (standing or rows)[-1]
        table.faults.add(table.name, last.row, SHARE, _("这套房现在的业主，份额加起来不是 1。"))
    return table.faults.count == before
