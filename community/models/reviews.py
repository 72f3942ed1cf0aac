"""What was hidden from the public, why, and what its author said to that."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from community.models.areas import Area
from community.models.files import StoredFile


class HideReason(models.TextChoices):
    """Why something is not shown."""

    PERSONAL = "personal", _("写了或拍到了个人信息")
    INSULT = "insult", _("辱骂或攻击他人")
    UNLAWFUL = "unlawful", _("违法或不良信息")
    ADVERTISING = "advertising", _("广告")
    UNRELATED = "unrelated", _("与事情无关")
    OTHER = "other", _("其他")


class AppealState(models.TextChoices):
    """What became of an author's appeal."""

    NONE = "none", _("没有申诉")
    OPEN = "open", _("等复核")
    UPHELD = "upheld", _("维持不公开")
    GRANTED = "granted", _("改为公开")


class HidingQuerySet(models.QuerySet["Hiding"]):
    """Filters on what is hidden that chain."""

    def standing(self) -> Self:
        """Keep what is hidden now."""
        return self.filter(lifted_at=None)

    def of(self, subject: models.Model) -> Self:
        """Keep those of one record."""
        return self.filter(subject_type=ContentType.objects.get_for_model(subject), subject_id=subject.pk)

    def over(self, model: type[models.Model]) -> models.Exists:
        """Return the condition that a row of `model` is hidden now."""
        content_type = ContentType.objects.get_for_model(model)
        return models.Exists(self.standing().filter(subject_type=content_type, subject_id=models.OuterRef("pk")))


class Hiding(models.Model):
    """A staff member keeps something from the public, with a reason that its author reads and may appeal once."""

    subject_type = models.ForeignKey(ContentType, models.PROTECT)
    subject_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(_("原因"), max_length=20, choices=HideReason)
    note = models.CharField(_("说明"), max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    appeal = models.CharField(_("申诉"), max_length=10, choices=AppealState, default=AppealState.NONE)
    appeal_text = models.CharField(_("申诉理由"), max_length=500, blank=True)
    evidence = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    appealed_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(_("复核意见"), max_length=500, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = HidingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("不公开")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"], condition=Q(lifted_at=None), name="hiding_stands_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("by")), name="hiding_appeal_decided_by_another"
            ),
        ]
        indexes = [
            models.Index(fields=["area", "appealed_at"], condition=Q(appeal="open"), name="hiding_appeals"),
            models.Index(fields=["author", "at"], name="hiding_of_author"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type_id} {self.subject_id}"

    def get_absolute_url(self) -> str:
        """Return the page on which its author reads why, and may appeal."""
        return reverse("hiding", args=[self.pk])
