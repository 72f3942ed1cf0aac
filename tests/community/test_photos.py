from __future__ import annotations

import contextlib
import hashlib
import io
import random
import re
import struct
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from community.errors import BadInput
from community.photos import BYTES_MOST, LONGEST_SIDE, PIXELS_MOST, THUMBNAIL_SIDE, CleanPhoto, clean_photo
from tests.community.pictures import (
    BLUE,
    GREEN,
    HTML,
    MAKER,
    MODEL,
    RED,
    SECRET,
    SVG,
    WHITE,
    chunk,
    halves,
    lying_png,
    noise,
    pixels_png,
    saved,
    telling_exif,
    truncated,
)

EMPTY, TOO_HEAVY, TOO_LARGE = "空文件", "超过 20 MB", "超过 5000 万像素"
NO_PHOTO, BROKEN = "不是能用的照片", "不完整"


def cleaned(content: bytes, name: str = "photo.jpg") -> CleanPhoto:
    return clean_photo(io.BytesIO(content), name, len(content))


def refusal(content: bytes, name: str = "photo.jpg") -> str:
    with pytest.raises(BadInput) as refused:
        cleaned(content, name)
    assert str(refused.value).startswith(f"“{name}”")
    return str(refused.value)


def shown(photo: CleanPhoto) -> Image.Image:
    """Return the larger picture, after what holds for every photo that leaves the door."""
    for content, side in ((photo.image, LONGEST_SIDE), (photo.thumbnail, THUMBNAIL_SIDE)):
        picture = Image.open(io.BytesIO(content))
        assert (picture.format, picture.mode) == ("JPEG", "RGB")
        assert max(picture.size) <= side
        assert dict(picture.getexif()) == {}
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    large = Image.open(io.BytesIO(photo.image))
    assert large.size == (photo.width, photo.height)
    return large


def is_like(picture: Image.Image, place: tuple[float, float], colour: tuple[int, int, int]) -> bool:
    """Return whether a picture has about this colour at a place given in parts of its sides."""
    found = picture.getpixel((int(place[0] * (picture.width - 1)), int(place[1] * (picture.height - 1))))
    return all(abs(one - other) < 25 for one, other in zip(found, colour, strict=True))


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "HEIF", "MPO"])
def test_formats_of_phones(image_format: str) -> None:
    options = {"quality": 95} if image_format != "PNG" else {}
    picture = shown(cleaned(saved(halves(size=(128, 64)), image_format, **options)))
    assert picture.size == (128, 64)
    assert is_like(picture, (0.1, 0.5), RED)
    assert is_like(picture, (0.9, 0.5), BLUE)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "photo.jpg", EMPTY),
        (b"these are words, and no picture", "words.jpg", NO_PHOTO),
        (SVG, "drawing.svg", NO_PHOTO),
        (SVG, "drawing.jpg", NO_PHOTO),
        (HTML, "page.jpg", NO_PHOTO),
        (b"\xff\xd8\xff", "stub.jpg", NO_PHOTO),
        (b"\x89PNG\r\n\x1a\n", "stub.png", NO_PHOTO),
        (b"\0" * 64, "zeros.jpg", NO_PHOTO),
        (saved(halves("P"), "GIF"), "moving.gif", NO_PHOTO),
        (saved(halves("P"), "GIF"), "gif.jpg", NO_PHOTO),
        (saved(halves(), "BMP"), "bitmap.bmp", NO_PHOTO),
        (saved(halves(), "TIFF"), "scan.tif", NO_PHOTO),
        (saved(halves(), "PDF"), "paper.jpg", NO_PHOTO),
        (saved(halves("RGBA"), "ICO"), "icon.jpg", NO_PHOTO),
        (pixels_png(10_000, 6_000), "sixty-megapixels.png", TOO_LARGE),
        (lying_png(60_000, 60_000), "bomb.png", TOO_LARGE),
        (lying_png(9_000, 9_000), "larger.png", TOO_LARGE),
        (lying_png(4_000, 4_000), "liar.png", BROKEN),
        (truncated(saved(noise(), quality=90)), "half.jpg", BROKEN),
        (truncated(saved(noise(), progressive=True)), "half-progressive.jpg", BROKEN),
        (truncated(saved(noise(), "PNG")), "half.png", BROKEN),
    ],
)
def test_what_is_no_photo_is_refused_with_its_name(content: bytes, name: str, sentence: str) -> None:
    assert sentence in refusal(content, name)


@pytest.mark.parametrize("image_format", ["WEBP", "HEIF"])
def test_truncated_file_of_other_formats(image_format: str) -> None:
    assert re.search(f"{NO_PHOTO}|{BROKEN}", refusal(truncated(saved(noise(), image_format))))


def test_size_is_asked_before_anything_is_read() -> None:
    content = saved(halves())
    with pytest.raises(BadInput, match=TOO_HEAVY):
        clean_photo(io.BytesIO(content), "photo.jpg", BYTES_MOST + 1)
    with pytest.raises(BadInput, match=EMPTY):
        clean_photo(io.BytesIO(content), "photo.jpg", 0)
    assert clean_photo(io.BytesIO(content), "photo.jpg", BYTES_MOST).width == 64


def test_fifty_megapixels_are_the_most() -> None:
    assert TOO_LARGE in refusal(lying_png(PIXELS_MOST // 5_000 + 1, 5_000))
    assert BROKEN in refusal(lying_png(PIXELS_MOST // 5_000, 5_000))


@pytest.mark.parametrize(
    ("payload", "where"),
    [(b"PK\x03\x04" + SECRET.encode(), "behind"), (HTML + SECRET.encode(), "behind"), (SECRET.encode(), "comment")],
)
def test_polyglot_leaves_its_payload_behind(payload: bytes, where: str) -> None:
    if where == "comment":
        content = saved(halves(), comment=payload, exif=telling_exif())
    else:
        content = saved(halves(), exif=telling_exif()) + payload
    assert payload in content
    photo = cleaned(content)
    shown(photo)
    for stored in (photo.image, photo.thumbnail):
        for trace in (payload, SECRET.encode(), b"<script", b"PK\x03\x04", b"Telephone", b"Exif"):
            assert trace not in stored


def test_text_chunks_of_a_png_are_gone() -> None:
    plain = saved(halves(), "PNG")
    telling = plain[:-12] + chunk(b"tEXt", b"Comment\0" + SECRET.encode()) + plain[-12:]
    assert SECRET.encode() not in cleaned(telling).image


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_place_and_camera_are_gone(image_format: str) -> None:
    content = saved(halves(), image_format, exif=telling_exif())
    assert SECRET.encode() in content
    photo = cleaned(content)
    shown(photo)
    assert SECRET.encode() not in photo.image + photo.thumbnail


@pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [
        (1, (64, 32), (0.1, 0.5)),
        (2, (64, 32), (0.9, 0.5)),
        (3, (64, 32), (0.9, 0.5)),
        (4, (64, 32), (0.1, 0.5)),
        (5, (32, 64), (0.5, 0.1)),
        (6, (32, 64), (0.5, 0.1)),
        (7, (32, 64), (0.5, 0.9)),
        (8, (32, 64), (0.5, 0.9)),
        (9, (64, 32), (0.1, 0.5)),  # no orientation at all
    ],
)
def test_photo_is_turned_upright(orientation: int, size: tuple[int, int], red: tuple[float, float]) -> None:
    picture = shown(cleaned(saved(halves(), quality=95, exif=telling_exif(orientation))))
    assert picture.size == size
    assert is_like(picture, red, RED)
    assert is_like(picture, (1 - red[0], 1 - red[1]), BLUE)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_becomes_white(mode: str) -> None:
    picture = Image.new("RGBA", (64, 32), (*GREEN, 255))
    # Somebody wiped the right half: what lies beneath must not come back.
    picture.paste((*RED, 0), (32, 0, 64, 32))
    right = shown(cleaned(saved(converted(picture, mode), "PNG")))
    assert is_like(right, (0.9, 0.5), WHITE)
    assert not is_like(right, (0.1, 0.5), WHITE)


def converted(picture: Image.Image, mode: str) -> Image.Image:
    """Return a picture in a mode; with a palette, its first colour is the transparent one."""
    if mode != "P":
        return picture.convert(mode)
    palette = Image.new("P", picture.size, 1)
    palette.putpalette([*RED, *GREEN])
    palette.paste(0, (picture.width // 2, 0, *picture.size))
    palette.info["transparency"] = 0
    return palette


@pytest.mark.parametrize(
    ("mode", "image_format"), [("P", "PNG"), ("L", "PNG"), ("1", "PNG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("P", "WEBP")]
)
def test_other_modes_of_colour(mode: str, image_format: str) -> None:
    picture = shown(cleaned(saved(halves(mode), image_format)))
    assert picture.size == (64, 32)
    if mode in ("P", "CMYK"):
        assert is_like(picture, (0.1, 0.5), RED)
        assert is_like(picture, (0.9, 0.5), BLUE)


def test_sixteen_bits_a_pixel_keep_their_shades() -> None:
    deep = Image.frombytes("I;16", (64, 32), (b"\x00\x00" * 32 + b"\x00\x80" * 32) * 32)
    picture = shown(cleaned(saved(deep, "PNG")))
    assert is_like(picture, (0.1, 0.5), (0, 0, 0))
    assert is_like(picture, (0.9, 0.5), (128, 128, 128))


def test_first_picture_of_a_moving_one() -> None:
    still, moving = Image.new("RGB", (64, 32), RED), [Image.new("RGB", (64, 32), BLUE)]
    picture = shown(cleaned(saved(still, "WEBP", save_all=True, append_images=moving, duration=100)))
    assert is_like(picture, (0.5, 0.5), RED)


@pytest.mark.parametrize(
    ("size", "large", "small"),
    [
        ((3200, 1600), (1600, 800), (480, 240)),
        ((1600, 3200), (800, 1600), (240, 480)),
        ((1600, 1200), (1600, 1200), (480, 360)),
        ((480, 480), (480, 480), (480, 480)),
        ((10, 4), (10, 4), (10, 4)),
        ((1, 1), (1, 1), (1, 1)),
        ((8000, 2), (1600, 1), (480, 1)),
    ],
)
def test_both_sizes(size: tuple[int, int], large: tuple[int, int], small: tuple[int, int]) -> None:
    photo = cleaned(saved(Image.new("RGB", size, RED)))
    assert shown(photo).size == large
    assert Image.open(io.BytesIO(photo.thumbnail)).size == small


def test_files_are_named_by_their_content() -> None:
    photo, same = cleaned(saved(halves())), cleaned(saved(halves()))
    files = photo.files()
    assert sorted(files) == ["image", "thumbnail"]
    assert files["image"].name == f"{hashlib.sha256(photo.image).hexdigest()}.jpg"
    assert files["thumbnail"].read() == photo.thumbnail
    assert [file.name for file in same.files().values()] == [file.name for file in files.values()]
    assert cleaned(saved(noise())).files()["image"].name != files["image"].name


@pytest.mark.parametrize("kind", range(1, 13))
@pytest.mark.parametrize("tag", [MAKER, MODEL])
def test_metadata_of_a_wrong_kind_is_no_reason_to_refuse(tag: int, kind: int) -> None:
    content = bytearray(saved(halves(), quality=95, exif=telling_exif(6)))
    entry = content.index(struct.pack(">HH", tag, 2))
    content[entry + 2 : entry + 4] = struct.pack(">H", kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = shown(cleaned(bytes(content)))
    assert is_like(picture, (0.5, 0.1), RED)


SAMPLES = [
    saved(noise((40, 30)), image_format, exif=telling_exif(6)) for image_format in ("JPEG", "PNG", "WEBP", "HEIF")
]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(sample=st.sampled_from(SAMPLES), seed=st.integers(0, 2**32), strokes=st.integers(1, 12))
def test_broken_files_are_photos_or_refused_and_never_crash(sample: bytes, seed: int, strokes: int) -> None:
    chance, content = random.Random(seed), bytearray(sample)
    for _ in range(strokes):
        # Most that can go wrong is in the headers.
        content[chance.randrange(chance.choice((120, 400, len(content))) % len(content) or 1)] = chance.randrange(256)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(BadInput):
            shown(cleaned(bytes(content)))
