"""Searching the register by a whole number, which is counted and logged: tries must not find whose it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from community import permissions
from community.acting import lock_roles
from community.clock import end_of
from community.errors import BadInput, NotAllowed
from community.log import record
from community.models import User
from community.queries import rule_value
from community.workflow.terms import day_of

SEARCHED = "resident.search"
BY_NUMBER = ("id_number", "phone")


@transaction.atomic
def count_search(way: str, *, by: User, at: datetime) -> None:
    """Write down that somebody searches by an ID number or a phone, without the number; refuse too many a day."""
    # Counted one after another: two at once can't both be the last one of a day.
    User.objects.select_for_update(no_key=True).only("pk").get(pk=by.pk)
    lock_roles(by)
    if not permissions.can_search_residents(by):
        raise NotAllowed(_("居民名册由住地的社区工作者和镇街干部用。"))
    day = day_of(at)
    searches = ModelLogEntry.objects.filter(
        user=by, action=SEARCHED, timestamp__gt=end_of(day - timedelta(days=1)), timestamp__lte=end_of(day)
    )
    most = rule_value(SEARCHED, day)
    if searches.count() >= most:
        raise BadInput(_("今天按证件号和电话已经查了 %(most)d 次。请按姓查，或者明天再查。") % {"most": most}, "text")
    record(by, SEARCHED, by=by, at=at, way=way)
