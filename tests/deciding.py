"""Looking at what a merger or a split would do, as whoever decides it has to first (community/views/places.py)."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

SEEN = re.compile(r'name="seen" value="([^"]+)"')


def looked_at(client: Client, address: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Return the form of the deciding page after a look at it; of whoever may not look, what they would send."""
    found = SEEN.search(client.post(address, {**sent, "step": "preview"}).content.decode())
    return {**sent, "step": "do", "seen": found[1] if found else ""}
