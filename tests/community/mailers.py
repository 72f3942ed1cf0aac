"""Mail servers and SMS providers that answer as a test says, and note what they were given."""

from __future__ import annotations

import smtplib
import time
from typing import Any, ClassVar

from django.core.mail.backends.locmem import EmailBackend

from community.senders import SendFailed


class Answers:
    """What the servers below say next, and what they were given; a test's fixture empties them."""

    mail: ClassVar[list[Exception]] = []
    sms: ClassVar[list[Exception]] = []
    texts: ClassVar[list[tuple[str, str]]] = []
    seconds: ClassVar[float] = 0

    @classmethod
    def clear(cls) -> None:
        cls.mail.clear()
        cls.sms.clear()
        cls.texts.clear()
        cls.seconds = 0


class MailServer(EmailBackend):
    """Raises what was put into Answers.mail, one a message; then takes everything."""

    def send_messages(self, messages: Any) -> int:
        time.sleep(Answers.seconds)
        if Answers.mail:
            raise Answers.mail.pop(0)
        return super().send_messages(messages)


class ShutMailServer(EmailBackend):
    """Answers nobody."""

    def open(self) -> None:
        raise ConnectionRefusedError


class Provider:
    """Raises what was put into Answers.sms, one a message; then takes everything."""

    def send(self, phone: str, text: str) -> None:
        time.sleep(Answers.seconds)
        if Answers.sms:
            raise Answers.sms.pop(0)
        Answers.texts.append((phone, text))


def refused(code: int) -> smtplib.SMTPRecipientsRefused:
    """Return how a mail server refuses an address."""
    return smtplib.SMTPRecipientsRefused({"somebody@example.invalid": (code, b"no such user")})


def no_such_number() -> SendFailed:
    """Return how a provider refuses a number for good."""
    return SendFailed("no_such_number", permanent=True)
