"""Staff see a reporter's phone after saying so; the reporter reads who looked."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from community.errors import NotAllowed, WrongState
from community.models import Reveal, User
from community.models.privacy import RevealedField, RevealReason
from community.roles import Role
from deliberation import workflow
from deliberation.models import Issue
from deliberation.states import IssueState as S
from tests.factories import District

PHONE = "13900001234"


@pytest.fixture
def issue(district: District, issue_in: Any) -> Issue:
    district.resident.set_phone(PHONE, verified=True)
    district.resident.save()
    return issue_in(S.DISPATCHED, is_public=True, unit=district.property)


@pytest.mark.parametrize(
    ("who", "role"),
    [("worker", Role.COMMUNITY_WORKER), ("town_officer", Role.TOWN_OFFICER), ("handler", Role.HANDLER)],
)
def test_each_look_is_in_the_reporters_own_log(district: District, issue: Issue, who: str, role: Role) -> None:
    by: User = getattr(district, who)
    assert workflow.reveal_reporter_phone(issue, by=by, at=timezone.now()) == PHONE
    look = Reveal.objects.get()
    assert (look.resident.user, look.field, look.reason, look.note, look.by, look.role) == (
        district.resident, RevealedField.PHONE, RevealReason.HANDLING, issue.number, by, role,
    )  # fmt: skip


@pytest.mark.parametrize("who", ["neighbour", "auditor", "steward", "other_worker", "other_handler", "superuser"])
def test_whom_the_issue_does_not_concern_sees_no_phone(district: District, issue: Issue, who: str) -> None:
    with pytest.raises(NotAllowed):
        workflow.reveal_reporter_phone(issue, by=getattr(district, who), at=timezone.now())
    assert Reveal.objects.count() == 0


def test_without_a_phone_there_is_nothing_to_see(district: District, issue_in: Any) -> None:
    issue = issue_in(S.DISPATCHED, unit=district.property)
    with pytest.raises(WrongState, match="没有留电话"):
        workflow.reveal_reporter_phone(issue, by=district.worker, at=timezone.now())
    assert Reveal.objects.count() == 0


def test_the_page_shows_it_once(district: District, issue: Issue, client_of: Any) -> None:
    client: Client = client_of(district.worker)
    masked = client.get(issue.get_absolute_url()).content.decode()
    assert PHONE not in masked
    assert "139******34" in masked
    shown = client.post(reverse("reveal_reporter_phone", args=[issue.number]))
    assert f'href="tel:{PHONE}"' in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert PHONE not in client.get(issue.get_absolute_url()).content.decode()
