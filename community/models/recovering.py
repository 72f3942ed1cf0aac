"""Getting somebody back to their account who lost their phone or password: one worker asks, another one confirms."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from community.encryption import EncryptedTextField
from community.models.areas import Area
from community.models.people import Resident, User
from community.models.verifying import is_stored_empty


class RecoveryWay(models.TextChoices):
    """How the person will sign in again."""

    PHONE = "phone", _("换成新手机号")
    SLIP = "slip", _("打印一张登录条，本人凭条定新密码")


class RecoveryState(models.TextChoices):
    """How far it has come."""

    OPEN = "open", _("等确认")
    DONE = "done", _("办好了")
    REFUSED = "refused", _("没有同意")
    WITHDRAWN = "withdrawn", _("经办人撤回了")
    STOPPED = "stopped", _("本人停下了")
    LAPSED = "lapsed", _("过期作废")


class MadeSure(models.TextChoices):
    """How whoever confirms has made sure that it is this person."""

    SEEN = "seen", _("当面看过本人和身份证")
    CALLED = "called", _("和本人通过视频，看过脸和身份证")


class RecoveryQuerySet(models.QuerySet["Recovery"]):
    """Filters on recoveries that chain."""

    def open(self) -> Self:
        """Keep those that nobody has decided."""
        return self.filter(state=RecoveryState.OPEN)


class Recovery(models.Model):
    """A worker saw somebody and their ID card, and asks that they may sign in again; it takes effect when another confirms.

    `phone` is the new number, until it is decided; `ready_at` is when the person had proved to hold it, or
    at once for a slip. Of the slip's code only a keyed hash is kept. The number is on the paper receipt.
    """

    number = models.CharField(_("编号"), max_length=24, unique=True)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="recoveries")
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    way = models.CharField(_("办法"), max_length=10, choices=RecoveryWay)
    phone = EncryptedTextField(_("新手机号"), blank=True, default="")
    drops_factors = models.BooleanField(_("去掉登录的第二步"), default=False)
    state = models.CharField(_("状态"), max_length=10, choices=RecoveryState, default=RecoveryState.OPEN)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ready_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    made_sure = models.CharField(_("怎样确认的"), max_length=10, choices=MadeSure, blank=True)
    reason = models.CharField(_("为什么没有同意"), max_length=200, blank=True)
    slip_hash = models.CharField(max_length=64, blank=True, db_index=True)
    slip_expires_at = models.DateTimeField(null=True, blank=True)
    slip_used_at = models.DateTimeField(null=True, blank=True)

    objects = RecoveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("帮本人重新登录")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["resident"], condition=Q(state="open"), name="recovery_one_open"),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None, decided_by=None)
                | (~Q(state="open") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="recovery_decided_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(is_stored_empty("phone")), name="recovery_decided_is_empty"
            ),
            # One pair of eyes is not enough, whatever a verb may forget.
            models.CheckConstraint(
                condition=~Q(state="done") | (~Q(decided_by=F("asked_by")) & Q(ready_at__isnull=False)),
                name="recovery_by_two",
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], condition=Q(state="open"), name="recovery_open")]

    def __str__(self) -> str:
        return self.number

    def locked_before(self) -> list[models.QuerySet]:
        """Return the rows that every verb locks before a recovery's: the account, and the profile."""
        return [
            User.objects.filter(resident=self.resident_id),
            Resident.objects.filter(pk=self.resident_id),
        ]
