"""The doors on the desk and on one's own page: shown to those for whom they open, and to nobody else."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import resolve

from community.models import Resident
from portal.desk import DESK_DOORS, MY_DOORS
from tests.confirming import confirm
from tests.factories import District
from tests.test_addresses import PLAIN, SIGNED_IN, STAFF, client_for

pytestmark = pytest.mark.django_db
# What allauth brings is everybody's own.
ALLOWED = PLAIN | dict.fromkeys(("account_email", "mfa_index", "account_change_password"), SIGNED_IN)


def shown(client: Client, address: str, part: str) -> list[str]:
    """Return the names of the pages to which one part of a page leads, each of which opens."""
    page = client.get(address).content.decode()
    if f'aria-labelledby="{part}"' not in page:
        return []
    links = re.findall(r'<a class="row" href="([^"]+)"', page.split(f'aria-labelledby="{part}"')[1].split("</ul>")[0])
    answers = {link: client.get(link).status_code for link in links}
    assert answers == dict.fromkeys(links, 200)
    return [str(resolve(link).url_name) for link in links]


@pytest.mark.parametrize("role", sorted(STAFF))
def test_doors_of_the_desk(district: District, role: str) -> None:
    doors = shown(client_for(role, district), "/desk/", "drs")
    assert doors == [door.name for door in DESK_DOORS if role in ALLOWED[door.name]]


@pytest.mark.parametrize("role", sorted(SIGNED_IN))
def test_doors_of_ones_own_page(district: District, role: str) -> None:
    person = getattr(district, role)
    person.set_password("one that opens the door to change it")
    person.save()
    doors = shown(confirm(client_for(role, district)), "/my/", "account")
    # Who has no home yet has none to move from.
    has_home = Resident.objects.filter(user=person).exclude(home=None).exists()
    expected = [door.name for door in MY_DOORS if role in ALLOWED[door.name]]
    assert doors == [name for name in expected if name != "my_home" or has_home]


def test_each_door_is_somebodys() -> None:
    assert [door.name for door in DESK_DOORS if not ALLOWED[door.name] & STAFF] == []
    assert len({door.name for door in (*DESK_DOORS, *MY_DOORS)}) == len(DESK_DOORS) + len(MY_DOORS)
