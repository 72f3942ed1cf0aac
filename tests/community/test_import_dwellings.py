"""Reading in dwellings: every mistake by row and column, all or nothing, whatever the size."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from community.errors import NotAllowed
from community.imports import workbook
from community.imports.dwellings import COLUMNS
from community.imports.faults import Fault, harmless
from community.imports.sheets import fault_list, template
from community.models import Dwelling, Household, Ownership
from community.models.people import Verification, id_index
from community.workflow.dwellings import Report, import_dwellings
from community.workflow.places import merge_areas
from tests.community.workbooks import book_of, file_of, row
from tests.confirming import confirm
from tests.factories import MOMENT, District, ResidentFactory
from tests.factories.verifying import asked, id_number_of

ID_NUMBER = "420704198001010007"
# What Excel makes of 3-1 and 1/2.
MARCH_FIRST, JANUARY_SECOND = date(2023, 3, 1), date(2023, 1, 2)
AREA, BASIS, UNSOLD = "专有面积(平方米)", "面积依据", "开发企业未售"


def read(district: District, file: Any, **how: Any) -> Report:
    return import_dwellings(file, by=district.worker, at=timezone.now(), **how)


def faults(district: District, file: Any) -> list[tuple[int, str, str]]:
    report = read(district, file)
    assert Dwelling.objects.count() == 0
    assert Ownership.objects.count() == 0
    return [(fault.row, fault.column, fault.reason) for fault in report.faults.listed]


# What is typed in the third row of a file (the second dwelling), the column at fault, and how the sentence begins.
MISTAKES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no code": ({"小区代码": None}, "小区代码", "没有填"),
    "unknown compound": ({"小区代码": "999"}, "小区代码", "没有这个代码"),
    "a community's code": ({"小区代码": "900001001"}, "小区代码", "这不是小区的代码"),
    "another town's compound": ({"小区代码": "900002001001"}, "小区代码", "这里不归您管"),
    "no building": ({"楼栋": None}, "楼栋", "没有填"),
    "building that Excel made a date": ({"楼栋": MARCH_FIRST}, "楼栋", "Excel 把它改成了日期"),
    "no room": ({"室号": " "}, "室号", "没有填"),
    "room too long": ({"室号": "1" * 21}, "室号", "太长了"),
    "control character": ({"单元": "1\u200b单元"}, "单元", "里面有看不见的控制字符"),
    "formula": ({"室号": "=1+100"}, "室号", "这里是公式"),
    "formula in a name": ({"业主": "@SUM(A1)"}, "业主", "开头的符号会被当成公式"),
    "no area": ({AREA: None}, AREA, "没有填"),
    "area in words": ({AREA: "89 平米"}, AREA, "请填数字"),
    "area zero": ({AREA: 0}, AREA, "面积要大于 0"),
    "area negative": ({AREA: -89.5}, AREA, "面积要大于 0"),
    "area absurd": ({AREA: 895000}, AREA, "面积太大了"),
    "area too fine": ({AREA: 89.555}, AREA, "最多两位小数"),
    "area not a number": ({AREA: "NaN"}, AREA, "请填数字"),
    "wrong basis": ({BASIS: "估计"}, BASIS, "只能填：登记、测绘、合同"),
    "neither yes nor no": ({UNSOLD: "也许"}, UNSOLD, "只能填：是、否"),
    "no owner": ({"业主": None}, "业主", "没有填"),
    "owner's name too long": ({"业主": "某" * 61}, "业主", "太长了"),
    "wrong check digit": ({"证件号": ID_NUMBER[:-1] + ("1" if ID_NUMBER[-1] != "1" else "2")}, "证件号", "身份证号不对"),
    "ID number as a number": ({"证件号": 420704198001010003}, "证件号", "请把这一列设成文本"),
    "old ID number": ({"证件号": "420704800101001"}, "证件号", "这是 15 位的旧号码"),
    "document too short": ({"证件号": "E12"}, "证件号", "证件号的位数不对"),
    "wrong credit code": ({UNSOLD: "是", "证件号": "91420704MA0000000X"}, "证件号", "统一社会信用代码不对"),
    "share that Excel made a date": ({"份额": JANUARY_SECOND}, "份额", "Excel 把它改成了日期"),
    "share in words": ({"份额": "一半"}, "份额", "份额填 1/2"),
    "share above one": ({"份额": "3/2"}, "份额", "份额要大于 0"),
    "shares that are no whole": ({"份额": "1/2"}, "份额", "这套房现在的业主，份额加起来不是 1"),
    "no day": ({"产权起": None}, "产权起", "没有填"),
    "day in words": ({"产权起": "去年"}, "产权起", "日期填 2023-05-01"),
    "no such day": ({"产权起": "2023-02-30"}, "产权起", "没有这一天"),
    "day too early": ({"产权起": "1900-01-01"}, "产权起", "这个日期太早了"),
    "day to come": ({"产权起": "2199-01-01"}, "产权起", "这一天还没到"),
    "twice in the file": ({"室号": "101"}, "业主", "同一套房的同一位业主写了两次"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_named_by_row_and_column(district: District, name: str) -> None:
    given, column, sentence = MISTAKES[name]
    found = faults(district, file_of(book_of([row(), row(**{"室号": "102"} | given)])))
    at_fault = [(line, where) for line, where, reason in found if reason.startswith(sentence)]
    assert at_fault == [(3, column)]


def test_days_in_the_wrong_order(district: District) -> None:
    line = row(产权起=date(2020, 1, 1), 产权止=date(2019, 1, 1))
    assert (2, "产权止", "产权止早于产权起。") in faults(district, file_of(book_of([line])))


def test_all_mistakes_of_a_file_at_once(district: District) -> None:
    rows = [row(**{"室号": str(number)} | given) for number, (given, _, _) in enumerate(MISTAKES.values(), start=200)]
    report = read(district, file_of(book_of(rows)))
    found = {(fault.row, fault.column) for fault in report.faults.listed}
    # "twice in the file" needs its twin.
    named = {name: (line, column) for line, (name, (_, column, _)) in enumerate(MISTAKES.items(), start=2)}
    assert found == set(named.values()) - {named["twice in the file"]}
    assert Dwelling.objects.count() == 0


def test_a_dwelling_further_down_again(district: District) -> None:
    lines = [row(), row(室号="102"), row()]
    assert faults(district, file_of(book_of(lines))) == [(4, "楼栋", "前面的行里已经有这套房了。")]


def test_a_dwelling_that_stands_already(district: District) -> None:
    assert read(district, file_of(book_of([row()]))).is_clean
    again = read(district, file_of(book_of([row(室号="102"), row()])))
    assert [(one.row, one.column, one.reason) for one in again.faults.listed] == [(3, "楼栋", "这套房已经登记过了。")]
    assert Dwelling.objects.count() == 1


def test_joint_owners_agree_on_the_dwelling(district: District) -> None:
    lines = [row(份额="1/2"), row(业主="乙示范002", 份额="50%", **{AREA: 90, BASIS: "合同"})]
    assert faults(district, file_of(book_of(lines))) == [
        (3, AREA, "和第 2 行的同一套房不一样。"), (3, BASIS, "和第 2 行的同一套房不一样。"),
    ]  # fmt: skip


def test_a_merged_compound_names_its_successor(district: District) -> None:
    from community.models.areas import AreaKind
    from tests.factories import AreaFactory

    other = AreaFactory(parent=district.community, kind=AreaKind.COMPOUND, code="900001001002")
    merge_areas([district.compound], into=other, on=date(2026, 1, 1), by=district.district_officer, at=timezone.now())
    [fault] = faults(district, file_of(book_of([row()])))
    assert fault == (2, "小区代码", "这里已经撤并了，请用接着它的代码 900001001002。")


def without(name: str) -> Workbook:
    return book_of([], [one for one in COLUMNS if one != name])


def with_sheet(title: str, state: str = "visible") -> Workbook:
    book = book_of([row()])
    book.create_sheet(title).sheet_state = state
    return book


def merged() -> Workbook:
    book = book_of([row(), row(室号="102")])
    book.active.merge_cells("A2:A3")
    return book


@pytest.mark.parametrize(
    ("book", "expected"),
    [
        (lambda: without("室号"), (1, "室号", "少了这一列。")),
        (lambda: book_of([], [*COLUMNS, "备注"]), (1, "备注", "不认识这一列，请按模板的表头。")),
        (lambda: book_of([], [*COLUMNS, "业主"]), (1, "业主", "这一列出现了两次。")),
        (lambda: book_of([]), (1, "", "只有表头，没有房屋。")),
        (lambda: with_sheet("旧表"), (0, "", "只能有一张表，请删掉这一张。")),
        (lambda: with_sheet("填写说明", "hidden"), (0, "", "有一张隐藏的表，请删掉。")),
        (merged, (2, "A", "合并了单元格，请取消合并，每一行都填上。")),
    ],
)
def test_a_sheet_that_is_not_the_template(district: District, book: Any, expected: tuple[int, str, str]) -> None:
    assert expected in faults(district, file_of(book()))


def test_what_is_no_workbook(district: District) -> None:
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("a.txt", "x")
    for data in (b"", b"name,area\n", b"PK\x03\x04rubbish", empty.getvalue()):
        [(line, column, reason)] = faults(district, io.BytesIO(data))
        assert (line, column) == (0, "")
        assert ".xlsx" in reason


def test_a_bomb_is_not_unpacked(district: District) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (workbook.UNPACKED_MOST + 1))
    assert len(bomb.getvalue()) < 1_000_000
    assert faults(district, bomb) == [(0, "", "文件解开以后太大，没有读。")]


def test_too_many_rows(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS_MOST", 2)
    rows = [row(室号=str(number)) for number in range(100, 104)]
    assert faults(district, file_of(book_of(rows)))[-1][2].startswith("行太多")


def test_a_clean_file(district: District) -> None:
    district.resident.resident.id_number = ID_NUMBER
    district.resident.resident.save()
    lines = [
        row(份额="1/2", 证件号=ID_NUMBER), row(业主="乙示范002", 份额="50%"),
        row(业主="丙示范003", 产权起="2010年1月2日", 产权止="2019-06-17"),
        row(室号=102, 业主="示范公司", **{UNSOLD: "是", BASIS: "测绘", AREA: "120.05"}),
    ]  # fmt: skip
    report = read(district, file_of(book_of(lines)))
    assert report.faults.listed == []
    assert (report.dwellings, report.owners) == (2, 4)
    first, second = Dwelling.objects.order_by("room")
    assert (str(first), first.floor_area, first.area_basis, first.town) == (
        "1 栋 1 单元 101", 8950, "register", district.town,
    )  # fmt: skip
    assert (second.room, second.floor_area, second.is_developers) == ("102", 12005, True)
    owner = first.ownerships.get(id_index=id_index(ID_NUMBER))
    assert (owner.owner_name, owner.id_number, owner.share, owner.share_of) == ("甲示范001", ID_NUMBER, 1, 2)
    assert owner.resident == district.resident.resident
    assert first.ownerships.get(ends_on=date(2019, 6, 17)).starts_on == date(2010, 1, 2)


def test_a_dry_run_changes_nothing(district: District) -> None:
    report = read(district, file_of(book_of([row()])), dry_run=True)
    assert (report.is_clean, report.dwellings) == (True, 1)
    assert Dwelling.objects.count() == 0


@pytest.mark.parametrize("who", ["resident", "steward", "district_officer", "auditor", "superuser", "handler"])
def test_others_may_not(district: District, who: str) -> None:
    with pytest.raises(NotAllowed):
        import_dwellings(file_of(book_of([row()])), by=getattr(district, who), at=timezone.now())


def test_the_command(district: District, tmp_path: Any, capsys: Any) -> None:
    good, bad = tmp_path / "good.xlsx", tmp_path / "bad.xlsx"
    good.write_bytes(file_of(book_of([row()])).getvalue())
    bad.write_bytes(file_of(book_of([row(), row(室号="102", 业主=None)])).getvalue())
    with pytest.raises(CommandError, match="1 mistakes; nothing was imported"):
        call_command("import_dwellings", str(bad))
    assert capsys.readouterr().out == "房屋\t3\t业主\t没有填。\n"
    call_command("import_dwellings", str(good), dry_run=True)
    assert Dwelling.objects.count() == 0
    call_command("import_dwellings", str(good))
    assert Dwelling.objects.count() == 1
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_dwellings", str(tmp_path / "none.xlsx"))


def upload(book: Workbook) -> SimpleUploadedFile:
    return SimpleUploadedFile("d.xlsx", file_of(book).getvalue())


def test_the_desk_checks_first_and_imports_the_very_file(district: District, client_of: Any) -> None:
    client, address = confirm(client_of(district.worker)), reverse("dwelling_import")
    good = file_of(book_of([row()])).getvalue()

    def send(data: bytes, step: str) -> Any:
        return client.post(address, {"file": SimpleUploadedFile("d.xlsx", data), "step": step})

    assert send(good, "import").status_code == 409
    checked = send(good, "check")
    assert "检查过了：1 套房、1 条产权" in checked.content.decode()
    assert send(file_of(book_of([row(室号="9")])).getvalue(), "import").status_code == 409
    assert Dwelling.objects.count() == 0
    assert "导入了 1 套房" in send(good, "import").content.decode()
    assert Dwelling.objects.count() == 1


def test_the_desk_asks_who_is_there_before_it_imports(district: District, client_of: Any) -> None:
    client, address = client_of(district.worker), reverse("dwelling_import")
    good = file_of(book_of([row()])).getvalue()
    answers = [
        client.post(address, {"file": SimpleUploadedFile("d.xlsx", good), "step": step}).status_code
        for step in ("check", "import")
    ]
    assert (answers, Dwelling.objects.count()) == ([200, 403], 0)


def test_nobody_reads_in_their_own_home_nor_their_familys(district: District) -> None:
    household = Household.objects.create(area=district.compound, town=district.town, number="1", created_at=MOMENT)
    ResidentFactory(user=district.worker, home=district.compound, household=household, id_number=ID_NUMBER)
    child = id_number_of("20120601")
    ResidentFactory(user=None, home=district.compound, household=household, id_number=child)
    lines = [row(证件号=ID_NUMBER), row(室号="102", 证件号=child), row(室号="103")]
    assert faults(district, file_of(book_of(lines))) == [
        (2, "业主", "自己和自家人的房，要由别人登记。"), (3, "业主", "自己和自家人的房，要由别人登记。"),
    ]  # fmt: skip
    assert import_dwellings(file_of(book_of(lines)), by=district.worker2, at=timezone.now()).is_clean
    assert set(Ownership.objects.values_list("recorded_by", flat=True)) == {district.worker2.pk}


def test_an_open_claim_is_compared_too(district: District) -> None:
    ResidentFactory(user=district.worker, home=None, verification=Verification.UNVERIFIED)
    asked(district.worker, district.compound, timezone.now(), id_number=ID_NUMBER)
    assert faults(district, file_of(book_of([row(证件号=ID_NUMBER)]))) == [
        (2, "业主", "自己和自家人的房，要由别人登记。")
    ]


def test_the_desk_lists_what_is_wrong(district: District, client_of: Any) -> None:
    client, address = client_of(district.worker), reverse("dwelling_import")
    bad = book_of([row(业主=None)])
    answer = client.post(address, {"file": upload(bad), "step": "check"})
    assert answer.status_code == 422
    assert "没有填。" in answer.content.decode()
    listed = client.post(address, {"file": upload(bad), "step": "list"})
    sheet = load_workbook(io.BytesIO(listed.content)).active
    assert [[cell.value for cell in line] for line in sheet.rows][1] == ["房屋", 2, "业主", "没有填。"]
    assert client.post(address, {"step": "check"}).status_code == 422


def test_the_template_is_what_the_import_reads(district: District, client_of: Any) -> None:
    answer = client_of(district.worker).get(reverse("dwelling_template"))
    assert answer["Content-Type"].startswith("application/vnd.openxml")
    book = load_workbook(io.BytesIO(template()))
    book.worksheets[0].append(row())
    assert read(district, file_of(book)).is_clean


def test_every_mistake_of_a_row_is_named_at_once(district: District) -> None:
    file = file_of(book_of([row(), row(**{"小区代码": "999", AREA: 0, "业主": None})]))
    assert {column for _row, column, _reason in faults(district, file)} == {"小区代码", AREA, "业主"}


def test_nothing_in_a_list_of_mistakes_runs_as_a_formula() -> None:
    assert harmless("=1+1") == "'=1+1"
    sheet = load_workbook(io.BytesIO(fault_list([Fault("=cmd", 1, "+A1", "没有填。")]))).active
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "s", "s"]
