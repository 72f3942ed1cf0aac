"""What Wagtail's admin may not do: write what verbs alone change, or delete what is referred to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wagtail.permission_policies import ModelPermissionPolicy

LOOKING = frozenset({"view"})
ADDING = frozenset({"add", "delete"})


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


class NoDeletionPolicy(ModelPermissionPolicy):
    """Nobody deletes, not even a superuser: what was used once is ended or retired, and stays on record."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Say no to deleting."""
        return action != "delete" and super().user_has_permission(user, action)

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        """Ask for everything but deleting."""
        return super().user_has_any_permission(user, set(actions) - {"delete"})

    def users_with_any_permission(self, actions: Iterable[str]) -> Any:
        """Return who may do anything but delete."""
        return super().users_with_any_permission(set(actions) - {"delete"})


class ChangeOnlyPolicy(ModelPermissionPolicy):
    """Nobody adds or deletes, not even a superuser: there is one row a kind, and all are there."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Say no to adding and deleting."""
        return action not in ADDING and super().user_has_permission(user, action)

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        """Ask for everything but adding and deleting."""
        return super().user_has_any_permission(user, set(actions) - ADDING)

    def users_with_any_permission(self, actions: Iterable[str]) -> Any:
        """Return who may do anything else."""
        return super().users_with_any_permission(set(actions) - ADDING)
