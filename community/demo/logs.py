"""Lines of Wagtail's action log in bulk, as community/log.py writes them one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from wagtail.models import ModelLogEntry

from community.log import label_of
from community.models import User


def log_line(instance: models.Model, action: str, *, by: User, at: datetime, **data: Any) -> ModelLogEntry:
    """Return the unsaved line for what happened to a saved record."""
    return ModelLogEntry(
        content_type=ContentType.objects.get_for_model(instance, for_concrete_model=False),
        object_id=str(instance.pk),
        label=label_of(instance),
        action=action,
        timestamp=at,
        user=by,
        data=data,
    )


def write_lines(lines: list[ModelLogEntry]) -> None:
    """Insert lines of the action log."""
    ModelLogEntry.objects.bulk_create(lines, batch_size=500)
