"""The ASGI application streams files without reading them whole and without a warning."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

BIG = b"picture " * 100_000


def get(path: str) -> tuple[dict[str, Any], list[bytes]]:
    """Ask in a thread: a browser that is open for journeys has its own loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(answer(path))).result(60)


async def answer(path: str) -> tuple[dict[str, Any], list[bytes]]:
    """Return what the server starts its answer with, and the pieces of the body."""
    from portal.asgi import Handler  # not at collection: the middleware looks at the folders of the tests

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
    }
    asked = ApplicationCommunicator(Handler(), scope)
    await asked.send_input({"type": "http.request", "body": b""})
    started = await asked.receive_output(10)
    pieces, more = [], True
    while more:
        part = await asked.receive_output(10)
        pieces.append(part.get("body", b""))
        more = part.get("more_body", False)
    await asked.wait()
    return started, [piece for piece in pieces if piece]


@pytest.mark.django_db(transaction=True)
def test_a_picture_of_a_page() -> None:
    name = default_storage.save("images/big.bin", ContentFile(BIG))
    started, pieces = get(f"/media/{name}")
    assert started["status"] == 200
    assert b"".join(pieces) == BIG
    assert len(pieces) > 1


def test_a_static_file() -> None:
    path = settings.STATIC_ROOT / "site.txt"
    path.write_bytes(BIG)
    try:
        started, pieces = get("/static/site.txt")
    finally:
        path.unlink()
    assert started["status"] == 200
    assert b"".join(pieces) == BIG
    assert len(pieces) > 1
