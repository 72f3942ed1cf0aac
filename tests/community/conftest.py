"""What several tests of people and places look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from community.models import Appointment, User
from community.signals import appointment_ended
from deliberation.models import Issue
from tests.community.photographed import with_photo
from tests.factories import District, IssueFactory


@pytest.fixture
def ended() -> Iterator[list[tuple[Appointment, User | None]]]:
    """Return a list that grows by each appointment that ends, with who takes over."""
    seen: list[tuple[Appointment, User | None]] = []

    def note(appointment: Appointment, successor: User | None, **kwargs: Any) -> None:
        seen.append((appointment, successor))

    appointment_ended.connect(note)
    yield seen
    appointment_ended.disconnect(note)


@pytest.fixture
def unseen(district: District) -> Issue:
    """Return an issue with a photo that nobody has reviewed."""
    issue = IssueFactory(
        area=district.compound, reporter=district.resident, title="路灯不亮", address="北门", details="黑得看不见台阶",
        raised_at=timezone.now(),
    )  # fmt: skip
    return with_photo(issue, district)
