"""What somebody outside knows of who a person is and where they live; IDENTITY_CHECK names the class.

The district signs a contract with a provider and puts its class here. Without one nobody is checked
online, and the page does not offer it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

# An ID number of the demo that ends so is one that the demo's check does not know.
UNKNOWN_ENDINGS = ("0", "X")


class CheckUnavailable(Exception):  # noqa: N818  (its name says what happened)
    """The provider did not answer; nothing was found out. Holds neither name nor number."""


@dataclass(frozen=True)
class Claim:
    """What somebody says of themself: the home is a place by its code and name, and the address within it."""

    name: str
    id_number: str
    home_code: str
    home_name: str
    address: str


@dataclass(frozen=True)
class Found:
    """What a provider found true, each for itself.

    `is_identity`: the name belongs to the ID number. `is_residence`: this person lives at this very home.
    Who knows nothing of homes leaves it False: then the community has to see a proof of the home.
    """

    is_identity: bool
    is_residence: bool = False


class IdentityCheck(Protocol):
    """What a provider's class has to offer."""

    is_offered: bool

    def check(self, claim: Claim) -> Found:
        """Return what was found true of a claim; CheckUnavailable where nobody answered."""


class NoCheck:
    """Where no provider is set: online verification is not offered."""

    is_offered = False

    def check(self, claim: Claim) -> Found:
        """Answer nothing."""
        raise CheckUnavailable


class InventedCheck:
    """The demo's, which asks nobody: it knows every number but those that end in 0 or X, and nobody's home."""

    is_offered = True

    def check(self, claim: Claim) -> Found:
        """Return what the demo makes up."""
        return Found(is_identity=not claim.id_number.endswith(UNKNOWN_ENDINGS))


def identity_check() -> IdentityCheck:
    """Return the check that IDENTITY_CHECK names."""
    return import_string(settings.IDENTITY_CHECK)()
