"""Several calls at the same moment, each with a database connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections

# Long beyond any wait that a slow machine needs; reached only where a test would hang.
PATIENCE = 60


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run all of `calls` at once; return what each returned, or the exception that it raised, in their order."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=PATIENCE)
            return call()
        except Exception as error:  # noqa: BLE001  (the test looks at it)
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def elsewhere(call: Callable[[], Any]) -> Any:
    """Run `call` in another thread, with a connection of its own, while this one's transaction stays open."""
    return together(call)[0]
