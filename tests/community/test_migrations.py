"""What migrations do to the records of the first release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from community.clock import years_after
from community.models import Resident, VerificationRecord, VerificationRequest
from community.models.people import Verification
from community.queries import today
from tests.factories import District, ResidentFactory

pytestmark = pytest.mark.django_db
SINCE_THEN = {
    "community_resident": "resident_verified_is_proved",
    "community_verificationrequest": "verification_request_decided_is_empty",
}


def unchecked() -> None:
    """Let the tables take what they no longer take, in this test's transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            # A table with a check still to be made at the end is not altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table, name in SINCE_THEN.items():
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


@pytest.fixture(autouse=True)
def checked() -> Iterator[None]:
    """Check again after each test."""
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_verifications_that_prove_nothing_end_and_decided_requests_are_emptied(district: District) -> None:
    unchecked()
    numberless = ResidentFactory(id_number="", home=district.compound)
    homeless = ResidentFactory(verification=Verification.VERIFIED, home=None)
    good = ResidentFactory(home=district.compound)
    decided = VerificationRequest.objects.create(
        resident=good, method="paper", home=district.compound, asked_at=good.verified_at, decided_at=good.verified_at,
        state="refused", name="王秀英", id_number="1", address="3 栋",
    )  # fmt: skip
    steps = import_module("community.migrations.0015_unproved_verifications_end")
    steps.end_them(apps, None)
    steps.empty_them(apps, None)
    ended = Resident.objects.filter(verification=Verification.EXPIRED, verified_until=None)
    assert set(ended) == {numberless, homeless}
    records = VerificationRecord.objects.order_by("pk").values_list("resident", "outcome", "area", "by__username")
    assert list(records) == [
        (numberless.pk, "expired", district.compound.pk, "clock"),
        (homeless.pk, "expired", None, "clock"),
    ]
    decided.refresh_from_db()
    assert (decided.name, decided.id_number, decided.address) == ("", "", "")
    good.refresh_from_db()
    assert good.verification == Verification.VERIFIED


def test_verifications_of_the_first_release_run_out() -> None:
    unchecked()
    old = ResidentFactory(verified_until=None, verified_at=datetime(2022, 12, 1, tzinfo=UTC))
    recent = ResidentFactory(verified_until=None, verified_at=datetime.combine(today(), datetime.min.time(), UTC))
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
