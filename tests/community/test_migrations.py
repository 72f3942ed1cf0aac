"""What migrations do to the records of the first release."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps

from community.clock import years_after
from community.models import Resident
from community.models.people import Verification
from community.queries import today
from tests.factories import ResidentFactory

pytestmark = pytest.mark.django_db


def test_verifications_of_the_first_release_run_out() -> None:
    old = ResidentFactory(verified_at=datetime(2022, 12, 1, tzinfo=UTC))
    recent = ResidentFactory(verified_at=datetime.combine(today(), datetime.min.time(), UTC))
    dated = ResidentFactory(verified_until=today())
    newcomer = ResidentFactory(verification=Verification.UNVERIFIED)
    import_module("community.migrations.0014_verifications_run_out").date_them(apps, None)
    until = dict(Resident.objects.values_list("pk", "verified_until"))
    assert until == {
        old.pk: today() + timedelta(days=30),
        recent.pk: years_after(today(), 3),
        dated.pk: today(),
        newcomer.pk: None,
    }
