"""Resolutions: what was decided, the publicity it stands in, who does what by when, and how it is rated."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from community.models import Area, Resident, Unit
from deliberation.models.ballots import Ballot
from deliberation.models.halls import Hall
from deliberation.models.issues import NOTE_LENGTH, Photo
from deliberation.models.sessions import Session
from deliberation.models.topics import OPINION_LENGTH, Topic
from deliberation.states import CommitmentState, ResolutionState


class ResolutionQuerySet(models.QuerySet["Resolution"]):
    """Filters on resolutions that chain."""

    def standing(self) -> Self:
        """Keep those that nobody has revoked."""
        return self.exclude(state=ResolutionState.REVOKED)


class Resolution(models.Model):
    """What was decided (决议、协商意见): of a topic, of a ballot, or of both; published from its first moment."""

    number = models.CharField(_("编号"), max_length=20, unique=True)
    title = models.CharField(_("标题"), max_length=80)
    text = models.TextField(_("内容"), max_length=OPINION_LENGTH)
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="resolutions")
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="resolutions")
    ballot = models.OneToOneField(Ballot, models.PROTECT, null=True, blank=True, related_name="+")
    hall = models.ForeignKey(Hall, models.PROTECT, null=True, blank=True, related_name="resolutions")
    area = models.ForeignKey(Area, models.PROTECT, related_name="resolutions", verbose_name=_("地方"))
    town = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    state = models.CharField(_("状态"), max_length=20, choices=ResolutionState, default=ResolutionState.PUBLISHED)
    revoked_reason = models.CharField(_("撤销的原因"), max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("公布时间"))
    carried_out_from = models.DateTimeField(null=True, blank=True)
    evaluation_ends_at = models.DateTimeField(null=True, blank=True)
    evaluated_at = models.DateTimeField(null=True, blank=True)

    objects = ResolutionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("决议")
        ordering = ["-published_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(topic__isnull=False) | Q(ballot__isnull=False), name="resolution_of_a_topic_or_a_ballot"
            ),
            models.UniqueConstraint(
                fields=["topic"],
                condition=Q(topic__isnull=False) & ~Q(state="revoked"),
                name="resolution_one_standing_of_a_topic",
            ),
            models.CheckConstraint(
                condition=~Q(state="revoked") | ~Q(revoked_reason=""), name="resolution_revoked_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(state="evaluated", evaluated_at__isnull=False) | (~Q(state="evaluated") & Q(evaluated_at=None)),
                name="resolution_evaluated_has_a_time",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["-published_at", "-id"], name="resolution_newest"),
            models.Index(fields=["town", "-published_at", "-id"], name="resolution_of_town"),
            models.Index(fields=["hall", "-published_at"], name="resolution_of_hall"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """Return the address of the resolution's page."""
        return reverse("resolution", args=[self.number])


class PublicNoticeKind(models.TextChoices):
    """What is shown for objections."""

    TOPIC = "topic", _("议题公示")
    ROLL = "roll", _("选民名册公示")
    RESULT = "result", _("结果公示")


class PublicNoticeQuerySet(models.QuerySet["PublicNotice"]):
    """Filters on notices that chain."""

    def running(self, at: datetime) -> Self:
        """Keep those whose term has not ended."""
        return self.filter(ended_at=None, starts_at__lte=at, ends_at__gte=at)


class PublicNotice(models.Model):
    """A text shown for N days (公示); about exactly one of a topic, a ballot's roll, or a resolution.

    `ends_at` is when the term ends, `ended_at` when it was ended before that (withdrawn with its subject).
    """

    kind = models.CharField(max_length=10, choices=PublicNoticeKind)
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="notices")
    ballot = models.ForeignKey(Ballot, models.PROTECT, null=True, blank=True, related_name="notices")
    resolution = models.ForeignKey(Resolution, models.PROTECT, null=True, blank=True, related_name="notices")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    text = models.TextField(_("公示内容"), max_length=OPINION_LENGTH)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = PublicNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("公示")
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="topic", topic__isnull=False, ballot=None, resolution=None)
                | Q(kind="roll", topic=None, ballot__isnull=False, resolution=None)
                | Q(kind="result", topic=None, ballot=None, resolution__isnull=False),
                name="public_notice_of_one_thing",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="public_notice_ends_after_it_starts"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts_at:%Y-%m-%d}"


class ObjectionState(models.TextChoices):
    """What became of an objection."""

    OPEN = "open", _("等答复")
    UPHELD = "upheld", _("有理，已照改")
    DECLINED = "declined", _("没有采纳")


class Objection(models.Model):
    """What somebody says against what is shown (异议), and the answer; against a roll it is never public."""

    notice = models.ForeignKey(PublicNotice, models.PROTECT, related_name="objections")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="objections")
    represented = models.ForeignKey(Resident, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.CharField(_("有什么意见"), max_length=NOTE_LENGTH)
    is_public = models.BooleanField(default=False)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=ObjectionState, default=ObjectionState.OPEN)
    answer = models.CharField(_("答复"), max_length=NOTE_LENGTH, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("异议")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None) | (~Q(state="open") & ~Q(answer="") & Q(answered_at__isnull=False)),
                name="objection_answered_with_words",
            ),
            models.CheckConstraint(
                condition=Q(is_public=False) | Q(reviewed_at__isnull=False), name="objection_public_only_when_reviewed"
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["notice", "state"], name="objection_of_notice")]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.pk}"

    def locked_before(self) -> list[models.QuerySet]:
        """Return what verbs lock before an objection, in their order."""
        return [Resolution.objects.filter(pk=self.notice.resolution_id)] if self.notice.resolution_id else []


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    """Filters on commitments that chain."""

    def open(self) -> Self:
        """Keep those that are still to be done."""
        return self.filter(state=CommitmentState.OPEN)

    def overdue(self, day: date) -> Self:
        """Keep those whose last day has passed."""
        return self.open().filter(due_on__lt=day)


class Commitment(models.Model):
    """Who does what by when (任务、责任人、期限). `due_on` is the last day, `next_update_on` when word is due next."""

    resolution = models.ForeignKey(Resolution, models.PROTECT, related_name="commitments")
    text = models.CharField(_("做什么"), max_length=200)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="commitments", verbose_name=_("谁来办"))
    due_on = models.DateField(_("哪天办完"))
    next_update_on = models.DateField(_("哪天前说进展"))
    state = models.CharField(_("状态"), max_length=10, choices=CommitmentState, default=CommitmentState.OPEN)
    ended_at = models.DateTimeField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=1)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("任务")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="commitment_ended_exactly_when_not_open",
            ),
            models.CheckConstraint(
                condition=Q(next_update_on__lte=F("due_on")), name="commitment_update_before_it_is_due"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state", "due_on"], name="commitment_of_unit"),
            models.Index(fields=["state", "due_on"], name="commitment_due"),
        ]

    def __str__(self) -> str:
        return self.text

    def locked_before(self) -> list[models.QuerySet]:
        """Return what verbs lock before a commitment."""
        return [Resolution.objects.filter(pk=self.resolution_id)]


class CommitmentUpdate(models.Model):
    """What a responsible unit tells of its progress."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="updates")
    verb = models.CharField(max_length=10, default="update")
    text = models.CharField(_("进展"), max_length=NOTE_LENGTH)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("任务进展")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.commitment_id} {self.verb}"


class CommitmentPhoto(Photo):
    """A photo that proves progress."""

    update = models.ForeignKey(CommitmentUpdate, models.PROTECT, related_name="photos")
    taken_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("任务的照片")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.update_id}"


class Evaluation(models.Model):
    """How somebody concerned rates what came of a resolution (评议、满意度)."""

    resolution = models.ForeignKey(Resolution, models.PROTECT, related_name="evaluations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="evaluations")
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    text = models.CharField(max_length=NOTE_LENGTH, blank=True)
    is_public = models.BooleanField(default=False)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("评议")
        constraints = [
            models.UniqueConstraint(fields=["resolution", "user"], name="evaluation_once"),
            models.CheckConstraint(condition=Q(rating__gte=1, rating__lte=5), name="evaluation_1_to_5"),
            models.CheckConstraint(
                condition=Q(is_public=False) | Q(reviewed_at__isnull=False), name="evaluation_public_only_when_reviewed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resolution_id} {self.rating}"
