"""The English catalogue is whole, keeps every placeholder, and compiles."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo

from portal import catalogue

BRAND = "共治"
# Chinese characters, and the punctuation and letters that are as wide as they are.
WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[a-z]|\{[a-z_]*\}|%%|<[^>]+>")


def english() -> list[Message]:
    """Return every entry of the English catalogue but its header."""
    return [entry for entry in catalogue.read_catalogue("en") if entry.id]


def forms(text: object) -> list[str]:
    """Return the forms of a message or of its translation: one, or two with a plural."""
    return list(text) if isinstance(text, list | tuple) else [str(text)]


def placeholders(text: str) -> list[str]:
    """Return what a text takes in, and its markup, in a form that compares."""
    return sorted(PLACEHOLDER.findall(text))


def test_every_message_is_translated_and_none_is_left_over() -> None:
    assert catalogue.faults("en") == []


def test_translations_take_in_what_the_messages_do() -> None:
    for entry in english():
        pairs = zip(forms(entry.id), forms(entry.string), strict=True)
        assert all(placeholders(text) == placeholders(words) for text, words in pairs), entry.id


def test_formats_are_marked_as_such() -> None:
    for entry in english():
        text = forms(entry.id)[0]
        assert bool(re.search(r"%\(", text)) == ("python-format" in entry.flags), entry.id


def test_english_holds_no_chinese_but_the_brand() -> None:
    for entry in english():
        for words in forms(entry.string):
            assert not WIDE.search(words.replace(BRAND, "")), (entry.id, words)


def test_quotes_do_not_end_the_attributes_they_stand_in() -> None:
    # {% trans %} writes a literal's translation as it is, also inside alt="…" and aria-label="…".
    for entry in english():
        if '"' not in forms(entry.id)[0]:
            assert all('"' not in words for words in forms(entry.string)), entry.id


@pytest.fixture
def compiled(tmp_path: Path) -> gettext.GNUTranslations:
    """The English catalogue as gettext loads it."""
    path = tmp_path / "django.mo"
    with path.open("wb") as stream:
        write_mo(stream, catalogue.read_catalogue("en"))
    with path.open("rb") as stream:
        return gettext.GNUTranslations(stream)


def test_a_compiled_catalogue_loads(compiled: gettext.GNUTranslations) -> None:
    assert compiled.gettext("我要反映问题") == "Raise an issue"
    assert compiled.pgettext("bottom bar", "反映") == "Raise"
    assert compiled.ngettext("还剩 %(days)d 天", "还剩 %(days)d 天", 1) == "%(days)d day left"
    assert compiled.ngettext("还剩 %(days)d 天", "还剩 %(days)d 天", 3) == "%(days)d days left"
