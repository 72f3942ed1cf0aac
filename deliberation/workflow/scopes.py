"""Keeping a town's 议事清单: what may be deliberated there, and what may not."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from community.acting import keep_place, lock_roles
from community.clock import SHANGHAI
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Area, User
from community.models.areas import AreaKind
from deliberation import topic_permissions as permissions
from deliberation.models import TopicScope
from deliberation.models.topics import Weight
from deliberation.workflow.steps import clean_text

TITLE_LENGTH, DESCRIPTION_LENGTH, POSITION_MOST = 60, 300, 999


@transaction.atomic
def add_scope(
    *,
    by: User,
    at: datetime,
    town: Area,
    title: str,
    description: str = "",
    weight: str = Weight.PRACTICAL,
    is_excluded: bool = False,
    position: int = 0,
) -> TopicScope:
    """Add an item to a town's list, from today on."""
    town = keep_place(town)
    ask(by, town)
    if town.kind != AreaKind.TOWN or town.valid_to is not None:
        raise BadInput(_("议事清单是镇街的。"), "town")
    name = clean_text(title, "title", required=True, most=TITLE_LENGTH)
    if TopicScope.objects.filter(town=town, title=name, valid_to=None).exists():
        raise BadInput(_("清单里已经有这一项了。"), "title")
    scope = TopicScope(town=town, title=name, valid_from=at.astimezone(SHANGHAI).date())
    fill(scope, description, weight, is_excluded=is_excluded, position=position)
    scope.save()
    record(scope, "topic_scope.add", by=by, at=at, town=town.pk)
    return scope


@transaction.atomic
def change_scope(
    scope: TopicScope,
    *,
    by: User,
    at: datetime,
    description: str,
    weight: str,
    is_excluded: bool,
    position: int,
) -> TopicScope:
    """Say an item in other words or put it elsewhere; its title stays, for topics stand under it."""
    scope = locked_scope(scope, by)
    fill(scope, description, weight, is_excluded=is_excluded, position=position)
    scope.save(update_fields=["description", "weight", "is_excluded", "position"])
    record(scope, "topic_scope.change", by=by, at=at)
    return scope


@transaction.atomic
def end_scope(scope: TopicScope, *, by: User, at: datetime) -> TopicScope:
    """Take an item off the list after today; topics that stand under it keep it."""
    scope = locked_scope(scope, by)
    scope.valid_to = at.astimezone(SHANGHAI).date()
    scope.save(update_fields=["valid_to"])
    record(scope, "topic_scope.end", by=by, at=at)
    return scope


def locked_scope(scope: TopicScope, by: User) -> TopicScope:
    """Return the item, locked, for the officer of its town; one that has ended stays as it was."""
    found = TopicScope.objects.select_for_update(of=("self",)).select_related("town").get(pk=scope.pk)
    ask(by, found.town)
    if found.valid_to is not None:
        raise WrongState(_("这一项已经不在清单里了。请刷新页面看看。"))
    return found


def ask(by: User, town: Area) -> None:
    """Refuse everybody but the officer of the town."""
    lock_roles(by)
    if not permissions.can_keep_scopes(by, town):
        raise NotAllowed(_("议事清单由本镇街的干部定。"))


def fill(scope: TopicScope, description: str, weight: str, *, is_excluded: bool, position: int) -> None:
    """Put checked values on an item; does not save it."""
    if weight not in Weight.values:
        raise BadInput(_("请选四联里的一种。"), "weight")
    if not 0 <= position <= POSITION_MOST:
        raise BadInput(_("次序请写 0 到 %(most)d。") % {"most": POSITION_MOST}, "position")
    if is_excluded and not description.strip():
        raise BadInput(_("不在这里议的，请写明为什么、该找谁。"), "description")
    scope.description = clean_text(description, "description", most=DESCRIPTION_LENGTH)
    scope.weight, scope.is_excluded, scope.position = weight, is_excluded, position
