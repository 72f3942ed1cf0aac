"""How one message leaves the site: its words, and the way through mail server or SMS provider."""

from __future__ import annotations

import hashlib
import logging
import smtplib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape, format_html, linebreaks
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override

from community.models import Delivery, NoticeTemplate, User
from community.models.notices import Channel, NoticeTemplateKind
from community.notice_texts import fill
from community.senders import SendFailed, sms_sender

# A digest shows so many sentences; the rest is on the site.
SENTENCES_MOST = 30
UNSUBSCRIBE_SALT = "community.notices.unsubscribe"
logger = logging.getLogger(__name__)


class NotSent(Exception):  # noqa: N818  (its name says what happened)
    """A message did not go. `code` tells why without any address; `is_final`: another try helps nobody.

    `blames_address` where the address itself was refused, and not what we wrote or how we asked.
    """

    def __init__(self, code: str, *, is_final: bool = False, blames_address: bool = False) -> None:
        self.code, self.is_final, self.blames_address = code, is_final, blames_address
        super().__init__(code)


@dataclass(frozen=True)
class Message:
    """Deliveries that go to one person together, through one channel."""

    person: User
    address: str
    channel: str
    language: str
    deliveries: list[Delivery]

    @property
    def is_digest(self) -> bool:
        """Whether all of it has waited for the daily digest."""
        return all(delivery.is_digest for delivery in self.deliveries)

    @property
    def kind(self) -> str:
        """Which template frames it."""
        if self.channel == Channel.EMAIL:
            return NoticeTemplateKind.EMAIL_DIGEST if self.is_digest else NoticeTemplateKind.EMAIL
        return NoticeTemplateKind.SMS_DIGEST if self.is_digest else NoticeTemplateKind.SMS

    @property
    def number(self) -> str:
        """The same for the same notices, so that a mailbox can tell a second try from a second message."""
        return hashlib.sha256(",".join(str(one.pk) for one in self.deliveries).encode()).hexdigest()[:32]


def site_address(path: str) -> str:
    """Return the full address of a path."""
    return f"{settings.BASE_URL}{path}"


def unsubscribe_token(person: User) -> str:
    """Return what an e-mail's link carries: whose e-mails are meant, signed."""
    return signing.dumps(person.pk, salt=UNSUBSCRIBE_SALT)


def words_of(kind: str) -> tuple[str, str]:
    """Return subject and text of a template; in the reader's language where the district has not rewritten it."""
    template = NoticeTemplate.objects.get(kind=kind)
    return (_(template.subject) if template.subject else ""), _(template.body)


def sms_text(message: Message) -> str:
    """Return what an SMS says: that there is something, how much, and where; nothing of what it is."""
    _subject, body = words_of(message.kind)
    values = {
        "site": settings.WAGTAIL_SITE_NAME,
        "count": len(message.deliveries),
        "url": site_address(reverse("notices")),
    }
    return fill(message.kind, body, values)


def sentences(message: Message) -> str:
    """Return the notices' own sentences, one a line; a single one stands by itself."""
    texts = [delivery.notice.text for delivery in message.deliveries]
    if not message.is_digest:
        return texts[0]
    lines = [f"· {text}" for text in texts[:SENTENCES_MOST]]
    if more := len(texts) - SENTENCES_MOST:
        lines += [_("……还有 %(more)d 条") % {"more": more}] if more > 0 else []
    return "\n".join(lines)


def email_of(message: Message) -> EmailMultiAlternatives:
    """Return an e-mail as plain text and as simple HTML, with the headers by which a mailbox unsubscribes."""
    subject, body = words_of(message.kind)
    page = reverse("notices") if message.is_digest else message.deliveries[0].notice.get_absolute_url()
    url = site_address(page)
    leave = site_address(reverse("notices_unsubscribe", args=[unsubscribe_token(message.person)]))
    values: dict[str, Any] = {
        "site": settings.WAGTAIL_SITE_NAME,
        "count": len(message.deliveries),
        "text": sentences(message),
        "url": url,
    }
    context = {"leave": leave, "choose": site_address(reverse("notice_settings"))}
    text = render_to_string("community/notice_email.txt", {"body": fill(message.kind, body, values), **context})
    html = render_to_string("community/notice_email.html", {"body": as_html(message.kind, body, values), **context})
    mail = EmailMultiAlternatives(
        " ".join(fill(f"{message.kind}_subject", subject, values).split()),
        text,
        to=[message.address],
        headers={
            "List-Unsubscribe": f"<{leave}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "Message-ID": f"<{message.number}@{urlsplit(settings.BASE_URL).hostname}>",
        },
    )
    mail.attach_alternative(html, "text/html")
    return mail


def as_html(kind: str, words: str, values: dict[str, Any]) -> SafeString:
    """Return filled words as paragraphs in which our own address alone is a link."""
    shown = {name: escape(value) for name, value in values.items()}
    shown["url"] = format_html('<a href="{}">{}</a>', values["url"], values["url"])
    return SafeString(linebreaks(fill(kind, escape(words), shown), autoescape=False))


class Mailer:
    """The mail server, asked once for many messages; where it does not answer, nobody waits for it again."""

    def __init__(self) -> None:
        self.connection = get_connection()
        self.is_down = False

    def send(self, mail: EmailMultiAlternatives) -> None:
        """Hand one e-mail over, or NotSent."""
        if self.is_down:
            raise NotSent("no_connection")
        try:
            self.connection.open()
        except (OSError, smtplib.SMTPException):
            self.is_down = True
            raise NotSent("no_connection") from None
        try:
            mail.connection = self.connection
            mail.send()
        except smtplib.SMTPRecipientsRefused as refused:
            raise not_sent(next(iter(refused.recipients.values()))[0], blames_address=True) from None
        except smtplib.SMTPDataError as refused:
            raise not_sent(refused.smtp_code) from None
        except (OSError, smtplib.SMTPException):
            self.close()
            raise NotSent("smtp_broken") from None

    def close(self) -> None:
        """Hang up."""
        try:
            self.connection.close()
        except (OSError, smtplib.SMTPException):
            self.is_down = True


def not_sent(code: int, *, blames_address: bool = False) -> NotSent:
    """Return what the mail server's answer means: 5xx is its last word."""
    is_final = code >= 500
    return NotSent(f"smtp_{code}", is_final=is_final, blames_address=blames_address and is_final)


def send(message: Message, mailer: Mailer) -> None:
    """Send one message, or NotSent; whatever breaks in it stops no other message."""
    try:
        with override(message.language):
            if message.channel == Channel.EMAIL:
                mailer.send(email_of(message))
            else:
                sms_sender().send(message.address, sms_text(message))
    except SendFailed as failed:
        raise NotSent(failed.code, is_final=failed.permanent, blames_address=failed.permanent) from None
    except NotSent:
        raise
    except Exception as broken:  # noqa: BLE001  (a provider's class may raise anything, an editor write anything)
        # Neither its words nor its trace: they may hold the address.
        logger.error("deliveries from %s on broke: %s", message.deliveries[0].pk, type(broken).__name__)
        raise NotSent(type(broken).__name__[:60]) from None
