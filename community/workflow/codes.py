"""Codes sent to a phone: asked for, checked once, counted against guessing and flooding.

Nothing here looks at accounts: a number with one and a number without one get the same code by the
same work, so neither an answer nor its time tells which it is.
"""

from __future__ import annotations

import math
import secrets
import unicodedata
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from community.encryption import blind_index, blind_indexes, is_index_of
from community.errors import BadInput, WrongState
from community.models import NoticeTemplate, PhoneCode, Rule
from community.models.codes import CodePurpose
from community.models.notices import NoticeTemplateKind
from community.models.people import normalise_phone
from community.queries import today
from community.senders import SendFailed, sms_sender

DIGITS = 6
SMS_TEXT = "【{site}】验证码 {code}，{minutes} 分钟内有效。不是您本人在操作，请不要告诉任何人。"


def code_limits() -> dict[str, int]:
    """Return the numbers by which codes are counted, in one query."""
    versions = Rule.objects.in_force(today()).filter(key__startswith="code.").order_by("in_force_from")
    return {version.key: version.value for version in versions}


def one_at_a_time(*indexes: str) -> None:
    """Let one transaction at a time deal with phones or addresses; SQLite has but one writer anyway.

    All at once and in one order, whoever asks; before any row is locked.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for key in sorted({int(index[:15], 16) for index in indexes}):
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def ask_code(*, phone: str, purpose: CodePurpose, address: str, at: datetime) -> PhoneCode:
    """Send a code to a phone for one purpose; refused where the phone or the address has had too many."""
    number = normalise_phone(phone)
    if not number:
        raise BadInput(_("请写手机号，比如 138 0000 0000。"), "phone")
    limits, code = code_limits(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    with transaction.atomic():
        phones, places = blind_indexes("phone", number), blind_indexes("address", address)
        # Of the address too: its last code of an hour is one, however many phones ask at once.
        one_at_a_time(*phones, *places)
        check_flood(phones, places, limits, at)
        index = phones[0]
        asked = PhoneCode.objects.create(
            purpose=purpose,
            phone=number,
            phone_index=index,
            address_index=places[0],
            code_hash=hash_of(code, purpose, index),
            asked_at=at,
            expires_at=at + timedelta(minutes=limits["code.valid"]),
        )
    send_code(asked, code, limits["code.valid"])
    return asked


def check_flood(phones: list[str], places: list[str], limits: dict[str, int], at: datetime) -> None:
    """Refuse one more code where this phone, or this address, has had as many as there may be."""
    hour, day = at - timedelta(hours=1), at - timedelta(days=1)
    of_phone = PhoneCode.objects.filter(phone_index__in=phones).since(day)
    newest, in_day = of_phone.order_by("-asked_at").first(), of_phone.count()
    in_hour = of_phone.since(hour).count()
    from_place = PhoneCode.objects.filter(address_index__in=places).since(hour).count()
    if newest and newest.asked_at > at - timedelta(minutes=limits["code.wait"]):
        # Said alike on every page that asks for a code: each names its button otherwise.
        left = newest.asked_at + timedelta(minutes=limits["code.wait"]) - at
        raise WrongState(too_soon(math.ceil(left.total_seconds())))
    if in_hour >= limits["code.phone.hourly"] or in_day >= limits["code.phone.daily"]:
        raise WrongState(_("这个号码要的验证码太多了，先歇一会儿，过一小时再试。"))
    if from_place >= limits["code.address.hourly"]:
        raise WrongState(_("这里要的验证码太多了，过一小时再试。"))


def too_soon(seconds: int) -> str:
    """Return the sentence that says how long to wait for another code."""
    return ngettext(
        "刚往这个号码发过一条短信。还没收到的话，请等 %(seconds)d 秒再要一条。",
        "刚往这个号码发过一条短信。还没收到的话，请等 %(seconds)d 秒再要一条。",
        seconds,
    ) % {"seconds": seconds}


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
        raise WrongState(_("短信没有发出去。请过几分钟再试。")) from None


def check_code(*, code_id: int, purpose: CodePurpose, typed: str, address: str, at: datetime) -> PhoneCode:
    """Use up a code that was asked for; a wrong guess is counted, and a code is good once."""
    limits = code_limits()
    digits = "".join(character for character in unicodedata.normalize("NFKC", typed) if character.isdigit())
    with transaction.atomic():
        here = blind_indexes("address", address)
        asked_from = PhoneCode.objects.filter(pk=code_id).values_list("address_index", flat=True)
        # Guesses that count for one address are judged one after another, whichever codes they are at.
        one_at_a_time(*here, *asked_from)
        asked = PhoneCode.objects.select_for_update().filter(pk=code_id, purpose=purpose).first()
        refusal = refusal_of(asked, digits, here, limits, at)
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
    asked: PhoneCode | None, digits: str, here: list[str], limits: dict[str, int], at: datetime
) -> WrongState | BadInput | None:
    """Return why a guess does not pass, or None where it is right."""
    if asked is None or asked.used_at or asked.expires_at <= at:
        return WrongState(stale())
    # Of where it is typed and of where it was asked for: asking here and guessing there would count nowhere.
    wrong = max(wrong_guesses(here, at), wrong_guesses([asked.address_index], at))
    if asked.attempts >= limits["code.attempts"] or wrong >= limits["code.address.wrong"]:
        return WrongState(_("验证码错得太多，这一个不能用了。请过一会儿再要一个新的。"))
    if not is_index_of(asked.code_hash, "phone_code", f"{asked.phone_index}:{asked.purpose}:{digits}"):
        return BadInput(_("验证码不对，请再看一眼短信。"), "code")
    return None


def stale() -> str:
    """Return the sentence about a code that is used up or too old."""
    return _("这个验证码过期了，或者已经用过。请再要一个。")


def wrong_guesses(places: list[str], at: datetime) -> int:
    """Return how many wrong codes came within an hour at codes asked for from an address, given by its indexes."""
    codes = PhoneCode.objects.filter(address_index__in=places).since(at - timedelta(hours=1))
    counted = codes.aggregate(n=Sum("attempts"))
    return counted["n"] or 0


def hash_of(code: str, purpose: str, index: str) -> str:
    """Return the keyed hash of one code; without the key a million tries at it tell nothing."""
    return blind_index("phone_code", f"{index}:{purpose}:{code}")
