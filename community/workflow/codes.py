"""Codes sent to a phone: asked for, checked once, counted against guessing and flooding.

Nothing here looks at accounts: a number with one and a number without one get the same code by the
same work, so neither an answer nor its time tells which it is.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from community.encryption import blind_index
from community.errors import BadInput, WrongState
from community.models import NoticeTemplate, PhoneCode, Rule
from community.models.codes import CodePurpose
from community.models.notices import NoticeTemplateKind
from community.models.people import normalise_phone
from community.queries import today
from community.senders import SendFailed, sms_sender

DIGITS = 6
KEPT = timedelta(days=2)
SMS_TEXT = "【{site}】验证码 {code}，{minutes} 分钟内有效。不是您本人在操作，请不要告诉任何人。"


def code_limits() -> dict[str, int]:
    """Return the numbers by which codes are counted, in one query."""
    versions = Rule.objects.in_force(today()).filter(key__startswith="code.").order_by("in_force_from")
    return {version.key: version.value for version in versions}


def one_at_a_time(index: str) -> None:
    """Let one transaction at a time deal with a phone; SQLite has but one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(index[:15], 16)])


def ask_code(*, phone: str, purpose: CodePurpose, address: str, at: datetime) -> PhoneCode:
    """Send a code to a phone for one purpose; refused where the phone or the address has had too many."""
    number = normalise_phone(phone)
    if not number:
        raise BadInput(_("请写手机号，比如 138 0000 0000。"), "phone")
    limits, code = code_limits(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    with transaction.atomic():
        index, place = blind_index("phone", number), blind_index("address", address)
        one_at_a_time(index)
        check_flood(index, place, limits, at)
        asked = PhoneCode.objects.create(
            purpose=purpose,
            phone=number,
            phone_index=index,
            address_index=place,
            code_hash=hash_of(code, purpose, index),
            asked_at=at,
            expires_at=at + timedelta(minutes=limits["code.valid"]),
        )
        PhoneCode.objects.filter(asked_at__lt=at - KEPT).delete()
    send_code(asked, code, limits["code.valid"])
    return asked


def check_flood(index: str, place: str, limits: dict[str, int], at: datetime) -> None:
    """Refuse one more code where this phone, or this address, has had as many as there may be."""
    hour, day = at - timedelta(hours=1), at - timedelta(days=1)
    of_phone = PhoneCode.objects.filter(phone_index=index).since(day)
    newest, in_day = of_phone.order_by("-asked_at").first(), of_phone.count()
    in_hour = of_phone.since(hour).count()
    from_place = PhoneCode.objects.filter(address_index=place).since(hour).count()
    if newest and newest.asked_at > at - timedelta(minutes=limits["code.wait"]):
        raise WrongState(_("刚刚发过一条。过一分钟还没收到，再点“再发一次”。"))
    if in_hour >= limits["code.phone.hourly"] or in_day >= limits["code.phone.daily"]:
        raise WrongState(_("这个号码要的验证码太多了，先歇一会儿，过一小时再试。急着办事，可以到社区驿站。"))
    if from_place >= limits["code.address.hourly"]:
        raise WrongState(_("这里要的验证码太多了，过一小时再试。急着办事，可以到社区驿站。"))


def send_code(asked: PhoneCode, code: str, minutes: int) -> None:
    """Send the text; a code that did not go is good for nothing."""
    template = NoticeTemplate.objects.filter(kind=NoticeTemplateKind.SMS_CODE).first()
    # Of an edited template, no brace breaks the sending; what it forgot is added.
    text = template.body if template and "{code}" in template.body else SMS_TEXT
    values = {"site": settings.WAGTAIL_SITE_NAME, "code": code, "minutes": str(minutes)}
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    try:
        sms_sender().send(asked.phone, text)
    except SendFailed:
        PhoneCode.objects.filter(pk=asked.pk).update(expires_at=asked.asked_at)
        raise WrongState(_("短信没有发出去。请过几分钟再试，或者到社区驿站办。")) from None


def check_code(*, code_id: int, purpose: CodePurpose, typed: str, address: str, at: datetime) -> PhoneCode:
    """Use up a code that was asked for; a wrong guess is counted, and a code is good once."""
    limits = code_limits()
    digits = "".join(character for character in unicodedata.normalize("NFKC", typed) if character.isdigit())
    with transaction.atomic():
        asked = PhoneCode.objects.select_for_update().filter(pk=code_id, purpose=purpose).first()
        refusal = refusal_of(asked, digits, address, limits, at)
        if asked is None or refusal:
            count_guess(asked, refusal)
        else:
            asked.used_at = at
            asked.save(update_fields=["used_at"])
    if asked is None or refusal:
        raise refusal or WrongState(stale())
    return asked


def count_guess(asked: PhoneCode | None, refusal: WrongState | BadInput | None) -> None:
    """Count a wrong guess; a code that was no good anyway needs no count."""
    if asked is not None and isinstance(refusal, BadInput):
        asked.attempts += 1
        asked.save(update_fields=["attempts"])


def refusal_of(
    asked: PhoneCode | None, digits: str, address: str, limits: dict[str, int], at: datetime
) -> WrongState | BadInput | None:
    """Return why a guess does not pass, or None where it is right."""
    if asked is None or asked.used_at or asked.expires_at <= at:
        return WrongState(stale())
    # Of where it is typed and of where it was asked for: asking here and guessing there would count nowhere.
    wrong = max(wrong_guesses(place, at) for place in {blind_index("address", address), asked.address_index})
    if asked.attempts >= limits["code.attempts"] or wrong >= limits["code.address.wrong"]:
        return WrongState(_("验证码错得太多，这一个不能用了。请过一会儿再要一个新的。"))
    right = hash_of(digits, asked.purpose, asked.phone_index)
    if not hmac.compare_digest(right, asked.code_hash):
        return BadInput(_("验证码不对，请再看一眼短信。"), "code")
    return None


def stale() -> str:
    """Return the sentence about a code that is used up or too old."""
    return _("这个验证码过期了，或者已经用过。请再要一个。")


def wrong_guesses(place: str, at: datetime) -> int:
    """Return how many wrong codes came within an hour at codes asked for from an address, given by its index."""
    counted = PhoneCode.objects.filter(address_index=place).since(at - timedelta(hours=1)).aggregate(n=Sum("attempts"))
    return counted["n"] or 0


def hash_of(code: str, purpose: str, index: str) -> str:
    """Return the keyed hash of one code; without the key a million tries at it tell nothing."""
    return blind_index("phone_code", f"{index}:{purpose}:{code}")
