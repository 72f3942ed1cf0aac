"""Photos that wait beside a form with a mistake in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.fields.files import FieldFile

from community.models import User
from community.photos import CleanPhoto
from deliberation.models import IssuePhoto, PhotoDraft
from deliberation.models.issues import PHOTOS_MOST

KEPT = timedelta(days=1)
# A few forms at once on a few machines; more is no way of raising an issue.
OWNER_MOST = 3 * PHOTOS_MOST


@transaction.atomic
def keep_drafts(photos: Sequence[CleanPhoto], *, by: User, at: datetime, key: uuid.UUID) -> None:
    """Keep photos for the form with this key; beyond what a form may hold, none is kept."""
    own = PhotoDraft.objects.filter(owner=by)
    room = min(PHOTOS_MOST - own.filter(submission_key=key).count(), OWNER_MOST - own.count())
    for photo in photos[: max(room, 0)]:
        PhotoDraft.objects.create(
            owner=by, submission_key=key, created_at=at, width=photo.width, height=photo.height, **photo.files()
        )


def read_drafts(ids: Iterable[int], *, by: User, key: uuid.UUID) -> list[CleanPhoto]:
    """Return a person's own drafts of this form as photos ready to be stored with an issue."""
    rows = PhotoDraft.objects.filter(owner=by, submission_key=key, pk__in=list(ids)).order_by("id")
    return [CleanPhoto(content(row.image), content(row.thumbnail), row.width, row.height) for row in rows]


def content(stored: FieldFile) -> bytes:
    """Return what a stored file holds, and close it."""
    with stored.open("rb") as file:
        return bytes(file.read())


@transaction.atomic
def drop_drafts(*, by: User, key: uuid.UUID) -> None:
    """Forget the drafts of a form that has been sent."""
    delete(PhotoDraft.objects.filter(owner=by, submission_key=key))


@transaction.atomic
def drop_old_drafts(*, at: datetime) -> None:
    """Forget drafts whose form nobody came back to."""
    delete(PhotoDraft.objects.filter(created_at__lt=at - KEPT))


def delete(drafts: Iterable[PhotoDraft]) -> None:
    """Delete drafts, and their files where no issue has the same picture (files are named by content)."""
    for draft in drafts:
        names = [str(draft.image.name), str(draft.thumbnail.name)]
        draft.delete()
        for name in names:
            if (
                not IssuePhoto.objects.filter(image=name).exists()
                and not IssuePhoto.objects.filter(thumbnail=name).exists()
            ):
                transaction.on_commit(partial(default_storage.delete, name))
