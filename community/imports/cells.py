"""One cell at a time: a value of the kind that a column wants, or the sentence that says what is wrong."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidChecksum, ValidationError

from community.imports.faults import FORMULA_STARTS

DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
SHARE = re.compile(r"(\d{1,5})\s*[/／]\s*(\d{1,5})")
PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)\s*[%％]")
OTHER_DOCUMENT = re.compile(r"[0-9A-Z]{6,17}")
EARLIEST = date(1949, 10, 1)
WHOLE_MOST = 10_000


class BadCell(ValueError):  # noqa: N818  (a refusal is an answer, not an error)
    """What is wrong with one cell."""


def plain(cell: Any) -> Any:
    """Return a cell's value; refuse a formula, whose value nobody has checked, and an error."""
    if cell.data_type == "f":
        raise BadCell(_("这里是公式，请粘贴成数值。"))
    if cell.data_type == "e":
        raise BadCell(_("这里是一个出错的值，请改正。"))
    return cell.value


def text(value: Any, *, most: int, required: bool = True) -> str:
    """Return a short text; numbers are taken as they look."""
    if isinstance(value, date | datetime):
        raise BadCell(_("Excel 把它改成了日期：请把这一列设成文本再填。"))
    if isinstance(value, bool):
        raise BadCell(_("请填文字。"))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    words = unicodedata.normalize("NFC", str(value if value is not None else "")).strip()
    if not words and required:
        raise BadCell(_("没有填。"))
    if len(words) > most:
        raise BadCell(_("太长了：最多 %(most)d 个字。") % {"most": most})
    if any(unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") for character in words):
        raise BadCell(_("里面有看不见的控制字符，请重新打一遍。"))
    if words.startswith(FORMULA_STARTS):
        raise BadCell(_("开头的符号会被当成公式，请去掉。"))
    return words


def one_of(value: Any, choices: dict[str, Any]) -> Any:
    """Return what the word stands for."""
    words = text(value, most=40)
    if words not in choices:
        raise BadCell(_("只能填：%(choices)s。") % {"choices": "、".join(choices)})
    return choices[words]


def floor_area(value: Any, *, most: int) -> int:
    """Return square metres as whole hundredths."""
    if value is None or value == "":
        raise BadCell(_("没有填。"))
    if isinstance(value, bool | date):
        raise BadCell(_("请填数字。"))
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation as wrong:
        raise BadCell(_("请填数字，不带单位。")) from wrong
    if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
        raise BadCell(_("请填数字，不带单位。"))
    hundredths = number * 100
    if hundredths <= 0:
        raise BadCell(_("面积要大于 0。"))
    if hundredths > most:
        raise BadCell(_("面积太大了，请看看单位和小数点。"))
    if hundredths != hundredths.to_integral_value():
        raise BadCell(_("最多两位小数。"))
    return int(hundredths)


def share(value: Any) -> Fraction:
    """Return somebody's share of a dwelling; nothing is the whole."""
    if value is None or value == "":
        return Fraction(1)
    if isinstance(value, bool | date):
        raise BadCell(_("Excel 把它改成了日期：请把这一列设成文本，填 1/2 这样。"))
    found = read_share(str(value).strip())
    if found is None or found.denominator > WHOLE_MOST:
        raise BadCell(_("份额填 1/2 或 50% 这样。"))
    if not 0 < found <= 1:
        raise BadCell(_("份额要大于 0，不超过 1。"))
    return found


def read_share(words: str) -> Fraction | None:
    """Return a share as people write it, or None."""
    if found := SHARE.fullmatch(words):
        return Fraction(int(found[1]), int(found[2])) if int(found[2]) else None
    if found := PERCENT.fullmatch(words):
        return Fraction(found[1]) / 100
    try:
        number = Decimal(words)
    except InvalidOperation:
        return None
    return Fraction(number) if number.is_finite() and abs(number) < WHOLE_MOST else None


def day(value: Any, *, required: bool = True) -> date | None:
    """Return a day: a date of Excel's own, or one in words such as 2023-05-01."""
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, date):
        found = value
    elif value is None or value == "":
        if required:
            raise BadCell(_("没有填。"))
        return None
    else:
        found = written_day(str(value).strip())
    if found < EARLIEST:
        raise BadCell(_("这个日期太早了。"))
    return found


def written_day(words: str) -> date:
    """Return a day written out."""
    if match := DAY.fullmatch(words):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError as wrong:
            raise BadCell(_("没有这一天。")) from wrong
    raise BadCell(_("日期填 2023-05-01 这样。"))


def document(value: Any, *, company: bool) -> str:
    """Return the number of an owner's document, or '' for none: a person's ID card, a company's credit code, another."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        raise BadCell(_("请把这一列设成文本再填，号码长了 Excel 会改掉后几位。"))
    number = unicodedata.normalize("NFKC", text(value, most=30)).replace(" ", "").upper()
    if len(number) == 18:
        check_eighteen(number, company=company)
    elif len(number) == 15 and number.isdecimal():
        raise BadCell(_("这是 15 位的旧号码，请填 18 位的。"))
    elif not OTHER_DOCUMENT.fullmatch(number):
        raise BadCell(_("证件号的位数不对。"))
    return number


def check_eighteen(number: str, *, company: bool) -> None:
    """Refuse eighteen characters whose check digit, or day of birth, is wrong.

    Where an ID number was issued is not looked up: lists of places leave out those that an old county gave.
    """
    try:
        if company:
            uscc.validate(number)
        elif not number[:-1].isdecimal() or number[-1] != ric.calc_check_digit(number):
            raise InvalidChecksum
        else:
            ric.get_birth_date(number)
    except ValidationError as wrong:
        sentence = _("统一社会信用代码不对，请核对。") if company else _("身份证号不对：校验位对不上，请核对。")
        raise BadCell(sentence) from wrong
