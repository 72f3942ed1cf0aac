"""Telling people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from community.models import Notice, User


def notify(recipients: Iterable[User], message: str, *, url: str, at: datetime, **params: Any) -> None:
    """Tell each of `recipients` once, when the transaction around the call has held.

    `message` is a Chinese sentence marked with gettext_noop, with named placeholders for `params`.
    """
    people = {person.pk: person for person in recipients if person.is_active}
    rows = [
        Notice(recipient=person, message=message, params=params, url=url, created_at=at)
        for _, person in sorted(people.items())
    ]
    transaction.on_commit(lambda: Notice.objects.bulk_create(rows))


def read_notices(*, by: User, at: datetime) -> None:
    """Mark all of a person's notices as read."""
    Notice.objects.filter(recipient=by).unread().update(read_at=at)
