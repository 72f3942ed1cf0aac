from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage

from community.models import User
from community.photos import CleanPhoto
from deliberation import workflow
from deliberation.models import IssuePhoto, PhotoDraft
from deliberation.models.issues import PHOTOS_MOST
from deliberation.workflow.drafts import KEPT, drop_drafts, drop_old_drafts, keep_drafts, read_drafts
from tests.deliberation.test_raising import form
from tests.factories import MOMENT, District, UserFactory, clean_photo_of

pytestmark = pytest.mark.django_db
KEY = uuid.UUID(int=1)
COLOURS = ("red", "gold", "seagreen", "navy", "black", "white", "orange", "pink", "gray", "cyan", "teal")


@pytest.fixture
def user() -> User:
    return UserFactory()


def photos(count: int, start: int = 0) -> list[CleanPhoto]:
    """Return so many different photos."""
    return [clean_photo_of(colour=colour) for colour in COLOURS[start : start + count]]


def files() -> set[str]:
    """Return the stored files of all drafts that are there."""
    names = {name for draft in PhotoDraft.objects.all() for name in (draft.image.name, draft.thumbnail.name)}
    assert all(default_storage.exists(name) for name in names)
    return names


def test_kept_photos_come_back_as_they_were(user: User) -> None:
    kept = photos(2)
    keep_drafts(kept, by=user, at=MOMENT, key=KEY)
    ids = list(PhotoDraft.objects.order_by("id").values_list("id", flat=True))
    assert read_drafts(ids, by=user, key=KEY) == kept
    assert read_drafts(ids[1:], by=user, key=KEY) == kept[1:]
    assert read_drafts([], by=user, key=KEY) == []
    assert all(name.startswith("issues/") for name in files())


def test_drafts_are_their_owners_and_their_forms(user: User) -> None:
    keep_drafts(photos(1), by=user, at=MOMENT, key=KEY)
    ids = [PhotoDraft.objects.get().pk]
    assert read_drafts(ids, by=UserFactory(), key=KEY) == []
    assert read_drafts(ids, by=user, key=uuid.UUID(int=2)) == []
    assert read_drafts([ids[0] + 1], by=user, key=KEY) == []


def test_no_more_are_kept_than_a_form_may_hold(user: User) -> None:
    keep_drafts(photos(7), by=user, at=MOMENT, key=KEY)
    keep_drafts(photos(4, start=7), by=user, at=MOMENT, key=KEY)
    assert PhotoDraft.objects.count() == PHOTOS_MOST
    keep_drafts(photos(1, start=10), by=user, at=MOMENT, key=KEY)
    assert PhotoDraft.objects.count() == PHOTOS_MOST
    keep_drafts(photos(1), by=user, at=MOMENT, key=uuid.UUID(int=2))
    assert PhotoDraft.objects.count() == PHOTOS_MOST + 1


def test_dropping_deletes_rows_and_files(user: User, django_capture_on_commit_callbacks: Any) -> None:
    other = UserFactory()
    keep_drafts(photos(2, start=3), by=user, at=MOMENT, key=KEY)
    gone = files()
    keep_drafts(photos(1, start=6), by=other, at=MOMENT, key=KEY)
    stays = files() - gone
    with django_capture_on_commit_callbacks(execute=True):
        drop_drafts(by=user, key=KEY)
        assert all(default_storage.exists(name) for name in gone)
    assert list(PhotoDraft.objects.values_list("owner", flat=True)) == [other.pk]
    assert not [name for name in gone if default_storage.exists(name)]
    assert files() == stays


def test_forms_that_nobody_came_back_to(user: User, django_capture_on_commit_callbacks: Any) -> None:
    keep_drafts(photos(1, start=7), by=user, at=MOMENT - KEPT - timedelta(seconds=1), key=KEY)
    keep_drafts(photos(1, start=8), by=user, at=MOMENT - KEPT, key=KEY)
    with django_capture_on_commit_callbacks(execute=True):
        drop_old_drafts(at=MOMENT)
    assert list(PhotoDraft.objects.values_list("created_at", flat=True)) == [MOMENT - KEPT]


def test_file_that_an_issue_has_is_not_deleted(district: District, django_capture_on_commit_callbacks: Any) -> None:
    keep_drafts(photos(1, start=9), by=district.resident, at=MOMENT, key=KEY)
    kept = read_drafts([PhotoDraft.objects.get().pk], by=district.resident, key=KEY)
    with django_capture_on_commit_callbacks(execute=True):
        workflow.raise_issue(**form(district, key=KEY, photos=kept))
        drop_drafts(by=district.resident, key=KEY)
    photo = IssuePhoto.objects.get()
    with photo.image.open("rb") as stored:
        assert stored.read() == kept[0].image
    assert default_storage.exists(photo.thumbnail.name)


def test_file_that_another_draft_has_is_not_deleted(user: User, django_capture_on_commit_callbacks: Any) -> None:
    other = UserFactory()
    for owner in (user, other):
        keep_drafts(photos(1, start=2), by=owner, at=MOMENT, key=KEY)
    with django_capture_on_commit_callbacks(execute=True):
        drop_drafts(by=user, key=KEY)
    draft = PhotoDraft.objects.get()
    assert read_drafts([draft.pk], by=other, key=KEY) == photos(1, start=2)
