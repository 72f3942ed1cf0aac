"""Homes: how a compound governs itself, its dwellings and who owns them, and the people of one home."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from community.encryption import EncryptedTextField
from community.models.areas import Area, Unit
from community.models.people import Resident, id_indexes, mask_id_number, mask_name


class SelfGovernance(models.TextChoices):
    """Who speaks for the owners of a compound."""

    NONE = "none", _("还没有")
    OWNERS_COMMITTEE = "owners_committee", _("业主委员会")
    SELF_MANAGEMENT = "self_management", _("自治管理委员会")


class Station(models.TextChoices):
    """Where residents of a compound are served."""

    NONE = "none", _("还没有")
    POST = "post", _("小区驿站")
    PILOT = "pilot", _("小区党群服务站(试点)")


class CompoundProfileQuerySet(models.QuerySet["CompoundProfile"]):
    """Filters on profiles that chain."""

    def existing_on(self, day: date) -> Self:
        """Keep the profiles of compounds that exist on `day`."""
        return self.filter(Q(area__valid_to=None) | Q(area__valid_to__gte=day), area__valid_from__lte=day)

    def governed_on(self, day: date) -> Self:
        """Keep those whose owners had their own committee on `day`."""
        return self.existing_on(day).filter(committee_since__lte=day)

    def with_property_company_on(self, day: date) -> Self:
        """Keep those that a property company served on `day`."""
        serves = Q(property_company__valid_to=None) | Q(property_company__valid_to__gte=day)
        return self.existing_on(day).filter(serves, property_company__valid_from__lte=day)

    def with_council_on(self, day: date) -> Self:
        """Keep those that had a governance council on `day`."""
        return self.existing_on(day).filter(council_since__lte=day)

    def with_station_on(self, day: date, station: str) -> Self:
        """Keep those that had this kind of station on `day`."""
        return self.existing_on(day).filter(station=station, station_since__lte=day)


class CompoundProfile(models.Model):
    """How a compound governs itself (小区治理). Its steward is an appointment over the compound.

    The `…_since` days say from when on the committee, the council and the station have been there: a
    new term of the committee changes `term_from` alone, and the figures of past years stay as they were.
    """

    area = models.OneToOneField(Area, models.PROTECT, related_name="profile", verbose_name=_("小区"))
    self_governance = models.CharField(
        _("业主组织"), max_length=20, choices=SelfGovernance, default=SelfGovernance.NONE
    )
    committee = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("业主组织是哪个单位")
    )
    committee_since = models.DateField(_("哪天组建的"), null=True, blank=True)
    term_from = models.DateField(_("任期起"), null=True, blank=True)
    term_to = models.DateField(_("任期止"), null=True, blank=True)
    property_company = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("物业服务企业")
    )
    has_council = models.BooleanField(_("有小区治理委员会或小区议事会"), default=False)
    council_since = models.DateField(_("哪天成立的"), null=True, blank=True)
    station = models.CharField(_("服务阵地"), max_length=10, choices=Station, default=Station.NONE)
    station_since = models.DateField(_("哪天启用的"), null=True, blank=True)
    household_count = models.PositiveIntegerField(_("户数"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    objects = CompoundProfileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("小区治理")
        constraints = [
            models.CheckConstraint(
                condition=Q(self_governance="none", committee=None, committee_since=None, term_from=None, term_to=None)
                | (
                    ~Q(self_governance="none")
                    & Q(committee_since__lte=F("term_from"), term_from__isnull=False, term_to__gte=F("term_from"))
                ),
                name="compound_committee_has_its_term",
            ),
            models.CheckConstraint(
                condition=Q(has_council=False, council_since=None) | Q(has_council=True, council_since__isnull=False),
                name="compound_council_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(station="none", station_since=None) | (~Q(station="none") & Q(station_since__isnull=False)),
                name="compound_station_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return str(self.area)


class Household(models.Model):
    """The people of one home (户). `number` is its own within the compound or village group."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="households")
    town = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    number = models.CharField(_("户编号"), max_length=20)
    address = EncryptedTextField(_("住址"), blank=True, default="")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("户")
        constraints = [models.UniqueConstraint(fields=["area", "number"], name="household_number_once")]

    def __str__(self) -> str:
        return self.number


class FormerMember(models.Model):
    """Somebody belonged to a household until then: who was family of late does not decide about it yet.

    The row is written as they leave (workflow/memberships.py), whichever way that comes about.
    """

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="former_memberships")
    household = models.ForeignKey(Household, models.CASCADE, related_name="former_members")
    until = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("以前的户")
        indexes = [models.Index(fields=["household", "until"], name="former_member_household")]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.household_id}"


class AreaBasis(models.TextChoices):
    """Where an exclusive floor area comes from (rules.md section 3)."""

    REGISTER = "register", _("不动产登记簿")
    SURVEY = "survey", _("测绘成果")
    CONTRACT = "contract", _("房屋买卖合同")


class Dwelling(models.Model):
    """A unit of a building with its exclusive floor area, in 0.01 m2: what owners' votes weigh by."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="dwellings", verbose_name=_("小区"))
    town = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    building = models.CharField(_("楼栋"), max_length=20)
    entrance = models.CharField(_("单元"), max_length=20, blank=True)
    room = models.CharField(_("室号"), max_length=20)
    floor_area = models.PositiveIntegerField(_("专有面积(0.01平方米)"))
    area_basis = models.CharField(_("面积依据"), max_length=10, choices=AreaBasis, default=AreaBasis.REGISTER)
    is_developers = models.BooleanField(_("开发企业未售或未交付"), default=False)
    household = models.ForeignKey(Household, models.SET_NULL, null=True, blank=True, related_name="dwellings")

    class Meta:
        verbose_name = verbose_name_plural = _("房屋")
        ordering = ["area", "building", "entrance", "room"]
        constraints = [
            models.UniqueConstraint(fields=["area", "building", "entrance", "room"], name="dwelling_once"),
            models.CheckConstraint(condition=Q(floor_area__gt=0), name="dwelling_has_an_area"),
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.building, self.entrance, self.room) if part)


class TitlePaper(models.TextChoices):
    """What was held against the words of somebody who says that they own a dwelling now."""

    CERTIFICATE = "certificate", _("不动产权证书")
    REGISTER = "register", _("不动产登记簿的查询结果")
    CONTRACT = "contract", _("备案的买卖合同")
    JUDGMENT = "judgment", _("法院、仲裁的文书")
    NOTARY = "notary", _("继承、赠与的公证书")


class OwnershipQuerySet(models.QuerySet["Ownership"]):
    """Filters on ownerships that chain."""

    def standing(self) -> Self:
        """Keep those that have no end."""
        return self.filter(ends_on=None)

    def of_number(self, number: str) -> Self:
        """Keep those under an ID number."""
        return self.filter(id_index__in=id_indexes(number))


class Ownership(models.Model):
    """Somebody owns a dwelling, wholly or with others, from a day to a day; who, is encrypted.

    `id_index` tells one person's several dwellings together (one head by law); `resident` links the
    owner to the person whom a verification found to have that number (workflow/ownership.py): who it is,
    not whether they may vote. `ends_on` is the last day. `paper` is what was seen when it was recorded by
    hand; what came with a file has none. `recorded_by` is who wrote it down, or checked it last: it is never
    linked to that person or their family (workflow/ownership.py).
    """

    dwelling = models.ForeignKey(Dwelling, models.PROTECT, related_name="ownerships")
    owner_name = EncryptedTextField(_("业主"))
    id_number = EncryptedTextField(_("证件号"), blank=True, default="")
    id_index = models.CharField(max_length=64, null=True, editable=False, db_index=True)
    resident = models.ForeignKey(Resident, models.SET_NULL, null=True, blank=True, related_name="ownerships")
    share = models.PositiveIntegerField(_("份额(分子)"), default=1)
    share_of = models.PositiveIntegerField(_("份额(分母)"), default=1)
    starts_on = models.DateField(_("起"))
    ends_on = models.DateField(_("止"), null=True, blank=True)
    paper = models.CharField(_("看了什么材料"), max_length=12, choices=TitlePaper, blank=True, default="")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = OwnershipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("产权")
        constraints = [
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=F("share_of")), name="ownership_share_whole"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="ownership_days_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dwelling_id} {self.pk}"

    @property
    def part(self) -> Fraction:
        """Return the share as one number."""
        return Fraction(self.share, self.share_of)

    @property
    def masked_name(self) -> str:
        """Return the owner's name with all but its first character hidden."""
        return mask_name(self.owner_name)

    @property
    def masked_number(self) -> str:
        """Return the number of the owner's document with all but its ends hidden."""
        return mask_id_number(self.id_number)
