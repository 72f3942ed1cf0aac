"""People whom notices reach, and notices on their way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress

from community.models import Delivery, Notice, NoticePreference, User
from community.models.notices import Channel, Frequency
from tests.factories.community import UserFactory
from tests.factories.deliberation import MOMENT


def reachable(address: str = "", /, phone: str = "", **preference: Any) -> User:
    """Return somebody with a verified address for each that is given, who wants to be told as `preference` says."""
    user = UserFactory()
    if address:
        EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    if phone:
        user.set_phone(phone, verified=True)
        user.save()
    NoticePreference.objects.create(user=user, **preference)
    return user


def waiting(
    person: User, channel: Channel, *, text: str = "井盖修好了", send_at: datetime = MOMENT, **columns: Any
) -> Delivery:
    """Return a delivery that waits; `is_urgent` is the notice's."""
    urgent = columns.pop("is_urgent", False)
    notice = Notice.objects.create(recipient=person, message=text, url="/issues/", is_urgent=urgent, created_at=send_at)
    return Delivery.objects.create(notice=notice, recipient=person, channel=channel, send_at=send_at, **columns)


AT_ONCE, DAILY = Frequency.AT_ONCE, Frequency.DAILY
EMAIL, SMS = Channel.EMAIL, Channel.SMS
