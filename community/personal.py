"""What each app keeps about a person: how it is handed out, what stands in the way of erasing, how it is erased.

An app writes one `Part` and calls `register` from its AppConfig.ready(). Whatever holds a person's
words, pictures or numbers belongs into one: tests/test_leaks.py and the erasure ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from community.models import User


@dataclass(frozen=True)
class Section:
    """A table of one kind of record: what its columns are called, and a row each; values are JSON's or moments."""

    key: str
    title: str
    columns: dict[str, str]
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Attachment:
    """A file of a person's own: its name in the archive, and where it lies in the storage."""

    name: str
    stored: str


@dataclass(frozen=True)
class Obstacle:
    """Why somebody can't leave yet, and where they do something about it."""

    sentence: str
    url: str = ""


def nothing(user: User) -> list[Any]:
    """Answer for an app that has nothing to say."""
    return []


@dataclass(frozen=True)
class Part:
    """One app's share.

    `export` returns what the person gave and what was done with it, nobody else's data among it.
    `erase` runs inside the erasure's transaction and deletes whatever need not be kept. `kept` says in
    sentences, before and after, what the law keeps and for how long.
    """

    key: str
    title: str
    export: Callable[[User], list[Section]]
    erase: Callable[[User, datetime], None]
    kept: Callable[[User], list[str]] = field(default=nothing)
    obstacles: Callable[[User], list[Obstacle]] = field(default=nothing)
    attachments: Callable[[User], Iterable[Attachment]] = field(default=nothing)


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Add an app's share; the same key again replaces it."""
    _parts[part.key] = part


def parts() -> list[Part]:
    """Return every share, the app that stands below all others last."""
    return sorted(_parts.values(), key=lambda part: part.key == "community")
