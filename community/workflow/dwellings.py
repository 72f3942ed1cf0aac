"""Dwellings and their owners, read in from a file: all of it or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import IO

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from community import permissions
from community.acting import lock_roles
from community.errors import NotAllowed
from community.imports.dwellings import BUILDING, Dwelt, OwnerRow, dwellings
from community.imports.faults import BadFile, Faults
from community.imports.workbook import Table, opened
from community.log import record
from community.models import Area, Dwelling, Ownership, Resident, User
from community.models.areas import AreaKind
from community.models.people import Verification, id_index
from community.workflow.terms import day_of

BATCH = 500


@dataclass
class Report:
    """What came of a file: how much was read in, or would be; or what is wrong, and then nothing was."""

    faults: Faults = field(default_factory=Faults)
    dwellings: int = 0
    owners: int = 0
    is_dry_run: bool = False

    @property
    def is_clean(self) -> bool:
        """Return whether the file has no mistake."""
        return self.faults.count == 0


class Undo(Exception):  # noqa: N818  (it takes back what was written, and is no error)
    """Rolls back a dry run, and a file with a mistake."""


def import_dwellings(file: IO[bytes], *, by: User, at: datetime, dry_run: bool = False) -> Report:
    """Read a file of dwellings; a file with a mistake changes nothing, and neither does a dry run."""
    report = Report(is_dry_run=dry_run)
    try:
        with transaction.atomic():
            lock_roles(by)
            if not permissions.imports_dwellings_somewhere(by):
                raise NotAllowed(_("只有社区工作者和镇街干部可以导入房屋。"))
            Intake(report, by, at).read(file)
            if dry_run or not report.is_clean:
                raise Undo
    except Undo:
        pass
    except BadFile as bad:
        report.faults.add(bad.fault.sheet, bad.fault.row, bad.fault.column, bad.fault.reason)
    except IntegrityError:
        report.faults.add("", 0, "", _("同时有人在登记同样的房屋，没有导入。请再试一次。"))
    return report


class Intake:
    """One reading of a file: rows in, rows of the tables out, a few hundred dwellings at a time."""

    def __init__(self, report: Report, by: User, at: datetime) -> None:
        self.report, self.by, self.at = report, by, at
        self.today = day_of(at)
        self.places: dict[str, Area | str] = {}
        self.counts: Counter[str] = Counter()
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
        """Insert what of a batch has no mistake."""
        known = self.known(batch)
        fresh: list[Dwelt] = []
        for rows in batch:
            if rows[0].key in known:
                words = (
                    _("前面的行里已经有这套房了。")
                    if known[rows[0].key] > self.newest_before
                    else _("这套房已经登记过了。")
                )
                table.faults.add(table.name, rows[0].row, BUILDING, words)
            else:
                known[rows[0].key] = self.newest_before + 1
                fresh.append(rows)
        self.insert(fresh)

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
        residents = self.residents(row.document for rows in batch for row in rows if row.document)
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

    def residents(self, documents: Iterator[str]) -> dict[str, int]:
        """Return the ids of verified residents by the blind indexes of these numbers."""
        indexes = {id_index(number) for number in documents}
        verified = Resident.objects.filter(id_index__in=indexes, verification=Verification.VERIFIED)
        return {index: pk for index, pk in verified.values_list("id_index", "pk") if index}

    def ownership(self, dwelling: Dwelling, row: OwnerRow, residents: dict[str, int]) -> Ownership:
        """Return the unsaved ownership of a row, tied to the resident whose number it is."""
        index = id_index(row.document) if row.document else None
        return Ownership(
            dwelling=dwelling, owner_name=row.owner, id_number=row.document, id_index=index,
            resident_id=residents.get(index or ""), share=row.share.numerator, share_of=row.share.denominator,
            starts_on=row.starts_on, ends_on=row.ends_on,
        )  # fmt: skip
