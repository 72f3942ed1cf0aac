from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from wagtail.models import ModelLogEntry

from community.errors import BadInput, NotAllowed
from community.models import Representation, Resident
from community.models.people import Verification
from community.workflow.typed import NAME_LENGTH
from deliberation import permissions, workflow
from deliberation.states import IssueState
from deliberation.workflow.representing import Person
from tests.deliberation.effects import Effects, rows
from tests.deliberation.test_raising import form
from tests.factories import MOMENT, District
from tests.factories.district import POINT

Do = Callable[..., Effects]
GRANDMOTHER = Person(" 李奶奶 ", "138 0013 8000")


def test_worker_speaks_for_somebody_without_a_telephone(district: District, do: Do) -> None:
    arguments = form(district, by=district.worker, represented=GRANDMOTHER, point=(30.3912, 114.8934))
    done = do(workflow.raise_issue, **arguments)
    resident = done.issue.represented
    assert (resident.name, resident.phone, resident.user) == ("李奶奶", "13800138000", None)
    assert (resident.home, resident.town, resident.created_at) == (district.compound, district.town, MOMENT)
    assert resident.verification == Verification.UNVERIFIED
    assert done.issue.reporter == district.worker
    # Near her home, not the worker's.
    assert (done.issue.shown_latitude, done.issue.shown_longitude) == POINT
    assert done.logged == [
        ("resident.register", "worker", {}),
        ("issue.raise", "worker", {"state": "raised", "represented": True}),
        ("representation.create", "worker", {"act": "反映问题"}),
    ]
    receipt = Representation.objects.get()
    assert (receipt.number, receipt.resident, receipt.worker) == ("DB-2023-000001", resident, district.worker)
    assert (receipt.act, receipt.subject, receipt.url) == (
        "反映问题", done.issue.number, done.issue.get_absolute_url()
    )  # fmt: skip
    assert (receipt.area, receipt.at) == (district.compound, MOMENT)
    assert not [line for line in ModelLogEntry.objects.all() if "李" in f"{line.label}{line.data}"]


@pytest.mark.parametrize("who", ["resident", "other_worker", "town_officer", "handler", "superuser"])
def test_who_speaks_for_nobody_else(district: District, who: str) -> None:
    before = rows()
    with pytest.raises(NotAllowed, match="替别人反映"):
        workflow.raise_issue(**form(district, by=getattr(district, who), represented=GRANDMOTHER))
    assert rows() == before


@pytest.mark.parametrize("name", ["", "  ", "长" * (NAME_LENGTH + 1), "李\x00", "李\x07"])
def test_names_that_are_none(district: District, name: str) -> None:
    before = rows()
    with pytest.raises(BadInput) as refused:
        workflow.raise_issue(**form(district, by=district.worker, represented=Person(name)))
    assert refused.value.field == "person_name"
    assert rows() == before


def test_somebody_without_a_telephone_at_all(district: District) -> None:
    workflow.raise_issue(**form(district, by=district.worker, represented=Person("李奶奶")))
    assert Resident.objects.get(user=None).phone == ""


def test_same_form_again_registers_nobody_twice(district: District) -> None:
    arguments = form(district, by=district.worker, represented=GRANDMOTHER)
    first = workflow.raise_issue(**arguments)
    assert workflow.raise_issue(**arguments) == first
    assert Resident.objects.filter(user=None).count() == 1


def test_worker_rates_for_the_one_they_spoke_for_and_not_for_themselves(district: District, issue_in: Any) -> None:
    workflow.raise_issue(**form(district, by=district.worker, represented=GRANDMOTHER))
    resident = Resident.objects.get(user=None)
    spoken = issue_in(IssueState.RESOLVED, reporter=district.worker, represented=resident)
    assert permissions.can_rate(district.worker, spoken)
    assert permissions.can_review(district.worker, spoken)
    assert not permissions.is_own_report(district.worker, spoken)
    rated = workflow.rate_issue(spoken, by=district.worker, at=MOMENT, rating=4)
    assert rated.events.get(verb="rate").role == "community_worker"
