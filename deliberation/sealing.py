"""Sealed votes: boxes to a ballot's own key, which lies outside the database and is destroyed when it is counted.

Works like a postal vote. The box is libsodium's sealed box (X25519, XSalsa20-Poly1305): whoever has the public
key can close one, only the private key opens it, and two boxes of the same vote look unlike. Boxes of a
ballot are equally long, so that none tells by its length what is in it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

# Room for a ranking of a hundred options.
LENGTH = 512
BOX_LENGTH = LENGTH + 48  # with the throw-away public key and the seal of libsodium's sealed box
# Stands in the box of somebody who was handed a paper, in place of a choice; no paper can say it.
ON_PAPER = "@paper"


class KeyLost(Exception):  # noqa: N818  (its name says what happened)
    """A ballot's private key is not where it was put, or is another one."""


class KeyUnread(Exception):  # noqa: N818  (as above)
    """The folder of keys, or a key in it, can't be read now: a disk that is not mounted, a right that is missing."""


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
    """Return the private half of a key; KeyLost where it is not there or is another's, KeyUnread where nobody can tell.

    Losing a key voids its ballot for good, so a folder that is away must not look like it.
    """
    try:
        private = PrivateKey(path_of(folder, public).read_bytes())
    except FileNotFoundError as error:
        if folder.is_dir():
            raise KeyLost from None
        raise KeyUnread from error
    except OSError as error:
        raise KeyUnread from error
    except (CryptoError, ValueError, TypeError):
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


def kept_keys(folder: Path) -> list[bytes]:
    """Return the public halves of the keys that lie in `folder`."""
    return [bytes.fromhex(path.stem) for path in folder.glob("*.key") if len(path.stem) == 2 * PublicKey.SIZE]


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


def seal_list(public: bytes, papers: Sequence[str]) -> bytes:
    """Close papers without receipts in boxes of their own, equally long, one after the other as given."""
    return b"".join(seal(public, Vote(paper, "")) for paper in papers)


def unseal_list(private: PrivateKey, boxes: bytes) -> list[str]:
    """Open what `seal_list` closed; KeyLost where a box was not closed for this key."""
    starts = range(0, len(boxes), BOX_LENGTH)
    return [unseal(private, boxes[start : start + BOX_LENGTH]).paper for start in starts]


def unseal(private: PrivateKey, box: bytes) -> Vote:
    """Open a box; KeyLost where it was not closed for this key."""
    try:
        return Vote(*json.loads(SealedBox(private).decrypt(bytes(box))))
    except CryptoError:
        raise KeyLost from None
