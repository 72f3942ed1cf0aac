"""Keeping who was of which household: written down by whatever takes somebody out of one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from community.models import FormerMember
from community.permissions import FAMILY_DAYS


def keep_membership(residents: Iterable[int], household: int | None, *, at: datetime) -> None:
    """Write down that some residents belonged to a household until now; forget what of theirs is too long ago.

    Called in the caller's transaction, which has locked the residents.
    """
    if household is None:
        return
    people = list(residents)
    FormerMember.objects.filter(resident__in=people, until__lt=at - timedelta(days=FAMILY_DAYS)).delete()
    FormerMember.objects.bulk_create(FormerMember(resident_id=pk, household_id=household, until=at) for pk in people)
