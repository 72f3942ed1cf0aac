"""How an SMS leaves the site; SMS_BACKEND names the class that sends."""

from __future__ import annotations

import logging
from typing import Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from community.models import OutboxMessage

logger = logging.getLogger(__name__)


class SendFailed(Exception):  # noqa: N818  (its name says what happened)
    """A message did not go; `code` tells why in one word, without number or text.

    `permanent` where the number itself was refused: trying again helps nobody.
    """

    def __init__(self, code: str, *, permanent: bool = False) -> None:
        self.code, self.permanent = code, permanent
        super().__init__(code)


class Sender(Protocol):
    """What a provider's class has to offer."""

    def send(self, phone: str, text: str) -> None:
        """Send `text` to a number of 11 digits, or in international form; SendFailed where it did not go."""


class Outbox:
    """The demo's: the message lies at /demo/outbox/, where whoever tries the demo reads it."""

    def send(self, phone: str, text: str) -> None:
        """Keep the message, encrypted as every phone is."""
        OutboxMessage.objects.create(phone=phone, text=text, sent_at=timezone.now())


class NoSender:
    """Where no provider is set: nothing goes, and the log says so without number or text."""

    def send(self, phone: str, text: str) -> None:
        """Refuse to send."""
        logger.error("An SMS could not be sent: SMS_BACKEND is not set")
        raise SendFailed("no_sender")


def sms_sender() -> Sender:
    """Return the sender that SMS_BACKEND names."""
    return import_string(settings.SMS_BACKEND)()


def has_sms() -> bool:
    """Return whether this site can send an SMS at all."""
    return not isinstance(sms_sender(), NoSender)
