"""Twenty thousand rows: every mistake named by row and column and nothing read in; the clean file fast, in little memory."""

from __future__ import annotations

import gc
import io
import sys
import tracemalloc
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import Workbook
from wagtail.models import ModelLogEntry

from community.imports.dwellings import COLUMNS
from community.models import Dwelling, Ownership
from community.workflow.dwellings import import_dwellings
from tests.community.workbooks import book_of, file_of, long_file, row
from tests.factories import District

ROWS = 20_000
NUMBER = "420704198001010007"
AREA, BASIS, UNSOLD = "专有面积(平方米)", "面积依据", "开发企业未售"
NO_WHOLE = ("份额", "这套房现在的业主，份额加起来不是 1。")
AGAIN: dict[str, Any] = {"the row above": "with another area"}
# What a row says that a clean one would not, and every mistake that it then has: the column and the whole sentence.
KINDS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"小区代码": None}, [("小区代码", "没有填。")]),
    ({"小区代码": "999"}, [("小区代码", "没有这个代码。")]),
    ({"小区代码": "900001001"}, [("小区代码", "这不是小区的代码。")]),
    ({"小区代码": "900002001001"}, [("小区代码", "这里不归您管。")]),
    ({"楼栋": None}, [("楼栋", "没有填。")]),
    ({"楼栋": date(2023, 3, 1)}, [("楼栋", "Excel 把它改成了日期：请把这一列设成文本再填。")]),
    ({"单元": "1\u200b单元"}, [("单元", "里面有看不见的控制字符，请重新打一遍。")]),
    ({"室号": " "}, [("室号", "没有填。")]),
    ({"室号": "1" * 21}, [("室号", "太长了：最多 20 个字。")]),
    ({"室号": "=1+100"}, [("室号", "这里是公式，请粘贴成数值。")]),
    ({AREA: None}, [(AREA, "没有填。")]),
    ({AREA: "89 平米"}, [(AREA, "请填数字，不带单位。")]),
    ({AREA: -89.5}, [(AREA, "面积要大于 0。")]),
    ({AREA: 895000}, [(AREA, "面积太大了，请看看单位和小数点。")]),
    ({AREA: 89.555}, [(AREA, "最多两位小数。")]),
    ({BASIS: "估计"}, [(BASIS, "只能填：登记、测绘、合同。")]),
    ({UNSOLD: "也许"}, [(UNSOLD, "只能填：是、否。")]),
    ({"业主": None}, [("业主", "没有填。")]),
    ({"业主": "某" * 61}, [("业主", "太长了：最多 60 个字。")]),
    ({"业主": "@SUM(A1)"}, [("业主", "开头的符号会被当成公式，请去掉。")]),
    ({"证件号": NUMBER[:-1] + "1"}, [("证件号", "身份证号不对：校验位对不上，请核对。")]),
    ({"证件号": 420704198001010003}, [("证件号", "请把这一列设成文本再填，号码长了 Excel 会改掉后几位。")]),
    ({"证件号": "420704800101001"}, [("证件号", "这是 15 位的旧号码，请填 18 位的。")]),
    ({"证件号": "E12"}, [("证件号", "证件号的位数不对。")]),
    ({UNSOLD: "是", "证件号": "91420704MA0000000X"}, [("证件号", "统一社会信用代码不对，请核对。")]),
    ({"份额": date(2023, 1, 2)}, [("份额", "Excel 把它改成了日期：请把这一列设成文本，填 1/2 这样。")]),
    ({"份额": "一半"}, [("份额", "份额填 1/2 或 50% 这样。")]),
    ({"份额": "3/2"}, [("份额", "份额要大于 0，不超过 1。")]),
    ({"份额": "1/2"}, [NO_WHOLE]),
    ({"产权起": None}, [("产权起", "没有填。")]),
    ({"产权起": "去年"}, [("产权起", "日期填 2023-05-01 这样。")]),
    ({"产权起": "2023-02-30"}, [("产权起", "没有这一天。")]),
    ({"产权起": "1900-01-01"}, [("产权起", "这个日期太早了。")]),
    ({"产权起": "2199-01-01"}, [("产权起", "这一天还没到。")]),
    ({"产权起": "2020-01-01", "产权止": "2019-01-01"}, [("产权止", "产权止早于产权起。")]),
    # Whatever is registered already, or stands in the file a thousand rows above.
    ({"楼栋": "老楼", "室号": "101"}, [("楼栋", "这套房已经登记过了。")]),
    ({"楼栋": "0 栋", "室号": "001"}, [("楼栋", "前面的行里已经有这套房了。")]),
    # Several at once, and the row above again: the same owner twice, with another area, more than the whole.
    ({"小区代码": "999", AREA: 0, "业主": None}, [("小区代码", "没有这个代码。"), (AREA, "面积要大于 0。"), ("业主", "没有填。")]),
    (AGAIN, [(AREA, "和第 %d 行的同一套房不一样。"), ("业主", "同一套房的同一位业主写了两次。"), NO_WHOLE]),
]  # fmt: skip
FIRST, EVERY = 1_200, 480


def clean(index: int) -> dict[str, Any]:
    """Return how the row of an index differs from every other."""
    return {"楼栋": f"{index // 100} 栋", "室号": f"{index % 100:03d}", "业主": f"某示范{index:05d}"}


def faulty_file() -> tuple[io.BytesIO, list[tuple[int, str, str]]]:
    """Return a file of twenty thousand rows with every kind of mistake, far apart, and where each is."""
    at = {FIRST + number * EVERY: kind for number, kind in enumerate(KINDS)}
    book, expected = Workbook(write_only=True), []
    sheet = book.create_sheet("房屋")
    sheet.append(list(COLUMNS))
    for index in range(ROWS):
        given, mistakes = at.get(index, ({}, []))
        if given is AGAIN:
            given = {**clean(index - 1), AREA: 90}
        sheet.append(row(**clean(index) | given))
        # The first row holds the headings.
        expected += [(index + 2, column, words % (index + 1) if "%d" in words else words) for column, words in mistakes]
    return file_of(book), expected


def test_each_of_many_mistakes_in_a_long_file(district: District) -> None:
    now = timezone.now()
    import_dwellings(file_of(book_of([row(楼栋="老楼")])), by=district.worker, at=now)
    lines = ModelLogEntry.objects.count()
    file, expected = faulty_file()
    assert len(KINDS) >= 25
    assert max(found[0] for found in expected) > ROWS * 0.95
    report = import_dwellings(file, by=district.worker, at=now)
    found = [(fault.row, fault.column, fault.reason) for fault in report.faults.listed]
    assert sorted(found) == sorted(expected)
    assert report.faults.count == len(expected)
    assert (Dwelling.objects.count(), Ownership.objects.count(), ModelLogEntry.objects.count()) == (1, 1, lines)


class Watched(io.BytesIO):
    """A file that notes at each reading how many objects are alive: as exact as tracemalloc, and costs nothing."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        gc.collect()
        self.before = self.most = sys.getallocatedblocks()

    def read(self, size: int | None = -1) -> bytes:
        """Read on."""
        self.most = max(self.most, sys.getallocatedblocks())
        return super().read(size)

    @property
    def grown(self) -> int:
        """Return how many more blocks were in use at most."""
        return self.most - self.before


def clean_import(district: District, count: int) -> tuple[int, timedelta]:
    """Read in a clean file; return by how many blocks the memory grew, and how long it took."""
    file = Watched(long_file(count).getvalue())
    start = timezone.now()
    report = import_dwellings(file, by=district.worker, at=start)
    took = timezone.now() - start
    assert (report.faults.listed, report.dwellings) == ([], count)
    Ownership.objects.all().delete()
    Dwelling.objects.all().delete()
    return file.grown, took


def test_a_clean_file_in_half_a_minute_with_flat_memory(district: District) -> None:
    few, _took = clean_import(district, 2_000)
    many, took = clean_import(district, ROWS)
    assert took < timedelta(seconds=30)
    # Of each row the parser leaves one emptied element, of some seventy bytes; a row that was kept would be forty blocks.
    assert many < few * 1.3 + ROWS, (few, many)


def peak_of(district: District, count: int) -> tuple[int, timedelta]:
    file = long_file(count)
    tracemalloc.start()
    start = timezone.now()
    report = import_dwellings(file, by=district.worker, at=timezone.now())
    took, (_now, peak) = timezone.now() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (report.faults.listed, report.dwellings) == ([], count)
    Ownership.objects.all().delete()
    Dwelling.objects.all().delete()
    return peak, took


@pytest.mark.soak
def test_memory_is_flat(district: District) -> None:
    few, _took = peak_of(district, 2_000)
    many, took = peak_of(district, ROWS)
    # What is left over are the emptied rows of the parser, some seventy bytes each.
    assert many < few + 18_000 * 150, (few, many)
    assert took < timedelta(minutes=5)
