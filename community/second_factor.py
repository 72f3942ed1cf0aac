"""Whether staff sign in in two steps; until they do, their staff roles rest (`queries.appointments`)."""

from __future__ import annotations

from typing import Protocol, TypeVar

from allauth.mfa.models import Authenticator
from django.conf import settings

from community.models import User
from community.roles import STAFF_ROLES


class HasRole(Protocol):
    """An appointment, or as much of it as names its role."""

    @property
    def role(self) -> str:
        """Return the role."""
        ...


T = TypeVar("T", bound=HasRole)


def has_second_factor(user: User) -> bool:
    """Return whether a person signs in with a passkey or an authenticator's code; recovery codes alone do not count."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return Authenticator.objects.filter(user=user, type__in=kinds).exists()


def has_authenticator(user: User) -> bool:
    """Return whether a person has an authenticator's codes; who has a passkey alone has but recovery codes to type."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def in_two_steps(user: User, held: list[T]) -> list[T]:
    """Return what of a person's appointments counts: no staff role while they sign in in one step.

    Every predicate reads `queries.appointments` or `queries.held_today`, so that no door opens, whatever page it is on.
    """
    if not settings.STAFF_SECOND_FACTOR or not any(one.role in STAFF_ROLES for one in held):
        return held
    return held if has_second_factor(user) else [one for one in held if one.role not in STAFF_ROLES]
