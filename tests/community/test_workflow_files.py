"""Quotas hold for two uploads at once; nothing is half-saved; what nobody names is swept."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from community.errors import NotAllowed, WrongState
from community.files import CheckedFile, check_file
from community.filing import bytes_used
from community.models import Rule, StoredFile
from community.workflow.files import store_file, sweep_orphans
from deliberation import workflow
from deliberation.models import IssuePhoto, PhotoDraft
from deliberation.states import IssueState
from deliberation.workflow.drafts import keep_drafts
from tests.community.documents import pdf
from tests.community.threads import together
from tests.factories import MOMENT, District, IssueFactory, build_district, clean_photo_of

MEGABYTE = 1024 * 1024


def checked(filling: bytes = b"%") -> CheckedFile:
    """Return a document of a little more than half a megabyte."""
    content = pdf(filling * 600_000)
    return check_file(io.BytesIO(content), "证明.pdf", len(content), most=20 * MEGABYTE)


def limit(key: str, value: int) -> None:
    Rule.objects.filter(key=key).update(value=value)


def stored_names() -> set[str]:
    return {str(one.file.name) for one in StoredFile.objects.all()}


def test_a_file_is_stored_by_its_hash(district: District) -> None:
    file = checked()
    stored = store_file(file, by=district.resident, at=MOMENT)
    name = str(stored.file.name).rpartition("/")[2]
    assert name.startswith(str(file.file().name)[:64])
    assert (stored.title, stored.content_type, stored.size) == ("证明.pdf", "application/pdf", file.size)
    with stored.file.open("rb") as content:
        assert content.read() == file.content
    assert bytes_used(district.resident) == file.size


def test_one_reads_how_much_one_has_used(district: District, client_of: Any) -> None:
    """By the sum and the limit that an upload is held against; staff have their own."""

    def line(person: Any) -> dict[str, str]:
        return client_of(person).get("/my/privacy/").context["about"][-1]

    limit("upload.total", 2)
    limit("upload.total.staff", 1000)
    label = "您上传的照片和文件"
    assert line(district.resident) == {"label": label, "text": "用了 0 MB，最多 2 MB"}
    store_file(checked(), by=district.resident, at=MOMENT)
    assert line(district.resident) == {"label": label, "text": "用了 1 MB，最多 2 MB"}
    assert line(district.worker) == {"label": label, "text": "用了 0 MB，最多 1000 MB"}


def test_a_day_and_a_total(district: District) -> None:
    limit("upload.daily", 1)
    store_file(checked(), by=district.resident, at=MOMENT)
    with pytest.raises(WrongState, match="今天传的照片和文件已经到 1 MB"):
        store_file(checked(b"a"), by=district.resident, at=MOMENT)
    store_file(checked(b"b"), by=district.resident, at=MOMENT + timedelta(days=1))
    limit("upload.total", 1)
    with pytest.raises(WrongState, match="您存的照片和文件已经到 1 MB"):
        store_file(checked(b"c"), by=district.resident, at=MOMENT + timedelta(days=2))
    assert StoredFile.objects.count() == 2


def test_staff_has_more_room(district: District) -> None:
    limit("upload.daily", 0)
    with pytest.raises(WrongState):
        store_file(checked(), by=district.resident, at=MOMENT)
    assert store_file(checked(), by=district.worker, at=MOMENT).pk
    district.resident.is_active = False
    with pytest.raises(NotAllowed):
        store_file(checked(), by=district.resident, at=MOMENT)


def test_photos_of_issues_count(district: District) -> None:
    issue = IssueFactory(area=district.compound, state=IssueState.DISPATCHED, unit=district.property)
    photo = clean_photo_of()
    workflow.note_progress(issue, by=district.handler, at=MOMENT + timedelta(days=1), text="在办", photos=[photo])
    assert bytes_used(district.handler) == photo.size == IssuePhoto.objects.get().size
    limit("upload.daily.staff", 0)
    with pytest.raises(WrongState, match="今天"):
        workflow.note_progress(issue, by=district.handler, at=MOMENT + timedelta(days=1), text="在办", photos=[photo])
    limit("upload.daily", 0)
    # Beside a form with another mistake it is simply not kept.
    import uuid

    keep_drafts([photo], by=district.resident, at=MOMENT, key=uuid.uuid4())
    assert (IssuePhoto.objects.count(), PhotoDraft.objects.count()) == (1, 0)


def test_nothing_is_half_saved(district: District, monkeypatch: Any) -> None:
    before = set(files_of("files"))

    def broken(self: StoredFile, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(StoredFile, "save", broken)
    with pytest.raises(RuntimeError):
        store_file(checked(b"z"), by=district.resident, at=MOMENT)
    assert set(files_of("files")) == before


def files_of(folder: str) -> list[str]:
    from community.workflow.files import walk

    return list(walk(folder))


def test_orphans_are_swept_after_a_day(district: District) -> None:
    kept = store_file(checked(b"k"), by=district.resident, at=MOMENT)
    photo = clean_photo_of(colour="teal")
    issue = IssueFactory(area=district.compound)
    row = IssuePhoto.objects.create(
        issue=issue, event=issue.events.first(), kind="before", taken_at=MOMENT, width=1, height=1, **photo.files()
    )  # fmt: skip
    lost = [default_storage.save(f"{folder}/00/lost.bin", ContentFile(b"x")) for folder in ("files", "issues")]
    assert (sweep_orphans(at=timezone.now()), [default_storage.exists(name) for name in lost]) == (0, [True, True])
    sweep_orphans(at=timezone.now() + timedelta(days=2))
    assert [default_storage.exists(name) for name in lost] == [False, False]
    assert all(default_storage.exists(str(name)) for name in (kept.file.name, row.image.name, row.thumbnail.name))


@pytest.mark.django_db(transaction=True)
def test_two_uploads_at_once_keep_within_the_quota() -> None:
    district = build_district()
    limit("upload.daily", 1)
    answers = together(
        *(lambda letter=letter: store_file(checked(letter), by=district.resident, at=MOMENT) for letter in (b"a", b"b"))
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["StoredFile", "WrongState"]
    assert StoredFile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_cover_both(db: None) -> None:
    """The second covers what the first left; nothing comes back."""
    from PIL import Image

    from community.photos import COVER, Box

    district = build_district()
    issue = IssueFactory(area=district.compound, reporter=district.resident)
    clean = clean_photo_of(size=(640, 480), colour="red")
    photo = IssuePhoto.objects.create(
        issue=issue, event=issue.events.first(), kind="before", taken_at=MOMENT, width=640, height=480, **clean.files()
    )  # fmt: skip
    together(
        lambda: workflow.cover_photo(
            photo_of(photo), by=district.worker, at=timezone.now(), boxes=[Box(0, 0, 400, 1000)]
        ),
        lambda: workflow.cover_photo(
            photo_of(photo), by=district.worker2, at=timezone.now(), boxes=[Box(600, 0, 400, 1000)]
        ),
    )
    photo.refresh_from_db()
    with photo.image.open("rb") as file:
        picture = Image.open(file).convert("RGB")
    found = [picture.getpixel((x, 240)) for x in (100, 320, 540)]
    assert [max(abs(a - b) for a, b in zip(pixel, COVER, strict=True)) < 24 for pixel in found] == [True, False, True]
    assert not connection.in_atomic_block
    assert transaction.get_autocommit()


def photo_of(photo: IssuePhoto) -> IssuePhoto:
    """Return the row as another process reads it."""
    return IssuePhoto.objects.select_related("issue").get(pk=photo.pk)
