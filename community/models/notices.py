"""What a person is told, in the site; e-mail and SMS join as further channels."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Filters on notices that chain."""

    def unread(self) -> Self:
        """Keep what the person has not opened yet."""
        return self.filter(read_at=None)


class Notice(models.Model):
    """One sentence to one person, with the address where they go on.

    `message` is the Chinese sentence with named placeholders as gettext knows it, and `params` are
    their values: so a notice is read in whatever language its reader has chosen.
    """

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    message = models.CharField(max_length=300)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=200)
    created_at = models.DateTimeField(_("时间"))
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("通知")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["recipient", "-created_at", "-id"], name="notice_of_recipient")]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """Return the sentence in the reader's language."""
        return gettext(self.message) % self.params
