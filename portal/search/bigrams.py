"""Cut text into what the index stores, and a query into what it must find there.

A run of Chinese characters (kana and hangul too) is indexed as overlapping pairs and closed by its
last character alone: 议事厅 becomes 议事, 事厅, 厅. Any part of the run is then a row of neighbouring
pairs, and one character is the start of a pair. Other scripts are indexed word by word. A change
here asks for `manage.py update_index`.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

# A private character that no text keeps after folding, so that what it marks can never be searched for.
MARK = "\U0010fffd"
# Stands between two scripts that punctuation keeps apart: “AA，制” does not hold “AA制”.
GAP = MARK
# Each term costs the database a look-up: further ones in an absurdly long query are not looked at.
MAX_TERMS = 64
# PostgreSQL refuses a lexeme of more than 2,046 bytes; what is longer than this is no word anybody types.
MAX_WORD = 200

# Han with 々〇, kana, bopomofo, hangul, private use (rare characters in names), the two Han planes.
CJK = "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b-\u30ff\u3105-\u31bf\u31f0-\u31ff\u3400-\u4dbf"
CJK += "\u4e00-\u9fff\uac00-\ud7a3\ue000-\ufaff\U00020000-\U0003ffff"
_PIECE = re.compile(f"[{CJK}]+|{MARK}|[^{CJK}{MARK}\\s]+")
_CJK_START = re.compile(f"[{CJK}]")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟〝〞「」『』", '"'))
_QUERY_PIECE = re.compile(r'"([^"]*)"|([^\s"]+)')


class _Fold(dict[int, str]):
    """The table of `str.translate` that keeps letters, digits and accents; filled as characters turn up."""

    def __missing__(self, code: int) -> str:
        self[code] = kept = self.fold(chr(code))
        return kept

    @staticmethod
    def fold(character: str) -> str:
        if character == MARK:
            return " "
        # Python's table of characters is older than some names: the whole Han planes count as letters.
        if "\U00020000" <= character <= "\U0003ffff":
            return character
        category = unicodedata.category(character)
        # Joiners, soft hyphens and variant selectors are invisible: they must not break a match.
        if category in ("Cf", "Me") or "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
            return ""
        if category[0] in "LNM" or category == "Co":
            return character
        return " " if character.isspace() else GAP


_FOLD = _Fold()


# Ordering the accents on one letter takes quadratic time: 100,000 of them took ten seconds. A longer row
# of accents or signs than this is cut, in texts and queries alike.
_PILE = re.compile(r"([^\w\s\x00-\x7f]{30})[^\w\s\x00-\x7f]+")


def _compose(text: str) -> str:
    return unicodedata.normalize("NFKC", _PILE.sub(r"\1", text))


def is_cjk(part: str) -> bool:
    """Tell whether a part is a run of characters that are written without spaces."""
    return bool(_CJK_START.match(part))


def split(text: str) -> list[str]:
    """Return the runs and words of a text, with a GAP where punctuation keeps two scripts apart.

    White space between two scripts is typography (“2023 年” is “2023年”) and leaves no gap.
    """
    folded = _compose(text).lower().translate(_FOLD)
    # Lower case, and a joiner gone from between them, may have left a letter and its accent apart.
    folded = unicodedata.normalize("NFC", folded)
    parts: list[str] = []
    apart = False
    for piece in _PIECE.findall(folded):
        if piece == GAP:
            apart = True
            continue
        if apart and parts and is_cjk(parts[-1]) != is_cjk(piece):
            parts.append(GAP)
        parts.append(piece)
        apart = False
    return parts


def normalise(text: str) -> str:
    """Return the text as it is compared: folded, its parts between single spaces."""
    return f" {' '.join(split(text))} "


def index_tokens(text: str) -> list[str]:
    """Return the tokens that the index stores for a text, in their order."""
    return [token for part in split(text) for token in _tokens(part)]


def _tokens(part: str) -> Iterator[str]:
    if is_cjk(part):
        yield from _pairs(part)
        yield part[-1]
    elif len(part) > MAX_WORD:
        yield part[:MAX_WORD] + blake2b(part.encode(), digest_size=8).hexdigest()
    else:
        yield part


def _pairs(run: str) -> Iterator[str]:
    return (run[start : start + 2] for start in range(len(run) - 1))


@dataclass(frozen=True)
class Term:
    """One thing that a query asks for: a word, a run, or a phrase of them."""

    parts: tuple[str, ...]
    # The last word may go on, as while somebody is still typing it.
    prefix: bool = False

    @property
    def needle(self) -> str:
        """What `normalise(text)` contains if and only if the text matches."""
        start = "" if is_cjk(self.parts[0]) else " "
        end = "" if is_cjk(self.parts[-1]) or self.prefix else " "
        return start + " ".join(self.parts) + end

    @property
    def tokens(self) -> list[str]:
        """The row of neighbouring tokens that `index_tokens(text)` contains if the text matches."""
        *before, last = self.parts
        return [token for part in before for token in _tokens(part)] + self._last_tokens(last)

    def _last_tokens(self, last: str) -> list[str]:
        if is_cjk(last):
            return list(_pairs(last)) or [last]
        return [last[:MAX_WORD]] if self.prefix else list(_tokens(last))

    @property
    def is_open(self) -> bool:
        """Whether the last token is only the start of one: a single character begins a pair."""
        last = self.parts[-1]
        return len(last) == 1 if is_cjk(last) else self.prefix


def phrase(text: str, prefix: bool = False) -> list[Term]:
    """Return the text as one term, or none if it holds nothing to look for."""
    parts = tuple(split(text))
    return [Term(parts, prefix)] if parts else []


def parse_query(query: str, prefix: bool = False) -> list[Term]:
    """Return the terms of a query: what quotes hold is one, else white space divides.

    With `prefix` the last word may be an unfinished one.
    """
    pieces = _QUERY_PIECE.findall(_compose(query).translate(_QUOTES))
    terms: dict[Term, None] = {}
    for number, (quoted, bare) in enumerate(pieces, start=1):
        terms.update(dict.fromkeys(phrase(quoted or bare, prefix and bool(bare) and number == len(pieces))))
    return list(terms)[:MAX_TERMS]
