"""What protects a person: who looked at their data, what they agreed to, who speaks for them, and how they leave."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from community.models.areas import Area, Unit
from community.models.people import Resident
from community.roles import Role


class RevealedField(models.TextChoices):
    """Which personal value was shown."""

    NAME = "name", _("姓名")
    PHONE = "phone", _("电话")
    ID_NUMBER = "id_number", _("身份证号")
    ADDRESS = "address", _("住址")


class RevealReason(models.TextChoices):
    """Why it was shown; with what else is needed in words."""

    HANDLING = "handling", _("办理本人反映的事")
    VERIFYING = "verifying", _("核验身份")
    CONTACT = "contact", _("有急事联系本人")
    VISIT = "visit", _("上门走访")
    COMPLAINT = "complaint", _("处理投诉")
    CORRECTION = "correction", _("改正登记错误")
    APPOINTING = "appointing", _("任命前找人")
    RECOVERING = "recovering", _("帮本人重新登录")


# For what somebody looks into the register; a claim to be verified, finding whom to appoint and getting somebody back
# to their account have pages and counts a day of their own.
REGISTER_REASONS = (
    RevealReason.HANDLING,
    RevealReason.CONTACT,
    RevealReason.VISIT,
    RevealReason.COMPLAINT,
    RevealReason.CORRECTION,
)


class Reveal(models.Model):
    """One look at a personal value; inserted, never changed (a trigger sees to it). The person reads it."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="reveals")
    field = models.CharField(_("看了什么"), max_length=20, choices=RevealedField)
    reason = models.CharField(_("为什么"), max_length=20, choices=RevealReason)
    note = models.CharField(_("说明"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, choices=Role)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("查看记录")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["resident", "-at"], name="reveal_of_resident"),
            models.Index(fields=["by", "-at"], name="reveal_by"),
        ]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.field}"


class ConsentKind(models.TextChoices):
    """What is agreed to."""

    TERMS = "terms", _("用户协议和个人信息处理规则")
    VERIFICATION = "verification", _("处理身份证号等敏感个人信息")
    MINOR = "minor", _("监护人同意未满十四周岁的人使用")


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    """Filters on consent texts that chain."""

    def in_force(self, day: date) -> Self:
        """Keep what holds on `day`, the newest version of each kind first."""
        return self.filter(in_force_from__lte=day).order_by("kind", "-in_force_from")


class ConsentText(models.Model):
    """One version of a text to agree to; once somebody has agreed to it, it is never changed."""

    kind = models.CharField(_("事项"), max_length=20, choices=ConsentKind)
    version = models.PositiveSmallIntegerField(_("版本"))
    title = models.CharField(_("标题"), max_length=60)
    body = models.TextField(_("正文"))
    in_force_from = models.DateField(_("施行日"))

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("同意文本")
        ordering = ["kind", "-version"]
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="consent_text_once")]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the row locked while it is asked whether anybody has agreed: who agrees next sees the new words."""
        with transaction.atomic():
            # The lock waits for whoever is agreeing right now, whose foreign key holds the row.
            list(ConsentText.objects.select_for_update().filter(pk=self.pk))
            self.clean()
            super().save(*args, **kwargs)

    @property
    def is_agreed_to(self) -> bool:
        """Return whether anybody has ever agreed to this version."""
        return self.pk is not None and self.consents.exists()

    def clean(self) -> None:
        """Refuse to change what somebody has agreed to."""
        super().clean()
        if self.is_agreed_to:
            raise ValidationError(_("已经有人同意过这个版本，不能再改。请新增一个版本，写明从哪天起施行。"))


class ConsentChannel(models.TextChoices):
    """Where somebody agreed."""

    SITE = "site", _("网上")
    PAPER = "paper", _("纸面")


class Consent(models.Model):
    """Somebody agreed to a version of a text, for themself or for their ward."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="consents")
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="consents")
    channel = models.CharField(max_length=10, choices=ConsentChannel, default=ConsentChannel.SITE)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("同意记录")
        ordering = ["-given_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "text"], condition=Q(withdrawn_at=None), name="consent_stands_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resident_id} {self.text_id}"


class Guardianship(models.Model):
    """Who answers for a minor, written down by a worker who has seen the paper."""

    minor = models.ForeignKey(Resident, models.PROTECT, related_name="guardianships")
    guardian = models.ForeignKey(Resident, models.PROTECT, related_name="wards")
    paper = models.CharField(_("看了什么证件"), max_length=60)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("监护关系")
        constraints = [
            models.CheckConstraint(condition=~Q(minor=F("guardian")), name="guardianship_of_another"),
            models.UniqueConstraint(
                fields=["minor", "guardian"], condition=Q(ended_at=None), name="guardianship_stands_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minor_id} ← {self.guardian_id}"


class Representation(models.Model):
    """A worker acted for somebody without a phone; inserted, never changed. The number is on the paper receipt."""

    number = models.CharField(_("回执编号"), max_length=24, unique=True)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="representations")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    act = models.CharField(_("办了什么"), max_length=60)
    subject = models.CharField(_("哪件事"), max_length=60)
    url = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("代办记录")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["resident", "-at"], name="representation_of_resident")]

    def __str__(self) -> str:
        return self.number


class ReceiptSeries(models.Model):
    """The last number of a year's paper receipts; locked while one is taken."""

    year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("回执编号")

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Erasure(models.Model):
    """Somebody's data were erased at their wish, or because the time to keep them was over; inserted, never changed."""

    user_id_erased = models.BigIntegerField(null=True)
    resident_id_erased = models.BigIntegerField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    is_retention = models.BooleanField(default=False)
    kept = models.JSONField(_("依法保留"), default=list)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("注销记录")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.user_id_erased} {self.resident_id_erased}"


class RetentionSweep(models.Model):
    """How far the forgetting of one kind of record has come on a day: up to the row `after`, or done."""

    key = models.CharField(max_length=30, unique=True)
    day = models.DateField()
    after = models.BigIntegerField(default=0)
    is_done = models.BooleanField(default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("到期删除的进度")

    def __str__(self) -> str:
        return f"{self.key} {self.day}"
