"""Statutory clocks: the rules that set their terms, the days that do not count, and each running term."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from community.models.areas import Area, AreaKind, Unit
from community.models.people import User
from community.roles import Role


class RuleUnit(models.TextChoices):
    """What a rule's value counts."""

    MINUTES = "minutes", _("分钟")
    HOURS = "hours", _("小时")
    WORKING_DAYS = "working_days", _("个工作日")
    DAYS = "days", _("天")
    YEARS = "years", _("年")
    TIMES = "times", _("次")
    PEOPLE = "people", _("人")
    POINTS = "points", _("分")
    MEGABYTES = "megabytes", _("兆字节（MB）")


# What a term can be counted in.
TERM_UNITS = (RuleUnit.HOURS, RuleUnit.WORKING_DAYS, RuleUnit.DAYS)


class RuleMark(models.TextChoices):
    """Where a rule comes from (rules.md)."""

    NATIONAL = "N", _("国家规定")
    LOCAL = "L", _("地方做法")
    PROPOSAL = "P", _("本平台建议")


class RuleQuerySet(models.QuerySet["Rule"]):
    """Filters on rules that chain."""

    def in_force(self, day: date, town: Area | int | None = None) -> Self:
        """Keep the versions in force on `day`: the district's, and those of a town of its own where one is named."""
        own = Q(town=None) | Q(town=town) if town is not None else Q(town=None)
        return self.filter(own, Q(in_force_to=None) | Q(in_force_to__gte=day), in_force_from__lte=day)

    def terms(self) -> Self:
        """Keep those that set a term."""
        return self.filter(unit__in=TERM_UNITS)


class Rule(models.Model):
    """One version of one number that the district may change without a release.

    With a `town` it holds there in place of the district's, such as the days for which a town shows a topic.
    """

    key = models.CharField(_("键"), max_length=60)
    town = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="rules", verbose_name=_("只在哪个镇街"),
        limit_choices_to={"kind": AreaKind.TOWN},
    )  # fmt: skip
    value = models.PositiveIntegerField(_("数值"))
    unit = models.CharField(_("单位"), max_length=20, choices=RuleUnit)
    mark = models.CharField(_("来源"), max_length=1, choices=RuleMark)
    citation = models.CharField(_("依据"), max_length=200)
    is_confirmed = models.BooleanField(_("已核实"), default=True)
    in_force_from = models.DateField(_("施行日"))
    in_force_to = models.DateField(_("失效日"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("规则")
        ordering = ["key", "-in_force_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "in_force_from"], condition=Q(town=None), name="rule_one_version_a_day"
            ),
            models.UniqueConstraint(fields=["key", "town", "in_force_from"], name="rule_one_version_a_day_in_a_town"),
            models.CheckConstraint(
                condition=Q(in_force_to=None) | Q(in_force_to__gte=F("in_force_from")), name="rule_days_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} = {self.value} {self.get_unit_display()}"

    def clean(self) -> None:
        """Refuse an edit that would change what has been judged, or leave a number without a version."""
        super().clean()
        stored = Rule.objects.filter(pk=self.pk).first()
        others = Rule.objects.filter(key=self.key, town=self.town).exclude(pk=self.pk)
        if self.town is not None:
            self.check_is_the_districts_too()
        if stored:
            self.check_stays_itself(stored, others)
        elif others.exclude(unit=self.unit).exists():
            raise ValidationError({"unit": _("单位要和这条规则以前的版本一样。")})
        # Where a town's own version ends, the district's holds again.
        if (
            self.town is None
            and self.in_force_to
            and not others.in_force(self.in_force_to + timedelta(days=1)).exists()
        ):
            raise ValidationError(
                {"in_force_to": _("失效的第二天没有接着施行的版本：请先添加新版本，或者不填失效日。")}
            )

    def check_is_the_districts_too(self) -> None:
        """Refuse a town's version of a rule that the district does not have, or has in another unit."""
        if not Rule.objects.filter(key=self.key, town=None, unit=self.unit).exists():
            raise ValidationError({"town": _("全区没有这条规则，或者单位不同：镇街只能另定全区已有的规则。")})

    def check_stays_itself(self, stored: Rule, others: RuleQuerySet) -> None:
        """Refuse another key or unit, another value once clocks run by it, and a start that leaves a gap."""
        if self.key != stored.key:
            raise ValidationError({"key": _("键不能改：程序按它找规则。")})
        if self.unit != stored.unit:
            raise ValidationError({"unit": _("单位不能改。")})
        if self.value != stored.value and self.clock_set.exists():
            raise ValidationError(
                {"value": _("已经有时限按这个版本计算，不能改数值：请另加一个从某日起施行的新版本。")}
            )
        is_later = self.in_force_from is not None and self.in_force_from > stored.in_force_from
        if self.town is None and is_later and not others.in_force(stored.in_force_from).exists():
            raise ValidationError({"in_force_from": _("推迟施行日，前面就没有施行的版本了：请另加一个新版本。")})


class Holiday(models.Model):
    """A day on which the calendar differs from the library, or a year that it does not know yet."""

    day = models.DateField(_("日期"), unique=True)
    is_working_day = models.BooleanField(_("上班"))
    name = models.CharField(_("名称"), max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = _("节假日")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class OnDue(models.TextChoices):
    """What happens when a term ends with nothing done."""

    REMIND = "remind", _("催办，再督办")
    LAPSE = "lapse", _("到期即了结")


class Stage(models.TextChoices):
    """How far a clock has struck."""

    RUNNING = "running", _("计时中")
    REMINDED = "reminded", _("已催办")
    ESCALATED = "escalated", _("已督办")
    LAPSED = "lapsed", _("已到期")


class ClockQuerySet(models.QuerySet["Clock"]):
    """Filters on clocks that chain."""

    def open(self) -> Self:
        """Keep those that nothing has stopped."""
        return self.filter(stopped_at=None)

    def of(self, subject: models.Model) -> Self:
        """Keep the clocks of one record."""
        content_type = ContentType.objects.get_for_model(subject)
        return self.filter(subject_type=content_type, subject_id=subject.pk)

    def striking(self, at: datetime) -> Self:
        """Keep those that have something to do at `at`; a paused one goes on when its longest pause is over."""
        return self.open().filter(strikes_at__lte=at)


class Clock(models.Model):
    """A running term of one record: who has it, by which rule, until when.

    `holder_role` acts: over `area` for a role held over places, or in `holder_unit` for one held in
    units. `due_at` is when the term ends; `strikes_at` is the next moment at which a sweep has
    something to do (reminder, escalation, lapse; the end of the longest pause), null when nothing is left.
    `is_provisional` says that the term may still move: it touches a year whose holidays are not announced,
    or a day of the calendar that has just been changed. `is_fixed` says that a person set `due_at`: no rule and
    no calendar moves it. `left` is what was left when it went on after its
    last pause, in days of the kind that its rule counts.
    """

    kind = models.CharField(max_length=40)
    subject_type = models.ForeignKey(ContentType, models.PROTECT)
    subject_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    rule = models.ForeignKey(Rule, models.PROTECT)
    holder_role = models.CharField(max_length=30, choices=Role)
    holder_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    town = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    is_provisional = models.BooleanField(default=False)
    is_fixed = models.BooleanField(default=False)
    on_due = models.CharField(max_length=10, choices=OnDue, default=OnDue.REMIND)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.RUNNING)
    strikes_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True)
    left = models.DurationField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ClockQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("时限")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "kind"],
                condition=Q(stopped_at=None),
                name="clock_one_open_of_a_kind",
            ),
            models.CheckConstraint(condition=Q(due_at__gte=F("started_at")), name="clock_due_after_start"),
        ]
        indexes = [
            models.Index(fields=["strikes_at"], condition=Q(stopped_at=None), name="clock_strikes"),
            models.Index(fields=["holder_role", "area", "due_at"], condition=Q(stopped_at=None), name="clock_of_area"),
            models.Index(fields=["holder_unit", "due_at"], condition=Q(stopped_at=None), name="clock_of_unit"),
            models.Index(fields=["subject_type", "subject_id"], name="clock_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {timezone.localtime(self.due_at):%Y-%m-%d %H:%M}"
