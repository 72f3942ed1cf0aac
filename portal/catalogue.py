"""The messages of the product: collected from code and templates, and compared with the English catalogue.

Babel reads the code, Django's own templatize turns a template into what Babel can read; so that no
gettext has to be on the machine.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

APPS = ("community", "deliberation", "portal")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
Message = tuple[str | tuple[str, ...], str | None]


def messages() -> dict[Message, None]:
    """Return every message of the product, as a set in the order found: (text or plural pair, context)."""
    found: dict[Message, None] = {}
    for source in sources():
        for _line, text, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
            # A quoted placeholder such as the empty string is no message.
            if text and text != "":
                found[(text, context)] = None
    for text in shipped_words():
        found[(text, None)] = None
    return found


def sources() -> Iterator[str]:
    """Give Python source, and templates as Python that calls gettext."""
    base = settings.BASE_DIR
    for app in APPS:
        for path in sorted((base / app).rglob("*.py")):
            if "migrations" not in path.parts and "demo" not in path.parts:
                yield path.read_text(encoding="utf-8")
    for path in sorted((base / "templates").rglob("*.html")):
        python = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        # What templatize leaves of the markup is blotted out, but its indentation would be an error to Babel.
        yield "\n".join(line.strip() for line in python.splitlines())


def shipped_words() -> list[str]:
    """Return the words of shipped data that pages translate: the categories of issues."""
    rows = tomllib.loads((settings.BASE_DIR / "deliberation" / "categories.toml").read_text(encoding="utf-8"))
    return [row[key] for row in rows["category"] for key in ("name", "hint")]


def catalogue_file(language: str) -> Path:
    """Return the catalogue of a language."""
    return settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / "django.po"


def read_catalogue(language: str) -> Catalog:
    """Return the catalogue as committed, or an empty one."""
    path = catalogue_file(language)
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


def faults(language: str) -> list[str]:
    """Return one line for each message that is missing, empty or no longer used in a catalogue."""
    catalogue, wanted = read_catalogue(language), messages()
    known = {(as_key(entry.id), entry.context): entry for entry in catalogue if entry.id}
    lines = [f"missing: {text!r}" for text, context in wanted if (text, context) not in known]
    lines += [f"not translated: {key[0]!r}" for key, entry in known.items() if key in wanted and not is_whole(entry)]
    return lines + [f"no longer used: {key[0]!r}" for key in known if key not in wanted]


def write_source() -> None:
    """Compile the Chinese source as a catalogue of its own, every message its own translation.

    Without it each Chinese message would be looked for in the catalogues of all installed apps, one
    after the other, before it is taken as it stands: a tenth of a page's time.
    """
    source = Catalog(locale="zh_Hans")
    for text, context in messages():
        source.add(text, string=text if isinstance(text, str) else (text[0],), context=context)
    path = catalogue_file("zh_Hans").with_suffix(".mo")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        write_mo(stream, source)


def as_key(text: object) -> str | tuple[str, ...]:
    """Return a message's id in a form that compares."""
    return tuple(text) if isinstance(text, list | tuple) else str(text)


def is_whole(entry: object) -> bool:
    """Return whether every form of an entry is translated."""
    text = entry.string  # type: ignore[attr-defined]
    return all(text) if isinstance(text, list | tuple) else bool(text)


def update(language: str) -> None:
    """Write the catalogue with exactly the messages of the product, what was translated kept."""
    old = read_catalogue(language)
    new = Catalog(locale=language, project="Gongzhi", version="1", fuzzy=False, creation_date=old.creation_date)
    for text, context in messages():
        kept = old.get(text if isinstance(text, str) else text[0], context=context)
        new.add(text, string=kept.string if kept else None, context=context)
    path = catalogue_file(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        write_po(stream, new, sort_output=True, width=0, omit_header=False)
