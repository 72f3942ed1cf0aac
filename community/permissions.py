"""Who may: short predicates that compose (django-rules), of a person and a place or unit.

A role over an area reaches its whole subtree, and only between its days. No predicate says yes to a
superuser for being one: Wagtail's administrators are not community workers.
"""

from __future__ import annotations

import rules
from django.contrib.auth.models import AnonymousUser

from community.models import Area, User
from community.queries import appointments, areas_of
from community.roles import Role

Person = User | AnonymousUser
STAFF_ROLES = frozenset(
    {
        Role.COMMUNITY_WORKER,
        Role.STEWARD,
        Role.HANDLER,
        Role.TOWN_OFFICER,
        Role.DISTRICT_OFFICER,
        Role.AUDITOR,
        Role.ADMINISTRATOR,
    }
)


def holds_over(user: Person, area: Area, *roles: Role) -> bool:
    """Return whether a person holds one of `roles` over `area` today, directly or from above."""
    return any(held.covers(area) for held in areas_of(user, *roles))


@rules.predicate
def is_signed_in(user: Person) -> bool:
    """Anybody with an account in use."""
    return bool(user.is_authenticated and user.is_active)


@rules.predicate
def is_staff_member(user: Person) -> bool:
    """Anybody for whom work may wait on the desk."""
    return any(held.role in STAFF_ROLES for held in appointments(user))


@rules.predicate
def is_worker_anywhere(user: Person) -> bool:
    """A community worker of any place; which place is asked with the record in hand."""
    return bool(areas_of(user, Role.COMMUNITY_WORKER))
