"""Places and the units that act in them."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet


class AreaKind(models.TextChoices):
    """The kinds of place, from the district down."""

    DISTRICT = "district", _("区")
    TOWN = "town", _("镇街")
    VILLAGE = "village", _("村")
    COMMUNITY = "community", _("社区")
    COMPOUND = "compound", _("小区")
    VILLAGE_GROUP = "village_group", _("湾组")


# The places that a merger may join, or a split divide, stand on one of these levels.
LEVELS: dict[str, tuple[str, ...]] = {
    kind: level
    for level in (
        (AreaKind.TOWN,),
        (AreaKind.COMMUNITY, AreaKind.VILLAGE),
        (AreaKind.COMPOUND, AreaKind.VILLAGE_GROUP),
    )
    for kind in level
}


# What may lie directly below what.
BELOW: dict[str, tuple[str, ...]] = {
    AreaKind.DISTRICT: LEVELS[AreaKind.TOWN],
    AreaKind.TOWN: LEVELS[AreaKind.COMMUNITY],
    AreaKind.COMMUNITY: LEVELS[AreaKind.COMPOUND],
    AreaKind.VILLAGE: LEVELS[AreaKind.COMPOUND],
}


class AreaQuerySet(MP_NodeQuerySet):
    """Filters on places that chain."""

    def valid_on(self, day: date) -> Self:
        """Keep the places that exist on `day`."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def within(self, area: Area) -> Self:
        """Keep `area` and everything below it."""
        return self.filter(path__startswith=area.path)

    def committees(self) -> Self:
        """Keep the communities and villages: the level that has a residents' or villagers' committee."""
        return self.filter(kind__in=LEVELS[AreaKind.COMMUNITY])

    def homes(self) -> Self:
        """Keep the compounds and village groups: the level on which people live."""
        return self.filter(kind__in=LEVELS[AreaKind.COMPOUND])

    def level_of(self, area: Area) -> Self:
        """Keep the places on the same level as `area`."""
        return self.filter(kind__in=LEVELS.get(area.kind, ()))


class AreaManager(MP_NodeManager.from_queryset(AreaQuerySet)):  # type: ignore[misc]
    """Areas in the order of the tree."""

    def get_queryset(self) -> AreaQuerySet:
        """Return every place, in tree order."""
        return AreaQuerySet(self.model, using=self._db).order_by("path")


class Area(MP_Node):
    """A place; a role over it covers everything below it.

    A merger or split ends a place (`valid_to`), names its `successor` and moves it below that in the
    tree: records keep pointing to the place as it was, and follow its successor all the same.
    `latitude` and `longitude` are the point at which the place is shown, and `boundary` is the geometry
    of a GeoJSON polygon in WGS 84.
    """

    kind = models.CharField(_("类别"), max_length=20, choices=AreaKind)
    name = models.CharField(_("名称"), max_length=60)
    code = models.CharField(_("代码"), max_length=20, unique=True)
    town = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("镇街"))
    valid_from = models.DateField(_("起"))
    valid_to = models.DateField(_("止"), null=True, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    boundary = models.JSONField(_("边界"), null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    objects = AreaManager()
    node_order_by: list[str] = []

    class Meta:
        verbose_name = verbose_name_plural = _("地方")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="area_valid_in_order"
            ),
            models.CheckConstraint(
                condition=Q(successor=None) | Q(valid_to__isnull=False), name="area_successor_only_of_ended"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def covers(self, other: Area) -> bool:
        """Return whether `other` is this place or lies below it."""
        return bool(other.path.startswith(self.path))

    def current(self) -> Area:
        """Return the place that stands for this one today: itself, or the last of its successors."""
        area = self
        while area.successor is not None:
            area = area.successor
        return area

    def parent_paths(self) -> list[str]:
        """Return the tree paths of this place and of all above it, without a query."""
        return [self.path[:end] for end in range(self.steplen, len(self.path) + 1, self.steplen)]


class UnitKind(models.TextChoices):
    """The kinds of unit that act."""

    OFFICE = "office", _("政府办公室")
    DEPARTMENT = "department", _("区直部门")
    UTILITY = "utility", _("供水供电供气单位")
    RESIDENTS_COMMITTEE = "residents_committee", _("居(村)民委员会")
    OWNERS_COMMITTEE = "owners_committee", _("业主委员会")
    PROPERTY_COMPANY = "property_company", _("物业服务企业")


class Unit(models.Model):
    """Whatever acts: an office, a committee, a company. Appointments and accounts name it."""

    kind = models.CharField(_("类别"), max_length=30, choices=UnitKind)
    name = models.CharField(_("名称"), max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="units", verbose_name=_("服务范围"))
    town = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    phone = models.CharField(_("办公电话"), max_length=30, blank=True)
    address = models.CharField(_("办公地址"), max_length=120, blank=True)
    office_hours = models.CharField(_("办公时间"), max_length=80, blank=True)
    valid_from = models.DateField(_("起"))
    valid_to = models.DateField(_("止"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("单位")
        constraints = [
            models.UniqueConstraint(fields=["area", "name"], name="unit_name_once_in_area"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="unit_valid_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.name
