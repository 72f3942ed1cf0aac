"""Dwellings and their owners, read in from a file: all of it or nothing.

A file brings new dwellings. Sent to bring owners up to date, it may name dwellings that are registered too: who
owns them now, and from which day (`Renewal`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import IO

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community import permissions
from community.acting import lock_roles
from community.errors import NotAllowed
from community.imports.dwellings import BUILDING, FROM, OWNER, UNTIL, Dwelt, OwnerRow, dwellings
from community.imports.faults import BadFile, Faults
from community.imports.workbook import Table, opened
from community.log import record
from community.models import Area, Dwelling, Ownership, User
from community.models.areas import AreaKind
from community.models.people import id_index, id_indexes
from community.workflow.ownership import (
    DAY,
    Near,
    fresh_ownership,
    latest_day,
    near_to,
    verified_by_index,
    write_change,
)
from community.workflow.terms import day_of

BATCH = 500
OWN = gettext_lazy("自己和自家人的房，要由别人登记。")
BUSY = gettext_lazy("同时有人在登记同样的房屋，没有导入。请再试一次。")


@dataclass
class Report:
    """What came of a file: how much was read in, or would be; or what is wrong, and then nothing was.

    `renewed` counts the dwellings that were registered before and are not as they were.
    """

    faults: Faults = field(default_factory=Faults)
    dwellings: int = 0
    owners: int = 0
    renewed: int = 0
    is_dry_run: bool = False

    @property
    def is_clean(self) -> bool:
        """Return whether the file has no mistake."""
        return self.faults.count == 0


class Undo(Exception):  # noqa: N818  (it takes back what was written, and is no error)
    """Rolls back a dry run, and a file with a mistake."""


def import_dwellings(file: IO[bytes], *, by: User, at: datetime, dry_run: bool = False, renew: bool = False) -> Report:
    """Read a file of dwellings; a file with a mistake changes nothing, and neither does a dry run.

    With `renew` a dwelling that is registered is brought up to date, else it is a mistake.
    """
    report = Report(is_dry_run=dry_run)
    try:
        with transaction.atomic():
            lock_roles(by)
            if not permissions.imports_dwellings_somewhere(by):
                raise NotAllowed(_("只有社区工作者和镇街干部可以导入房屋。"))
            Intake(report, by, at, renew=renew).read(file)
            if dry_run or not report.is_clean:
                raise Undo
    except Undo:
        pass
    except BadFile as bad:
        report.faults.add(bad.fault.sheet, bad.fault.row, bad.fault.column, bad.fault.reason)
    except IntegrityError:
        report.faults.add("", 0, "", str(BUSY))
    return report


class Intake:
    """One reading of a file: rows in, rows of the tables out, a few hundred dwellings at a time."""

    def __init__(self, report: Report, by: User, at: datetime, *, renew: bool) -> None:
        self.report, self.by, self.at, self.renew = report, by, at, renew
        self.today = day_of(at)
        self.near = near_to(by)
        self.places: dict[str, Area | str] = {}
        self.counts: Counter[str] = Counter()
        self.renewed: set[int] = set()
        # Whatever is newer was read in from this very file.
        self.newest_before = Dwelling.objects.aggregate(newest=Max("pk"))["newest"] or 0

    def read(self, file: IO[bytes]) -> None:
        """Read all of a file, and log it place by place."""
        with opened(file, self.report.faults) as table:
            source = dwellings(table, self.today, self.fault_of_code)
            while batch := list(islice(source, BATCH)):
                self.take(batch, table)
        for code, count in sorted(self.counts.items()):
            place = self.places[code]
            assert isinstance(place, Area)
            record(place, "dwelling.import", by=self.by, at=self.at, dwellings=count)

    def take(self, batch: list[Dwelt], table: Table) -> None:
        """Insert what of a batch is new and has no mistake, and bring up to date what is registered."""
        known = self.known(batch)
        fresh: list[Dwelt] = []
        standing: dict[int, Dwelt] = {}
        for rows in batch:
            key, first = known.get(rows[0].key), rows[0]
            if key is None:
                known[first.key] = self.newest_before + 1
                fresh.append(rows)
                note_own([row for row in rows if self.near.has_number(row.document)], table)
            elif key > self.newest_before or key in self.renewed:
                table.faults.add(table.name, first.row, BUILDING, _("前面的行里已经有这套房了。"))
            elif self.renew:
                self.renewed.add(key)
                standing[key] = rows
            else:
                table.faults.add(table.name, first.row, BUILDING, _("这套房已经登记过了。"))
        self.insert(fresh)
        if standing:
            self.bring_up_to_date(standing, table)

    def fault_of_code(self, code: str) -> str:
        """Return why the compound of a code can't be had, or ''; each is looked for once a file."""
        if code not in self.places:
            area = Area.objects.select_related("town", "successor").filter(code=code).first()
            self.places[code] = self.judge(area)
        place = self.places[code]
        return "" if isinstance(place, Area) else place

    def judge(self, area: Area | None) -> Area | str:
        """Return the compound, or why dwellings can't be read in there."""
        if area is None:
            return _("没有这个代码。")
        if not permissions.can_import_dwellings(self.by, area):
            return _("这里不归您管。")
        if area.valid_to is not None:
            current = area.current()
            return _("这里已经撤并了，请用接着它的代码 %(code)s。") % {"code": current.code}
        if area.kind != AreaKind.COMPOUND:
            return _("这不是小区的代码。")
        return area

    def known(self, batch: list[Dwelt]) -> dict[tuple[str, str, str, str], int]:
        """Return which dwellings of a batch are in the database already, with their ids."""
        keys = {rows[0].key for rows in batch}
        places = {place.pk: code for code in {key[0] for key in keys} if isinstance(place := self.places[code], Area)}
        stored = (
            Dwelling.objects.filter(
                area__in=places, building__in={key[1] for key in keys}, room__in={key[3] for key in keys}
            )
            .order_by()
            .values_list("area", "building", "entrance", "room", "pk")
        )
        rows = (((places[area], *rest), pk) for area, *rest, pk in stored.iterator(chunk_size=2000))
        return {key: pk for key, pk in rows if key in keys}

    def insert(self, batch: list[Dwelt]) -> None:
        """Write dwellings with their owners."""
        new = Dwelling.objects.bulk_create([self.dwelling(rows[0]) for rows in batch])
        residents = verified_by_index(row.document for rows in batch for row in rows)
        owners = [
            self.ownership(dwelling, row, residents) for dwelling, rows in zip(new, batch, strict=True) for row in rows
        ]
        Ownership.objects.bulk_create(owners, batch_size=BATCH)
        self.report.dwellings += len(new)
        self.report.owners += len(owners)
        self.counts.update(rows[0].code for rows in batch)

    def dwelling(self, row: OwnerRow) -> Dwelling:
        """Return the unsaved dwelling of a row."""
        place = self.places[row.code]
        assert isinstance(place, Area)
        return Dwelling(
            area=place, town_id=place.town_id, building=row.building, entrance=row.entrance, room=row.room,
            floor_area=row.floor_area, area_basis=row.basis, is_developers=row.is_developers,
        )  # fmt: skip

    def ownership(self, dwelling: Dwelling, row: OwnerRow, residents: dict[str, int]) -> Ownership:
        """Return the unsaved ownership of a row, tied to the resident whose number it is."""
        one = fresh_ownership(row.owner, row.document, row.share, residents)
        one.dwelling, one.starts_on, one.ends_on = dwelling, row.starts_on, row.ends_on
        one.recorded_by = self.by
        return one

    def bring_up_to_date(self, standing: dict[int, Dwelt], table: Table) -> None:
        """Compare dwellings that are registered with their rows, and write what is different."""
        try:
            rows = Dwelling.objects.select_for_update(of=("self",), nowait=True).order_by("pk")
            found = list(rows.filter(pk__in=standing))
        except OperationalError as busy:
            # Somebody records a transfer: who waits for them while holding a role may wait in a ring.
            raise BadFile(str(BUSY)) from busy
        held: dict[int, list[Ownership]] = {one.pk: [] for one in found}
        for ownership in Ownership.objects.filter(dwelling__in=held).order_by("pk"):
            held[ownership.dwelling_id].append(ownership)
        residents = verified_by_index(row.document for rows in standing.values() for row in rows)
        for dwelling in found:
            renewal = Renewal(dwelling, held[dwelling.pk], standing[dwelling.pk], table)
            if renewal.is_possible(self.near) and renewal.write(residents, by=self.by, at=self.at):
                self.report.renewed += 1
                self.counts[standing[dwelling.pk][0].code] += 1


def note_own(rows: list[OwnerRow], table: Table) -> None:
    """Note rows of owners whose homes are not for this person to write down."""
    for row in rows:
        table.faults.add(table.name, row.row, OWNER, str(OWN))


class Renewal:
    """A registered dwelling and its rows of a file: who goes on, who ends, who begins.

    A row that is as registered, in owner, share and day, changes nothing. The others begin on one day, and
    whoever stands and has no such row ends on the day before. Who has another share than before begins anew;
    their row may still name the first day. A row with an end speaks of who went, and is compared alone.
    """

    def __init__(self, dwelling: Dwelling, held: list[Ownership], rows: Dwelt, table: Table) -> None:
        self.dwelling, self.held, self.rows, self.table = dwelling, held, rows, table
        self.standing = [one for one in held if one.ends_on is None]
        self.kept: list[tuple[Ownership, OwnerRow]] = []
        self.begun: list[OwnerRow] = []
        for row in rows:
            same = self.standing_of(row)
            if row.ends_on is not None:
                continue
            if same is not None and (same.part, same.starts_on) == (row.share, row.starts_on):
                self.kept.append((same, row))
            else:
                self.begun.append(row)
        going_on = {one.pk for one, _row in self.kept}
        self.ended = [one for one in self.standing if one.pk not in going_on]

    def standing_of(self, row: OwnerRow) -> Ownership | None:
        """Return the standing ownership of a row's owner: by number where both have one, else by name."""
        for one in self.standing:
            if one.id_index and row.document:
                if one.id_index in id_indexes(row.document):
                    return one
            elif one.owner_name == row.owner:
                return one
        return None

    def first_days(self) -> dict[date, OwnerRow]:
        """Return the days on which rows say that they begin, but for those that repeat an earlier one."""
        found: dict[date, OwnerRow] = {}
        for row in self.begun:
            same = self.standing_of(row)
            if same is None or same.starts_on != row.starts_on:
                found.setdefault(row.starts_on, row)
        return found

    def is_possible(self, near: Near) -> bool:
        """Note what does not fit what is registered, and what is one's own; return whether all does."""
        before, name = self.table.faults.count, self.table.name
        self.note_own(near)
        days = self.first_days()
        if self.begun and not days:
            self.table.faults.add(name, self.begun[0].row, FROM, _("份额变了：产权起请填变的那一天。"))
        for row in list(days.values())[1:]:
            first = next(iter(days.values()))
            self.table.faults.add(
                name, row.row, FROM, _("和第 %(row)d 行的新业主不是同一天，请分两次导入。") % {"row": first.row}
            )
        latest = latest_day(self.held)
        for day, row in list(days.items())[:1]:
            if latest is not None and day <= latest:
                words = _("要晚于已经登记的最后一天：%(day)s。") % {"day": latest.isoformat()}
                self.table.faults.add(name, row.row, FROM, words)
            self.compare_ends(day)
        return self.table.faults.count == before

    def note_own(self, near: Near) -> None:
        """Note what changes of a dwelling of those near to who reads the file in, or makes it theirs."""
        filled = [row for one, row in self.kept if row.document and not one.id_number]
        own = [row for row in (*self.begun, *filled) if near.has_number(row.document)]
        is_changed = bool(self.begun) or self.differs()
        if not own and is_changed and any(near.has(one) for one in self.standing):
            own = [self.rows[0]]
        note_own(own, self.table)

    def compare_ends(self, day: date) -> None:
        """Note where a row says of who goes now that they went on another day."""
        going = {one.pk for one in self.ended}
        for row in self.rows:
            same = self.standing_of(row) if row.ends_on is not None else None
            if same is not None and same.pk in going and row.ends_on != day - DAY:
                self.table.faults.add(
                    self.table.name, row.row, UNTIL, _("要是新业主产权起的前一天：%(day)s。") % {"day": day - DAY}
                )

    def write(self, residents: dict[str, int], *, by: User, at: datetime) -> bool:
        """Write what is different; return whether anything is."""
        is_filled = sum(self.fill_in(one, row, residents, by) for one, row in self.kept) > 0
        is_changed = self.write_dwelling()
        if not self.begun:
            return is_filled or is_changed
        day = next(iter(self.first_days()))
        begun = [self.beginning(row, day, residents) for row in self.begun]
        write_change(self.dwelling, self.ended, begun, day, by=by, at=at)
        return True

    def beginning(self, row: OwnerRow, day: date, residents: dict[str, int]) -> Ownership:
        """Return the unsaved ownership of a row; who stays with another share keeps the number that was known."""
        one, before = fresh_ownership(row.owner, row.document, row.share, residents), self.standing_of(row)
        if not row.document and before is not None:
            one.id_number, one.id_index, one.resident_id = before.id_number, before.id_index, before.resident_id
        one.dwelling, one.starts_on = self.dwelling, day
        return one

    def fill_in(self, one: Ownership, row: OwnerRow, residents: dict[str, int], by: User) -> bool:
        """Write down the number of an owner of whom none was known."""
        if one.id_number or not row.document:
            return False
        index = id_index(row.document)
        one.id_number, one.id_index, one.resident_id = row.document, index, residents.get(index)
        one.recorded_by = by
        one.save(update_fields=["id_number", "id_index", "resident", "recorded_by"])
        return True

    def differs(self) -> bool:
        """Return whether the rows say otherwise of the dwelling itself."""
        first, one = self.rows[0], self.dwelling
        now = (first.floor_area, first.basis, first.is_developers)
        return now != (one.floor_area, one.area_basis, one.is_developers)

    def write_dwelling(self) -> bool:
        """Write down the area and its basis, and whether it is the developer's, where they are different."""
        if not self.differs():
            return False
        first, one = self.rows[0], self.dwelling
        one.floor_area, one.area_basis, one.is_developers = first.floor_area, first.basis, first.is_developers
        one.save(update_fields=["floor_area", "area_basis", "is_developers"])
        return True
