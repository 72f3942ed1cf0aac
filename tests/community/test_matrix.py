"""The auditor's matrix: who holds what, and what each role may, without drifting from what the doors do."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from types import ModuleType
from typing import Any

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rules.predicates import Predicate

from community import capabilities as community_capabilities
from community import permissions as community_permissions
from community.capabilities import REGISTRY, Places, holder, table
from community.models import Appointment
from community.queries import today
from community.roles import Role
from community.views.matrix import plain
from deliberation import ballot_permissions, hall_permissions, topic_permissions
from deliberation import permissions as deliberation_permissions
from deliberation.capabilities import ballots as ballot_capabilities
from deliberation.capabilities import halls as hall_capabilities
from deliberation.capabilities import issues as deliberation_capabilities
from deliberation.capabilities import topics as topic_capabilities
from deliberation.states import IssueState
from tests.factories import AppointmentFactory, District, IssueFactory, UserFactory

pytestmark = pytest.mark.django_db
WATCHERS = ("auditor", "district_officer", "administrator")
OTHERS = ("resident", "worker", "handler", "steward", "town_officer", "other_town_officer", "superuser")
ADDRESSES = ("matrix", "matrix_csv", "capabilities", "capabilities_csv")


def predicates_of(module: ModuleType) -> set[str]:
    return {name for name, value in vars(module).items() if isinstance(value, Predicate)}


@pytest.mark.parametrize(
    ("permissions", "capabilities"),
    [
        (community_permissions, community_capabilities),
        (deliberation_permissions, deliberation_capabilities),
        (ballot_permissions, ballot_capabilities),
        (hall_permissions, hall_capabilities),
        (topic_permissions, topic_capabilities),
    ],
    ids=["community", "deliberation", "ballots", "halls", "topics"],
)
def test_every_predicate_is_in_the_table_or_part_of_one_that_is(
    permissions: ModuleType, capabilities: ModuleType
) -> None:
    """Name a new predicate in the app's capabilities.py: in WORDS with its words, or in PARTS."""
    assert predicates_of(permissions) == set(capabilities.WORDS) | capabilities.PARTS
    assert not set(capabilities.WORDS) & capabilities.PARTS


def test_what_the_table_says_of_an_issue_is_what_happens(district: District) -> None:
    """Real holders, real issue: the sample says the same for all that is in both."""
    issue = IssueFactory(
        area=district.compound, reporter=district.resident, state=IssueState.DISPATCHED, unit=district.property
    )
    elsewhere = IssueFactory(
        area=district.other_compound, reporter=district.other_resident, state=IssueState.DISPATCHED,
        unit=district.other_property,
    )  # fmt: skip
    people = {
        Role.COMMUNITY_WORKER: district.worker, Role.STEWARD: district.steward, Role.HANDLER: district.handler,
        Role.TOWN_OFFICER: district.town_officer, Role.DISTRICT_OFFICER: district.district_officer,
        Role.AUDITOR: district.auditor, Role.ADMINISTRATOR: district.administrator, Role.RESIDENT: district.resident,
    }  # fmt: skip
    answers = {one.key: (one, given) for one, given in table() if one.key.startswith("deliberation.")}
    assert len(answers) == len(deliberation_capabilities.WORDS)
    for key, (one, given) in answers.items():
        is_public = one.sample is deliberation_capabilities.public
        issue.is_public = elsewhere.is_public = is_public
        for role, person in people.items():
            assert given[role].here == bool(one.predicate(person, issue)), (key, role)
            if role != Role.RESIDENT:
                assert given[role].elsewhere == bool(one.predicate(person, elsewhere)), (key, role)


def test_what_the_table_says_of_roles_is_what_happens(district: District) -> None:
    answers = dict(table_by_key())
    steward = Appointment.objects.get(user=district.steward)
    for role, person in {
        Role.TOWN_OFFICER: district.town_officer, Role.DISTRICT_OFFICER: district.district_officer,
        Role.COMMUNITY_WORKER: district.worker, Role.AUDITOR: district.auditor,
    }.items():  # fmt: skip
        said = answers["community.can_manage_appointment.steward"][role].here
        assert said == bool(community_permissions.can_manage_appointment(person, steward)), role


def table_by_key() -> list[tuple[str, Any]]:
    return [(one.key, given) for one, given in table()]


def test_exact_rows() -> None:
    here = {key: {role for role, answer in given.items() if answer.here} for key, given in table_by_key()}
    everywhere = {key: {role for role, answer in given.items() if answer.elsewhere} for key, given in table_by_key()}
    assert here["deliberation.can_resolve"] == {Role.HANDLER}
    assert here["deliberation.can_withdraw"] == {Role.RESIDENT}
    assert here["deliberation.can_review"] == {Role.COMMUNITY_WORKER, Role.TOWN_OFFICER}
    assert everywhere["deliberation.can_review"] == set()
    assert everywhere["deliberation.can_see"] == {Role.DISTRICT_OFFICER, Role.AUDITOR, Role.RESIDENT}
    assert here["community.is_watcher"] == {Role.AUDITOR, Role.DISTRICT_OFFICER, Role.ADMINISTRATOR}
    assert here["community.can_manage_appointment.auditor"] == {Role.ADMINISTRATOR}
    assert here["community.can_manage_appointment.community_worker"] == {Role.TOWN_OFFICER}


def test_every_label_is_there_once() -> None:
    labels = [str(one.label) for one in REGISTRY.values()]
    assert len(labels) == len(set(labels))


def test_samples_are_never_saved() -> None:
    before = Appointment.objects.count()
    for role in Role:
        assert holder(role, Places.sample("A")).pk < 0
    table()
    assert Appointment.objects.count() == before


# --- Pages ---------------------------------------------------------------------------------------
def text_of(answer: Any) -> str:
    content = answer.getvalue() if isinstance(answer, StreamingHttpResponse) else answer.content
    return content.decode("utf-8-sig")


@pytest.mark.parametrize("name", ADDRESSES)
def test_who_sees_it(district: District, client_of: Callable[[Any], Client], name: str) -> None:
    answers = {who: client_of(getattr(district, who)).get(reverse(name)).status_code for who in WATCHERS + OTHERS}
    assert answers == dict.fromkeys(WATCHERS, 200) | dict.fromkeys(OTHERS, 403)
    assert Client().get(reverse(name)).status_code == 302


def test_rows(district: District, client_of: Callable[[Any], Client]) -> None:
    client = client_of(district.auditor)
    assert client.get(reverse("matrix")).context["count"] == Appointment.objects.count()
    asked = client.get(reverse("matrix"), {"area": district.other_town.pk}).context["rows"]
    assert {held.user for held in asked} == {district.other_worker, district.other_handler, district.other_town_officer}
    asked = client.get(reverse("matrix"), {"role": "handler"}).context["rows"]
    assert {held.user for held in asked} == {district.handler, district.other_handler}
    Appointment.objects.filter(user=district.handler).update(ends_on=today() - timedelta(days=1))
    asked = client.get(reverse("matrix"), {"role": "handler"}).context["rows"]
    assert {held.user for held in asked} == {district.other_handler}


def test_an_auditor_of_one_town_sees_that_town(district: District, client_of: Callable[[Any], Client]) -> None:
    auditor = AppointmentFactory(
        role=Role.AUDITOR, area=district.other_town, user=UserFactory(username="town_auditor")
    ).user
    rows = client_of(auditor).get(reverse("matrix")).context["rows"]
    assert {held.user for held in rows} == {
        auditor, district.other_worker, district.other_handler, district.other_town_officer,
    }  # fmt: skip


def test_the_matrix_asks_as_often_for_many(district: District, client_of: Callable[[Any], Client]) -> None:
    client, counts = client_of(district.auditor), []
    client.get(reverse("matrix"))
    for _round in range(2):
        with CaptureQueriesContext(connection) as counted:
            client.get(reverse("matrix"))
            text_of(client.get(reverse("matrix_csv")))
        counts.append(len(counted))
        for _number in range(25):
            AppointmentFactory(area=district.community)
    assert counts[0] == counts[1]


def test_downloads(district: District, client_of: Callable[[Any], Client]) -> None:
    district.worker.name, district.worker.username = "欧阳实名", "=cmd"
    district.worker.save()
    client = client_of(district.auditor)
    text = text_of(client.get(reverse("matrix_csv")))
    rows = list(csv.reader(StringIO(text)))
    assert rows[0] == ["用户名", "姓名", "角色", "地方或单位", "起", "止", "谁任命", "代谁", "上次复核"]
    assert len(rows) == 1 + Appointment.objects.count()
    assert ["'=cmd", "欧*", "社区工作者", "东园社区", "2020-01-01", "", "", "", ""] in rows
    assert "欧阳实名" not in text
    rows = list(csv.reader(StringIO(text_of(client.get(reverse("capabilities_csv"))))))
    assert len(rows) == 1 + len(REGISTRY)
    assert rows[0][2:] == [role.label for role in Role]
    resolve = dict(zip(rows[0], next(row for row in rows if row[0] == "deliberation.can_resolve"), strict=True))
    assert (resolve["办理单位经办人"], resolve["社区工作者"]) == ("本处", "")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert plain(cell) == f"'{cell}"
    assert plain("worker") == "worker"


def test_one_role(district: District, client_of: Callable[[Any], Client]) -> None:
    page = client_of(district.auditor).get(reverse("capabilities"), {"role": "handler"})
    assert "办结" in [str(one["label"]) for one in page.context["may"]]
    assert client_of(district.auditor).get(reverse("capabilities"), {"role": "nonsense"}).context["role"] is None
