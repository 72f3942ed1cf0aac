"""What apps say about files: who may read one, how much somebody has sent, and which files of a folder are in use.

An app registers its answers from its AppConfig.ready(). A file that no app answers for is read by nobody
but its sender, and one that no row names is swept away after a day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.models import StoredFile, User

    Reads = Callable[[User | AnonymousUser, StoredFile], bool]
    # Bytes that a person has sent since a moment, or ever.
    Used = Callable[[User, datetime | None], int]
    # Which of some names in a folder are in use.
    InUse = Callable[[list[str]], set[str]]

_readers: dict[str, Reads] = {}
_used: dict[str, Used] = {}
_folders: dict[str, InUse] = {}


def register_reader(key: str, reads: Reads) -> None:
    """Add a predicate: whether somebody may read a file because of a record that holds it."""
    _readers[key] = reads


def register_usage(key: str, used: Used) -> None:
    """Add an app's answer to how many bytes somebody has sent."""
    _used[key] = used


def register_folder(folder: str, in_use: InUse) -> None:
    """Add a folder of the storage that is swept: what `in_use` does not name is nobody's."""
    _folders[folder] = in_use


def may_read(user: User | AnonymousUser, stored: StoredFile) -> bool:
    """Return whether any record that holds a file opens it to somebody."""
    return any(reads(user, stored) for reads in _readers.values())


def bytes_used(user: User, since: datetime | None = None) -> int:
    """Return how many bytes somebody has sent, since a moment or ever."""
    return sum(used(user, since) for used in _used.values())


def folders() -> dict[str, InUse]:
    """Return the folders that are swept."""
    return dict(_folders)
