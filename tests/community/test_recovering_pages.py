"""Getting somebody back to their account, by the pages alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from community.models import Recovery, Resident, User
from community.models.recovering import RecoveryState
from tests.attacks.addresses import signed_in
from tests.community.recovered import NEW, NUMBER, ask, somebody, waited
from tests.community.signing_in import PASSWORD, last_code, who, wrong
from tests.confirming import confirm
from tests.factories import District, ResidentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(district: District) -> Resident:
    return somebody(district)


def test_by_the_pages(
    district: District, person: Resident, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    """Asked, confirmed, printed, and used with a new password; the person reads all of it."""
    worker, second = confirm(signed_in(district.worker)), confirm(signed_in(district.worker2))
    page = reverse("recover_resident", args=[person.pk])
    assert f'href="{page}"' in worker.get(reverse("desk_resident", args=[person.pk])).content.decode()
    form = {"id_number": NUMBER, "way": "slip", "present": "on"}
    assert worker.post(page, {**form, "present": ""}).status_code == 422
    response = worker.post(page, form)
    asked = Recovery.objects.get()
    own = reverse("recovery", args=[asked.pk])
    assert (response.status_code, response.headers["Location"]) == (302, own)
    assert "等另一位工作人员确认" in worker.get(own).content.decode()
    assert worker.post(f"{own}confirm/", {"made_sure": "seen"}).status_code == 403
    assert "等您核对" in second.get(reverse("recoveries")).content.decode()
    assert "不是我，马上停下" in signed_in(district.resident).get("/my/privacy/log/").content.decode()
    assert second.post(f"{own}confirm/", {}).status_code == 422
    waited(asked)  # they are signed in, and had time to stop it
    assert second.post(f"{own}confirm/", {"made_sure": "seen"}).status_code == 302
    printed = worker.post(f"{own}slip/")
    assert (printed.status_code, printed["Cache-Control"]) == (200, "no-store, private")
    code = printed.context["code"]
    browser = Client()
    assert browser.post("/accounts/slip/", {"code": "1234"}).status_code == 422
    assert browser.post("/accounts/slip/", {"code": code}).headers["Location"] == reverse("new_password")
    browser.post(reverse("new_password"), {"password1": "a-new-longer-word", "password2": "a-new-longer-word"})
    assert who(browser) == str(person.user_id)
    log = browser.get("/my/privacy/log/").content.decode()
    assert ("看了身份证号：帮本人重新登录" in log, asked.number in log) == (True, True)
    receipt = worker.get(reverse("recovery_receipt", args=[asked.pk])).content.decode()
    assert (asked.number in receipt, code in receipt) == (True, False)


def test_a_new_phone_by_the_pages(district: District, person: Resident) -> None:
    worker, second = confirm(signed_in(district.worker)), confirm(signed_in(district.worker2))
    form = {"id_number": NUMBER, "way": "phone", "phone": NEW, "present": "on"}
    worker.post(reverse("recover_resident", args=[person.pk]), form)
    own = reverse("recovery", args=[Recovery.objects.get().pk])
    assert worker.post(f"{own}send/").status_code == 409  # a minute has not passed
    assert worker.post(f"{own}code/", {"code": wrong(last_code(NEW))}).status_code == 422
    assert worker.post(f"{own}code/", {"code": last_code(NEW)}).status_code == 302
    assert second.post(f"{own}confirm/", {"made_sure": "seen"}).status_code == 302
    assert User.objects.with_phone(NEW).get() == person.user


def test_acts_ask_who_is_there(district: District, person: Resident) -> None:
    district.worker.set_password(PASSWORD)
    district.worker.save()
    worker = signed_in(district.worker)
    page = reverse("recover_resident", args=[person.pk])
    assert worker.get(page).headers["Location"].startswith("/accounts/reauthenticate/")
    asked = ask(person, district.worker2, timezone.now())
    for verb in ("confirm", "refuse", "code", "send", "slip", "withdraw"):
        answer = worker.post(reverse("recovery_action", args=[asked.pk, verb]), {"made_sure": "seen", "reason": "不"})
        assert answer.headers["Location"].startswith("/accounts/reauthenticate/"), verb
    assert Recovery.objects.get().state == RecoveryState.OPEN


def test_the_list_asks_no_more_for_more_rows(district: District, person: Resident) -> None:
    worker, counts = signed_in(district.worker2), []
    ask(person, district.worker, timezone.now())
    for more in (2, 0):
        worker.get(reverse("recoveries"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = worker.get(reverse("recoveries"))
        counts.append((len(page.context["waiting"]), len(queries)))
        for _one in range(more):
            other = ResidentFactory(home=district.compound)
            ask(other, district.worker, timezone.now(), id_number=other.id_number)
    assert [rows for rows, _queries in counts] == [1, 3]
    assert counts[0][1] == counts[1][1]


def test_stopped_by_the_page(district: District, person: Resident) -> None:
    asked = ask(person, district.worker, timezone.now())
    address = reverse("stop_recovery", args=[asked.pk])
    assert signed_in(district.neighbour).post(address).status_code == 404
    assert signed_in(district.resident).post(address).headers["Location"] == "/my/privacy/log/"
    assert Recovery.objects.get().state == RecoveryState.STOPPED
