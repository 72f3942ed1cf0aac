"""Small photos."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from community.photos import CleanPhoto, clean_photo


def photo_bytes(
    size: tuple[int, int] = (64, 48), colour: str = "seagreen", image_format: str = "JPEG", **options: Any
) -> bytes:
    """Return a picture of one colour; `options` go to Pillow's save, such as `exif`."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, image_format, **options)
    return out.getvalue()


def photo_file(name: str = "photo.jpg", **options: Any) -> SimpleUploadedFile:
    """Return a picture as a form sends it; `options` as for photo_bytes."""
    return SimpleUploadedFile(name, photo_bytes(**options), content_type="image/jpeg")


def clean_photo_of(**options: Any) -> CleanPhoto:
    """Return a picture as verbs take it."""
    content = photo_bytes(**options)
    return clean_photo(io.BytesIO(content), "photo.jpg", len(content))
