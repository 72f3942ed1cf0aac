"""Rows that tell what was done to somebody's data can be written once."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from community.models import Erasure, Reveal, VerificationRecord
from community.models.privacy import RevealedField, RevealReason
from community.models.verifying import VerificationOutcome
from community.roles import Role
from community.workflow.erasing import erase_person
from tests.factories import District


@pytest.fixture
def reveal(district: District) -> Reveal:
    return Reveal.objects.create(
        resident=district.resident.resident, field=RevealedField.PHONE, reason=RevealReason.CONTACT, note="水管爆了",
        by=district.worker, role=Role.COMMUNITY_WORKER, area=district.community, at=timezone.now(),
    )  # fmt: skip


def test_the_database_refuses_to_change_a_row(reveal: Reveal) -> None:
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Reveal.objects.filter(pk=reveal.pk).update(note="没有看过")
    assert Reveal.objects.get(pk=reveal.pk).note == "水管爆了"


def test_the_database_refuses_to_delete_a_row(reveal: Reveal) -> None:
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Reveal.objects.filter(pk=reveal.pk)._raw_delete("default")  # type: ignore[attr-defined]
    assert Reveal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("again", [1, 2])
def test_triggers_outlive_the_flush_between_tests(again: int, district: District) -> None:
    record = VerificationRecord.objects.create(
        resident=district.resident.resident, outcome=VerificationOutcome.REVOKED, by=district.worker, at=timezone.now()
    )
    with pytest.raises(DatabaseError, match="never changed"):
        VerificationRecord.objects.filter(pk=record.pk).update(outcome=VerificationOutcome.VERIFIED)


def test_who_was_erased_is_written_once(district: District) -> None:
    erasure = erase_person(district.newcomer, by=district.newcomer, at=timezone.now())
    for change in (
        lambda: Erasure.objects.filter(pk=erasure.pk).update(is_retention=True),
        lambda: Erasure.objects.filter(pk=erasure.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change()
    assert Erasure.objects.get() == erasure
