from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deliberation.models import Ballot, Issue
from tests.deliberation.effects import Effects, effects
from tests.factories import MOMENT, District, IssueFactory
from tests.factories.ballots import opened, voters


@pytest.fixture
def issue_in(district: District) -> Callable[..., Issue]:
    """Return a function that makes an issue in a state: of the compound, by its resident, handled by its property company."""

    def make(state: str, **columns: Any) -> Issue:
        dispatched = {"unit": district.property} if state not in ("raised", "accepted", "refused", "withdrawn") else {}
        defaults = {"area": district.compound, "reporter": district.resident, "number": "EC-2023-900001"}
        return IssueFactory(state=state, **{**defaults, **dispatched, **columns})

    return make


@pytest.fixture
def do(district: District, django_capture_on_commit_callbacks: Any) -> Callable[..., Effects]:
    """Return a function that does a verb with its arguments, and gives what came of it."""

    def done(verb: Callable[..., Any], *subject: Any, **arguments: Any) -> Effects:
        return effects(lambda: verb(*subject, **arguments), django_capture_on_commit_callbacks)

    return done


@pytest.fixture(autouse=True)
def keys(settings: Any, tmp_path: Path) -> Path:
    """Return the folder of ballot keys, each test's own."""
    settings.BALLOT_KEY_DIR = tmp_path / "keys"
    return settings.BALLOT_KEY_DIR


@pytest.fixture
def ballot(district: District) -> Ballot:
    """Return an open ballot of four invited residents."""
    return opened(district.worker, district.community, MOMENT, voters(4, district.compound))
