"""Files that people send: one row each, found by key and never by guessing an address."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


def stored_path(instance: models.Model, filename: str) -> str:
    """Return where a file lies: by the hash of its content, in folders of moderate size."""
    return f"files/{filename[:2]}/{filename}"


class StoredFile(models.Model):
    """A checked file of somebody; its content is re-encoded where its type allows, and its name is its hash.

    `title` is what the sender called it, without path. Who may read it is asked of the record that
    holds it; there is no public address.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="files")
    file = models.FileField(upload_to=stored_path)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(_("字节"))
    title = models.CharField(_("名称"), max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("文件")
        indexes = [models.Index(fields=["owner", "created_at"], name="file_of_owner")]

    def __str__(self) -> str:
        return str(self.key)

    def get_absolute_url(self) -> str:
        """Return the address at which those who may read it get it."""
        return reverse("stored_file", args=[self.key])
