"""Sealed votes: boxes to a ballot's own key, which lies outside the database and is destroyed when it is counted.

Works like a postal vote. The box is libsodium's sealed box (X25519, XSalsa20-Poly1305): whoever has the public
key can close one, only the private key opens it, and two boxes of the same vote look unlike. Boxes of a
ballot are equally long, so that none tells by its length what is in it.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import NamedTuple

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

# Room for a ranking of a hundred options.
LENGTH = 512


class KeyLost(Exception):  # noqa: N818  (its name says what happened)
    """A ballot's private key is not where it was put, or is another one."""


class Vote(NamedTuple):
    """What is in a box: the paper's text, and the code of the receipt that its voter got."""

    paper: str
    receipt: str


def new_receipt() -> str:
    """Return a code that nobody can guess, in the letters that are read over a telephone: ABCD-EFGH-JKLM-NPQR."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    code = "".join(secrets.choice(letters) for _each in range(16))
    return "-".join(code[start : start + 4] for start in range(0, 16, 4))


def make_key(folder: Path) -> bytes:
    """Make a key pair, keep its private half in `folder`, on the disk when this returns; return the public half."""
    private = PrivateKey.generate()
    public = bytes(private.public_key)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path_of(folder, public), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(bytes(private))
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)
    return public


def path_of(folder: Path, public: bytes) -> Path:
    """Return where the private half of a key lies."""
    return folder / f"{bytes(public).hex()}.key"


def load_key(folder: Path, public: bytes) -> PrivateKey:
    """Return the private half of a key; KeyLost where it is not there or is another's."""
    try:
        private = PrivateKey(path_of(folder, public).read_bytes())
    except (OSError, CryptoError, ValueError, TypeError):
        raise KeyLost from None
    if bytes(private.public_key) != bytes(public):
        raise KeyLost
    return private


def destroy_key(folder: Path, public: bytes) -> bool:
    """Overwrite and remove the private half of a key; return whether there was one.

    What a file system or a disk keeps of a file that is gone is said in docs/operations.md.
    """
    path = path_of(folder, public)
    try:
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return False
    sync_folder(folder)
    return True


def sync_folder(folder: Path) -> None:
    """Have the disk know of a folder's change before anybody relies on it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def seal(public: bytes, vote: Vote) -> bytes:
    """Close a vote in a box."""
    plain = json.dumps(vote).encode()
    if len(plain) > LENGTH:
        raise ValueError("the paper is longer than a box")
    return SealedBox(PublicKey(bytes(public))).encrypt(plain.ljust(LENGTH))


def unseal(private: PrivateKey, box: bytes) -> Vote:
    """Open a box; KeyLost where it was not closed for this key."""
    try:
        return Vote(*json.loads(SealedBox(private).decrypt(bytes(box))))
    except CryptoError:
        raise KeyLost from None
