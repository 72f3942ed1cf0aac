"""Excel files, read as a stream: whatever their size, a row at a time is in memory.

A file is looked at before it is opened: as a zip archive it may claim to be small and be huge.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from community.imports.faults import BadFile, Faults

COMPRESSED_MOST = 20 * 1024 * 1024
UNPACKED_MOST = 200 * 1024 * 1024
MEMBERS_MOST = 200
ROWS_MOST = 50_000
COLUMNS_MOST = 40
TEXT_MOST = 32_767
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]+)([0-9]+)")
CHUNK = 1 << 16
# The longest stretch that the pattern above may have to look at.
OVERLAP = 256
EXPLANATION = "填写说明"
Cells = Sequence[Any]
# What openpyxl and the archive below it raise over a file that is none, or broken, or another office file.
UNREADABLE = (
    InvalidFileException, KeyError, IndexError, ValueError, TypeError, AttributeError, OSError, EOFError,
    NotImplementedError, RuntimeError, ParseError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


class KeptStrings:
    """The strings of a workbook in a file of its own: twenty thousand names would fill the memory else."""

    def __init__(self) -> None:
        self.file = TemporaryFile()  # noqa: SIM115  (it lives as long as the workbook is read)
        self.starts = array("Q", [0])

    def append(self, text: str) -> None:
        """Keep one more string."""
        data = text.encode("utf-8", "surrogatepass")
        self.file.write(data)
        self.starts.append(self.starts[-1] + len(data))

    def __getitem__(self, index: int) -> str:
        start, end = self.starts[index], self.starts[index + 1]
        self.file.seek(start)
        return self.file.read(end - start).decode("utf-8", "surrogatepass")

    def close(self) -> None:
        """Throw them away."""
        self.file.close()


class StreamingReader(ExcelReader):
    """openpyxl's reader, with the shared strings kept outside the memory."""

    def read_strings(self) -> None:
        """Read the table of shared strings one by one."""
        self.shared_strings = KeptStrings()
        name = "xl/sharedStrings.xml"
        if name not in self.valid_files:
            return
        item, text = f"{{{SHEET_MAIN_NS}}}si", f"{{{SHEET_MAIN_NS}}}t"
        phonetic = f"{{{SHEET_MAIN_NS}}}rPh"
        with self.archive.open(name) as source:
            depth_root = None
            for event, node in iterparse(source, events=("start", "end")):
                if depth_root is None:
                    depth_root = node
                if event == "end" and node.tag == phonetic:
                    # How a word is read aloud is none of its text.
                    node.clear()
                elif event == "end" and node.tag == item:
                    words = "".join(part.text or "" for part in node.iter(text))
                    if len(words) > TEXT_MOST:
                        raise BadFile(_("有一格的文字太长了。"))
                    self.shared_strings.append(words)
                    depth_root.clear()


@contextmanager
def opened(file: IO[bytes], faults: Faults) -> Iterator[Table]:
    """Open the first sheet of a workbook; BadFile where it is none, or not safe to read."""
    check_archive(file)
    file.seek(0)
    with ExitStack() as kept:
        with unreadable():
            reader = StreamingReader(file, read_only=True)
            kept.callback(lambda: close_strings(reader))
            reader.read()
            table = Table(reader.wb, reader.archive, faults)
        yield table


@contextmanager
def unreadable() -> Iterator[None]:
    """Say in a sentence that a file can't be read, around what reads it and nothing else."""
    try:
        yield
    except UNREADABLE as broken:
        raise BadFile(_("这个文件读不了：请用 Excel 另存为 .xlsx 再传。")) from broken


def close_strings(reader: Any) -> None:
    """Close the temporary file of a reader's texts, where it got so far as to open one."""
    strings = getattr(reader, "shared_strings", None)
    if isinstance(strings, KeptStrings):
        strings.close()


def check_archive(file: IO[bytes]) -> None:
    """Refuse what is no zip archive, or is too much when unpacked; its parts are not unpacked for that."""
    file.seek(0, 2)
    if file.tell() > COMPRESSED_MOST:
        raise BadFile(_("文件太大：最多 20 MB。"))
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as broken:
        raise BadFile(_("这不是 .xlsx 文件：请用 Excel 另存为 .xlsx 再传。")) from broken
    if len(members) > MEMBERS_MOST or sum(member.file_size for member in members) > UNPACKED_MOST:
        raise BadFile(_("文件解开以后太大，没有读。"))
    if any(member.flag_bits & 0x1 for member in members):
        raise BadFile(_("文件加了密码，没有读。"))


class Table:
    """One sheet with a row of headings; its rows come one by one."""

    def __init__(self, book: Any, archive: zipfile.ZipFile, faults: Faults) -> None:
        self.book, self.archive, self.faults = book, archive, faults
        self.sheet = book.worksheets[0]
        self.name = str(self.sheet.title)
        self.check_sheets()
        self.check_merged()
        self.sheet.reset_dimensions()

    def check_sheets(self) -> None:
        """Note every sheet but the first and the template's explanation, hidden ones above all."""
        for sheet in self.book.worksheets[1:]:
            hidden = sheet.sheet_state != "visible"
            if not hidden and sheet.title == EXPLANATION:
                continue
            sentence = _("有一张隐藏的表，请删掉。") if hidden else _("只能有一张表，请删掉这一张。")
            self.faults.add(str(sheet.title), 0, "", sentence)
        if self.sheet.sheet_state != "visible":
            self.faults.add(self.name, 0, "", _("第一张表是隐藏的，请取消隐藏。"))

    def check_merged(self) -> None:
        """Note cells that are merged: a value in one of them would count for one row alone."""
        with self.archive.open(self.sheet._worksheet_path) as source:
            before = b""
            while chunk := source.read(CHUNK):
                window = before + chunk
                for found in MERGED.finditer(window):
                    if found.end() > len(before):
                        column, row = found[1].decode(), int(found[2])
                        self.faults.add(self.name, row, column, _("合并了单元格，请取消合并，每一行都填上。"))
                before = window[-OVERLAP:]

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Return (number, cells) of each row that has anything in it."""
        source = enumerate(self.sheet.iter_rows(max_col=COLUMNS_MOST), start=1)
        while True:
            # The sheet is read as one asks for its rows; what is done with a row is not the file's fault.
            with unreadable():
                number, cells = next(source, (0, ()))
            if not number:
                return
            if number > ROWS_MOST + 1:
                raise BadFile(_("行太多：一次最多 50000 行，请分成几个文件。"), sheet=self.name, row=number)
            if any(cell.value is not None and cell.value != "" for cell in cells):
                yield number, cells


def headings(cells: Cells, known: Sequence[str], table: Table, row: int) -> dict[str, int] | None:
    """Return where each known column stands; None, with the mistakes noted, where any is missing, twice or unknown."""
    places: dict[str, int] = {}
    before = table.faults.count
    for index, cell in enumerate(cells):
        if cell.value is None or cell.value == "":
            continue
        words = str(cell.value).strip()[:40]
        if words not in known:
            table.faults.add(table.name, row, words, _("不认识这一列，请按模板的表头。"))
        elif words in places:
            table.faults.add(table.name, row, words, _("这一列出现了两次。"))
        else:
            places[words] = index
    for name in known:
        if name not in places:
            table.faults.add(table.name, row, name, _("少了这一列。"))
    return places if table.faults.count == before else None
