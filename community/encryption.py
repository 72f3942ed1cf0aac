"""Personal values at rest: encrypted with FIELD_KEYS, found again by a keyed blind index.

The first of FIELD_KEYS writes, all of them read, so that a key can be changed while the site runs.
The blind index is an HMAC under a key of its own, the first of INDEX_KEYS: equal values give equal indexes,
and without the key a list of all phone numbers of the country can't be matched against it. While that key
is being changed, rows are found under every one of INDEX_KEYS.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

PLAIN_SESSION = b"{"


@lru_cache(maxsize=4)
def cipher(keys: tuple[str, ...]) -> MultiFernet:
    """Return the cipher over `keys`, the current one first."""
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """Return `text` under the current key."""
    return cipher(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return the text of a token written under any of FIELD_KEYS; InvalidToken if none fits."""
    return cipher(tuple(settings.FIELD_KEYS)).decrypt(token.encode()).decode()


def index_under(key: bytes, kind: str, value: str) -> str:
    """Return the 64 hexadecimal digits by which a value is found under one key."""
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def blind_index(kind: str, value: str) -> str:
    """Return the index that is written beside an encrypted `value` of this `kind`."""
    return index_under(settings.INDEX_KEYS[0], kind, value)


def blind_indexes(kind: str, value: str) -> list[str]:
    """Return every index under which a value may be found, the one that is written today first."""
    return [index_under(key, kind, value) for key in settings.INDEX_KEYS]


def is_index_of(stored: str, kind: str, value: str) -> bool:
    """Return whether what was stored is the index of a value under any key."""
    return any(hmac.compare_digest(stored, index) for index in blind_indexes(kind, value))


class EncryptedTextField(models.TextField):
    """A text that is encrypted in its column; it can't be filtered, an index field beside it can."""

    description = "Text, encrypted at rest"

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way in; an empty text stays empty, so that a column tells that nothing is there."""
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        """Decrypt on the way out."""
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse every look-up but isnull: two encryptions of one text differ."""
        if lookup_name != "isnull":
            raise TypeError(f"{self.name} is encrypted; look it up by its blind index")
        return super().get_lookup(lookup_name)


class EncryptedSerializer:
    """What a session holds, as Django's JSON, encrypted: a half-filled form or a number being proven may lie in it.

    Sessions that began before this was so are still read; one whose key is gone has ended.
    """

    def dumps(self, obj: Any) -> bytes:
        """Return a session's content as an encrypted text."""
        return encrypt(json.dumps(obj, separators=(",", ":"))).encode("ascii")

    def loads(self, data: bytes) -> Any:
        """Return a session's content."""
        text = data.decode("utf-8") if data.startswith(PLAIN_SESSION) else decrypt(data.decode("ascii"))
        return json.loads(text)


__all__ = [
    "EncryptedSerializer",
    "EncryptedTextField",
    "InvalidToken",
    "blind_index",
    "blind_indexes",
    "decrypt",
    "encrypt",
    "index_under",
    "is_index_of",
]
