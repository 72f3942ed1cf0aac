from __future__ import annotations

import pytest

from community.marks import find, marks, pieces


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("打 13800138000 找我", ["电话号码：13800138000"]),
        ("138 0013 8000", ["电话号码：138 0013 8000"]),
        ("138-0013-8000。", ["电话号码：138-0013-8000"]),
        ("１３８００１３８０００", ["电话号码：13800138000"]),
        ("+8613800138000", ["电话号码：8613800138000"]),
        ("+86 138 0013 8000", ["电话号码：86 138 0013 8000"]),
        ("座机 0711-3381234", ["电话号码：0711-3381234"]),
        ("010 12345678", ["电话号码：010 12345678"]),
        ("13800138000，13900139000", ["电话号码：13800138000", "电话号码：13900139000"]),
        ("编号 EC-2023-000986", []),
        ("110、119、12345", []),
        ("128001380001", []),
        ("订单号 2023110600138001380001", []),
        ("身份证 420704199001011234", ["身份证号：420704199001011234"]),
        ("42070419900101123X", ["身份证号：42070419900101123X"]),
        ("420704 19900101 1234", ["身份证号：420704 19900101 1234"]),
        ("４２０７０４１９９００１０１１２３Ｘ", ["身份证号：42070419900101123X"]),
        ("420704309001011234", []),
        ("住 3 栋 2 单元 501 室", ["门牌号：3 栋 2 单元 501 室"]),
        ("3号楼501", ["门牌号：3号楼501"]),
        ("12幢1203号", ["门牌号：12幢1203号"]),
        ("三号楼前的井盖", []),
        ("3 号楼前的井盖", []),
        ("", []),
    ],
)
def test_personal_data_is_marked(text: str, found: list[str]) -> None:
    assert marks(text) == found


def test_known_names_are_marked() -> None:
    assert marks("张三丰说的", ["张三"]) == ["姓名：张三"]
    assert marks("张三说，李四也在", ["张三", "李四", "王五", ""]) == ["姓名：张三", "姓名：李四"]
    assert marks("什么也没有", [""]) == []


def test_a_long_line_of_blanks_takes_no_time() -> None:
    """Each further blank must not multiply the work; before, two thousand took twenty seconds."""
    assert marks("1栋" + " " * 50_000 + "x") == []
    assert marks("3 号楼 2 单元 502 室") == ["门牌号：3 号楼 2 单元 502 室"]


def test_finds_stand_in_their_places() -> None:
    """Full-width characters count as they were written; a name stands where it is, each time."""
    text = "张三，电话１３８００１３８０００，张三家"
    assert [(text[one.start : one.end], one.kind) for one in find(text, ["张三"])] == [
        ("１３８００１３８０００", "phone"), ("张三", "name"), ("张三", "name"),
    ]  # fmt: skip
    assert marks(text, ["张三"]) == ["电话号码：13800138000", "姓名：张三"]


def test_pieces_are_the_whole_text() -> None:
    text = "找张三，住 3 栋 2 单元 501 室，打 13800138000\n谢谢"
    cut = pieces(text, ["张三"])
    assert "".join(piece.text for piece in cut) == text
    assert [(piece.text, piece.label) for piece in cut if piece.label] == [
        ("张三", "姓名"), ("3 栋 2 单元 501 室", "门牌号"), ("13800138000", "电话号码"),
    ]  # fmt: skip
    assert [piece.label for piece in pieces("什么也没有", ["王"])] == [""]
    assert pieces("") == []
