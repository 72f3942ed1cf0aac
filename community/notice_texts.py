"""The words around what leaves the site: which placeholders they may hold, and how they are filled.

An SMS has no placeholder for a notice's own words: they may name somebody, and a screen that lies on
the table shows an SMS to everybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
ALLOWED: Mapping[str, frozenset[str]] = {
    "email": frozenset({"site", "text", "url"}),
    "email_digest": frozenset({"site", "text", "url", "count"}),
    # A mailbox shows the subject to whoever glances at the screen.
    "email_subject": frozenset({"site"}),
    "email_digest_subject": frozenset({"site", "count"}),
    "sms": frozenset({"site", "url", "count"}),
    "sms_digest": frozenset({"site", "url", "count"}),
    "sms_code": frozenset({"site", "code", "minutes"}),
}
# Without these a message says nothing.
NEEDED: Mapping[str, frozenset[str]] = {
    "email": frozenset({"text"}),
    "email_digest": frozenset({"text"}),
    "sms": frozenset({"url"}),
    "sms_digest": frozenset({"url"}),
    "sms_code": frozenset({"code"}),
}
# One SMS of Chinese holds so many characters; a longer one is sent, and paid for, as several.
SMS_CHARACTERS = 70


def is_sms(kind: str) -> bool:
    """Return whether a kind of template is an SMS."""
    return kind.startswith("sms")


def placeholders(words: str) -> set[str]:
    """Return the names in braces."""
    return set(PLACEHOLDER.findall(words))


def unknown_placeholders(kind: str, words: str) -> list[str]:
    """Return what stands in braces and means nothing in this kind of template, in order; lone braces too."""
    wrong = sorted(f"{{{name}}}" for name in placeholders(words) - ALLOWED.get(kind, frozenset()))
    return wrong + sorted(set(re.findall(r"[{}]", PLACEHOLDER.sub("", words))))


def missing_placeholders(kind: str, body: str) -> list[str]:
    """Return what the text of this kind needs and does not hold."""
    return sorted(f"{{{name}}}" for name in NEEDED[kind] - placeholders(body))


def fill(kind: str, words: str, values: Mapping[str, object]) -> str:
    """Return the words with the values of what this kind may use; a value is never read for placeholders.

    What else is handed over does not get in, whatever the words ask for.
    """
    usable = {name: str(values[name]) for name in ALLOWED[kind] if name in values}
    return PLACEHOLDER.sub(lambda found: usable.get(found[1], ""), words)
