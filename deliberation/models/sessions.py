"""Sessions: meetings of a hall, with an agenda of topics."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from community.models import Area
from deliberation.models.halls import Hall, Method, Venue
from deliberation.models.topics import Topic
from deliberation.states import SessionState


class SessionKind(models.TextChoices):
    """What kind of meeting it is."""

    HALL = "hall", _("议事会")
    HEART_TO_HEART = "heart_to_heart", _("恳谈会")
    COMPOUND_COUNCIL = "compound_council", _("小区议事会")
    JOINT_MEETING = "joint_meeting", _("三方联动联席会议")
    HEARING = "hearing", _("听证会")
    RESIDENTS_MEETING = "residents_meeting", _("居民会议")


class SessionQuerySet(models.QuerySet["Session"]):
    """Filters on sessions that chain."""

    def public(self) -> Self:
        """Keep what has been noticed, also where it was cancelled afterwards."""
        return self.filter(noticed_at__isnull=False)


class Session(models.Model):
    """One meeting on a date (议事协商活动); what it deliberates stands on its agenda."""

    title = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("类别"), max_length=20, choices=SessionKind, default=SessionKind.HALL)
    hall = models.ForeignKey(Hall, models.PROTECT, related_name="sessions", verbose_name=_("议事厅"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="sessions", verbose_name=_("地方"))
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    venue = models.ForeignKey(Venue, models.PROTECT, null=True, blank=True, related_name="sessions")
    method = models.ForeignKey(Method, models.PROTECT, null=True, blank=True, related_name="sessions")
    place = models.CharField(_("在哪里开"), max_length=120)
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    state = models.CharField(_("状态"), max_length=20, choices=SessionState, default=SessionState.PLANNED)
    noticed_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    attended = models.PositiveIntegerField(_("到会人数"), null=True, blank=True)
    summary = models.TextField(_("会议情况"), max_length=4000, blank=True)
    cancelled_reason = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("议事协商活动")
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(state__in=("planned", "cancelled")) | Q(noticed_at__isnull=False),
                name="session_not_noticed_is_not_held",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("open", "closed")) | Q(opened_at__isnull=False), name="session_held_was_opened"
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at=None)),
                name="session_closed_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(cancelled_reason=""), name="session_cancelled_has_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["hall", "-starts_at"], name="session_of_hall"),
            models.Index(fields=["town", "-starts_at"], name="session_of_town"),
            models.Index(fields=["state", "starts_at"], name="session_state_starts"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of the session's page."""
        return reverse("session", args=[self.pk])


class AgendaItem(models.Model):
    """A topic on a session's agenda."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="items")
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="agenda_items")
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = _("议程")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["session", "topic"], name="agenda_topic_once"),
            models.UniqueConstraint(fields=["session", "position"], name="agenda_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.position}"
