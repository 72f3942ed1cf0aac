"""Documents that people send: what is taken, told by their content and never by their name.

PDF, Word and Excel, without anything that runs, hides or unpacks without end. Functions of bytes;
photos are in photos.py, quotas and storing in workflow/files.py.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from community.errors import BadInput
from community.photos import clean_photo

TITLE_LENGTH = 120
MEGABYTE = 1024 * 1024
# What an office file may hold: parts, bytes unpacked, and how much a byte may unpack to.
PARTS_MOST, UNPACKED_MOST, RATIO_MOST = 2_000, 200 * MEGABYTE, 200
CHUNK = 64 * 1024

PDF, ZIP, OLE = b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OFFICE = {
    "word/document.xml": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xl/workbook.xml": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
PHOTO_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
# Parts that run or fetch something.
RUNNING = re.compile(
    r"vbaproject|vbadata|macrosheets/|activex/|\.bin$|\.exe$|\.dll$|\.js$|\.vbs$|\.hta$", re.IGNORECASE
)
# Printer settings are bytes of a driver; every Excel writes them.
HARMLESS = re.compile(r"^xl/printerSettings/|^word/printerSettings/", re.IGNORECASE)
OUTSIDE_TEMPLATE = re.compile(rb"attachedTemplate|oleObject|frame\"", re.IGNORECASE)
PDF_RUNS = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE)(?![A-Za-z])")
PDF_ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z])")
# A name may be written with escapes, that of packed objects too.
PDF_STREAM = re.compile(rb"/(?:ObjStm|O?b?j?S?t?#[0-9A-Fa-f]{2}).{0,400}?stream\r?\n", re.DOTALL)
PDF_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be stored: its bytes, what it is, and what its sender called it."""

    content: bytes
    content_type: str
    extension: str
    title: str

    @property
    def size(self) -> int:
        """Return how many bytes it takes."""
        return len(self.content)

    def file(self) -> ContentFile[bytes]:
        """Return the content as a file named by its hash."""
        return ContentFile(self.content, name=f"{hashlib.sha256(self.content).hexdigest()}.{self.extension}")


def clean_title(name: str) -> str:
    """Return what somebody called a file: without path, control characters, and marks that turn the direction of text."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    # Cf holds the bidi overrides by which "gpj.exe" reads "exe.jpg".
    seen = "".join(character for character in last if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co"))
    return re.sub(r"\s+", " ", seen).strip(" .")


def titled(name: str, extension: str) -> str:
    """Return the title with the ending that the content has, whatever endings the name had."""
    stem = clean_title(name)
    while (ending := PurePosixPath(stem).suffix) and re.fullmatch(r"\.[A-Za-z0-9]{1,5}", ending):
        stem = stem[: -len(ending)].rstrip(" .")
    return f"{stem[: TITLE_LENGTH - len(extension) - 1] or _('文件')}.{extension}"


def check_file(upload: IO[bytes], name: str, size: int, *, most: int, photos: bool = True) -> CheckedFile:
    """Return a document or photo that may be stored; BadInput with a sentence naming the file where it may not.

    `most` is how many bytes a document may have. What the browser says of its type is not asked.
    """
    shown = clean_title(name) or _("文件")
    if size == 0:
        raise BadInput(_("“%(name)s”是空文件，没有内容。请重新选一份。") % {"name": shown}, "file")
    head = upload.read(16)
    upload.seek(0)
    if photos and (head.startswith(PHOTO_STARTS) or head[4:8] == b"ftyp"):
        return checked_photo(upload, name, shown, size)
    if size > most:
        raise BadInput(
            _("“%(name)s”超过 %(most)d MB。请选小一点的文件。") % {"name": shown, "most": most // MEGABYTE}, "file"
        )
    content = upload.read(most + 1)
    if len(content) > most:
        raise BadInput(
            _("“%(name)s”超过 %(most)d MB。请选小一点的文件。") % {"name": shown, "most": most // MEGABYTE}, "file"
        )
    if content.startswith(PDF):
        check_pdf(content, shown)
        return CheckedFile(content, "application/pdf", "pdf", titled(name, "pdf"))
    if content.startswith(ZIP):
        extension, content_type = check_office(content, shown)
        return CheckedFile(content, content_type, extension, titled(name, extension))
    if content.startswith(OLE):
        raise refusal(_("“%(name)s”有密码，或者是旧格式（doc、xls）。请去掉密码，另存为 docx 或 xlsx 再传。"), shown)
    raise refusal(_("“%(name)s”不是能用的文件。请选照片、PDF、Word（docx）或 Excel（xlsx）。"), shown)


def refusal(sentence: str, shown: str) -> BadInput:
    """Return the refusal of a file, with its name in the sentence."""
    return BadInput(sentence % {"name": shown}, "file")


def checked_photo(upload: IO[bytes], name: str, shown: str, size: int) -> CheckedFile:
    """Return a photo, re-encoded; nothing but its pixels is kept."""
    try:
        photo = clean_photo(upload, shown, size)
    except BadInput as refused:
        raise BadInput(str(refused), "file") from refused
    return CheckedFile(photo.image, "image/jpeg", "jpg", titled(name, "jpg"))


def check_pdf(content: bytes, shown: str) -> None:
    """Refuse a PDF that is cut off or joined to something else, locked, or that runs or holds something."""
    if b"%%EOF" not in content[-1024:]:
        raise refusal(_("“%(name)s”不完整，可能没有传完。请重新选一次。"), shown)
    spelled = PDF_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content)
    if PDF_ENCRYPTED.search(spelled):
        raise refusal(_("“%(name)s”有密码。请去掉密码再传。"), shown)
    if any(PDF_RUNS.search(text) for text in [spelled, *packed_objects(content, shown)]):
        raise refusal(_("“%(name)s”里有脚本、表单动作或者夹带的文件。请用“打印成 PDF”另存一份再传。"), shown)


def packed_objects(content: bytes, shown: str) -> list[bytes]:
    """Return what a PDF's packed objects say, unpacked as far as is reasonable."""
    found: list[bytes] = []
    room = UNPACKED_MOST
    for match in PDF_STREAM.finditer(content):
        end = content.find(b"endstream", match.end())
        try:
            text = zlib.decompressobj().decompress(content[match.end() : end], room)
        except zlib.error:
            continue
        room -= len(text)
        if room <= 0:
            raise refusal(_("“%(name)s”压得太紧，解开来太大。请用“打印成 PDF”另存一份再传。"), shown)
        found.append(PDF_ESCAPE.sub(lambda one: bytes([int(one[1], 16)]), text))
    return found


def check_office(content: bytes, shown: str) -> tuple[str, str]:
    """Return (extension, type) of a Word or Excel file; refuse whatever else a ZIP can be."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            check_parts(parts, content, shown)
            read_through(archive, parts, shown)
            names = {part.filename for part in parts}
            types = archive.read("[Content_Types].xml") if "[Content_Types].xml" in names else b""
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise refusal(_("“%(name)s”不完整，可能没有传完。请重新选一次。"), shown) from error
    main = next((part for part in OFFICE if part in names), None)
    if main is None or not types:
        raise refusal(_("“%(name)s”不是能用的文件。请选照片、PDF、Word（docx）或 Excel（xlsx）。"), shown)
    if b"macroenabled" in types.lower():
        raise has_macros(shown)
    return OFFICE[main]


def has_macros(shown: str) -> BadInput:
    """Return the refusal of a file that runs something."""
    return refusal(_("“%(name)s”里有宏或者夹带的程序。请另存为不带宏的 docx 或 xlsx 再传。"), shown)


def check_parts(parts: list[zipfile.ZipInfo], content: bytes, shown: str) -> None:
    """Refuse by the list of parts: names that lead out, locked or running parts, too many or too large ones."""
    names = [part.filename for part in parts]
    if any(leads_out(part) for part in parts) or len({name.casefold() for name in names}) != len(names):
        raise refusal(_("“%(name)s”里的文件名不正常，不能用。请重新另存一份再传。"), shown)
    if any(part.flag_bits & 1 for part in parts):
        raise refusal(_("“%(name)s”有密码。请去掉密码再传。"), shown)
    if any(RUNNING.search(name) and not HARMLESS.match(name) for name in names):
        raise has_macros(shown)
    total = sum(part.file_size for part in parts)
    if len(parts) > PARTS_MOST or total > UNPACKED_MOST or total > RATIO_MOST * max(len(content), CHUNK):
        raise too_tight(shown)
    # Something before the first part or after the last record is another file in the same bytes.
    if min((part.header_offset for part in parts), default=0) != 0 or content[-22:-18] != b"PK\x05\x06":
        raise refusal(_("“%(name)s”前后夹带了别的内容，不能用。请重新另存一份再传。"), shown)


def leads_out(part: zipfile.ZipInfo) -> bool:
    """Return whether a part's name could be written anywhere but below its folder."""
    name = part.orig_filename
    odd = "\\" in name or "\x00" in name or name.startswith("/") or ":" in name
    return odd or ".." in PurePosixPath(name).parts or not name.isprintable()


def too_tight(shown: str) -> BadInput:
    """Return the refusal of a file that unpacks without end."""
    return refusal(_("“%(name)s”解开来太大，不能用。请选小一点的文件。"), shown)


def read_through(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], shown: str) -> None:
    """Unpack everything once, so that sums are true whatever the list says; look for outside templates."""
    room = UNPACKED_MOST
    for part in parts:
        with archive.open(part) as stream:
            head = b""
            while chunk := stream.read(CHUNK):
                room -= len(chunk)
                if room < 0:
                    raise too_tight(shown)
                head = head or chunk
        # Office files have none: an entity could unpack without end, or fetch something.
        if b"<!DOCTYPE" in head and part.filename.endswith((".xml", ".rels")):
            raise refusal(_("“%(name)s”前后夹带了别的内容，不能用。请重新另存一份再传。"), shown)
        if part.filename.endswith(".rels") and b"External" in head and OUTSIDE_TEMPLATE.search(head):
            raise has_macros(shown)
