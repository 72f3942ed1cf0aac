"""Whether a name and an ID number belong together, asked of somebody who knows; IDENTITY_CHECK names the class.

The district signs a contract with a provider and puts its class here. Without one nobody is verified
online, and the page does not offer it.
"""

from __future__ import annotations

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

# An ID number of the demo that ends so is one that the demo's check does not know.
UNKNOWN_ENDINGS = ("0", "X")


class CheckUnavailable(Exception):  # noqa: N818  (its name says what happened)
    """The provider did not answer; nothing was found out. Holds neither name nor number."""


class IdentityCheck(Protocol):
    """What a provider's class has to offer."""

    is_offered: bool

    def matches(self, name: str, id_number: str) -> bool:
        """Return whether this name belongs to this ID number; CheckUnavailable where nobody answered."""


class NoCheck:
    """Where no provider is set: online verification is not offered."""

    is_offered = False

    def matches(self, name: str, id_number: str) -> bool:
        """Answer nothing."""
        raise CheckUnavailable


class InventedCheck:
    """The demo's, which asks nobody: it knows every number but those that end in 0 or X."""

    is_offered = True

    def matches(self, name: str, id_number: str) -> bool:
        """Return what the demo makes up."""
        return not id_number.endswith(UNKNOWN_ENDINGS)


def identity_check() -> IdentityCheck:
    """Return the check that IDENTITY_CHECK names."""
    return import_string(settings.IDENTITY_CHECK)()
