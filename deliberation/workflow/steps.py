"""What every verb of an issue does alike: lock, ask, move, write the event and the log, tell people."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.core.files.storage import Storage
from django.utils.translation import gettext as _

from community.acting import lock_roles
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Unit, User
from community.photos import CleanPhoto
from community.workflow import notify
from community.workflow.files import take_quota, whole_or_nothing
from deliberation.models import Issue, IssueEvent, IssuePhoto
from deliberation.models.issues import NOTE_LENGTH, PHOTOS_MOST, Photo, PhotoKind
from deliberation.signals import issue_changed
from deliberation.states import ISSUE_TRANSITIONS, IssueState

Predicate = Callable[[User, Issue], bool]


def locked(issue: Issue, by: User, may: Predicate, refusal: str = "") -> Issue:
    """Return the issue with its row locked, or NotAllowed if `by` may not do this to it."""
    Issue.objects.select_for_update().only("pk").get(pk=issue.pk)
    # Read behind the lock: a row that was waited for comes back new, but what is joined to it as it was before.
    joins = ("area", "community", "town", "category", "reporter", "unit")
    fresh = Issue.objects.select_related(*joins).get(pk=issue.pk)
    lock_roles(by)
    if not may(by, fresh):
        raise NotAllowed(refusal or _("这件事不归您办，所以没有改动。请找当地社区工作者。"))
    return fresh


def move(issue: Issue, verb: str) -> IssueState:
    """Set the state that `verb` leads to, or WrongState; returns the state that was left. Does not save."""
    before = IssueState(issue.state)
    after = ISSUE_TRANSITIONS[verb].get(before)
    if after is None:
        raise WrongState(
            _("这件事现在是“%(state)s”，做不了这一步。请刷新页面，看看最新进展。") % {"state": before.label}
        )
    issue.state = after
    return before


def clean_text(text: str, field: str, *, required: bool = False, most: int = NOTE_LENGTH) -> str:
    """Return what was typed without outer blanks, or BadInput where it is missing, too long or unreadable."""
    text = text.replace("\r\n", "\n").strip()
    if required and not text:
        raise BadInput(_("请写一句话说明，居民会看到。"), field)
    if len(text) > most:
        raise BadInput(
            _("最多写 %(most)d 个字，现在是 %(count)d 个字。请删短一些。") % {"most": most, "count": len(text)}, field
        )
    if has_control_characters(text):
        raise BadInput(_("文字里有看不见的控制字符。请删掉后重写。"), field)
    return text


def has_control_characters(text: str) -> bool:
    """Return whether a text holds what nobody can see or type: control characters, but for line breaks and tabs."""
    return any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\r\n\t" for character in text)


def write_event(
    issue: Issue,
    verb: str,
    *,
    by: User,
    at: datetime,
    text: str = "",
    photos: Sequence[CleanPhoto] = (),
    photo_kind: PhotoKind = PhotoKind.AFTER,
    photos_public: bool = True,
    unit: Unit | None = None,
    log: dict[str, Any] | None = None,
    **columns: Any,
) -> IssueEvent:
    """Write one event with its photos and its line in the action log."""
    if len(photos) > PHOTOS_MOST:
        raise BadInput(_("最多 %(most)d 张照片。") % {"most": PHOTOS_MOST}, "photos")
    event = IssueEvent.objects.create(
        issue=issue, verb=verb, state=issue.state, by=by, at=at, text=text, unit=unit, **columns
    )
    if photos:
        store_photos(event, photos, kind=photo_kind, is_public=photos_public)
    log_step(issue, verb, by=by, at=at, **(log or {}))
    return event


def store_photos(event: IssueEvent, photos: Sequence[CleanPhoto], *, kind: PhotoKind, is_public: bool) -> None:
    """Store the photos of an event within their sender's quota, all of them or none."""
    with whole_or_nothing() as noted:
        take_quota(by=event.by, at=event.at, size=sum(photo.size for photo in photos))
        for photo in photos:
            row = IssuePhoto(issue=event.issue, event=event, kind=kind, is_public=is_public, taken_at=event.at)
            fill_photo(row, photo, noted)
            row.save()


def fill_photo(row: Photo, photo: CleanPhoto, noted: list[tuple[Storage, str]]) -> None:
    """Put a cleaned photo's files and size on a row, noting the files; does not save the row."""
    for name, file in photo.files().items():
        stored = getattr(row, name)
        stored.save(str(file.name), file, save=False)
        noted.append((stored.storage, str(stored.name)))
    row.width, row.height, row.size = photo.width, photo.height, photo.size


def log_step(issue: Issue, verb: str, *, by: User, at: datetime, **data: Any) -> None:
    """Write a step's line in the action log, and tell those above."""
    record(issue, f"issue.{verb}", by=by, at=at, state=issue.state, **data)
    issue_changed.send(sender=Issue, issue=issue, verb=verb, by=by, at=at)


def tell(issue: Issue, message: str, *, by: User, at: datetime, **params: Any) -> None:
    """Tell the reporter and, once the issue is public, those who endorsed or follow it, but not who did it.

    A notice says number and title, which its readers know already, and nothing about a person.
    """
    people = [issue.reporter]
    if issue.is_public:
        people += User.objects.filter(endorsements__issue=issue)
        people += User.objects.filter(follows__issue=issue)
    told = [person for person in people if person.pk != by.pk]
    notify(told, message, url=issue.get_absolute_url(), at=at, number=issue.number, title=issue.title, **params)
