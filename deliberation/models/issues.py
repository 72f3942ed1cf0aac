"""Issues: what residents raise, with everything that happened to each."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.search import index

from community.models import Area, Resident, Rule, Unit
from deliberation.states import FINAL_STATES, STATE_GROUPS, IssueState, Outcome

TITLE_LENGTH = 60
DETAILS_LENGTH = 2000
ADDRESS_LENGTH = 100
NOTE_LENGTH = 500
PHOTOS_MOST = 9


class Urgency(models.TextChoices):
    """How fast a category has to be accepted (rules.md section 2)."""

    DANGER = "danger", _("有危险")
    UTILITY = "utility", _("水电气热")
    ORDINARY = "ordinary", _("一般")


class CategoryQuerySet(models.QuerySet["Category"]):
    """Filters on categories that chain."""

    def in_use(self, day: date) -> Self:
        """Keep those that may be chosen on `day`."""
        return self.filter(Q(retired_on=None) | Q(retired_on__gt=day))


class Category(models.Model):
    """A kind of issue; it sets the terms and which kind of unit usually handles it."""

    code = models.SlugField(unique=True)
    name = models.CharField(_("名称"), max_length=30)
    hint = models.CharField(_("举例"), max_length=80, blank=True)
    urgency = models.CharField(_("缓急"), max_length=10, choices=Urgency, default=Urgency.ORDINARY)
    handle_rule = models.CharField(_("办理时限规则"), max_length=60, default="issue.handle")
    unit_kind = models.CharField(_("通常由谁办"), max_length=30, blank=True)
    position = models.PositiveSmallIntegerField(_("次序"), default=0)
    retired_on = models.DateField(_("停用日"), null=True, blank=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("问题类别")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a rule that is not in force or sets no term: the next dispatch would have no end."""
        super().clean()
        if not Rule.objects.in_force(timezone.localdate()).terms().filter(key=self.handle_rule).exists():
            raise ValidationError(
                {"handle_rule": _("没有这条正在施行的期限规则：请选一条按小时、天或工作日计的规则。")}
            )

    @property
    def accept_rule(self) -> str:
        """Return the key of the rule by which an issue of this category has to be accepted."""
        return f"issue.accept.{self.urgency}"


class SeriesKind(models.TextChoices):
    """What is numbered, by what stands in its numbers between district and year; issues have nothing there."""

    ISSUE = "", _("问题")
    TOPIC = "T", _("议题")
    RESOLUTION = "R", _("决议")


class NumberSeries(models.Model):
    """The last number given in a year; its row is locked while a number is taken, so none is given twice."""

    kind = models.CharField(max_length=1, choices=SeriesKind, default=SeriesKind.ISSUE, blank=True)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("编号")
        constraints = [models.UniqueConstraint(fields=["kind", "year"], name="number_series_once")]

    def __str__(self) -> str:
        return f"{self.kind}{self.year}: {self.last}"


class IssueQuerySet(models.QuerySet["Issue"]):
    """Filters on issues that chain."""

    def public(self) -> Self:
        """Keep what anybody may see."""
        return self.filter(is_public=True)

    def in_group(self, group: str) -> Self:
        """Keep the states of a group by which the public filters; an unknown group keeps none."""
        return self.filter(state__in=STATE_GROUPS.get(group, ()))

    def collected_in(self, year: int) -> Self:
        """Keep what counts as collected in `year`: raised then and not withdrawn by its reporter."""
        return self.filter(raised_at__year=year).exclude(state=IssueState.WITHDRAWN)

    def resolved(self) -> Self:
        """Keep what stands as resolved now: closed as such, or resolved and not rated yet."""
        return self.filter(
            Q(state=IssueState.RESOLVED, rating=None) | Q(state=IssueState.CLOSED, outcome=Outcome.RESOLVED)
        )


class Issue(index.Indexed, models.Model):
    """What a resident raises (问题、诉求).

    `area` is the smallest place that is known, `community` the community or village above it and
    `town` its town, kept on the row so that public lists need no tree. `latitude` and `longitude`
    (WGS 84) are what staff see; `shown_latitude` and `shown_longitude` are what the public sees: near
    the reporter's home, that of the compound. `is_public` is what reviewing made of it.
    """

    number = models.CharField(_("编号"), max_length=20, unique=True)
    submission_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    category = models.ForeignKey(Category, models.PROTECT, related_name="issues", verbose_name=_("类别"))
    title = models.CharField(_("什么事"), max_length=TITLE_LENGTH)
    details = models.TextField(_("详细情况"), max_length=DETAILS_LENGTH, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="issues", verbose_name=_("地方"))
    community = models.ForeignKey(Area, models.PROTECT, related_name="community_issues")
    town = models.ForeignKey(Area, models.PROTECT, related_name="town_issues")
    address = models.CharField(_("在哪里"), max_length=ADDRESS_LENGTH, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    shown_latitude = models.FloatField(null=True, blank=True)
    shown_longitude = models.FloatField(null=True, blank=True)
    geohash = models.CharField(max_length=12, blank=True, db_index=True)

    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="issues")
    represented = models.ForeignKey(Resident, models.PROTECT, null=True, blank=True, related_name="issues")
    is_private = models.BooleanField(_("只给办理的人看"), default=False)
    is_public = models.BooleanField(_("已公开"), default=False)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_note = models.CharField(max_length=NOTE_LENGTH, blank=True)

    state = models.CharField(_("状态"), max_length=20, choices=IssueState, default=IssueState.RAISED)
    outcome = models.CharField(_("结果"), max_length=20, choices=Outcome, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="issues")
    return_count = models.PositiveSmallIntegerField(default=0)
    rework_count = models.PositiveSmallIntegerField(default=0)
    endorsement_count = models.PositiveIntegerField(default=0)
    escalated_at = models.DateTimeField(null=True, blank=True)
    rating = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    raised_at = models.DateTimeField(_("反映时间"))
    dispatched_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = IssueQuerySet.as_manager()
    search_fields = [
        index.SearchField("title", boost=2),
        index.SearchField("details"),
        index.SearchField("address"),
        index.SearchField("number"),
        index.AutocompleteField("title"),
        index.FilterField("is_public"),
    ]

    class Meta:
        verbose_name = verbose_name_plural = _("问题")
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_public=False) | Q(reviewed_at__isnull=False, is_private=False),
                name="issue_public_only_when_reviewed_and_not_private",
            ),
            models.CheckConstraint(
                condition=(Q(outcome="") & ~Q(state__in=sorted(FINAL_STATES)))
                | (~Q(outcome="") & Q(state__in=sorted(FINAL_STATES))),
                name="issue_outcome_exactly_when_final",
            ),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__gte=1, rating__lte=5), name="issue_rating_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None) | Q(latitude__isnull=False, longitude__isnull=False),
                name="issue_point_whole",
            ),
            models.CheckConstraint(
                condition=Q(dispatched_at=None) | Q(dispatched_at__gte=F("raised_at")), name="issue_times_in_order"
            ),
        ]
        indexes = [
            models.Index("raised_at", "id", condition=Q(is_public=True), name="issue_public"),
            models.Index("town", "raised_at", "id", condition=Q(is_public=True), name="issue_public_town"),
            models.Index("community", "raised_at", "id", condition=Q(is_public=True), name="issue_public_community"),
            models.Index("category", "raised_at", "id", condition=Q(is_public=True), name="issue_public_category"),
            models.Index("state", "raised_at", "id", condition=Q(is_public=True), name="issue_public_state"),
            models.Index("reporter", "raised_at", "id", name="issue_of_reporter"),
            models.Index(
                "area", "raised_at", condition=Q(reviewed_at=None, is_private=False), name="issue_waits_for_review"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """Return the address of the issue's page."""
        return reverse("issue", args=[self.number])

    @property
    def is_final(self) -> bool:
        """Return whether nothing more can happen to it."""
        return self.state in FINAL_STATES

    @property
    def is_with_town(self) -> bool:
        """Return whether the last rework failed too, so that the town ends it; else a resolved one waits for its rating."""
        return self.state == IssueState.RESOLVED and self.rating is not None

    @classmethod
    def get_indexed_objects(cls) -> models.QuerySet[Issue]:
        """Return what the search index holds: public issues alone."""
        return cls.objects.public()

    def get_indexed_instance(self) -> Issue | None:
        """Return this issue for the index, or None where it must not be found."""
        return self if self.is_public else None


class IssueEvent(models.Model):
    """One step of an issue's life; what the public page tells from.

    `is_public` says whether the step is told there, `is_text_public` whether its words are: what a
    resident wrote is public only after staff has seen it, and what staff asks one person never.
    Reviewing sets the two; nothing else of an event is ever changed. `photos` may belong to it.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="events")
    verb = models.CharField(max_length=20)
    state = models.CharField(max_length=20, choices=IssueState)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.CharField(max_length=NOTE_LENGTH, blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    is_public = models.BooleanField(default=True)
    is_text_public = models.BooleanField(default=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("办理经过")
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["issue", "at", "id"], name="event_of_issue"),
            models.Index("verb", "at", condition=Q(is_text_public=False), name="event_waits_for_review"),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.verb}"


class PhotoKind(models.TextChoices):
    """Which half of the pair a photo belongs to."""

    BEFORE = "before", _("办前")
    AFTER = "after", _("办后")


def photo_path(instance: models.Model, filename: str) -> str:
    """Return where a photo lies: by the hash of its content, in folders of moderate size."""
    return f"issues/{filename[:2]}/{filename}"


class Photo(models.Model):
    """A re-encoded photo in two sizes."""

    image = models.FileField(upload_to=photo_path)
    thumbnail = models.FileField(upload_to=photo_path)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField(_("字节"), default=0)

    class Meta:
        abstract = True


class IssuePhoto(Photo):
    """A photo of an issue, before or after; public once somebody has seen it."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="photos")
    event = models.ForeignKey(IssueEvent, models.PROTECT, related_name="photos")
    kind = models.CharField(max_length=10, choices=PhotoKind)
    is_public = models.BooleanField(default=False)
    taken_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("照片")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.kind}"


class PhotoDraft(Photo):
    """A photo sent with a form that had a mistake elsewhere; kept so that nobody has to choose it again."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    submission_key = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("照片草稿")
        indexes = [models.Index(fields=["owner", "submission_key"], name="photo_draft_of_form")]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.submission_key}"


class Endorsement(models.Model):
    """A resident says: me too (附议)."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="endorsements")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="endorsements")
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("附议")
        constraints = [models.UniqueConstraint(fields=["issue", "user"], name="endorsement_once")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.user_id}"


class Follow(models.Model):
    """Somebody who is told of each step."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="follows")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="follows")
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("关注")
        constraints = [models.UniqueConstraint(fields=["issue", "user"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.user_id}"
