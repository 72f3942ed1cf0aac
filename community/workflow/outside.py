"""Plain words to the phone and the mailboxes of an account, whatever its owner chose for notices."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils.translation import gettext as _

from community.models import User
from community.reach import all_emails, phone_for
from community.senders import SendFailed, sms_sender


def ways_out(user: User) -> tuple[str, list[str]]:
    """Return the phone, own or shared, and every proven mailbox: whoever took one of them hears it, and so do the rest."""
    return phone_for(user), all_emails(user)


def tell_outside(phone: str, addresses: Iterable[str], text: str) -> None:
    """Send a text to a phone and to mailboxes once the transaction has held; none of them holds it up."""
    to = list(addresses)
    transaction.on_commit(lambda: send_plainly(phone, to, text))


def send_plainly(phone: str, addresses: list[str], text: str) -> None:
    """Send, to each mailbox apart, so that none sees another; what does not go is told in the site anyway."""
    if phone:
        with suppress(SendFailed):
            sms_sender().send(phone, f"【{settings.WAGTAIL_SITE_NAME}】{text}")
    for address in addresses:
        send_mail(_("您的账号"), text, None, [address], fail_silently=True)
