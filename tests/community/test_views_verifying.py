"""The pages of verification: who gets them, what they show, and what a wrong form gives back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from community.models import AddressLetter, Resident, Reveal, VerificationRequest
from community.models.people import Verification
from community.models.verifying import Method, RequestState
from community.workflow.letters import print_letter
from tests.factories import District, ResidentFactory
from tests.factories.verifying import asked, id_number_of
from tests.test_addresses import ROLES, client_for

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Any], Client]
MINE = "/my/verification/"


def typed(district: District, **fields: Any) -> dict[str, Any]:
    return {
        "home": district.compound.pk, "name": "王秀英", "id_number": id_number_of(), "address": "3 栋 2 单元 501",
        "way": "paper", "agreed": "on", **fields,
    }  # fmt: skip


def test_ask_and_withdraw(client_of: ClientOf, district: District) -> None:
    client = client_of(district.newcomer)
    answer = client.post(MINE, typed(district), follow=True)
    assert answer.redirect_chain == [(MINE, 302)]
    page = answer.content.decode()
    assert "申请已经交给社区" in page
    assert "王*" in page
    assert "王秀英" not in page
    assert id_number_of() not in page
    assert answer["Cache-Control"] == "no-store, private"
    assert VerificationRequest.objects.get().state == RequestState.OPEN
    answer = client.post(reverse("withdraw_verification"), follow=True)
    assert "已撤回" in answer.content.decode()
    assert VerificationRequest.objects.get().state == RequestState.WITHDRAWN
    assert client.post(reverse("withdraw_verification")).status_code == 302


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("id_number", "123", "身份证号是 18 位，您写了 3 位"),
        ("name", "", "请写姓名"),
        ("address", "", "请写住址"),
        ("way", "", "请选一种核验的办法"),
        ("agreed", "", "要您同意"),
        ("seen", "another", "文本刚刚改过"),
    ],
)
def test_wrong_form_comes_back(client_of: ClientOf, district: District, field: str, value: str, sentence: str) -> None:
    answer = client_of(district.newcomer).post(MINE, typed(district, **{field: value}))
    # Of a text that has changed meanwhile nobody has agreed to anything: nothing on the form is wrong.
    assert answer.status_code == (409 if field == "seen" else 422)
    assert sentence in answer.content.decode()
    if field != "address":
        assert "3 栋 2 单元 501" in answer.content.decode()
    assert not VerificationRequest.objects.exists()


@pytest.mark.parametrize("home", ["", "0", "abc", "9" * 30, "-1"])
def test_homes_that_are_none(client_of: ClientOf, district: District, home: str) -> None:
    assert client_of(district.newcomer).post(MINE, typed(district, home=home)).status_code == 422
    assert not VerificationRequest.objects.exists()
    assert client_of(district.newcomer).get(f"{MINE}?home={home}").status_code == 200


@pytest.mark.parametrize("address", [MINE, "/my/home/"])
def test_no_home_is_chosen_for_anybody(client_of: ClientOf, district: District, address: str) -> None:
    """The list starts at none, and whoever leaves it there gets the same list with a sentence."""
    client = client_of(ResidentFactory(home=None).user)
    assert '<option value="">请选</option>' in client.get(f"{address}?home={district.town.pk}").content.decode()
    left = client.get(f"{address}?within={district.town.pk}&home=")
    assert [name for _, name in left.context["choice"].options] == ["东园社区", "西园社区"]
    assert "请选一个，再按下一步。" in left.content.decode()
    assert "请选一个，再按下一步。" not in client.get(f"{address}?home={district.town.pk}").content.decode()
    assert client.get(f"{address}?within=abc&home=").context["choice"].trail == []


def test_choosing_a_home_without_scripts(client_of: ClientOf, district: District) -> None:
    client = client_of(ResidentFactory(home=None).user)

    def options(home: Any) -> list[str]:
        choice = client.get(f"{MINE}?home={home}").context["choice"]
        return [choice.home.name] if choice.home else [name for _, name in choice.options]

    assert options("") == ["东园街道", "沙洲镇"]
    assert options(district.town.pk) == ["东园社区", "西园社区"]
    assert options(district.community.pk) == ["东园小区", ""]
    assert options(f"{district.community.pk}-here") == ["东园社区"]
    assert options(district.neighbour_community.pk) == ["西园社区"]
    assert options(district.compound.pk) == ["东园小区"]
    assert options(f"{district.town.pk}-here") == ["东园社区", "西园社区"]


def test_online_says_what_is_still_to_prove(client_of: ClientOf, district: District, settings: Any) -> None:
    settings.IDENTITY_CHECK = "community.identity_checks.InventedCheck"
    number = next(one for order in range(100, 300) if (one := id_number_of(order=order))[-1] not in "0X")
    client, form = client_of(district.newcomer), typed(district, way="identity_check", id_number=number)
    page = client.post(MINE, form, follow=True).content.decode()
    for sentence in (
        "身份对上了。还差住址",
        "身份已经在线对上",
        "还要证明您住在这里",
        "房产证、租房合同",
        "给我家寄一封信",
    ):
        assert sentence in page
    assert "核验通过了" not in page
    assert Resident.objects.get(user=district.newcomer).verification == Verification.UNVERIFIED
    request = VerificationRequest.objects.get()
    desk = client_of(district.worker).get(reverse("verification", args=[request.pk])).content.decode()
    assert "身份已经在线对上" in desk
    assert "您还要看的是能证明住址的证件" in desk
    # Whoever can't come has a letter sent.
    answer = client.post(reverse("verification_by_letter"), follow=True)
    assert "社区会往您家寄一封信" in answer.content.decode()
    assert "给我家寄一封信" not in answer.content.decode()
    request.refresh_from_db()
    assert request.method == Method.LETTER
    assert client_of(district.neighbour).post(reverse("verification_by_letter")).status_code == 302


def test_code_by_letter(client_of: ClientOf, district: District) -> None:
    request = asked(district.newcomer, district.compound, timezone.now(), method=Method.LETTER)
    client, code = client_of(district.newcomer), reverse("verification_code")
    assert 'name="code"' not in client.get(MINE).content.decode()
    printed = print_letter(request, by=district.worker, at=timezone.now())
    assert 'name="code"' in client.get(MINE).content.decode()
    wrong = client.post(code, {"code": f"{(int(printed.code) + 1) % 10**8:08d}"})
    assert (wrong.status_code, "还能试 4 次" in wrong.content.decode()) == (422, True)
    assert client.post(code, {"code": ""}).status_code == 422
    # Nobody else's request is tried by this.
    other = client_of(district.neighbour).post(code, {"code": printed.code}, follow=True)
    assert "没有等着填码的申请" in other.content.decode()
    assert client.post(code, {"code": printed.code}).status_code == 302
    assert Resident.objects.get(user=district.newcomer).verification == Verification.VERIFIED


def test_letter_shows_its_code_once(client_of: ClientOf, district: District) -> None:
    request = asked(district.newcomer, district.compound, timezone.now(), method=Method.LETTER)
    worker = client_of(district.worker)
    address = reverse("verification_letter", args=[request.pk])
    answer = worker.post(address)
    code = answer.context["printed"].code
    page = answer.content.decode()
    assert f"{code[:4]} {code[4:]}" in page
    assert "王秀英" in page
    assert answer["Cache-Control"] == "no-store, private"
    assert worker.get(address)["Location"] == reverse("verification", args=[request.pk])
    assert code[:4] not in worker.get(reverse("verification", args=[request.pk])).content.decode()
    assert AddressLetter.objects.count() == 1


def test_who_sees_and_decides(client_of: ClientOf, district: District) -> None:
    """The workers of the place; for anybody else there is no such request."""
    request = asked(district.newcomer, district.compound, timezone.now(), method=Method.LETTER)
    page = reverse("verification", args=[request.pk])
    writing = [
        (reverse("verification_reveal", args=[request.pk]), {}),
        (reverse("verification_letter", args=[request.pk]), {}),
        (reverse("verification_action", args=[request.pk, "refuse"]), {"reason": ""}),
        (reverse("verification_action", args=[request.pk, "verify"]), {"paper": ""}),
    ]
    for role in ROLES:
        client = client_for(role, district)
        expected = {"anonymous": (302, [302] * 4), "worker": (200, [200, 200, 422, 422])}.get(role, (404, [404] * 4))
        answers = client.get(page).status_code, [client.post(address, data).status_code for address, data in writing]
        assert answers == expected, role
    assert (
        client_for("worker", district).post(reverse("verification_action", args=[request.pk, "x"])).status_code == 404
    )
    assert client_for("worker", district).get(reverse("verification", args=[10**9])).status_code == 404


def test_worker_verifies(client_of: ClientOf, district: District) -> None:
    request = asked(district.newcomer, district.compound, timezone.now())
    worker, page = client_of(district.worker), reverse("verification", args=[request.pk])
    assert page in worker.get(reverse("verifications")).content.decode()
    masked = worker.get(page).content.decode()
    assert "王秀英" not in masked
    assert id_number_of() not in masked
    verify = reverse("verification_action", args=[request.pk, "verify"])
    early = worker.post(verify, {"paper": "id_card"})
    assert (early.status_code, "核对" in early.content.decode()) == (409, True)
    shown = worker.post(reverse("verification_reveal", args=[request.pk]))
    assert id_number_of() in shown.content.decode()
    assert shown["Cache-Control"] == "no-store, private"
    answer = worker.post(verify, {"paper": "id_card"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("verifications"))
    assert "没有等您核验的" in worker.get(reverse("verifications")).content.decode()
    log = client_of(district.newcomer).get(reverse("reveal_log")).content.decode()
    assert "看了身份证号：核验身份" in log
    assert "社区工作者" in log
    assert "东园社区" in log


def test_number_of_another_is_said_to_the_worker(client_of: ClientOf, district: District) -> None:
    ResidentFactory(id_number=id_number_of(), name="李四", home=district.other_compound)
    request = asked(district.newcomer, district.compound, timezone.now())
    worker = client_of(district.worker)
    worker.post(reverse("verification_reveal", args=[request.pk]))
    answer = worker.post(reverse("verification_action", args=[request.pk, "verify"]), {"paper": "id_card"})
    assert answer.status_code == 409
    assert "另一位居民名下" in answer.content.decode()
    assert "李" not in answer.content.decode().replace("李*", "")


def test_refused_with_its_reason(client_of: ClientOf, district: District) -> None:
    request = asked(district.newcomer, district.compound, timezone.now())
    worker = client_of(district.worker)
    worker.post(reverse("verification_action", args=[request.pk, "refuse"]), {"reason": "照片不像本人"})
    page = client_of(district.newcomer).get(MINE).content.decode()
    assert "照片不像本人" in page
    assert "没有通过" in page


def test_ones_own_request_is_for_others(client_of: ClientOf, district: District) -> None:
    ResidentFactory(user=district.worker, home=district.compound, verification=Verification.UNVERIFIED)
    request = asked(district.worker, district.compound, timezone.now())
    client = client_of(district.worker)
    page = client.get(reverse("verification", args=[request.pk])).content.decode()
    assert "要由别人办" in page
    assert client.post(reverse("verification_reveal", args=[request.pk])).status_code == 403
    assert not Reveal.objects.exists()


@pytest.mark.parametrize("count", [3, 30])
def test_queue_pages_with_constant_queries(
    client_of: ClientOf, district: District, django_assert_num_queries: Any, count: int
) -> None:
    now = timezone.now()
    for order in range(count):
        user = ResidentFactory(home=district.compound, verification=Verification.UNVERIFIED).user
        asked(user, district.compound, now, id_number=id_number_of(order=order))
    worker = client_of(district.worker)
    worker.get(reverse("verifications"))
    with django_assert_num_queries(QUEUE_QUERIES):
        first = worker.get(reverse("verifications"))
    assert len(first.context["rows"]) == min(count, 20)
    seen = {row.asked.pk for row in first.context["rows"]}
    if first.context["next_url"]:
        second = worker.get(reverse("verifications") + first.context["next_url"])
        seen |= {row.asked.pk for row in second.context["rows"]}
    assert len(seen) == count
    for after in ("nonsense", "20230101T000000000000-x", "9" * 400):
        assert worker.get(reverse("verifications"), {"after": after}).status_code == 200


QUEUE_QUERIES = 6


def test_move(client_of: ClientOf, district: District) -> None:
    client = client_of(district.resident)
    assert client.get("/my/home/").status_code == 200
    wrong = client.post("/my/home/", {"home": district.other_compound.pk, "address": ""})
    assert wrong.status_code == 422
    answer = client.post("/my/home/", {"home": district.other_compound.pk, "address": "9 栋 101"}, follow=True)
    assert "新住址记下了" in answer.content.decode()
    resident = Resident.objects.get(user=district.resident)
    assert (resident.home, resident.verification) == (district.other_compound, Verification.UNVERIFIED)
    same = client.post("/my/home/", {"home": district.other_compound.pk, "address": "9 栋 101"})
    assert same.status_code == 409
