"""What a reviewer has to look at twice: personal data in what a resident wrote.

Source: rules.md section 2 (phone numbers, ID numbers and known names are marked for the reviewer).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _

from deliberation.models import Issue

# Digits may be broken by blanks or hyphens.
PHONE = re.compile(r"(?<!\d)(?:(?:86[ -]?)?1[ -]?[3-9](?:[ -]?\d){9}|0\d{2,3}[ -]?\d{7,8})(?!\d)")
ID_NUMBER = re.compile(r"(?<!\d)\d{6}[ -]?(?:19|20)\d{2}[ -]?\d{4}[ -]?\d{3}[\dXx](?![\dXx])")
# Bounded blanks: unbounded ones beside optional parts would take minutes on a line of a thousand.
DOOR = re.compile(r"\d{1,4}\s{0,4}(?:栋|号楼|幢)\s{0,4}(?:\d{1,3}\s{0,4})?(?:单元\s{0,4})?\d{3,4}\s{0,4}(?:室|号|房)?")


def personal_marks(issue: Issue) -> list[str]:
    """Return one sentence for each kind of personal data found in title, details and address."""
    person = issue.represented or issue.reporter
    return marks("\n".join((issue.title, issue.details, issue.address)), [person.name])


def marks(text: str, names: Iterable[str] = ()) -> list[str]:
    """Return what of a text looks like a phone number, an ID number, a door, or one of `names`."""
    # Full-width digits and letters are read as plain ones.
    text = unicodedata.normalize("NFKC", text)
    found = [_("电话号码：%(text)s") % {"text": match} for match in PHONE.findall(text)]
    found += [_("身份证号：%(text)s") % {"text": match} for match in ID_NUMBER.findall(text)]
    found += [_("门牌号：%(text)s") % {"text": match.strip()} for match in DOOR.findall(text)]
    found += [_("姓名：%(text)s") % {"text": name} for name in names if name and name in text]
    return found
