"""What editors can not break in the admin: categories' terms, rows that are referred to, what is private."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from wagtail.models import ModelLogEntry

from community.models import Appointment, Rule, User
from deliberation.models import Category, Hall, Venue
from deliberation.workflow import accept_issue
from tests.confirming import confirm
from tests.factories import MOMENT, CategoryFactory, District, HallFactory, IssueFactory, VenueFactory

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Any], Client]


@pytest.fixture
def admin(client_of: ClientOf, district: District) -> Client:
    return client_of(district.superuser)


@pytest.mark.parametrize("key", ["no.such.rule", "issue.reworks", ""])
def test_a_category_needs_a_rule_that_sets_a_term(key: str) -> None:
    category = CategoryFactory()
    category.full_clean()
    category.handle_rule = key
    with pytest.raises(ValidationError) as refused:
        category.full_clean()
    assert set(refused.value.message_dict) == {"handle_rule"}


def test_a_rule_that_is_not_in_force_yet_sets_no_term() -> None:
    Rule.objects.filter(key="issue.handle").update(in_force_from="2999-01-01")
    with pytest.raises(ValidationError):
        CategoryFactory(handle_rule="issue.handle").full_clean()


def test_the_form_offers_terms_alone(admin: Client) -> None:
    category = CategoryFactory()
    page = admin.get(f"/admin/snippets/deliberation/category/edit/{category.pk}/")
    offered = [key for key, label in page.context["form"].fields["handle_rule"].widget.choices]
    assert {"issue.handle", "issue.handle.urgent"} <= set(offered)
    assert "issue.reworks" not in offered
    sent = {name: getattr(category, name) for name in ("code", "name", "hint", "urgency", "unit_kind", "position")}
    address = f"/admin/snippets/deliberation/category/edit/{category.pk}/"
    assert admin.post(address, {**sent, "handle_rule": "no.such.rule"}).status_code == 200
    assert admin.post(address, {**sent, "handle_rule": "issue.handle.urgent"}).status_code == 302
    category.refresh_from_db()
    assert category.handle_rule == "issue.handle.urgent"


def kept_rows(district: District) -> list[Any]:
    """Return one row of each model that records point to."""
    return [
        CategoryFactory(),
        HallFactory(area=district.community),
        VenueFactory(area=district.compound),
        Rule.objects.first(),
    ]


def test_what_records_point_to_is_not_deleted(admin: Client, district: District) -> None:
    for row in kept_rows(district):
        name = f"{row._meta.app_label}/{row._meta.model_name}"
        listed = admin.get(f"/admin/snippets/{name}/")
        assert listed.status_code == 200
        assert f"/delete/{row.pk}/" not in listed.content.decode()
        assert admin.get(f"/admin/snippets/{name}/edit/{row.pk}/").status_code == 200
        address = f"/admin/snippets/{name}/delete/{row.pk}/"
        many = f"/admin/bulk/{row._meta.app_label}/{row._meta.model_name}/delete/?id={row.pk}"
        assert [admin.post(at).status_code for at in (address, many)] == [302, 302]
        assert type(row).objects.filter(pk=row.pk).exists()
    assert [model.__name__ for model in (Category, Hall, Venue, Rule) if not model.objects.exists()] == []


@pytest.mark.parametrize("name", ["unit", "appointment"])
def test_what_verbs_alone_change_is_looked_at(admin: Client, district: District, name: str) -> None:
    row = {"unit": district.property, "appointment": Appointment.objects.first()}[name]
    folder = f"/admin/snippets/community/{name}"
    listed = admin.get(f"{folder}/")
    assert listed.status_code == 200
    assert f"{folder}/inspect/{row.pk}/" in listed.content.decode()
    assert admin.get(f"{folder}/inspect/{row.pk}/").status_code == 200
    many = f"/admin/bulk/community/{name}/delete/?id={row.pk}"
    for address in (f"{folder}/add/", f"{folder}/edit/{row.pk}/", f"{folder}/delete/{row.pk}/", many):
        assert admin.post(address).status_code == 302
    assert type(row).objects.filter(pk=row.pk).exists()


def test_accounts_are_not_deleted(admin: Client, district: District) -> None:
    person = district.resident
    many = f"/admin/bulk/community/user/delete/?id={person.pk}"
    for address in (f"/admin/users/delete/{person.pk}/", many):
        assert admin.post(address).status_code == 302
        assert User.objects.filter(pk=person.pk).exists()
    confirm(admin)
    assert admin.get(f"/admin/users/edit/{person.pk}/").status_code == 200
    for page in (f"/admin/users/edit/{person.pk}/", "/admin/users/"):
        assert f"/admin/users/delete/{person.pk}/" not in admin.get(page).content.decode()


def test_private_issues_are_not_shown(admin: Client, district: District) -> None:
    IssueFactory(area=district.compound, title="路灯坏了")
    private = IssueFactory(area=district.compound, title="家里的事", is_private=True)
    listed = admin.get("/admin/issues_admin/").content.decode()
    assert ("路灯坏了" in listed, "家里的事" in listed) == (True, False)
    assert admin.get(f"/admin/issues_admin/inspect/{private.pk}/").status_code == 404


def test_the_log_names_issues_by_number(admin: Client, district: District) -> None:
    private = IssueFactory(area=district.compound, title="家里的事", is_private=True)
    accept_issue(private, by=district.worker, at=MOMENT)
    assert ModelLogEntry.objects.get(action="issue.accept").label == private.number
    assert "家里的事" not in admin.get("/admin/reports/site-history/").content.decode()
