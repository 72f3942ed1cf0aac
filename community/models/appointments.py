"""Who holds which role, over what, from when to when."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from community.models.areas import Area, Unit
from community.roles import AREA_ROLES, UNIT_ROLES, Role


class EndReason(models.TextChoices):
    """Why an appointment ended before its day, or without one."""

    LEFT = "left", _("离任")
    MOVED = "moved", _("调岗")
    REVIEW = "review", _("年度复核不再任职")
    MERGED = "merged", _("区划调整")
    MISTAKE = "mistake", _("任错了")
    BACK = "back", _("本人回来了")
    ORIGIN = "origin", _("被代的任职结束了")


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Filters on appointments that chain."""

    def in_force(self, day: date) -> Self:
        """Keep those that hold on `day`, both ends included; one that was stopped at once does not hold its last."""
        lasts = Q(ends_on=None) | Q(ends_on__gt=day) | Q(ends_on=day, stopped_at=None)
        return self.filter(lasts, starts_on__lte=day)

    def not_over(self, day: date) -> Self:
        """Keep those that hold on `day` or will hold later."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=day) | Q(ends_on=day, stopped_at=None))

    def lying_in(self, area_id: int) -> Self:
        """Keep those over an area or below it, and those in units there."""
        area = Area.objects.filter(pk=area_id).first()
        if area is None:
            return self.none()
        return self.filter(Q(area__path__startswith=area.path) | Q(unit__area__path__startswith=area.path))

    def own(self) -> Self:
        """Leave out those that somebody holds for an absent colleague."""
        return self.filter(delegated_from=None)


class Appointment(models.Model):
    """One person, one role, over exactly one area or one unit, from a day to a day.

    `delegated_from` names the appointment that an absent colleague keeps: a delegation ends with it
    and can't be passed on. `ends_on` is the last day, but where `stopped_at` says that it was stopped at
    once. `reviewed_on` is when the yearly review last confirmed it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointments")
    role = models.CharField(_("角色"), max_length=30, choices=Role)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="appointments")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="appointments")
    starts_on = models.DateField(_("起"))
    ends_on = models.DateField(_("止"), null=True, blank=True)
    appointed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    delegated_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="delegations")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(_("离任原因"), max_length=10, choices=EndReason, blank=True)
    reviewed_on = models.DateField(_("上次复核"), null=True, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("任职")
        constraints = [
            models.CheckConstraint(
                condition=(Q(area__isnull=False) & Q(unit=None) & Q(role__in=sorted(AREA_ROLES)))
                | (Q(area=None) & Q(unit__isnull=False) & Q(role__in=sorted(UNIT_ROLES))),
                name="appointment_names_what_its_role_needs",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="appointment_days_in_order"
            ),
            models.CheckConstraint(
                condition=Q(delegated_from=None) | Q(ends_on__isnull=False), name="appointment_delegation_ends"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | Q(ends_on__isnull=False), name="appointment_stopped_has_a_day"
            ),
            models.UniqueConstraint(
                fields=["user", "role", "area"],
                condition=Q(ends_on=None, area__isnull=False),
                name="appointment_open_once_over_area",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "unit"],
                condition=Q(ends_on=None, unit__isnull=False),
                name="appointment_open_once_in_unit",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "role"], name="appointment_user_role"),
            models.Index(fields=["role", "area"], name="appointment_role_area"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.area or self.unit}"

    def get_absolute_url(self) -> str:
        """Return the page of this appointment on the desk."""
        return reverse("appointment", args=[self.pk])

    @property
    def place(self) -> Area:
        """Return where it is held: its area, or that of its unit."""
        found = self.area or (self.unit.area if self.unit else None)
        assert found is not None  # a constraint sees to it
        return found

    def is_over(self, day: date) -> bool:
        """Return whether it holds neither on `day` nor later."""
        return self.ends_on is not None and (self.ends_on < day or (self.ends_on == day and bool(self.stopped_at)))

    def holds_on(self, day: date) -> bool:
        """Return whether it holds on `day`."""
        return self.starts_on <= day and not self.is_over(day)
