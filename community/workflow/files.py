"""Storing what people send: within their quota, whole or not at all, and gone when nothing holds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.storage import Storage, default_storage
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from community.clock import SHANGHAI, end_of
from community.errors import NotAllowed, WrongState
from community.files import MEGABYTE, CheckedFile
from community.filing import bytes_used, folders
from community.models import StoredFile, User
from community.permissions import is_signed_in
from community.queries import appointments, rule_value

# Younger files may belong to a transaction that still runs.
SWEPT_AFTER = timedelta(days=1)
SWEPT_AT_ONCE = 500


def take_quota(*, by: User, at: datetime, size: int) -> None:
    """Refuse what goes beyond a person's day or total; call it inside the transaction that stores the files.

    The person's row is locked until then, so two uploads at once can't both take the last room.
    """
    # FOR NO KEY UPDATE: rows that only name the person are written meanwhile.
    User.objects.select_for_update(no_key=True).only("pk").get(pk=by.pk)
    day = at.astimezone(SHANGHAI).date()
    daily, total = quota_of(by, day)
    if bytes_used(by, end_of(day - timedelta(days=1))) + size > daily * MEGABYTE:
        raise WrongState(_("今天传的照片和文件已经到 %(most)d MB 了。请明天再传，或者少选几张。") % {"most": daily})
    if bytes_used(by) + size > total * MEGABYTE:
        raise WrongState(_("您存的照片和文件已经到 %(most)d MB 了，不能再传。请联系社区。") % {"most": total})


def quota_of(person: User, day: date) -> tuple[int, int]:
    """Return how many megabytes somebody may send on a day, and in all."""
    suffix = ".staff" if appointments(person) else ""
    return rule_value(f"upload.daily{suffix}", day), rule_value(f"upload.total{suffix}", day)


def bytes_of_files(user: User, since: datetime | None) -> int:
    """Return how many bytes of stored files somebody has sent."""
    files = StoredFile.objects.filter(owner=user)
    if since is not None:
        files = files.filter(created_at__gt=since)
    return files.aggregate(sum=Sum("size"))["sum"] or 0


@contextmanager
def whole_or_nothing() -> Iterator[list[tuple[Storage, str]]]:
    """Run a transaction; where it fails, delete the files that it noted as (storage, name)."""
    noted: list[tuple[Storage, str]] = []
    try:
        with transaction.atomic():
            yield noted
    except BaseException:
        for storage, name in noted:
            storage.delete(name)
        raise


def store_file(checked: CheckedFile, *, by: User, at: datetime) -> StoredFile:
    """Store a checked file as somebody's own, within their quota."""
    if not is_signed_in(by):
        raise NotAllowed(_("请先登录，再传文件。"))
    with whole_or_nothing() as noted:
        take_quota(by=by, at=at, size=checked.size)
        stored = StoredFile(
            owner=by,
            content_type=checked.content_type,
            size=checked.size,
            title=checked.title,
            created_at=at,
        )
        file = checked.file()
        stored.file.save(str(file.name), file, save=False)
        noted.append((stored.file.storage, str(stored.file.name)))
        stored.save()
    return stored


def files_in_use(names: list[str]) -> set[str]:
    """Return which of some names a stored file has."""
    return set(StoredFile.objects.filter(file__in=names).values_list("file", flat=True))


def delete_after_commit(names: list[str], in_use: Any) -> None:
    """Delete files once the change has held, but for those that another row has by then."""

    def delete() -> None:
        for name in set(names) - in_use(names):
            default_storage.delete(name)

    transaction.on_commit(delete)


def sweep_orphans(*, at: datetime) -> int:
    """Delete files that no row names and that are a day old; return how many."""
    gone = 0
    for folder, in_use in folders().items():
        for names in batches(walk(folder)):
            for name in set(names) - in_use(names):
                if default_storage.get_modified_time(name) < at - SWEPT_AFTER:
                    default_storage.delete(name)
                    gone += 1
    return gone


def walk(folder: str) -> Iterator[str]:
    """Give the name of every file below a folder of the storage."""
    try:
        below, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files)
    for one in below:
        yield from walk(f"{folder}/{one}")


def batches(names: Iterator[str]) -> Iterator[list[str]]:
    """Give names in lists of moderate length."""
    held: list[str] = []
    for name in names:
        held.append(name)
        if len(held) == SWEPT_AT_ONCE:
            yield held
            held = []
    if held:
        yield held
