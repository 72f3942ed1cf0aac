"""What a reviewer has to look at twice: personal data in what somebody wrote, and where in the text it stands.

Functions of a text and of names. Source: rules.md section 2 (phone numbers, ID numbers and known names
are marked for the reviewer).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Digits may be broken by blanks or hyphens.
PHONE = re.compile(r"(?<!\d)(?:(?:86[ -]?)?1[ -]?[3-9](?:[ -]?\d){9}|0\d{2,3}[ -]?\d{7,8})(?!\d)")
ID_NUMBER = re.compile(r"(?<!\d)\d{6}[ -]?(?:19|20)\d{2}[ -]?\d{4}[ -]?\d{3}[\dXx](?![\dXx])")
# Bounded blanks: unbounded ones beside optional parts would take minutes on a line of a thousand.
DOOR = re.compile(r"\d{1,4}\s{0,4}(?:栋|号楼|幢)\s{0,4}(?:\d{1,3}\s{0,4})?(?:单元\s{0,4})?\d{3,4}\s{0,4}(?:室|号|房)?")
LABELS = {
    "phone": gettext_lazy("电话号码"),
    "id_number": gettext_lazy("身份证号"),
    "door": gettext_lazy("门牌号"),
    "name": gettext_lazy("姓名"),
}
PATTERNS = {"phone": PHONE, "id_number": ID_NUMBER, "door": DOOR}


@dataclass(frozen=True)
class Mark:
    """One find: from where to where of the text as it was written, its kind, and how it reads."""

    start: int
    end: int
    kind: str
    text: str


@dataclass(frozen=True)
class Piece:
    """A piece of a text for showing; `label` says what it looks like, or is empty."""

    text: str
    label: str = ""


def plain(text: str) -> tuple[str, list[int]]:
    """Return a text with full-width digits and letters read as plain ones, and where each character came from."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in unicodedata.normalize("NFKC", character):
            letters.append(letter)
            places.append(place)
    return "".join(letters), places


def find(text: str, names: Iterable[str] = ()) -> list[Mark]:
    """Return what of a text looks like personal data: phones, ID numbers, doors, then each of `names`."""
    read, places = plain(text)
    found = [
        Mark(places[match.start()], places[match.end() - 1] + 1, kind, match.group().strip())
        for kind, pattern in PATTERNS.items()
        for match in pattern.finditer(read)
    ]
    for name in dict.fromkeys(names):
        # One character alone stands in too many words.
        if len(name.strip()) > 1:
            found += [
                Mark(places[match.start()], places[match.end() - 1] + 1, "name", name)
                for match in re.finditer(re.escape(plain(name.strip())[0]), read)
            ]
    return found


def marks(text: str, names: Iterable[str] = ()) -> list[str]:
    """Return one sentence for each find; a name is said once."""
    found = {(mark.kind, mark.text, 0 if mark.kind == "name" else mark.start): mark for mark in find(text, names)}
    return [_("%(kind)s：%(text)s") % {"kind": LABELS[mark.kind], "text": mark.text} for mark in found.values()]


def pieces(text: str, names: Iterable[str] = ()) -> list[Piece]:
    """Return a text cut into pieces, so that a page can show the finds in their places."""
    cut: list[Piece] = []
    at = 0
    for mark in sorted(find(text, names), key=lambda one: (one.start, -one.end)):
        if mark.start < at:
            continue
        if mark.start > at:
            cut.append(Piece(text[at : mark.start]))
        cut.append(Piece(text[mark.start : mark.end], str(LABELS[mark.kind])))
        at = mark.end
    return [*cut, Piece(text[at:])] if at < len(text) else cut
