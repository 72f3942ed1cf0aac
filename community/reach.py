"""Where somebody can be reached outside the site: only at an address that was proven to be theirs."""

from __future__ import annotations

from collections.abc import Collection

from allauth.account.models import EmailAddress

from community.models import User
from community.models.notices import Channel


def addresses(channel: str, people: Collection[User]) -> dict[int, str]:
    """Return {id of the person: address} for those of `people` who can be reached through a channel.

    Ask for the people with their `shares_phone_of`, or each costs a query.
    """
    if channel == Channel.EMAIL:
        return emails({person.pk for person in people})
    found = {person.pk: phone_for(person) for person in people}
    return {pk: phone for pk, phone in found.items() if phone}


def emails(ids: Collection[int]) -> dict[int, str]:
    """Return the verified e-mail address of each person; the one they use most, where they have several."""
    rows = EmailAddress.objects.filter(user__in=ids, verified=True).order_by("primary", "pk")
    return dict(rows.values_list("user_id", "email")) if ids else {}


def all_emails(person: User) -> list[str]:
    """Return every verified e-mail address of a person, that they use most first."""
    rows = EmailAddress.objects.filter(user=person, verified=True).order_by("-primary", "pk")
    return list(rows.values_list("email", flat=True))


def phone_for(person: User) -> str:
    """Return a person's own verified phone, or that of the one whose phone they share; '' for none."""
    for holder in (person, person.shares_phone_of):
        if holder is not None and holder.phone and holder.phone_verified:
            return holder.phone
    return ""


def mask_email(address: str) -> str:
    """Return an address with all but the first character before the @ hidden."""
    name, _, host = address.partition("@")
    return f"{name[:1]}***@{host}" if host else ""
