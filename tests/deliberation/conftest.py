from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deliberation.models import Issue
from tests.deliberation.effects import Effects, effects
from tests.factories import District, IssueFactory


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
