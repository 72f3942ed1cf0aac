"""What people type: cleaned, or refused with a sentence that says how to mend it."""

from __future__ import annotations

import unicodedata
from datetime import date

from django.utils.translation import gettext as _
from stdnum.cn import ric

from community.errors import BadInput
from community.models import Area
from community.models.areas import AreaKind
from community.models.people import birth_date_of, normalise_id_number

NAME_LENGTH, ADDRESS_LENGTH, NOTE_LENGTH = 30, 100, 200
ADDRESS_LEAST = 4
ID_LENGTH = 18
FIRST_BIRTH_YEAR = 1900
HOME_KINDS = (AreaKind.COMMUNITY, AreaKind.VILLAGE, AreaKind.COMPOUND, AreaKind.VILLAGE_GROUP)
HIDDEN = frozenset({"Cc", "Cs", "Cf"})


def clean_line(text: str, field: str, *, missing: str, most: int = NOTE_LENGTH) -> str:
    """Return one line without outer blanks; BadInput with `missing` where there is none, or where it can't be read.

    With an empty `missing` the line may be left out.
    """
    text = " ".join(text.split())
    if missing and not text:
        raise BadInput(missing, field)
    if len(text) > most:
        raise BadInput(
            _("最多写 %(most)d 个字，现在是 %(count)d 个字。请删短一些。") % {"most": most, "count": len(text)}, field
        )
    if any(unicodedata.category(character) in HIDDEN for character in text):
        raise BadInput(_("文字里有看不见的控制字符。请删掉后重写。"), field)
    return text


def clean_address(text: str, field: str = "address") -> str:
    """Return where in a place somebody lives; BadInput for one by which no letter arrives.

    Villages write their numbers in characters too: 三组 12 号, 三组十二号.
    """
    text = clean_line(text, field, missing=_("请写住址，到门牌号。"), most=ADDRESS_LENGTH)
    if not is_whole_address(text):
        raise BadInput(_("住址要写到门牌号，比如 3 栋 2 单元 501，或者三组 12 号。"), field)
    return text


def is_whole_address(text: str) -> bool:
    """Return whether an address says which house or room."""
    return len(text) >= ADDRESS_LEAST and any(character.isnumeric() for character in text)


def clean_name(text: str, field: str = "name") -> str:
    """Return a person's name."""
    return clean_line(text, field, missing=_("请写姓名。"), most=NAME_LENGTH)


def clean_id_number(text: str, *, on: date, field: str = "id_number") -> str:
    """Return an ID number in its plain form; BadInput says which part is wrong.

    Where the number was issued is not looked up: lists of places are never complete, and a number that
    an old county gave stays valid. A worker holds it against the card.
    """
    number = normalise_id_number(text)
    if not number:
        raise BadInput(_("请写身份证号，18 位。"), field)
    if len(number) != ID_LENGTH:
        raise BadInput(
            _("身份证号是 18 位，您写了 %(count)d 位。请对着身份证再数一遍。") % {"count": len(number)}, field
        )
    if not (number.isascii() and number[:-1].isdigit() and (number[-1].isdigit() or number[-1] == "X")):
        raise BadInput(_("身份证号的前 17 位都是数字，最后一位是数字或 X。请再看一遍。"), field)
    born = birth_date_of(number)
    if born is None or not born.year >= FIRST_BIRTH_YEAR or born > on:
        raise BadInput(_("身份证号的第 7 到 14 位是出生日期，您写的不是一个日期。请再看一遍。"), field)
    if number[-1] != ric.calc_check_digit(number):
        raise BadInput(_("身份证号对不上，多半是有一位写错了。请对着身份证一位一位再看一遍。"), field)
    return number


def check_home(home: Area, *, on: date, field: str = "home") -> Area:
    """Return a place where people live; BadInput for one above that level, or one that is no more."""
    if home.kind not in HOME_KINDS:
        raise BadInput(_("请选到社区、村，或者小区、湾组。"), field)
    if home.valid_to is not None and home.valid_to < on:
        raise BadInput(_("这个地方已经合并或撤销了。请重新选。"), field)
    return home
