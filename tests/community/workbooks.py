"""Excel files for tests."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from typing import Any

from openpyxl import Workbook

from community.imports.dwellings import COLUMNS


def row(**given: Any) -> list[Any]:
    """Return a row without a mistake, but for what is given by heading."""
    values = {
        "小区代码": "900001001001", "楼栋": "1 栋", "单元": "1 单元", "室号": "101", "专有面积(平方米)": 89.5,
        "面积依据": "登记", "开发企业未售": "否", "业主": "甲示范001", "证件号": None, "份额": None,
        "产权起": date(2019, 6, 18), "产权止": None,
    }  # fmt: skip
    assert set(given) <= set(values), given
    return [(values | given)[name] for name in COLUMNS]


def book_of(rows: Iterable[list[Any]], columns: Iterable[str] = COLUMNS) -> Workbook:
    """Return a workbook of one sheet."""
    book = Workbook()
    sheet = book.active
    sheet.title = "房屋"
    sheet.append(list(columns))
    for one in rows:
        sheet.append(one)
    return book


def file_of(book: Workbook) -> io.BytesIO:
    """Return a workbook as a file."""
    kept = io.BytesIO()
    book.save(kept)
    kept.seek(0)
    kept.name = "dwellings.xlsx"
    return kept


def long_file(count: int) -> io.BytesIO:
    """Return a file of so many dwellings without a mistake, each owned by somebody else."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("房屋")
    sheet.append(list(COLUMNS))
    for number in range(count):
        sheet.append(row(楼栋=f"{number // 100} 栋", 室号=f"{number % 100:03d}", 业主=f"某示范{number:05d}"))
    return file_of(book)
