"""Pages by cursor: where a list goes on, instead of how far to count; and counts that stop at a hundred.

    rows, cursor = page(units, ("area__path", "name", "pk"), request.GET.get("after", ""), 30)

A cursor holds what the last row shown has in the columns of the order, so the list goes on there though that
row has left it meanwhile. It is signed, for its order alone: no other values reach the database. The same row
gives the same cursor at any time, so that a page which is kept for everybody has one address.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.utils.datastructures import MultiValueDict

# How far rows are counted for a number on a page; beyond it the page says "100 or more".
COUNTED = 100
AFTER = "after"
Query = MultiValueDict[str, str]


def page(rows: QuerySet[Any], order: Sequence[str], cursor: str, size: int) -> tuple[list[Any], str]:
    """Return one page of rows in an order that ends with the key, and the cursor of the next or '' at the end."""
    found = list(rows.filter(after(order, cursor)).order_by(*order)[: size + 1])
    return found[:size], encode(found[size - 1], order) if len(found) > size else ""


def encode(row: Model, order: Sequence[str]) -> str:
    """Return the cursor after a row."""
    values = [reduce(getattr, name.lstrip("-").split("__"), row) for name in order]
    return signer(order).sign_object([value if isinstance(value, int) else str(value) for value in values])


def signer(order: Sequence[str]) -> signing.Signer:
    """Return what ties a cursor to its order."""
    return signing.Signer(salt=f"community.paging:{','.join(order)}")


def after(order: Sequence[str], cursor: str) -> Q:
    """Return the condition for what comes after a cursor; one that is none of ours starts at the top."""
    try:
        values = signer(order).unsign_object(cursor)
    except signing.BadSignature:
        return Q()
    condition = Q(pk__in=[])
    for name, value in reversed(list(zip(order, values, strict=True))):
        condition = beyond(name, value) | (Q(**{name.lstrip("-"): value}) & condition)
    # The first column alone lets an index find the place; the rest tells equals apart.
    return condition & beyond(order[0], values[0], "e")


def beyond(name: str, value: Any, same: str = "") -> Q:
    """Return the condition for what lies behind a value in the direction of a column; with "e" the value too."""
    return Q(**{f"{name[1:]}__lt{same}": value}) if name.startswith("-") else Q(**{f"{name}__gt{same}": value})


def next_url(query: Query, cursor: str) -> str:
    """Return the address of the next page, with all else that this one asks for; '' at the end."""
    return f"?{urlencode([*pairs(query), (AFTER, cursor)])}" if cursor else ""


def asked(query: Query) -> str:
    """Return what an address asks for but for where the list goes on, as its query."""
    return urlencode(pairs(query))


def pairs(query: Query) -> list[tuple[str, str]]:
    """Return names and values of a query, without the cursor."""
    return [(name, value) for name, values in query.lists() if name != AFTER for value in values]


def counted(rows: QuerySet[Any]) -> int:
    """Return how many rows there are, counted up to a hundred."""
    return rows.order_by()[:COUNTED].count()
