"""What several tests of people and places look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from community.models import Appointment, User
from community.signals import appointment_ended


@pytest.fixture
def ended() -> Iterator[list[tuple[Appointment, User | None]]]:
    """Return a list that grows by each appointment that ends, with who takes over."""
    seen: list[tuple[Appointment, User | None]] = []

    def note(appointment: Appointment, successor: User | None, **kwargs: Any) -> None:
        seen.append((appointment, successor))

    appointment_ended.connect(note)
    yield seen
    appointment_ended.disconnect(note)
