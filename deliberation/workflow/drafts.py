"""Photos that wait beside a form with a mistake in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum
from django.db.models.fields.files import FieldFile

from community.errors import WrongState
from community.models import User
from community.photos import CleanPhoto
from community.workflow.files import delete_after_commit, take_quota, whole_or_nothing
from deliberation.models import CommitmentPhoto, IssuePhoto, PaperPhoto, PhotoDraft
from deliberation.models.issues import PHOTOS_MOST
from deliberation.workflow.steps import fill_photo

KEPT = timedelta(days=1)
# A few forms at once on a few machines; more is no way of raising an issue.
OWNER_MOST = 3 * PHOTOS_MOST


def keep_drafts(photos: Sequence[CleanPhoto], *, by: User, at: datetime, key: uuid.UUID) -> None:
    """Keep photos for the form with this key; beyond what a form may hold or a person may send, none is kept."""
    if not photos:
        return
    with suppress(WrongState), whole_or_nothing() as noted:
        own = PhotoDraft.objects.filter(owner=by)
        room = max(min(PHOTOS_MOST - own.filter(submission_key=key).count(), OWNER_MOST - own.count()), 0)
        kept = photos[:room]
        take_quota(by=by, at=at, size=sum(photo.size for photo in kept))
        for photo in kept:
            row = PhotoDraft(owner=by, submission_key=key, created_at=at)
            fill_photo(row, photo, noted)
            row.save()


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
    """Delete drafts, and their files where no other row has the same picture (files are named by content)."""
    for draft in drafts:
        names = [str(draft.image.name), str(draft.thumbnail.name)]
        draft.delete()
        delete_after_commit(names, photos_in_use)


def photos_in_use(names: list[str]) -> set[str]:
    """Return which of some names of files a photo of an issue, a commitment or papers has, or a draft."""
    return {
        name
        for table in (IssuePhoto, CommitmentPhoto, PaperPhoto, PhotoDraft)
        for column in ("image", "thumbnail")
        for name in table._default_manager.filter(**{f"{column}__in": names}).values_list(column, flat=True)
    }


def bytes_of_photos(user: User, since: datetime | None) -> int:
    """Return how many bytes of photos somebody has sent with issues, and has waiting beside forms."""
    sent, waiting = IssuePhoto.objects.filter(event__by=user), PhotoDraft.objects.filter(owner=user)
    proofs = CommitmentPhoto.objects.filter(update__by=user)
    if since is not None:
        sent, waiting = sent.filter(taken_at__gt=since), waiting.filter(created_at__gt=since)
        proofs = proofs.filter(taken_at__gt=since)
    return sum(rows.aggregate(sum=Sum("size"))["sum"] or 0 for rows in (sent, waiting, proofs))
