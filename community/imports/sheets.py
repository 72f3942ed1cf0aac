"""Excel files that the platform gives out: the template to fill in, and the list of mistakes."""

from __future__ import annotations

from io import BytesIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from community.imports.dwellings import (
    AREA,
    BASES,
    BASIS,
    BUILDING,
    CODE,
    COLUMNS,
    DEVELOPERS,
    DOCUMENT,
    ENTRANCE,
    FROM,
    OWNER,
    ROOM,
    SHARE,
    UNTIL,
)
from community.imports.faults import Fault, harmless
from community.imports.workbook import EXPLANATION

TEXT_FORMAT, WIDTH = "@", 16


def explanations() -> list[tuple[str, str]]:
    """Return what each column holds."""
    return [
        (CODE, _("小区的代码，在“小区”页上能查到")),
        (BUILDING, _("如 3 栋")),
        (ENTRANCE, _("没有单元的空着")),
        (ROOM, _("如 501")),
        (AREA, _("专有部分的建筑面积，最多两位小数")),
        (BASIS, "、".join(BASES)),
        (DEVELOPERS, _("开发企业还没卖或没交付的填“是”，其他填“否”或空着")),
        (OWNER, _("一位业主一行；共有的房写几行，上下相连")),
        (DOCUMENT, _("身份证号 18 位；开发企业填统一社会信用代码；没有的空着")),
        (SHARE, _("如 1/2、50%；独有的空着；一套房加起来是 1")),
        (FROM, _("如 2023-05-01")),
        (UNTIL, _("现在的业主空着")),
    ]


def template() -> bytes:
    """Return the empty file with its headings, its columns set to text, and a sheet that explains them."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "房屋"
    sheet.append(COLUMNS)
    sheet.freeze_panes = "A2"
    for index in range(1, len(COLUMNS) + 1):
        letter = get_column_letter(index)
        sheet[f"{letter}1"].font = Font(bold=True)
        sheet.column_dimensions[letter].width = WIDTH
        sheet.column_dimensions[letter].number_format = TEXT_FORMAT
    explanation = book.create_sheet(EXPLANATION)
    for row in explanations():
        explanation.append(row)
    return saved(book)


def fault_list(faults: list[Fault]) -> bytes:
    """Return the mistakes as a file; nothing in it runs as a formula."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append([_("表"), _("行"), _("列"), _("要改什么")])
    for fault in faults:
        sheet.append([harmless(fault.sheet), fault.row or None, harmless(fault.column), harmless(fault.reason)])
        for cell in sheet[sheet.max_row]:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    return saved(book)


def saved(book: Workbook) -> bytes:
    """Return a workbook as the bytes of its file."""
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()
