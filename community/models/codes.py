"""Codes sent to a phone, and guesses at those of an authenticator.

They are counted in the database, so that limits hold across restarts and processes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from community.encryption import EncryptedTextField


class CodePurpose(models.TextChoices):
    """What a code sent to a phone is good for, and for nothing else."""

    ENTER = "enter", _("登录或注册")
    RESET = "reset", _("重设密码")
    CHANGE = "change", _("换手机号")
    SHARE = "share", _("共用手机号")
    CONFIRM = "confirm", _("确认本人")
    RECOVER = "recover", _("社区帮本人重新登录")


class PhoneCodeQuerySet(models.QuerySet["PhoneCode"]):
    """Filters on codes that chain."""

    def since(self, at: datetime) -> Self:
        """Keep those asked for after `at`."""
        return self.filter(asked_at__gt=at)


class PhoneCode(models.Model):
    """One code that was sent to a phone; only a keyed hash of it is kept.

    `phone_index` and `address_index` are blind indexes by which the limits count; `attempts` are
    wrong guesses at this code.
    """

    purpose = models.CharField(_("用途"), max_length=10, choices=CodePurpose)
    phone = EncryptedTextField()
    phone_index = models.CharField(max_length=64)
    address_index = models.CharField(max_length=64)
    code_hash = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    objects = PhoneCodeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("手机验证码")
        indexes = [
            models.Index(fields=["phone_index", "asked_at"], name="code_of_phone"),
            models.Index(fields=["address_index", "asked_at"], name="code_of_address"),
            models.Index(fields=["asked_at"], name="code_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.asked_at:%Y-%m-%d %H:%M}"


class FactorGuess(models.Model):
    """A code that somebody typed as their second factor; a right one is good for one use."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="factor_guesses")
    code_index = models.CharField(max_length=64)
    is_right = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("第二步验证的尝试")
        indexes = [
            models.Index(fields=["user", "at"], name="factor_guess_of_user"),
            models.Index(fields=["at"], name="factor_guess_at"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d %H:%M}"
