"""Invented ID numbers, and how the demo's residents came to be verified and to agree.

A number ends in a sequence of 000, which the police gives to nobody; its check digit is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from stdnum.cn import ric

from community.models import Consent, ConsentText, Resident, User, VerificationRecord
from community.models.people import Verification
from community.models.privacy import ConsentChannel, ConsentKind
from community.models.verifying import Method, Paper, VerificationOutcome
from community.workflow.terms import Terms, day_of

REGION, SEQUENCE = "420704", "000"
OLDEST, YOUNGEST = date(1932, 1, 1), date(2004, 11, 30)
# Who is asked to come again does so before the verification runs out.
EARLY = timedelta(days=14)


def id_numbers(rng: Random) -> Iterator[str]:
    """Return one number a birthday, in no order; '' when all adult birthdays are taken."""
    days = list(range((YOUNGEST - OLDEST).days + 1))
    rng.shuffle(days)
    for offset in days:
        number = f"{REGION}{OLDEST + timedelta(days=offset):%Y%m%d}{SEQUENCE}"
        yield number + ric.calc_check_digit(f"{number}0")
    while True:
        yield ""


def verified_days(first: datetime, at: datetime, years: int) -> list[tuple[datetime, date]]:
    """Return (moment, last day) of a first verification and of those that renewed it, up to `at`."""
    found = []
    moment = first
    while True:
        until = years_on(day_of(moment), years)
        found.append((moment, until))
        if until > day_of(at):
            return found
        moment = moment.replace(year=until.year, month=until.month, day=until.day) - EARLY


def years_on(day: date, years: int) -> date:
    """Return the same day some years on."""
    return day.replace(year=day.year + years) if (day.month, day.day) != (2, 29) else date(day.year + years, 2, 28)


def date_verified(residents: list[Resident], joined: datetime, at: datetime) -> list[tuple[datetime, date]]:
    """Give unsaved verified residents their days; return those of every verification since they joined."""
    days = verified_days(joined, at, Terms().rule("verification.valid", day_of(at)).value)
    for one in residents:
        if one.verification == Verification.VERIFIED:
            one.verified_at, one.verified_until = days[-1]
    return days


def verify(residents: list[Resident], workers: dict[int, User], days: list[tuple[datetime, date]]) -> None:
    """Insert the records of verified residents by the worker of their community; `workers` are by home."""
    VerificationRecord.objects.bulk_create(
        [
            VerificationRecord(
                resident=one, outcome=VerificationOutcome.VERIFIED, method=Method.PAPER, paper=Paper.ID_CARD,
                area_id=one.home_id, by=workers[one.home_id or 0], at=moment, valid_until=until,
            )
            for one in residents
            for moment, until in days
            if one.verification == Verification.VERIFIED
        ],
        batch_size=500,
    )  # fmt: skip


def agree(residents: list[Resident], joined: datetime) -> None:
    """Insert what people with an account agreed to when they joined; who is verified agreed to that too."""
    texts = {text.kind: text for text in ConsentText.objects.in_force(day_of(joined)).order_by("kind", "in_force_from")}
    Consent.objects.bulk_create(
        [
            Consent(resident=one, text=texts[kind], channel=ConsentChannel.SITE, given_by=one.user, given_at=joined)
            for one in residents
            for kind in (ConsentKind.TERMS, ConsentKind.VERIFICATION)
            if one.user is not None
            and kind in texts
            and (kind == ConsentKind.TERMS or one.verification == Verification.VERIFIED)
        ],
        batch_size=500,
    )
