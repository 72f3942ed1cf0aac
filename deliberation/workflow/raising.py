"""Raising an issue, and taking it back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pygeohash
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.acting import keep_place
from community.clock import SHANGHAI, end_of
from community.errors import BadInput, NotAllowed
from community.models import Area, Resident, User
from community.models.areas import LEVELS, AreaKind
from community.permissions import is_signed_in
from community.photos import CleanPhoto
from community.queries import people_holding, rule_value
from community.roles import Role
from community.workflow import notify, start_clock, stop_clocks
from deliberation import permissions
from deliberation.geography import Position, is_in_district, is_near, point_of
from deliberation.models import Category, Follow, Issue
from deliberation.models.issues import ADDRESS_LENGTH, DETAILS_LENGTH, TITLE_LENGTH, PhotoKind
from deliberation.signals import issue_closed
from deliberation.states import FINAL_STATES, Outcome
from deliberation.workflow.numbering import locked_series, next_number
from deliberation.workflow.representing import Person, lock_represented, note_act, resident_of_person
from deliberation.workflow.steps import clean_text, locked, move, tell, write_event

GEOHASH_LENGTH = 9


@transaction.atomic
def raise_issue(
    *,
    by: User,
    at: datetime,
    key: uuid.UUID,
    category: Category,
    title: str,
    area: Area,
    details: str = "",
    address: str = "",
    point: Position | None = None,
    photos: Sequence[CleanPhoto] = (),
    is_private: bool = False,
    represented: Person | Resident | None = None,
) -> Issue:
    """Raise an issue and start the clock of its acceptance.

    `point` is (latitude, longitude) in WGS 84. `key` is the form's own: the same key again returns
    the issue that it raised. For somebody `represented`, `by` is a community worker of the place.
    Raises NotAllowed, or BadInput with the field at fault.
    """
    if not is_signed_in(by):
        raise NotAllowed(_("请先登录，再反映问题。"))
    series = locked_series(at)
    # Asked with the series locked: of two posts of one form, the second finds what the first raised.
    if known := Issue.objects.filter(submission_key=key).first():
        return raised_before(known, by)
    check_form(category, point, at)
    check_daily_limit(by, at, on_behalf=represented is not None)
    area, committee, town = kept_place(area, represented)
    resident = resident_of_person(represented, by=by, at=at, home=area) if represented else None
    issue = Issue.objects.create(
        number=next_number(series),
        submission_key=key,
        category=category,
        title=clean_text(title, "title", required=True, most=TITLE_LENGTH),
        details=clean_text(details, "details", most=DETAILS_LENGTH),
        area=area,
        community=committee,
        town=town,
        address=clean_text(address, "address", most=ADDRESS_LENGTH),
        **point_columns(point, shown_point(point, area, by, resident)),
        reporter=by,
        represented=resident,
        is_private=is_private,
        raised_at=at,
    )
    begin(issue, by=by, at=at, photos=photos)
    note_act(issue, _("反映问题"), by=by, at=at)
    return issue


def check_form(category: Category, point: Position | None, at: datetime) -> None:
    """Refuse a retired category and a point outside the district, whichever door they come by."""
    if not Category.objects.in_use(at.astimezone(SHANGHAI).date()).filter(pk=category.pk).exists():
        raise BadInput(_("这一类已经停用了。请换一类。"), "category")
    if point is not None and not is_in_district(*point):
        raise BadInput(_("地图上的点不在本区范围内。请重新点一次，或者只写地址。"), "address")


def check_daily_limit(by: User, at: datetime, *, on_behalf: bool) -> None:
    """Refuse more than a day's worth; what a worker raises for others has a limit of its own."""
    day = at.astimezone(SHANGHAI).date()
    most = rule_value("issue.daily.on_behalf" if on_behalf else "issue.daily", day)
    raised = Issue.objects.filter(reporter=by, represented__isnull=not on_behalf)
    if raised.filter(raised_at__gt=end_of(day - timedelta(days=1)), raised_at__lte=end_of(day)).count() >= most:
        raise NotAllowed(
            _("今天已经反映了 %(most)d 件，明天再接着反映。遇到危险，请打 110、119、120。") % {"most": most}
        )


def kept_place(area: Area, represented: Person | Resident | None) -> tuple[Area, Area, Area]:
    """Return the place, its community or village and its town, kept as they are; who is spoken for is locked before."""
    lock_represented(represented)
    area = keep_place(area)
    return area, *committee_and_town(area)


def committee_and_town(area: Area) -> tuple[Area, Area]:
    """Return the community or village that `area` is or lies in, and its town; BadInput above that level."""
    if area.valid_to is not None:
        raise BadInput(_("%(name)s已经撤并了，请重新选。") % {"name": area.name}, "area")
    committee, town = community_of(area), area.town
    if committee is None or town is None:
        raise BadInput(_("请选到社区或村。"), "area")
    return committee, town


def point_columns(point: Position | None, shown: Position | None) -> dict[str, Any]:
    """Return the columns of where it is, for staff, and of where the public sees it."""
    return {
        "latitude": point[0] if point else None,
        "longitude": point[1] if point else None,
        "shown_latitude": shown[0] if shown else None,
        "shown_longitude": shown[1] if shown else None,
        "geohash": pygeohash.encode(*shown, precision=GEOHASH_LENGTH) if shown else "",
    }


def begin(issue: Issue, *, by: User, at: datetime, photos: Sequence[CleanPhoto]) -> None:
    """Write an issue's first event, start the clock of its acceptance, and tell the workers of its place."""
    Follow.objects.create(issue=issue, user=by, at=at)
    write_event(
        issue,
        "raise",
        by=by,
        at=at,
        photos=photos,
        photo_kind=PhotoKind.BEFORE,
        photos_public=False,
        log={"represented": issue.represented_id is not None},
    )
    rule, worker = issue.category.accept_rule, Role.COMMUNITY_WORKER
    start_clock(issue, "issue.accept", rule_key=rule, at=at, area=issue.area, holder_role=worker)
    notify(
        people_holding(worker, issue.area).exclude(pk=by.pk),
        gettext_noop("新反映的事等您受理：%(title)s（%(number)s）"),
        url=issue.get_absolute_url(),
        at=at,
        number=issue.number,
        title=issue.title,
    )


def raised_before(issue: Issue, by: User) -> Issue:
    """Return the issue that the same form raised already; somebody else's key is refused."""
    if issue.reporter_id != by.pk:
        raise BadInput(_("这张表已经用过了。请重新打开“我要反映问题”。"))
    return issue


def community_of(area: Area) -> Area | None:
    """Return the community or village that `area` is or lies in, or None above that level."""
    if area.kind in LEVELS[AreaKind.COMMUNITY] and area.valid_to is None:
        return area
    # One that has ended lies below its successor: the topmost is the one that stands.
    return Area.objects.committees().filter(path__in=area.parent_paths()).order_by("path").first()


def shown_point(point: Position | None, area: Area, by: User, represented: Resident | None) -> Position | None:
    """Return the point that the public sees: near the reporter's home only that of the compound.

    rules.md section 2: a point near the reporter's home is shown as its compound.
    """
    resident = represented or Resident.objects.filter(user=by).select_related("home").first()
    home = resident.home if resident else None
    if home is not None and (home == area or (point is not None and is_near(point, home, area))):
        return point_of(home)
    return point or point_of(area)


@transaction.atomic
def withdraw_issue(issue: Issue, *, by: User, at: datetime, reason: str = "") -> Issue:
    """Take an issue back before it is dispatched."""
    issue = locked(issue, by, permissions.can_withdraw, _("只有反映人自己可以撤回。"))
    move(issue, "withdraw")
    issue.outcome, issue.closed_at = Outcome.WITHDRAWN, at
    issue.save(update_fields=["state", "outcome", "closed_at"])
    stop_clocks(issue, "issue.accept", "issue.escalated", by=by, at=at)
    write_event(issue, "withdraw", by=by, at=at, text=clean_text(reason, "reason"), is_text_public=False)
    tell(issue, gettext_noop("反映人撤回了这件事：%(title)s（%(number)s）"), by=by, at=at)
    assert issue.state in FINAL_STATES
    issue_closed.send(sender=Issue, issue=issue, by=by, at=at)
    note_act(issue, _("撤回反映的事"), by=by, at=at)
    return issue
