"""Appeals as one more kind of thing that waits on the review queue, and who reads what was sent with one."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from community.models import Area, Hiding, StoredFile, User
from community.models.reviews import AppealState
from community.permissions import can_decide_appeal, can_see_hidden
from community.queries import areas_of, within_any
from community.reviewing import About, Kind, oldest_first, register
from community.roles import Role


def waiting_appeals(user: User) -> QuerySet[Hiding]:
    """Return the appeals of a person's places about what somebody else has hidden and they have not written."""
    held = areas_of(user, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER, Role.DISTRICT_OFFICER)
    places = Area.objects.filter(within_any([area.path for area in held], "path")).order_by()
    waiting = Hiding.objects.standing().filter(appeal=AppealState.OPEN, area__in=places.values("pk"))
    return oldest_first(waiting.exclude(by=user).exclude(author=user), "appealed_at")


def load_appeals(ids: Iterable[int]) -> QuerySet[Hiding]:
    """Return appeals with their authors and places."""
    return Hiding.objects.filter(pk__in=ids).select_related("author", "area").defer("area__boundary")


def about_appeal(hiding: Hiding) -> About:
    """Return what the queue says of an appeal."""
    return About(
        title=hiding.get_reason_display(),
        text=hiding.appeal_text,
        author=hiding.author,
        area=hiding.area,
        url=appeal_page(hiding),
        is_public=False,
    )


def appeal_page(hiding: Hiding) -> str:
    """Return where an appeal is decided."""
    return reverse("appeal", args=[hiding.pk])


def register_kind() -> None:
    """Add appeals to the queue."""
    register(
        Kind(
            "appeal",
            gettext_lazy("申诉"),
            Hiding,
            load_appeals,
            about_appeal,
            appeal_page,
            can_decide_appeal,
            waiting=waiting_appeals,
        )
    )


def reads_evidence(user: User | AnonymousUser, stored: StoredFile) -> bool:
    """Return whether somebody reads a file because it came with an appeal that they may see."""
    return any(can_see_hidden(user, hiding) for hiding in Hiding.objects.filter(evidence=stored).select_related("area"))
