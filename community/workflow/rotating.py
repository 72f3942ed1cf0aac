"""Changing the keys of personal fields while the site runs.

Every encrypted column of every model is walked; a token that is not under the current key is written
anew. Each write names the token that it replaces, so what somebody saved meanwhile is never lost; a row
that somebody holds is passed over and met again in the next round.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.db.models import TextField, Value
from django.db.models.functions import Cast

from community.encryption import EncryptedTextField, decrypt, encrypt
from community.models import Ownership, Resident, User
from community.models.people import id_index, phone_index, surname_index

# Columns of others that hold tokens inside JSON: the secrets of second factors.
SEALED_JSON: dict[type[models.Model], tuple[str, ...]] = {Authenticator: ("data",)}
# Of each blind index: what it is made from, and how.
Made = dict[str, tuple[str, Callable[[str], str]]]
# Of each index of a row that is written anew: what it was, and what it becomes.
Change = dict[str, tuple[str | None, str | None]]
INDEXES: dict[type[models.Model], Made] = {
    User: {"phone_index": ("phone", phone_index)},
    Resident: {
        "phone_index": ("phone", phone_index),
        "surname_index": ("name", surname_index),
        "id_index": ("id_number", id_index),
    },
    Ownership: {"id_index": ("id_number", id_index)},
}
TOKEN = re.compile(r"gAAAAA[\w-]+={0,2}")
MOST_ROUNDS = 20

Say = Callable[[str], None]


@dataclass
class Count:
    """What a walk over one model found."""

    tokens: int = 0
    old: int = 0
    written: int = 0
    unreadable: int = 0
    missed: int = 0

    def add(self, other: Count) -> None:
        """Add what was found elsewhere."""
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Indexed:
    """How many rows were given the index of today, and how many still have another."""

    written: int = 0
    left: int = 0


def encrypted_columns() -> dict[type[models.Model], list[str]]:
    """Return the columns that hold tokens, by model; proxies and parents' columns once."""
    found: dict[type[models.Model], list[str]] = {}
    for model in apps.get_models():
        own = [] if model._meta.proxy else list(model._meta.local_concrete_fields)
        names = [field.attname for field in own if isinstance(field, EncryptedTextField)]
        names += SEALED_JSON.get(model, ())
        if names:
            found[model] = names
    return found


def is_current(token: str) -> bool:
    """Return whether a token is under the key that writes today."""
    try:
        Fernet(settings.FIELD_KEYS[0]).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def renewed(value: str, count: Count) -> str:
    """Return a column's text with every token in it under the current key, and count them."""

    def renew(found: re.Match[str]) -> str:
        token = found.group()
        count.tokens += 1
        if is_current(token):
            return token
        try:
            text = decrypt(token)
        except InvalidToken:
            count.unreadable += 1
            return token
        count.old += 1
        return encrypt(text)

    return TOKEN.sub(renew, value)


def rotate(*, say: Say, batch: int = 500, is_check: bool = False) -> Count:
    """Bring every token under the current key, or with `is_check` only count; returns what was found in all.

    May be stopped at any time and started again: what is done is passed over.
    """
    total = Count()
    for model, names in encrypted_columns().items():
        count = walk(model, names, say, batch, is_check)
        for _round in range(MOST_ROUNDS):
            if not count.missed:
                break
            again = walk(model, names, say, batch, is_check)
            count.written, count.missed = count.written + again.written, again.missed
        total.add(count)
        say(f"{model._meta.label}: {count.tokens} tokens, {count.old} under old keys, {count.written} written anew")
    return total


def walk(model: type[models.Model], names: list[str], say: Say, batch: int, is_check: bool) -> Count:
    """Go once over a model, a batch of primary keys at a time, each in a short transaction of its own."""
    count, last, seen = Count(), None, 0
    while rows := next_rows(model, names, last, batch):
        rotate_rows(model, names, rows, count, is_check)
        last, seen = rows[-1][0], seen + len(rows)
        if len(rows) == batch:
            say(f"  {model._meta.label}: {seen} rows …")
    return count


def columns_as_text(names: list[str]) -> dict[str, Cast]:
    """Return the columns as they lie in the database, past the decryption."""
    return {f"raw_{name}": Cast(name, TextField()) for name in names}


def next_rows(model: type[models.Model], names: list[str], last: Any, batch: int) -> list[tuple[Any, ...]]:
    """Return the next rows after a primary key: the key, then each column's text."""
    rows = model._base_manager.annotate(**columns_as_text(names)).order_by("pk")
    if last is not None:
        rows = rows.filter(pk__gt=last)
    return list(rows.values_list("pk", *columns_as_text(names))[:batch])


def rotate_rows(
    model: type[models.Model], names: list[str], rows: list[tuple[Any, ...]], count: Count, is_check: bool
) -> None:
    """Write anew what of these rows is under an old key."""
    changes: dict[Any, tuple[dict[str, str], dict[str, str]]] = {}
    for pk, *values in rows:
        read = {name: value for name, value in zip(names, values, strict=True) if value}
        new = {name: renewed(value, count) for name, value in read.items()}
        changed = {name: value for name, value in new.items() if value != read[name]}
        if changed:
            changes[pk] = ({name: read[name] for name in changed}, changed)
    if changes and not is_check:
        with transaction.atomic():
            done = sum(swap(model, pk, *changes[pk]) for pk in free_rows(model, list(changes)))
        count.written += done
        # What was not free, or was changed in between, is met again in the next round.
        count.missed += len(changes) - done


def free_rows(model: type[models.Model], pks: list[Any]) -> Iterator[Any]:
    """Lock the rows that nobody holds and return their keys: this waits for nobody, so nothing can lock up."""
    rows = model._base_manager.filter(pk__in=pks).order_by("pk")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    yield from list(rows.values_list("pk", flat=True))


def swap(model: type[models.Model], pk: Any, old: dict[str, str], new: dict[str, str]) -> int:
    """Replace a row's tokens where they are still those that were read; returns whether they were."""
    row = model._base_manager.filter(pk=pk).annotate(**columns_as_text(list(old)))
    row = row.filter(**{f"raw_{name}": value for name, value in old.items()})
    return row.update(**{name: written(model, name, value) for name, value in new.items()})


def written(model: type[models.Model], name: str, value: str) -> Any:
    """Return what to write: a token as it is, past the encryption; JSON as what it says."""
    return json.loads(value) if name in SEALED_JSON.get(model, ()) else Value(value, output_field=TextField())


def reindex(*, say: Say, batch: int = 500, is_check: bool = False) -> Indexed:
    """Write every blind index anew under the first of INDEX_KEYS, or with `is_check` only count; beside the site.

    Whatever has not had its turn is found by the older key. A row that somebody holds, or changed in between,
    is met again in the next round; the last look counts what is left, whoever wrote it.
    """
    total = Indexed()
    for model, made in INDEXES.items():
        written, clashes = 0, set[Any]()
        for _round in range(0 if is_check else MOST_ROUNDS):
            done, missed = index_round(model, made, batch, clashes)
            written += done
            if not missed:
                break
        left = sum(1 for row in rows_by_batch(model, batch) if stale_indexes(made, row))
        say(f"{model._meta.label}: {written} rows indexed anew, {left} left")
        for pk in sorted(clashes):
            say(f"  {model._meta.label} {pk}: another row has the same value; join or mend the two, then run again")
        total.written, total.left = total.written + written, total.left + left
    return total


def index_round(model: type[models.Model], made: Made, batch: int, clashes: set[Any]) -> tuple[int, int]:
    """Go once over a model; returns how many rows were written, and how many want another round."""
    written = missed = 0
    last: Any = None
    while rows := rows_after(model, last, batch):
        last = rows[-1].pk
        changes = {row.pk: found for row in rows if row.pk not in clashes and (found := stale_indexes(made, row))}
        if not changes:
            continue
        with transaction.atomic():
            for pk in free_rows(model, list(changes)):
                try:
                    done = put_indexes(model, pk, changes[pk])
                except IntegrityError:
                    clashes.add(pk)
                    continue
                written += done
                if done:
                    del changes[pk]
        missed += len(changes.keys() - clashes)
    return written, missed


def rows_after(model: type[models.Model], last: Any, batch: int) -> list[Any]:
    """Return the next rows after a primary key."""
    rows = model._base_manager.order_by("pk")
    return list((rows if last is None else rows.filter(pk__gt=last))[:batch])


def rows_by_batch(model: type[models.Model], batch: int) -> Iterator[Any]:
    """Return every row, a batch in memory at a time."""
    last: Any = None
    while rows := rows_after(model, last, batch):
        yield from rows
        last = rows[-1].pk


def stale_indexes(made: Made, row: Any) -> Change:
    """Return the indexes of a row that are not what its values give today: each as it is, and as it has to be."""
    found: Change = {}
    for index, (source, make) in made.items():
        value, before = getattr(row, source), getattr(row, index)
        # What has no index at all is not to be found: a tombstone, an owner without a number.
        after = make(value) or None if value and before is not None else before
        if after != before:
            found[index] = (before, after)
    return found


def put_indexes(model: type[models.Model], pk: Any, change: Change) -> int:
    """Write one row's indexes anew, where they are still those that were read; returns whether they were."""
    row = model._base_manager.filter(pk=pk, **{index: before for index, (before, _after) in change.items()})
    with transaction.atomic():
        return row.update(**{index: after for index, (_before, after) in change.items()})
