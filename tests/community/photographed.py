"""An issue with photos, as its reporter sent it, for tests of reviewing."""

from __future__ import annotations

from django.utils import timezone

from deliberation.models import Issue, IssueEvent, IssuePhoto
from deliberation.models.issues import PhotoKind
from tests.factories import District, clean_photo_of


def with_photo(issue: Issue, district: District, *, number: int = 1) -> Issue:
    """Add photos to an issue, as its reporter would have sent them."""
    event = IssueEvent.objects.create(
        issue=issue, verb="raise", state=issue.state, by=district.resident, at=timezone.now()
    )
    for _photo in range(number):
        clean = clean_photo_of()
        IssuePhoto.objects.create(
            issue=issue, event=event, kind=PhotoKind.BEFORE, taken_at=timezone.now(), width=clean.width,
            height=clean.height, size=clean.size, **clean.files(),
        )  # fmt: skip
    return issue


def full(photo: IssuePhoto) -> str:
    return f"/issues/{photo.issue.number}/photos/{photo.pk}/full.jpg"
