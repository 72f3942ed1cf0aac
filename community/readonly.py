"""A model in Wagtail's admin that is looked at there and changed by verbs alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wagtail.permission_policies import ModelPermissionPolicy

LOOKING = frozenset({"view"})


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Nobody adds, changes or deletes, not even a superuser; who holds `view` may inspect."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Say no to whatever writes."""
        return action in LOOKING and super().user_has_permission(user, action)

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        """Ask for the looking alone."""
        return any(self.user_has_permission(user, action) for action in set(actions) & LOOKING)

    def users_with_any_permission(self, actions: Iterable[str]) -> Any:
        """Return who may look."""
        return super().users_with_any_permission(set(actions) & LOOKING)
