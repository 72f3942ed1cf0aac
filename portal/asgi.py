"""The ASGI application that servers such as uvicorn start."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from itertools import islice

import django
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase, StreamingHttpResponse

# Files come in blocks of 4 KiB; this many are read in one turn of a thread.
BLOCKS = 64


class Handler(ASGIHandler):
    """Django's handler; files, which are read synchronously, stream through a thread.

    Django itself would read a synchronous stream whole into memory first, and warn.
    """

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response with an asynchronous stream."""
        response: HttpResponseBase = await super().get_response_async(request)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            # Whatever has to be closed is already on the response's own list, so the new stream closes nothing.
            response.streaming_content = in_thread(iter(response.streaming_content))  # type: ignore[arg-type]
        return response


async def in_thread(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Read blocks in a thread, many at a time."""
    while chunk := await asyncio.to_thread(lambda: b"".join(islice(blocks, BLOCKS))):
        yield chunk


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup(set_prefix=False)
application = Handler()
