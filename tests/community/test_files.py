"""Documents are taken by their content, and refused each with its own sentence."""

from __future__ import annotations

import hashlib
import io

import pytest

from community.errors import BadInput
from community.files import MEGABYTE, check_file, clean_title, titled
from tests.community.documents import MACROS, TYPES, archive, docx, locked_docx, lying_docx, packed, pdf
from tests.community.pictures import HTML, SVG, halves, pixels_png, saved, telling_exif, truncated

MOST = 20 * MEGABYTE
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOMB = docx({"word/media/zeros.xml": b"\0" * 60_000_000})


def checked(content: bytes, name: str = "证明.pdf", most: int = MOST):
    return check_file(io.BytesIO(content), name, len(content), most=most)


@pytest.mark.parametrize(
    ("content", "name", "kind", "title"),
    [
        (pdf(), "证明.pdf", "application/pdf", "证明.pdf"),
        (pdf(packed(b"1 0 << /Type /Page >>")), "a.pdf", "application/pdf", "a.pdf"),
        (docx(), "C:\\Users\\zhang\\合同.docx", WORD, "合同.docx"),
        (docx({"word/printerSettings/printerSettings1.bin": b"x"}), "a.docx", WORD, "a.docx"),
        (archive({"xl/workbook.xml": b"<workbook/>"}), "表.xlsx", EXCEL, "表.xlsx"),
        # The name lies, the content decides.
        (pdf(), "照片.jpg", "application/pdf", "照片.pdf"),
        (docx(), "a.exe.pdf", WORD, "a.docx"),
        (saved(halves()), "a.pdf", "image/jpeg", "a.jpg"),
        (saved(halves(), "PNG"), "a.php.png", "image/jpeg", "a.jpg"),
        (pdf(), "../../etc/passwd", "application/pdf", "passwd.pdf"),
        (pdf(), "\u202egpj.exe", "application/pdf", "gpj.pdf"),
    ],
)  # fmt: skip
def test_good_files(content: bytes, name: str, kind: str, title: str) -> None:
    file = checked(content, name)
    assert (file.content_type, file.title) == (kind, title)
    assert file.file().name == f"{hashlib.sha256(file.content).hexdigest()}.{file.extension}"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "空文件"),
        (b"just words", "不是能用的文件"),
        (SVG, "不是能用的文件"),
        (HTML, "不是能用的文件"),
        (b"MZ\x90\x00" + b"\0" * 100, "不是能用的文件"),
        (b"PK\x03\x04 no archive", "不完整"),
        (archive({"readme.txt": b"x"}), "不是能用的文件"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "有密码，或者是旧格式"),
        (truncated(docx({"word/a.xml": b"x" * 5000})), "不完整"),
        (truncated(pdf(b"%" * 4000)), "不完整"),
        (truncated(saved(halves(size=(640, 480)))), "不完整"),
        (pixels_png(10_000, 6_000), "超过 5000 万像素"),
        (b"x" + pdf(), "不是能用的文件"),
        (pdf() + b"<script>" * 400, "不完整"),
        (pdf(trailer=b"<< /Root 1 0 R /Encrypt 5 0 R >>"), "有密码"),
        (pdf(b"4 0 obj\n<< /S /JavaScript /JS (app.alert(1)) >>\nendobj\n"), "有脚本"),
        (pdf(b"4 0 obj\n<< /S /J#61vaScript >>\nendobj\n"), "有脚本"),
        (pdf(b"4 0 obj\n<< /S /Launch >>\nendobj\n"), "有脚本"),
        (pdf(b"4 0 obj\n<< /Names << /EmbeddedFiles 9 0 R >> >>\nendobj\n"), "有脚本"),
        (pdf(packed(b"1 0 << /S /JavaScript >>")), "有脚本"),
        (pdf(packed(b"1 0 << /S /JavaScript >>", b"Obj#53tm")), "有脚本"),
        (docx({"word/vbaProject.bin": b"x"}), "有宏"),
        (docx({"word/VBAPROJECT.BIN": b"x"}), "有宏"),
        (docx({"word/embeddings/oleObject1.bin": b"x"}), "有宏"),
        (docx(types=TYPES % MACROS), "有宏"),
        (docx({"word/_rels/settings.xml.rels": b'<R Type="x/attachedTemplate" TargetMode="External"/>'}), "有宏"),
        (docx({"../../evil.sh": b"x"}), "文件名不正常"),
        (docx({"/etc/passwd": b"x"}), "文件名不正常"),
        (docx({"word\\..\\evil": b"x"}), "文件名不正常"),
        (docx({"c:evil": b"x"}), "文件名不正常"),
        (docx({"WORD/document.xml": b"x"}), "文件名不正常"),
        (locked_docx(), "有密码"),
        (lying_docx(), "不完整"),
        (BOMB, "解开来太大"),
        (docx({f"word/{number}.xml": b"" for number in range(2_100)}), "解开来太大"),
        (docx() + b"%PDF-1.7 %%EOF", "夹带"),
    ],
)  # fmt: skip
def test_bad_files(content: bytes, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked(content)
    assert (refused.value.field, str(refused.value)[:8]) == ("file", "“证明.pdf”")
    assert sentence in str(refused.value)


def test_size_is_what_is_there_and_not_what_is_said() -> None:
    heavy = pdf(b"%" * 2 * MEGABYTE)
    with pytest.raises(BadInput, match="超过 1 MB"):
        checked(heavy, most=MEGABYTE)
    with pytest.raises(BadInput, match="超过 1 MB"):
        check_file(io.BytesIO(heavy), "a.pdf", 10, most=MEGABYTE)


def test_photos_lose_their_metadata() -> None:
    stored = checked(saved(halves(), exif=telling_exif())).content
    assert b"SECRET" not in stored
    assert b"Telephone" not in stored


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("a\x00b\x07.pdf", "ab.pdf"),
        ("/tmp/x/y.pdf", "y.pdf"),
        ("  . a . ", "a"),
        ("\u2066隐\u2069藏", "隐藏"),
        ("", ""),
    ],
)  # fmt: skip
def test_titles_hold_no_path_and_nothing_unseen(name: str, title: str) -> None:
    assert clean_title(name) == title


def test_a_title_is_never_empty_or_long() -> None:
    assert titled("....", "pdf") == "文件.pdf"
    assert titled("长" * 500, "pdf") == "长" * 116 + ".pdf"
