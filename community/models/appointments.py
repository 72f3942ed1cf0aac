"""Who holds which role, over what, from when to when."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from community.models.areas import Area, Unit
from community.roles import AREA_ROLES, UNIT_ROLES, Role


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Filters on appointments that chain."""

    def in_force(self, day: date) -> Self:
        """Keep those that hold on `day`, both ends included."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)


class Appointment(models.Model):
    """One person, one role, over exactly one area or one unit, from a day to a day."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointments")
    role = models.CharField(_("角色"), max_length=30, choices=Role)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="appointments")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="appointments")
    starts_on = models.DateField(_("起"))
    ends_on = models.DateField(_("止"), null=True, blank=True)
    appointed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

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
        ]
        indexes = [models.Index(fields=["user", "role"], name="appointment_user_role")]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.area or self.unit}"
