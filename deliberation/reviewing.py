"""What of deliberation is reviewed: issues, words that residents add, and photos (community/reviewing.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.models import Area, Hiding, User
from community.queries import areas_of, within_any
from community.reviewing import About, Kind, Picture, oldest_first, register
from community.roles import Role
from deliberation import permissions
from deliberation.models import Issue, IssueEvent, IssuePhoto
from deliberation.models.issues import PhotoKind
from deliberation.states import RESIDENTS_WORDS, IssueState
from deliberation.workflow import reviewing

JOINS = ("area", "community", "reporter", "represented", "represented__user")
WORDS = {
    "supplement": gettext_lazy("补充的情况"),
    "rate": gettext_lazy("评价里的话"),
    "withdraw": gettext_lazy("撤回的说明"),
}


def own_places(user: User) -> QuerySet[Area]:
    """Return the places in which a person reviews."""
    paths = [area.path for area in areas_of(user, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)]
    return Area.objects.filter(within_any(paths, "path")).order_by()


def waiting_issues(user: User) -> QuerySet[Issue]:
    """Return the issues of a person's places that nobody has reviewed."""
    waiting = Issue.objects.filter(area__in=own_places(user).values("pk"), reviewed_at=None, is_private=False)
    waiting = waiting.exclude(state=IssueState.WITHDRAWN).exclude(reporter=user, represented=None)
    return oldest_first(waiting, "raised_at")


def waiting_words(user: User, verb: str) -> QuerySet[IssueEvent]:
    """Return what residents wrote beside public issues of a person's places and nobody has decided about."""
    places = own_places(user).values("pk")
    waiting = IssueEvent.objects.filter(verb=verb, is_text_public=False, issue__is_public=True, issue__area__in=places)
    waiting = waiting.exclude(text="").exclude(by=user).exclude(Q(issue__reporter=user, issue__represented=None))
    return oldest_first(waiting.exclude(Hiding.objects.over(IssueEvent)), "at")


def load_issues(ids: Iterable[int]) -> QuerySet[Issue]:
    """Return issues with what their review shows."""
    return Issue.objects.filter(pk__in=ids).select_related(*JOINS).defer("area__boundary", "community__boundary")


def load_events(ids: Iterable[int]) -> QuerySet[IssueEvent]:
    """Return words with their issues."""
    joins = ("by", *(f"issue__{name}" for name in JOINS))
    return IssueEvent.objects.filter(pk__in=ids).select_related(*joins).defer("issue__area__boundary")


def load_photos(ids: Iterable[int]) -> QuerySet[IssuePhoto]:
    """Return photos with their issues and senders."""
    joins = ("event__by", *(f"issue__{name}" for name in JOINS))
    return IssuePhoto.objects.filter(pk__in=ids).select_related(*joins).defer("issue__area__boundary")


def about_issue(issue: Issue) -> About:
    """Return what a review says of an issue."""
    rows = [(_("什么事"), issue.title), (_("在哪里"), issue.address), (_("详细情况"), issue.details)]
    return About(
        title=issue.title,
        text="\n".join(part for part in (issue.address, issue.details) if part),
        author=issue.reporter,
        area=issue.area,
        url=issue.get_absolute_url(),
        is_public=issue.is_public,
        represented=issue.represented,
        parts=tuple((label, text) for label, text in rows if text),
    )


def pictures_of_issues(issues: Sequence[Issue]) -> dict[int, list[Picture]]:
    """Return the photos that residents sent with issues, by the issue."""
    numbers = {issue.pk: issue.number for issue in issues}
    sent = IssuePhoto.objects.filter(issue__in=numbers, kind=PhotoKind.BEFORE).order_by("pk")
    found: dict[int, list[Picture]] = {}
    for photo in sent.annotate(is_hidden=Hiding.objects.over(IssuePhoto)):
        picture = picture_of(photo, numbers[photo.issue_id], is_hidden=photo.is_hidden)
        found.setdefault(photo.issue_id, []).append(picture)
    return found


def picture_of(photo: IssuePhoto, number: str, *, is_hidden: bool = False) -> Picture:
    """Return where a photo is shown; named anew with each covering, so that no browser shows what it has kept."""
    address = reverse("issue_photo", args=[number, photo.pk, "full"])
    version = str(photo.image.name).rpartition("/")[2][:12]
    return Picture(f"{address}?v={version}", photo.width, photo.height, is_hidden)


def about_event(event: IssueEvent) -> About:
    """Return what a review says of words."""
    return About(
        title=event.issue.title,
        text=event.text,
        author=event.by,
        area=event.issue.area,
        url=event.issue.get_absolute_url(),
        is_public=event.is_public and event.is_text_public,
        represented=event.issue.represented,
        beside=(event.issue.reporter,),
    )


def about_photo(photo: IssuePhoto) -> About:
    """Return what a review says of a photo."""
    return About(
        title=photo.issue.title,
        text="",
        author=photo.event.by,
        area=photo.issue.area,
        url=photo.issue.get_absolute_url(),
        is_public=photo.is_public and photo.issue.is_public,
        represented=photo.issue.represented,
        picture=picture_of(photo, photo.issue.number),
    )


def review_page(key: str) -> Callable[[Any], str]:
    """Return where a row of a kind is reviewed."""
    return lambda row: reverse("review", args=[key, row.pk])


def issue_page(issue: Issue) -> str:
    """Return where an issue is reviewed: on its own page, beside all that was done."""
    return f"{issue.get_absolute_url()}#review"


def may_review_issue(user: User, issue: Issue) -> bool:
    """Return whether a person reviews an issue."""
    return permissions.can_review(user, issue)


def may_review_words(user: User, event: IssueEvent) -> bool:
    """Return whether a person reviews words: never their own."""
    return event.by_id != user.pk and permissions.can_review(user, event.issue)


def may_review_photo(user: User, photo: IssuePhoto) -> bool:
    """Return whether a person reviews a photo."""
    return permissions.can_review(user, photo.issue)


def has_verb(verb: str) -> Callable[[IssueEvent], bool]:
    """Return whether an event is of a verb."""
    return lambda event: event.verb == verb


def register_kinds() -> None:
    """Add the kinds of this app."""
    register(
        Kind(
            "issue", gettext_lazy("反映的事"), Issue, load_issues, about_issue, issue_page, may_review_issue,
            waiting=waiting_issues, publish=reviewing.publish_issue, lift=reviewing.lift_issue,
            lock=reviewing.lock_issue, pictures=pictures_of_issues,
        )
    )  # fmt: skip
    for verb in sorted(RESIDENTS_WORDS):
        register(
            Kind(
                verb, WORDS[verb], IssueEvent, load_events, about_event, review_page(verb), may_review_words,
                waiting=partial(waiting_words, verb=verb), matches=has_verb(verb), publish=reviewing.review_supplement,
                hide=reviewing.hide_words, lift=reviewing.lift_words, lock=reviewing.lock_issue,
            )
        )  # fmt: skip
    register(
        Kind(
            "photo", gettext_lazy("照片"), IssuePhoto, load_photos, about_photo, review_page("photo"), may_review_photo,
            publish=reviewing.show_photo, hide=reviewing.hide_photo, cover=reviewing.cover_photo,
            lift=reviewing.lift_photo, lock=reviewing.lock_issue,
        )
    )  # fmt: skip
