"""The demo's photos as stored files: in the two sizes and under the names that an upload would get."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from community.photos import LONGEST_SIDE, THUMBNAIL_SIDE, CleanPhoto, as_jpeg, scaled
from deliberation.demo.scenes import draw
from deliberation.models import IssuePhoto
from deliberation.models.issues import photo_path


@dataclass(frozen=True)
class StoredPhoto:
    """The columns of one photo that lies in the storage."""

    image: str
    thumbnail: str
    width: int
    height: int
    size: int


@cache
def rendered(scene: str, variant: int, fixed: bool) -> CleanPhoto:
    """Return a scene as CleanPhoto makes it of an upload; drawn once a process."""
    picture = draw(scene, variant, fixed)
    image, thumbnail = scaled(picture, LONGEST_SIDE), scaled(picture, THUMBNAIL_SIDE)
    return CleanPhoto(as_jpeg(image), as_jpeg(thumbnail), image.width, image.height)


class Gallery:
    """Photos by scene; each is drawn and stored when it is first asked for."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, int, bool], StoredPhoto] = {}

    def photo(self, scene: str, variant: int, fixed: bool) -> StoredPhoto:
        """Return the stored photo of a scene."""
        key = (scene, variant, fixed)
        if key not in self.kept:
            clean = rendered(*key)
            names = {column: stored(file) for column, file in clean.files().items()}
            self.kept[key] = StoredPhoto(names["image"], names["thumbnail"], clean.width, clean.height, clean.size)
        return self.kept[key]


def stored(file: ContentFile[bytes]) -> str:
    """Return the name of a file in the storage, where a file of the same content may lie already."""
    assert file.name is not None
    name = photo_path(IssuePhoto(), file.name)
    return name if default_storage.exists(name) else default_storage.save(name, file)
