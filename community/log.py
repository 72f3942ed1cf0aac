"""Who did what when: Wagtail's action log, with the moment and the person given, never implied."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from wagtail.log_actions import log

from community.models import User


def record(instance: models.Model, action: str, *, by: User, at: datetime, **data: Any) -> None:
    """Write one line of the action log; `data` holds plain values and never a personal one.

    The line is labelled by number: what a private issue is about is none of an administrator's business.
    """
    log(instance=instance, action=action, user=by, timestamp=at, title=label_of(instance), data=data)


def label_of(instance: models.Model) -> str:
    """Return what the log calls a record: its number, or its key where it has none."""
    return str(getattr(instance, "number", instance.pk))
