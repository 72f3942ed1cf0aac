"""Where signing in leads somebody who had no page in mind."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import RequestFactory

from community.accounts import AccountAdapter
from community.models import User
from tests.factories import District, UserFactory

pytestmark = pytest.mark.django_db


def leads(user: Any) -> str:
    request = RequestFactory().get("/accounts/login/")
    request.user = user
    return AccountAdapter().get_login_redirect_url(request)


@pytest.mark.parametrize(
    ("username", "address"),
    [
        ("resident", "/my/"),
        ("newcomer", "/my/"),
        ("worker", "/desk/"),
        ("handler", "/desk/"),
        ("town_officer", "/desk/"),
        ("auditor", "/desk/"),
        ("superuser", "/admin/"),
    ],
)
def test_where_each_role_s_work_is(district: District, username: str, address: str) -> None:
    assert leads(User.objects.get(username=username)) == address


@pytest.mark.parametrize(
    ("is_staff", "may_edit", "address"),
    [(True, True, "/admin/"), (True, False, "/my/"), (False, True, "/my/"), (False, False, "/my/")],
)
def test_editors_go_to_the_pages_they_edit(is_staff: bool, may_edit: bool, address: str) -> None:
    user = UserFactory(is_staff=is_staff)
    if may_edit:
        user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    assert leads(User.objects.get(pk=user.pk)) == address
