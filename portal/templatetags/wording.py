"""Numbers and dates in the site's voice. Pure functions of plain values."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.utils import dateformat, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext

NO_BREAK = "\N{NO-BREAK SPACE}"
WEEKDAYS = "一二三四五六日"
CHINESE = "\u4e00-\u9fff"
PARTED = re.compile(rf"(?<=[\d{CHINESE}]) (?=[\d{CHINESE}])")


def is_chinese() -> bool:
    """Return whether the page is in Chinese."""
    return (get_language() or "zh").startswith("zh")


def number(value: Any) -> str:
    """Return a figure with its thousands parted; whole numbers stay whole, others get two places."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Fraction):
        value = int(value) if value.denominator == 1 else Decimal(value.numerator) / Decimal(value.denominator)
    if isinstance(value, Decimal | float) and value != int(value):
        return f"{value:,.2f}"
    # A Decimal with places was meant to show them: 21036.40 square metres stay so.
    if isinstance(value, Decimal) and int(value.as_tuple().exponent) < 0:
        return f"{value:,.2f}"
    return f"{int(value):,}"


def measure(value: Any, unit: str) -> str:
    """Return a figure with its measure word, which never part at a line's end."""
    return f"{number(value)}{NO_BREAK}{unit}" if unit else number(value)


def cases(value: Any) -> str:
    """Return a number of issues with its measure word, as measure does: 823 件."""
    words = ngettext("%(n)s 件", "%(n)s 件", int(value)) % {"n": number(value)}
    return words.replace(" ", NO_BREAK)


@lru_cache(maxsize=512)
def also_met(count: int, language: str) -> str:
    """Return how many neighbours have met the same: 3 位街坊也遇到, in the request's language."""
    return ngettext("%(n)s 位街坊也遇到", "%(n)s 位街坊也遇到", count) % {"n": count}


def tied(text: Any) -> str:
    """Return a sentence in which no line ends between a figure and what it counts."""
    return PARTED.sub(tie, str(text or ""))


def whole(text: Any) -> str:
    """Return a title in which lines end after its commas only; other languages have no other place than blanks."""
    return str(text).replace(" ", NO_BREAK) if is_chinese() else str(text)


# As many characters as the largest title has room for on the narrowest phone.
CLAUSE_MOST = 10
CLAUSE = re.compile(r"[^，。；：！？、]+[，。；：！？、]*|[，。；：！？、]+")


def clauses(text: Any) -> SafeString | str:
    """Return a title whose short clauses stay whole, so that its lines end after its commas; others end at blanks."""
    if not is_chinese():
        return str(text)
    return format_html_join("", "{}", ((kept_whole(piece),) for piece in CLAUSE.findall(str(text))))


def kept_whole(piece: str) -> SafeString | str:
    """Return a clause that no line's end parts, where it is short enough for one line."""
    width = sum(0.55 if letter.isascii() else 1 for letter in piece)
    return format_html('<span class="nb">{}</span>', piece) if width <= CLAUSE_MOST else piece


def tie(match: re.Match[str]) -> str:
    """Keep a space that touches a figure from breaking; others may."""
    text, at = match.string, match.start()
    return NO_BREAK if text[at - 1].isdigit() else " "


def percent(part: Any, whole: Any, places: int = 1) -> str:
    """Return a share as 70.6%, exact until the last step; nothing to share gives 0%."""
    if not whole:
        return "0%"
    share = Fraction(part) * 100 / Fraction(whole)
    text = f"{float(round(share, places)):.{places}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def local(value: Any) -> date | datetime | None:
    """Return a date or a moment in the district's own time; anything else is None."""
    if isinstance(value, datetime):
        return timezone.localtime(value) if timezone.is_aware(value) else value
    return value if isinstance(value, date) else None


def is_this_year(value: date) -> bool:
    """Return whether a day needs no year to be understood."""
    return value.year == timezone.localdate().year


def plain_day(value: Any) -> str:
    """Return 11 月 16 日, with the year where it is another one."""
    day = local(value)
    if day is None:
        return ""
    if not is_this_year(day):
        return full_day(day)
    if not is_chinese():
        return dateformat.format(day, "j M")
    return f"{day.month}{NO_BREAK}月 {day.day}{NO_BREAK}日"


def full_day(value: Any) -> str:
    """Return 2023 年 11 月 10 日, as documents write it."""
    day = local(value)
    if day is None:
        return ""
    if not is_chinese():
        return dateformat.format(day, "j F Y")
    return f"{day.year}{NO_BREAK}年 {day.month}{NO_BREAK}月 {day.day}{NO_BREAK}日"


def weekday(value: Any) -> str:
    """Return 周四."""
    day = local(value)
    if day is None:
        return ""
    return f"周{WEEKDAYS[day.weekday()]}" if is_chinese() else dateformat.format(day, "D")


def day(value: Any) -> str:
    """Return 11 月 16 日（周四）: the form for days that somebody has to keep."""
    if local(value) is None:
        return ""
    if is_chinese():
        return f"{plain_day(value)}（{weekday(value)}）"
    return f"{plain_day(value)} ({weekday(value)})"


def clock_time(value: Any) -> str:
    """Return 8:42 for a moment or a time of day."""
    found = local(value) if isinstance(value, datetime) else value
    return f"{found.hour}:{found.minute:02}" if isinstance(found, datetime | time) else ""


def moment(value: Any) -> str:
    """Return 11 月 9 日 8:42."""
    if not isinstance(value, datetime):
        return plain_day(value)
    return f"{plain_day(value)}{NO_BREAK}{clock_time(value)}"


def short_day(value: Any) -> str:
    """Return 11-10, or 2022-11-10 where it is another year: the form for lists."""
    day = local(value)
    if day is None:
        return ""
    if not is_chinese():
        return dateformat.format(day, "j M" if is_this_year(day) else "j M Y")
    return f"{day:%m-%d}" if is_this_year(day) else f"{day:%Y-%m-%d}"


def catalogue_time(value: Any) -> str:
    """Return 2023-11-10 09:00, as the government metas want it; a day alone stays a day."""
    found = local(value)
    return f"{found:%Y-%m-%d %H:%M}" if isinstance(found, datetime) else f"{found:%Y-%m-%d}" if found else ""


def machine_time(value: Any) -> str:
    """Return what a <time> element's datetime attribute needs."""
    found = local(value)
    return found.isoformat(timespec="minutes") if isinstance(found, datetime) else found.isoformat() if found else ""
