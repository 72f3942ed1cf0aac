"""The rows of the desk, of whatever app, and the doors that lead on from it and from one's own page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community import permissions
from community.models import Clock, Recovery, User, VerificationRequest
from community.models.people import mask_name
from deliberation.desk import in_lane, issue_rows
from deliberation.result_desk import commitment_rows, objection_rows
from deliberation.sentences import TimeLeft, time_left
from deliberation.topic_desk import topic_rows


@dataclass(frozen=True)
class VerificationItem:
    """Somebody who waits for a worker to verify them; the row names them as they name themselves, masked."""

    request: VerificationRequest
    clock: Clock
    left: TimeLeft
    tap_url: str = ""
    is_escalated: bool = False

    @property
    def tag(self) -> str:
        """Return the tag of the row."""
        return _("核验")

    @property
    def title(self) -> str:
        """Return what the row is about."""
        return _("%(name)s申请实名核验") % {"name": mask_name(self.request.name)}

    @property
    def text(self) -> str:
        """Return how they want to be verified."""
        return self.request.get_method_display()

    @property
    def place(self) -> str:
        """Return where they say they live."""
        return self.request.home.name

    @property
    def url(self) -> str:
        """Return where the row leads."""
        return reverse("verification", args=[self.request.pk])

    @property
    def action(self) -> str:
        """Return the words of the button."""
        return _("去核验")


def verification_rows(clocks: Sequence[Clock], user: User, at: datetime) -> dict[int, VerificationItem]:
    """Return the rows of those clocks that belong to requests for verification, by clock, in one query."""
    kind = ContentType.objects.get_for_model(VerificationRequest)
    mine = [clock for clock in clocks if clock.subject_type_id == kind.pk]
    requests = VerificationRequest.objects.select_related("home").in_bulk([clock.subject_id for clock in mine])
    return {
        clock.pk: VerificationItem(requests[clock.subject_id], clock, time_left(clock, at))
        for clock in mine
        if clock.subject_id in requests
    }


@dataclass(frozen=True)
class RecoveryItem:
    """Somebody who can't sign in, and whom a second worker has to confirm; masked."""

    recovery: Recovery
    clock: Clock
    left: TimeLeft
    is_asker: bool
    tap_url: str = ""
    is_escalated: bool = False

    @property
    def tag(self) -> str:
        """Return the tag of the row."""
        return _("重新登录")

    @property
    def title(self) -> str:
        """Return what the row is about."""
        return _("帮%(name)s重新登录") % {"name": self.recovery.resident.masked_name}

    @property
    def text(self) -> str:
        """Return what it waits for."""
        if self.recovery.ready_at is None:
            return _("等本人填验证码")
        return _("您经办的，等同事确认") if self.is_asker else _("同事经办的，等您核对、确认")

    @property
    def place(self) -> str:
        """Return where they live."""
        return self.recovery.area.name

    @property
    def url(self) -> str:
        """Return where the row leads."""
        return reverse("recovery", args=[self.recovery.pk])

    @property
    def action(self) -> str:
        """Return the words of the button."""
        return _("看进度") if self.is_asker else _("去核对")


def recovery_rows(clocks: Sequence[Clock], user: User, at: datetime) -> dict[int, RecoveryItem]:
    """Return the rows of those clocks that belong to recoveries, by clock, in one query."""
    kind = ContentType.objects.get_for_model(Recovery)
    mine = [clock for clock in clocks if clock.subject_type_id == kind.pk]
    found = Recovery.objects.select_related("resident__user", "area").in_bulk([clock.subject_id for clock in mine])
    return {
        clock.pk: RecoveryItem(
            found[clock.subject_id], clock, time_left(clock, at), found[clock.subject_id].asked_by_id == user.pk
        )
        for clock in mine
        if clock.subject_id in found
    }


# One function an app, that knows the rows of its own clocks; each costs one query.
ROWS: tuple[Callable[[Sequence[Clock], User, datetime], dict[int, Any]], ...] = (
    issue_rows,
    verification_rows,
    recovery_rows,
    topic_rows,
    commitment_rows,
    objection_rows,
)


def desk_items(clocks: QuerySet[Clock], user: User, at: datetime, *, lane: str, most: int) -> list[Any]:
    """Return the rows of a lane, or of all, soonest due first and what is paused last."""
    ordered = in_lane(clocks, lane, at).order_by(F("paused_at").asc(nulls_first=True), "due_at", "id")
    found = list(ordered.select_related("rule")[:most])
    rows = {pk: row for of in ROWS for pk, row in of(found, user, at).items()}
    return [rows[clock.pk] for clock in found if clock.pk in rows]


class Door(NamedTuple):
    """A link to a page, for whom it opens."""

    label: Any
    name: str
    is_open: Callable[[Any], bool]


def always(user: Any) -> bool:
    """Open to whoever reached the page."""
    return True


DESK_DOORS = (
    Door(gettext_lazy("等审看的"), "reviews", permissions.reviews_somewhere),
    Door(gettext_lazy("等核验的居民"), "verifications", permissions.is_worker_anywhere),
    Door(gettext_lazy("居民名册"), "desk_residents", permissions.can_search_residents),
    Door(gettext_lazy("帮本人重新登录"), "recoveries", permissions.can_search_residents),
    Door(gettext_lazy("登记没有手机的居民"), "register_resident", permissions.is_worker_anywhere),
    Door(gettext_lazy("户"), "households", permissions.keeps_homes_somewhere),
    Door(gettext_lazy("小区"), "compounds", permissions.keeps_homes_somewhere),
    Door(gettext_lazy("导入房屋"), "dwelling_import", permissions.keeps_homes_somewhere),
    Door(gettext_lazy("区划调整"), "place_tree", permissions.changes_places_somewhere),
    Door(gettext_lazy("任职"), "appointments", permissions.gives_roles),
    Door(gettext_lazy("任职年度复核"), "appointment_reviews", permissions.gives_roles),
    Door(gettext_lazy("单位"), "units", permissions.keeps_units),
    Door(gettext_lazy("谁在哪里任什么职"), "matrix", permissions.is_watcher),
    Door(gettext_lazy("每个角色能做什么"), "capabilities", permissions.is_watcher),
)
MY_DOORS = (
    Door(gettext_lazy("实名核验"), "my_verification", always),
    Door(gettext_lazy("我搬家了"), "my_home", always),
    Door(gettext_lazy("找社区工作者"), "contacts", always),
    Door(gettext_lazy("我的个人信息"), "my_privacy", always),
    Door(gettext_lazy("谁看过我的信息"), "reveal_log", always),
    Door(gettext_lazy("没有公开的内容"), "hidings", always),
    Door(gettext_lazy("手机号"), "my_phone", always),
    Door(gettext_lazy("电子邮箱"), "account_email", always),
    Door(gettext_lazy("通行密钥和第二步"), "mfa_index", always),
    Door(gettext_lazy("登录着的设备"), "usersessions_list", always),
    Door(gettext_lazy("我不在的时候"), "absence", permissions.is_staff_member),
    Door(gettext_lazy("改密码"), "account_change_password", always),
)


def doors(of: Sequence[Door], user: Any) -> list[Door]:
    """Return the doors that open to somebody."""
    return [door for door in of if door.is_open(user)]
