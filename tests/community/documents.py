"""Documents that people send, good and bad."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

TYPES = b'<?xml version="1.0"?><Types><Override PartName="/word/document.xml" ContentType="%s"/></Types>'
PLAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACROS = b"application/vnd.ms-word.document.macroEnabled.main+xml"


def pdf(objects: bytes = b"", trailer: bytes = b"<< /Root 1 0 R >>") -> bytes:
    """Return a small PDF with some objects in it."""
    body = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
    return body + objects + b"trailer\n" + trailer + b"\nstartxref\n0\n%%EOF\n"


def packed(text: bytes, name: bytes = b"ObjStm") -> bytes:
    """Return objects packed into a stream of a PDF."""
    stream = zlib.compress(text)
    head = b"3 0 obj\n<< /Type /%s /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % (name, len(stream))
    return head + stream + b"\nendstream\nendobj\n"


def archive(parts: Mapping[str, bytes], *, types: bytes = TYPES % PLAIN) -> bytes:
    """Return a ZIP of parts beside the list of types."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed_parts:
        packed_parts.writestr("[Content_Types].xml", types)
        for name, content in parts.items():
            packed_parts.writestr(name, content)
    return out.getvalue()


def docx(more: Mapping[str, bytes] | None = None, *, types: bytes = TYPES % PLAIN) -> bytes:
    """Return a small Word file with more parts."""
    return archive({"word/document.xml": b"<w:document/>", **(more or {})}, types=types)


def lying_docx() -> bytes:
    """Return a Word file whose list of parts promises fewer bytes than it unpacks to."""
    content = bytearray(docx({"word/media/image1.png": b"\0" * 3_000_000}))
    for start in (b"PK\x01\x02", b"PK\x03\x04"):
        offset = 24 if start == b"PK\x01\x02" else 22
        place = content.rfind(
            start,
            0,
            content.rfind(b"word/media/image1.png") + 1
            if start == b"PK\x01\x02"
            else content.find(b"word/media/image1.png"),
        )
        content[place + offset : place + offset + 4] = struct.pack("<I", 10)
    return bytes(content)


def locked_docx() -> bytes:
    """Return a Word file whose parts say that they are encrypted."""
    content = bytearray(docx())
    place = 0
    while (place := content.find(b"PK\x01\x02", place)) >= 0:
        content[place + 8] |= 1
        place += 4
    return bytes(content)
