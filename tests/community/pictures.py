"""Files that people send as photos, good and bad."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

# Left half red, right half blue, so that turning shows.
RED, BLUE, GREEN, WHITE = (254, 0, 0), (0, 0, 254), (0, 128, 1), (255, 255, 255)
ORIENTATION, GPS, MAKER, MODEL, DESCRIPTION = 0x0112, 0x8825, 0x010F, 0x0110, 0x010E
SECRET = "SECRET-PAYLOAD-7f3a"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def saved(picture: Image.Image, image_format: str = "JPEG", **options: Any) -> bytes:
    """Return a picture as a file of a format."""
    out = io.BytesIO()
    picture.save(out, image_format, **options)
    return out.getvalue()


def halves(mode: str = "RGB", size: tuple[int, int] = (64, 32)) -> Image.Image:
    """Return a picture whose left half is red and whose right half is blue."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (size[0] // 2, 0, *size))
    return picture.convert(mode)


def telling_exif(orientation: int = 1) -> Image.Exif:
    """Return metadata as a phone writes it: where, with what, which side is up, and a remark."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MAKER], exif[MODEL], exif[DESCRIPTION] = "Telephone", "Nine", SECRET
    exif[GPS] = {1: "N", 2: (30.0, 23.0, 27.6), 3: "E", 4: (114.0, 53.0, 34.8)}
    return exif


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG with its checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def lying_png(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose header promises so many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def pixels_png(width: int, height: int) -> bytes:
    """Return a lawful PNG of one bit a pixel: many pixels in few bytes."""
    return saved(Image.new("1", (width, height)), "PNG")


def truncated(content: bytes) -> bytes:
    """Return the first half of a file."""
    return content[: len(content) // 2]


def noise(size: tuple[int, int] = (400, 300)) -> Image.Image:
    """Return a picture that compresses badly."""
    return Image.effect_noise(size, 90).convert("RGB")
