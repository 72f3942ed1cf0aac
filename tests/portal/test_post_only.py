"""Addresses that only take a form lead to the page above them; so do the switches on a page that answers a form."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from django.utils import timezone

from community.models.verifying import Method
from portal.post_only import above, is_opened, page_at_or_above
from tests.attacks.addresses import every_address, ours, read, signed_in
from tests.confirming import confirm
from tests.factories import District
from tests.factories.verifying import asked

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize(
    ("path", "up"),
    [
        ("/desk/verifications/2/verify/", "/desk/verifications/2/"),
        ("/desk/verifications/99999999/verify/", "/desk/verifications/99999999/"),
        ("/my/verification/withdraw/", "/my/verification/"),
        ("/my/notices/read/", "/my/notices/"),
        ("/issues/EC-2026-0001/endorse/", "/issues/EC-2026-0001/"),
    ],
)
def test_reading_leads_up_whether_or_not_a_record_is_there(district: District, method: str, path: str, up: str) -> None:
    answer = getattr(confirm(signed_in(district.worker)), method)(path)
    assert (answer.status_code, answer.headers.get("Location")) == (302, up)


def test_no_address_of_ours_answers_reading_with_an_empty_page(district: District) -> None:
    """For whoever it is: where reading is refused, the way up ends at something that can be read."""
    for role in ("anonymous", "resident", "worker"):
        user = getattr(district, role, None)
        client = signed_in(user) if user is None else confirm(signed_in(user))
        refused = []
        for one in every_address():
            if ours(one):
                answer = client.get(one.sample)
                read(answer)
                refused += [one.sample] if answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED else []
        assert refused == [], role


def test_only_reading_is_led(district: District) -> None:
    client = confirm(signed_in(district.resident))
    assert client.put("/my/verification/withdraw/").status_code == 405
    # What only is read keeps its answer to a form.
    assert client.post("/my/").status_code == 405


def test_a_path_goes_up_step_by_step() -> None:
    assert [above("/a/b/c/"), above("/a/b"), above("/a/")] == ["/a/b/", "/a/", "/"]
    assert page_at_or_above("/nobody/knows/this/") == "/"
    assert page_at_or_above("/my/home/") == "/my/home/"
    assert not is_opened("/my/verification/withdraw/")


def test_the_switches_of_an_answer_to_a_form_lead_to_a_page(district: District) -> None:
    """A form that came back stands at an address that only takes forms."""
    asked(district.newcomer, district.compound, timezone.now(), method=Method.LETTER)
    answer = signed_in(district.newcomer).post("/my/verification/code/?next=/", {"code": ""})
    assert answer.status_code == 422
    links = re.findall(r'href="([^"]*[?&](?:mode|lang)=[^"]*)"', answer.content.decode())
    assert sorted(links) == ["/my/verification/?lang=en", "/my/verification/?mode=elder"]
