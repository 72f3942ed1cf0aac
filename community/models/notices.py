"""What a person is told: in the site always, by e-mail and SMS as they choose."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from community.encryption import EncryptedTextField


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Filters on notices that chain."""

    def unread(self) -> Self:
        """Keep what the person has not opened yet."""
        return self.filter(read_at=None)


class Notice(models.Model):
    """One sentence to one person, with the address where they go on.

    `message` is the Chinese sentence with named placeholders as gettext knows it, and `params` are
    their values: so a notice is read in whatever language its reader has chosen. `is_urgent` is
    for what can't wait for a digest or the end of quiet hours.
    """

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    message = models.CharField(max_length=300)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=200)
    is_urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField(_("时间"))
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("通知")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["recipient", "-created_at", "-id"], name="notice_of_recipient"),
            models.Index(fields=["created_at"], name="notice_created"),
        ]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        """Return the address that marks the notice read and leads on."""
        return reverse("notice", args=[self.pk])

    @property
    def text(self) -> str:
        """Return the sentence in the reader's language."""
        return gettext(self.message) % self.params


class Channel(models.TextChoices):
    """How a notice leaves the site."""

    EMAIL = "email", _("电子邮件")
    SMS = "sms", _("短信")


class Frequency(models.TextChoices):
    """When a channel is used."""

    NEVER = "never", _("不发")
    AT_ONCE = "at_once", _("有一条发一条")
    DAILY = "daily", _("每天汇总一次")


def usual_quiet_from() -> int:
    """Return from which hour nothing is sent to who has chosen nothing."""
    return settings.NOTICE_QUIET_FROM


def usual_quiet_to() -> int:
    """Return until which hour."""
    return settings.NOTICE_QUIET_TO


def usual_digest_hour() -> int:
    """Return at which hour their digest goes."""
    return settings.NOTICE_DIGEST_HOUR


class NoticePreference(models.Model):
    """How somebody wants to be told; without a row, what the fields' defaults say.

    Quiet hours are whole hours of the day in Asia/Shanghai; equal ones are none. `language` is that of
    the messages, "" where nobody has said. `…_refusals` counts how often in a row an address was
    refused for good, and `…_paused_at` says since when nothing is sent there for that reason.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_preference")
    email = models.CharField(_("电子邮件"), max_length=10, choices=Frequency, default=Frequency.NEVER)
    sms = models.CharField(_("短信"), max_length=10, choices=Frequency, default=Frequency.NEVER)
    quiet_from = models.PositiveSmallIntegerField(_("免打扰从几点"), default=usual_quiet_from)
    quiet_to = models.PositiveSmallIntegerField(_("到几点"), default=usual_quiet_to)
    digest_hour = models.PositiveSmallIntegerField(_("汇总几点发"), default=usual_digest_hour)
    language = models.CharField(_("用哪种语言"), max_length=10, choices=settings.LANGUAGES, blank=True)
    email_refusals = models.PositiveSmallIntegerField(default=0)
    sms_refusals = models.PositiveSmallIntegerField(default=0)
    email_paused_at = models.DateTimeField(null=True, blank=True)
    sms_paused_at = models.DateTimeField(null=True, blank=True)
    tested_on = models.DateField(null=True, blank=True)
    tests = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("通知方式")
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__lte=23, quiet_to__lte=23, digest_hour__lte=23), name="preference_hours_of_a_day"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user_id)

    def frequency(self, channel: str) -> str:
        """Return when a channel is used, as it was chosen."""
        return str(getattr(self, channel))

    def is_open(self, channel: str) -> bool:
        """Return whether anything goes through a channel: it was chosen, and is not paused."""
        return self.frequency(channel) != Frequency.NEVER and getattr(self, f"{channel}_paused_at") is None


class DeliveryState(models.TextChoices):
    """How far a delivery has come; it is dropped where the person has no channel for it any more."""

    WAITING = "waiting", _("等发送")
    SENT = "sent", _("已发")
    FAILED = "failed", _("没发出去")
    DROPPED = "dropped", _("不用发了")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Filters on deliveries that chain."""

    def due(self, at: datetime) -> Self:
        """Keep what may be sent at `at`."""
        return self.filter(state=DeliveryState.WAITING, send_at__lte=at)


class Delivery(models.Model):
    """A notice on its way through a channel; the log of what was sent and what failed.

    `send_at` is when it may go first or again; `error` is a code, never the channel's own words,
    which may hold an address.
    """

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="deliveries")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="deliveries")
    channel = models.CharField(_("渠道"), max_length=10, choices=Channel)
    is_digest = models.BooleanField(_("在每日汇总里"), default=False)
    state = models.CharField(_("状态"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("试了几次"), default=0)
    send_at = models.DateTimeField(_("什么时候发"))
    sent_at = models.DateTimeField(_("什么时候发出"), null=True, blank=True)
    error = models.CharField(_("没发出的原因"), max_length=60, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("发送记录")
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once_a_channel")]
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["send_at", "id"], condition=Q(state="waiting"), name="delivery_due"),
            models.Index(fields=["recipient", "channel", "-id"], name="delivery_of_recipient"),
            models.Index(fields=["state", "channel", "-id"], name="delivery_state"),
            models.Index(fields=["send_at"], name="delivery_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.pk}"


class NoticeTemplateKind(models.TextChoices):
    """What a template frames."""

    EMAIL = "email", _("一条通知的邮件")
    EMAIL_DIGEST = "email_digest", _("每日汇总的邮件")
    SMS = "sms", _("一条通知的短信")
    SMS_DIGEST = "sms_digest", _("每日汇总的短信")
    SMS_CODE = "sms_code", _("验证码短信")


class NoticeTemplate(models.Model):
    """The words around what leaves the site; edited in Wagtail. Placeholders: {site} {text} {url} {count} {code} {minutes}.

    community/notice_texts.py says which of them a kind may use.
    """

    kind = models.CharField(_("用途"), max_length=20, choices=NoticeTemplateKind, unique=True)
    subject = models.CharField(_("标题"), max_length=80, blank=True)
    body = models.TextField(_("正文"))

    class Meta:
        verbose_name = verbose_name_plural = _("通知模板")

    def __str__(self) -> str:
        return self.get_kind_display()


class OutboxMessage(models.Model):
    """An SMS of the demo, shown at /demo/outbox/ in place of being sent."""

    phone = EncryptedTextField()
    text = EncryptedTextField()
    sent_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("演示短信")
        ordering = ["-sent_at", "-id"]

    def __str__(self) -> str:
        return f"{self.sent_at:%Y-%m-%d %H:%M}"
