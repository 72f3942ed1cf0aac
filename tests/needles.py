"""Looking for many words at once, in every spelling in which one might lie somewhere."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import quote

# Shorter words are found everywhere by chance.
SHORTEST = 3


def variants(value: str) -> set[str]:
    """Return a value in the spellings in which it might lie somewhere."""
    raw = value.encode()
    spelt = {value, raw.hex(), raw.hex().upper(), value[::-1], quote(value), json.dumps(value)[1:-1]}
    # Base64 at any offset: what lies before shifts the letters, and both ends depend on the neighbours.
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        spelt.add(text[(shift * 8 + 5) // 6 : len(text) - 1])
    if value.isascii() and value.isdigit():
        spelt |= {f"{value[:3]} {value[3:7]} {value[7:]}", f"{value[:3]}-{value[3:7]}-{value[7:]}"}
    spelt.add(raw.decode("latin-1"))
    spelt.add(value.encode("utf-16-le").decode("latin-1"))
    return {one for one in spelt if len(one) >= SHORTEST}


class Needles:
    """Many words to be looked for at once: by their first characters, then whole."""

    def __init__(self, values: Iterable[str]) -> None:
        self.by_start: dict[str, set[str]] = defaultdict(set)
        for value in values:
            for spelt in variants(value):
                self.by_start[spelt[:SHORTEST]].add(spelt)

    def found_in(self, text: str) -> set[str]:
        """Return the words that a text holds."""
        starts = self.by_start
        return {
            spelt
            for start in range(len(text) - SHORTEST + 1)
            if text[start : start + SHORTEST] in starts
            for spelt in starts[text[start : start + SHORTEST]]
            if text.startswith(spelt, start)
        }
