"""Photos that people send: checked, turned upright, re-encoded, without anything but the picture.

What leaves here is a new JPEG made from pixels: metadata, hidden payloads and what else a file can
carry are gone. Source: rules.md section 2 (photos re-encoded without metadata).
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import ExifTags, Image
from pillow_heif import register_heif_opener

from community.errors import BadInput

register_heif_opener()

# An MPO, a JPEG with a second picture in it, opens as a JPEG; Pillow knows no reader by its own name.
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
BYTES_MOST = 20 * 1024 * 1024
PIXELS_MOST = 50_000_000
LONGEST_SIDE = 1600
THUMBNAIL_SIDE = 480
QUALITY = 82
# Boxes are given in thousandths; what is covered becomes a plain grey that no street has.
WHOLE, COVER = 1000, (96, 96, 96)
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class CleanPhoto:
    """A photo as it will be stored: two JPEGs, and the larger one's size in pixels."""

    image: bytes
    thumbnail: bytes
    width: int
    height: int

    def files(self) -> dict[str, ContentFile[bytes]]:
        """Return both as files that are named by the hash of their content."""
        return {"image": named(self.image), "thumbnail": named(self.thumbnail)}

    @property
    def size(self) -> int:
        """Return how many bytes both take."""
        return len(self.image) + len(self.thumbnail)


def named(content: bytes) -> ContentFile[bytes]:
    """Return `content` as a JPEG file named by its hash."""
    return ContentFile(content, name=f"{hashlib.sha256(content).hexdigest()}.jpg")


def clean_photo(upload: IO[bytes], name: str, size: int) -> CleanPhoto:
    """Return the re-encoded photo; BadInput with a sentence naming the file where it is none."""
    if size == 0:
        raise BadInput(_("“%(name)s”是空文件，没有内容。请重新选一张照片。") % {"name": name})
    if size > BYTES_MOST:
        raise BadInput(_("“%(name)s”超过 20 MB。请选小一点的照片，或用手机截图后再传。") % {"name": name})
    picture = opened(upload, name)
    try:
        image = flattened(turned(shrunk(picture)))
    except Exception as error:
        # Whatever a broken file makes the decoders raise.
        raise BadInput(_("“%(name)s”不完整，可能没有传完。请重新选一次，或换一张照片。") % {"name": name}) from error
    thumbnail = scaled(image, THUMBNAIL_SIDE)
    return CleanPhoto(as_jpeg(image), as_jpeg(thumbnail), image.width, image.height)


def opened(upload: IO[bytes], name: str) -> Image.Image:
    """Return the picture, its header read but no pixel decoded; BadInput for what is no photo or too large."""
    try:
        with warnings.catch_warnings():
            # The limit below is ours and stricter; Pillow's own warning would only repeat it.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(upload, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise BadInput(too_large(name)) from error
    except Exception as error:
        raise BadInput(
            _("“%(name)s”不是能用的照片。请选手机拍的照片（JPG、PNG、WebP 或 HEIC）。") % {"name": name}
        ) from error
    if picture.width * picture.height > PIXELS_MOST:
        raise BadInput(too_large(name))
    return picture


def turned(picture: Image.Image) -> Image.Image:
    """Return the picture upright; one whose metadata can't be read stays as it is."""
    picture.load()
    try:
        turn = TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001  (broken metadata make Pillow raise whatever it likes; the pixels are good)
        return picture
    # Not ImageOps.exif_transpose: it writes the metadata anew, and fails on those that some phones write.
    return picture if turn is None else picture.transpose(turn)


def flattened(picture: Image.Image) -> Image.Image:
    """Return the picture as seen on white: what somebody wiped transparent must not come back."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture.convert("RGBA"))
    return white.convert("RGB")


@dataclass(frozen=True)
class Box:
    """A part of a photo to cover, in thousandths of its width and height; BadInput outside of it."""

    left: int
    top: int
    width: int
    height: int

    def __post_init__(self) -> None:
        inside = (
            self.left >= 0 and self.top >= 0 and self.left + self.width <= WHOLE and self.top + self.height <= WHOLE
        )
        if not inside or self.width <= 0 or self.height <= 0:
            raise BadInput(_("遮挡的框超出了照片。请重新画。"), "boxes")

    def pixels(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return the part in pixels of a picture of this size: no pixel that it touches is left out."""
        width, height = size
        right, bottom = self.left + self.width, self.top + self.height
        return (
            self.left * width // WHOLE,
            self.top * height // WHOLE,
            min(width, -(-right * width // WHOLE)),
            min(height, -(-bottom * height // WHOLE)),
        )


def covered(content: bytes, boxes: Sequence[Box]) -> CleanPhoto:
    """Return one of our photos with parts of it filled; nothing of what was there is in the new files.

    A fill of one colour, not a blur or a mosaic: those can be undone for a plate or a known face.
    """
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as stored:
        image = stored.convert("RGB")
    for box in boxes:
        image.paste(COVER, box.pixels(image.size))
    thumbnail = scaled(image, THUMBNAIL_SIDE)
    return CleanPhoto(as_jpeg(image), as_jpeg(thumbnail), image.width, image.height)


def too_large(name: str) -> str:
    """Return the sentence for a picture with too many pixels."""
    return _("“%(name)s”尺寸太大，超过 5000 万像素。请选小一点的照片。") % {"name": name}


def shrunk(picture: Image.Image) -> Image.Image:
    """Return the picture no larger than it will be stored; all else is done to few pixels, in little memory."""
    picture.load()
    if picture.mode == "1":
        picture = picture.convert("L")
    elif picture.mode in ("P", "PA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    elif picture.mode.startswith("I;16"):
        picture = picture.point(lambda shade: shade / 256).convert("L")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return picture


def scaled(picture: Image.Image, side: int) -> Image.Image:
    """Return a copy whose longer side is at most `side` pixels."""
    copy = picture.copy()
    copy.thumbnail((side, side), Image.Resampling.LANCZOS)
    return copy


def as_jpeg(picture: Image.Image) -> bytes:
    """Return the pixels alone as a JPEG."""
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()
