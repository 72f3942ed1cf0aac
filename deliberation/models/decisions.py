"""The rules by which votes decide, as dated data; `deliberation.decision` computes with the same values."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from community.models.clocks import RuleMark
from deliberation import decision


class Electorate(models.TextChoices):
    """Who is on a roll."""

    ADULTS = "adults", _("成年居民")
    HOUSEHOLDS = "households", _("按户")
    VILLAGERS = "villagers", _("成年村民")
    REPRESENTATIVES = "representatives", _("居民（村民）代表")
    INVITED = "invited", _("邀请的人")
    OWNERS = "owners", _("业主")


class DecisionRuleQuerySet(models.QuerySet["DecisionRule"]):
    """Filters on rules that chain."""

    def in_force(self, day: date) -> Self:
        """Keep the versions that hold on `day`, both ends included."""
        return self.filter(Q(in_force_to=None) | Q(in_force_to__gte=day), in_force_from__lte=day)


class DecisionRule(models.Model):
    """A version of a rule by which a vote decides (决定规则); a ballot is judged by the one that it names.

    Thresholds are whole numbers, numerator over denominator; `…_inclusive` where the number itself is enough.
    """

    key = models.CharField(_("键"), max_length=60)
    name = models.CharField(_("名称"), max_length=80)
    electorate = models.CharField(_("谁表决"), max_length=20, choices=Electorate)
    has_area = models.BooleanField(_("也按专有面积"), default=False)
    participation_numerator = models.PositiveSmallIntegerField(_("参加：分子"))
    participation_denominator = models.PositiveSmallIntegerField(_("参加：分母"))
    participation_inclusive = models.BooleanField(_("参加：含本数"))
    approval_numerator = models.PositiveSmallIntegerField(_("同意：分子"))
    approval_denominator = models.PositiveSmallIntegerField(_("同意：分母"))
    approval_inclusive = models.BooleanField(_("同意：含本数"))
    notice_days = models.PositiveSmallIntegerField(_("提前几天公告"), default=0)
    extensions_most = models.PositiveSmallIntegerField(_("参加不够时最多延长几次"), default=0)
    extension_days = models.PositiveSmallIntegerField(_("每次延长几天"), default=0)
    silence_citation = models.CharField(_("未表决计入多数的依据"), max_length=200, blank=True)
    mark = models.CharField(_("来源"), max_length=1, choices=RuleMark)
    citation = models.CharField(_("依据"), max_length=200)
    is_confirmed = models.BooleanField(_("已核实"), default=True)
    in_force_from = models.DateField(_("施行日"))
    in_force_to = models.DateField(_("失效日"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)

    objects = DecisionRuleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("决定规则")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["key", "in_force_from"], name="decision_rule_version_once"),
            models.CheckConstraint(
                condition=Q(in_force_to=None) | Q(in_force_to__gte=F("in_force_from")),
                name="decision_rule_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(
                    participation_denominator__gt=0, participation_numerator__lte=F("participation_denominator")
                ),
                name="decision_rule_participation_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(approval_denominator__gt=0, approval_numerator__lte=F("approval_denominator")),
                name="decision_rule_approval_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(extensions_most=0) | Q(extension_days__gt=0), name="decision_rule_extension_has_days"
            ),
            # By law's own logic an area gives the flat away: who votes by it are owners, and their papers are named.
            models.CheckConstraint(
                condition=Q(has_area=False) | Q(electorate=Electorate.OWNERS), name="decision_rule_area_is_of_owners"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.in_force_from})"

    def as_rule(self) -> decision.DecisionRule:
        """Return the same rule as `decide` takes it."""
        return decision.DecisionRule(
            key=self.key,
            name=self.name,
            electorate=self.electorate,
            measures=decision.MEASURES if self.has_area else ("heads",),
            participation=decision.Share(
                Fraction(self.participation_numerator, self.participation_denominator), self.participation_inclusive
            ),
            approval=decision.Share(
                Fraction(self.approval_numerator, self.approval_denominator), self.approval_inclusive
            ),
            citation=self.citation,
            mark=self.mark,
            confirmed=self.is_confirmed,
            in_force_from=self.in_force_from,
            in_force_to=self.in_force_to,
            note=self.note,
            notice_days=self.notice_days,
            silence_citation=self.silence_citation,
            extensions_most=self.extensions_most,
            extension_days=self.extension_days,
        )
