"""Halls, and the places where they meet."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from community.models import Area


class OpenedQuerySet(models.QuerySet["Hall"]):
    """Filters on what is opened on a day and may be closed on another."""

    def standing_on(self, day: date) -> Self:
        """Keep what is open on `day`."""
        return self.filter(Q(closed_on=None) | Q(closed_on__gt=day), opened_on__lte=day)

    def standing_at_end_of(self, year: int) -> Self:
        """Keep what was open on 31 December of `year`."""
        return self.filter(opened_on__year__lte=year).exclude(closed_on__year__lte=year)


class Hall(models.Model):
    """The standing deliberation body of one area (居民议事厅)."""

    name = models.CharField(_("名称"), max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="halls", verbose_name=_("地方"))
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    brand = models.CharField(_("品牌"), max_length=30, blank=True)
    introduction = models.TextField(_("介绍"), max_length=2000, blank=True)
    address = models.CharField(_("地址"), max_length=120, blank=True)
    opened_on = models.DateField(_("成立日"))
    closed_on = models.DateField(_("撤销日"), null=True, blank=True)

    objects = OpenedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("居民议事厅")
        constraints = [models.UniqueConstraint(fields=["area", "name"], name="hall_name_once_in_area")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the hall's page."""
        return reverse("hall", args=[self.pk])


class VenueKind(models.TextChoices):
    """The report's kinds of meeting place."""

    DISCUSSION_POINT = "discussion_point", _("议事点")
    ACTIVITY_CENTRE = "activity_centre", _("小组文化活动中心")
    CULTURE_HALL = "culture_hall", _("文化礼堂")


class Venue(models.Model):
    """A place where a hall meets (议事点, 湾组议事阵地)."""

    kind = models.CharField(_("类别"), max_length=20, choices=VenueKind)
    name = models.CharField(_("名称"), max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="venues", verbose_name=_("地方"))
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    hall = models.ForeignKey(Hall, models.PROTECT, null=True, blank=True, related_name="venues")
    address = models.CharField(_("地址"), max_length=120, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    opened_on = models.DateField(_("启用日"))
    closed_on = models.DateField(_("停用日"), null=True, blank=True)

    objects = OpenedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("议事阵地")
        indexes = [models.Index(fields=["kind", "opened_on"], name="venue_kind_opened")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the venue's page."""
        return reverse("venue", args=[self.pk])


class Method(models.Model):
    """A written-up way of working (议事协商工作法), such as “长廊夜话”; `steps` are what a new worker follows, one a line."""

    name = models.CharField(_("名称"), max_length=60)
    brand = models.CharField(_("品牌"), max_length=30, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="methods", verbose_name=_("地方"))
    town = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    hall = models.ForeignKey(Hall, models.PROTECT, null=True, blank=True, related_name="methods")
    summary = models.CharField(_("一句话介绍"), max_length=120)
    suits = models.CharField(_("适合什么事"), max_length=200, blank=True)
    steps = models.TextField(_("步骤，一行一步"), max_length=3000)
    opened_on = models.DateField(_("总结日"))
    closed_on = models.DateField(_("停用日"), null=True, blank=True)

    objects = OpenedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("议事协商工作法")
        constraints = [models.UniqueConstraint(fields=["area", "name"], name="method_name_once_in_area")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the method's page."""
        return reverse("method", args=[self.pk])
