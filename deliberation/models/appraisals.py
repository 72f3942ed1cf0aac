"""Appraisals: the periodic rating of a property company, a unit or a result by those it serves (评议监督)."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from community.models import Area, Unit
from deliberation.models.issues import NOTE_LENGTH
from deliberation.models.resolutions import Resolution
from deliberation.states import AppraisalState


class AppraisalQuerySet(models.QuerySet["Appraisal"]):
    """Filters on appraisals that chain."""

    def public(self) -> Self:
        """Keep what has been noticed."""
        return self.filter(noticed_at__isnull=False)

    def to_open(self, at: datetime) -> Self:
        """Keep those whose opening has come."""
        return self.filter(state=AppraisalState.NOTICED, opens_at__lte=at)

    def to_publish(self, at: datetime) -> Self:
        """Keep those whose closing has passed."""
        return self.filter(state=AppraisalState.OPEN, closes_at__lte=at)


class Appraisal(models.Model):
    """One round of rating, of exactly one unit or one result, by the verified residents of `area`.

    `voices`, `total` and `stars` (how many gave 1 to 5) are written when it is published.
    """

    title = models.CharField(_("名称"), max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="appraisals", verbose_name=_("地方"))
    town = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="appraisals")
    resolution = models.ForeignKey(Resolution, models.PROTECT, null=True, blank=True, related_name="appraisals")
    period_from = models.DateField(_("评议哪段时间：从"))
    period_to = models.DateField(_("到"))
    opens_at = models.DateTimeField(_("开始"))
    closes_at = models.DateTimeField(_("截止"))
    state = models.CharField(_("状态"), max_length=10, choices=AppraisalState, default=AppraisalState.DRAFT)
    noticed_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    voices = models.PositiveIntegerField(null=True, blank=True)
    total = models.PositiveIntegerField(null=True, blank=True)
    stars = models.JSONField(default=list, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = AppraisalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("评议监督")
        ordering = ["-opens_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, resolution=None) | Q(unit=None, resolution__isnull=False),
                name="appraisal_of_one_thing",
            ),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="appraisal_closes_after_it_opens"),
            models.CheckConstraint(condition=Q(period_to__gte=F("period_from")), name="appraisal_days_in_order"),
            models.CheckConstraint(
                condition=Q(state="published", published_at__isnull=False, voices__isnull=False, total__isnull=False)
                | (~Q(state="published") & Q(published_at=None, voices=None, total=None)),
                name="appraisal_published_has_its_sums",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "opens_at"], name="appraisal_state_opens"),
            models.Index(fields=["unit", "-opens_at"], name="appraisal_of_unit"),
            models.Index(fields=["area", "-opens_at"], name="appraisal_of_area"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of the appraisal's page."""
        return reverse("appraisal", args=[self.pk])

    @property
    def mean(self) -> Fraction | None:
        """Return the mean of the ratings; None where too few rated for it to be shown."""
        if not self.voices or not self.stars or self.total is None:
            return None
        return Fraction(self.total, self.voices)


class AppraisalVoice(models.Model):
    """One resident's rating in a round; who gave it is shown to nobody, its words after a staff member has seen them."""

    appraisal = models.ForeignKey(Appraisal, models.PROTECT, related_name="given")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="appraisal_voices")
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    text = models.CharField(max_length=NOTE_LENGTH, blank=True)
    is_public = models.BooleanField(default=False)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("评议的声音")
        constraints = [
            models.UniqueConstraint(fields=["appraisal", "user"], name="appraisal_voice_once"),
            models.CheckConstraint(condition=Q(rating__gte=1, rating__lte=5), name="appraisal_voice_1_to_5"),
            models.CheckConstraint(
                condition=Q(is_public=False) | Q(reviewed_at__isnull=False), name="appraisal_voice_public_when_reviewed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.appraisal_id} {self.rating}"
