"""Who owns which dwelling: linked to people as they are verified, handed on from a day on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from community.errors import BadInput, NotAllowed
from community.models import Dwelling, Notice, Ownership, Resident
from community.models.homes import TitlePaper
from community.models.people import Verification, id_index
from community.models.privacy import ConsentKind
from community.models.verifying import Paper
from community.queries import today
from community.workflow.consenting import withdraw_consent
from community.workflow.dwellings import import_dwellings
from community.workflow.ownership import NewOwner, mend_links, transfer_dwelling
from community.workflow.standing import move_home, revoke_verification, sweep_verifications
from community.workflow.verifying import verify_request
from tests.community.owning import owners, whole_on_every_day
from tests.community.threads import together
from tests.community.workbooks import book_of, file_of, row
from tests.confirming import confirm
from tests.factories import District, build_district
from tests.factories.verifying import asked, id_number_of, looked_at

pytestmark = pytest.mark.django_db
NUMBER, OTHER, THIRD = id_number_of(), id_number_of(order=103), id_number_of(order=105)
SINCE, SOLD = date(2019, 6, 18), date(2024, 5, 1)
ON_POSTGRES = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one transaction at a time")


def now() -> Any:
    return timezone.now()


def dwelling_of(district: District, *owners: tuple[str, str, Fraction], room: str = "101", **columns: Any) -> Dwelling:
    home = Dwelling.objects.create(
        area=district.compound, town=district.town, building="1 栋", room=room, floor_area=8950, **columns
    )
    for name, number, share in owners or [("某示范001", NUMBER, Fraction(1))]:
        Ownership.objects.create(
            dwelling=home, owner_name=name, id_number=number, id_index=id_index(number) if number else None,
            share=share.numerator, share_of=share.denominator, starts_on=SINCE,
        )  # fmt: skip
    return home


def verified(district: District, number: str = NUMBER) -> Resident:
    """Return the newcomer, verified with a number."""
    request = looked_at(asked(district.newcomer, district.compound, now(), id_number=number), district.worker, now())
    verify_request(request, by=district.worker, at=now(), paper=Paper.ID_CARD)
    return Resident.objects.get(user=district.newcomer)


def linked(home: Dwelling) -> list[int | None]:
    return list(home.ownerships.order_by("pk").values_list("resident", flat=True))


def logged(action: str) -> list[dict[str, Any]]:
    return [line.data for line in ModelLogEntry.objects.filter(action=action).order_by("pk")]


# --- Linked while the number is the verified one -----------------------------------------------
def test_verification_links_what_the_number_owns(district: District) -> None:
    home, other = dwelling_of(district), dwelling_of(district, ("另一位", OTHER, Fraction(1)), room="102")
    resident = verified(district)
    assert (linked(home), linked(other)) == ([resident.pk], [None])
    assert logged("ownership.link") == [{"ownerships": [home.ownerships.get().pk]}]


def test_another_number_lets_go_of_what_the_first_owned(district: District) -> None:
    home, other = dwelling_of(district), dwelling_of(district, ("另一位", OTHER, Fraction(1)), room="102")
    verified(district)
    resident = verified(district, OTHER)
    assert (linked(home), linked(other)) == ([None], [resident.pk])


def test_a_second_verification_says_nothing_new(district: District) -> None:
    home = dwelling_of(district)
    verified(district)
    resident = verified(district)
    assert linked(home) == [resident.pk]
    assert len(logged("ownership.link")) == 1


def test_revocation_lets_go(district: District) -> None:
    home = dwelling_of(district)
    revoke_verification(verified(district), by=district.town_officer, at=now(), reason="冒用他人证件")
    assert linked(home) == [None]
    assert logged("ownership.unlink") == [{"ownerships": [home.ownerships.get().pk]}]


def test_consent_taken_back_lets_go(district: District) -> None:
    home = dwelling_of(district)
    withdraw_consent(verified(district), ConsentKind.VERIFICATION, by=district.newcomer, at=now())
    assert linked(home) == [None]


def test_moving_and_running_out_change_nothing_about_who_owns(district: District) -> None:
    home = dwelling_of(district)
    resident = verified(district)
    Resident.objects.filter(pk=resident.pk).update(verified_until=today() - timedelta(days=1))
    assert sweep_verifications(at=now()) == 1
    assert linked(home) == [resident.pk]
    move_home(by=district.newcomer, at=now(), home=district.other_compound, address="9 栋 101")
    assert linked(home) == [resident.pk]


def test_an_import_links_who_is_verified_already(district: District) -> None:
    resident = verified(district)
    import_dwellings(file_of(book_of([row(证件号=NUMBER)])), by=district.worker, at=now())
    assert linked(Dwelling.objects.get()) == [resident.pk]


def test_what_two_at_once_did_not_see_of_each_other_is_mended(district: District) -> None:
    resident = verified(district)
    home, other = dwelling_of(district), dwelling_of(district, ("另一位", OTHER, Fraction(1)), room="102")
    other.ownerships.update(resident=resident)
    assert mend_links(at=now()) == 1
    assert (linked(home), linked(other)) == ([resident.pk], [None])
    assert mend_links(at=now()) == 0
    Resident.objects.filter(pk=resident.pk).update(verification="unverified", id_number="", id_index=None)
    assert mend_links(at=now()) == 1
    assert linked(home) == [None]


# --- Handed on ---------------------------------------------------------------------------------
def hand_on(home: Dwelling, district: District, **given: Any) -> Dwelling:
    """Record that a dwelling was sold, but for what is given."""
    values: dict[str, Any] = {
        "stays": {}, "owners": [NewOwner("买家一", OTHER, "", "1")], "starts_on": SOLD,
        "paper": TitlePaper.CERTIFICATE, "by": district.worker, "at": now(),
    }  # fmt: skip
    return transfer_dwelling(home, **{**values, **given})


def test_sold_as_a_whole(district: District) -> None:
    home = dwelling_of(district)
    hand_on(home, district)
    assert owners(home) == [("某示范001", "1/1", SINCE, date(2024, 4, 30)), ("买家一", "1/1", SOLD, None)]
    new = home.ownerships.standing().get()
    assert (new.id_number, new.id_index, new.paper) == (OTHER, id_index(OTHER), "certificate")
    old = home.ownerships.get(ends_on__isnull=False)
    assert logged("dwelling.transfer") == [{"day": "2024-05-01", "ended": [old.pk], "begun": [new.pk]}]
    assert whole_on_every_day(home)


def test_a_spouse_is_added_and_the_number_known_stays(district: District) -> None:
    home = dwelling_of(district)
    first = home.ownerships.get()
    hand_on(home, district, stays={first.pk: "1/2"}, owners=[NewOwner("配偶", OTHER, "50%", "1")])
    assert owners(home) == [
        ("某示范001", "1/1", SINCE, date(2024, 4, 30)), ("某示范001", "1/2", SOLD, None), ("配偶", "1/2", SOLD, None),
    ]  # fmt: skip
    assert home.ownerships.standing().filter(id_index=id_index(NUMBER)).count() == 1
    assert whole_on_every_day(home)


def test_who_keeps_their_share_goes_on(district: District) -> None:
    half = Fraction(1, 2)
    home = dwelling_of(district, ("甲", NUMBER, half), ("乙", OTHER, half))
    first = home.ownerships.order_by("pk")[0]
    hand_on(home, district, stays={first.pk: "50%"}, owners=[NewOwner("丙", THIRD, "1/2", "1")])
    assert owners(home) == [
        ("甲", "1/2", SINCE, None), ("乙", "1/2", SINCE, date(2024, 4, 30)), ("丙", "1/2", SOLD, None),
    ]  # fmt: skip
    assert whole_on_every_day(home)


def test_both_sides_hear_of_it(district: District, django_capture_on_commit_callbacks: Callable[..., Any]) -> None:
    home = dwelling_of(district)
    verified(district)
    buyer = Resident.objects.get(user=district.resident)
    with django_capture_on_commit_callbacks(execute=True):
        hand_on(home, district, owners=[NewOwner("买家一", buyer.id_number, "", "1")])
    assert linked(home) == [Resident.objects.get(user=district.newcomer).pk, buyer.pk]
    told = Notice.objects.filter(message__contains="房屋登记有变动").order_by("recipient__username")
    assert [one.recipient for one in told] == [district.newcomer, district.resident]


def test_what_the_developer_sells_is_no_longer_the_developers(district: District) -> None:
    home = dwelling_of(district, ("示范房地产", "", Fraction(1)), is_developers=True)
    assert hand_on(home, district).is_developers is False
    assert Dwelling.objects.get().is_developers is False


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no paper": ({"paper": "letter"}, "paper", "请选看了哪种材料"),
    "a day to come": ({"starts_on": date(2199, 1, 1)}, "starts_on", "这一天还没到"),
    "the day on which the owners began": ({"starts_on": SINCE}, "starts_on", "要晚于已经登记的最后一天：2019-06-18"),
    "a day before": ({"starts_on": date(2010, 1, 1)}, "starts_on", "要晚于已经登记的最后一天"),
    "no name": ({"owners": [NewOwner(" ", OTHER, "", "1")]}, "name_1", "请写业主的姓名"),
    "no number": ({"owners": [NewOwner("买家", "", "", "2")]}, "id_number_2", "请写证件号"),
    "a wrong number": ({"owners": [NewOwner("买家", OTHER[:-1] + "Q", "", "1")]}, "id_number_1", "身份证号不对"),
    "a share in words": ({"owners": [NewOwner("买家", OTHER, "一半", "1")]}, "share_1", "份额填 1/2"),
    "half a dwelling": ({"owners": [NewOwner("买家", OTHER, "1/2", "1")]}, "", "加起来要正好是 1，现在是 1/2"),
    "more than a dwelling": (
        {"owners": [NewOwner("买家", OTHER, "2/3", "1"), NewOwner("另一位", THIRD, "1/2", "2")]}, "", "现在是 7/6",
    ),
    "nobody": ({"owners": []}, "", "现在是 0"),
    "one owner twice": (
        {"owners": [NewOwner("买家", OTHER, "1/2", "1"), NewOwner("买家", OTHER, "1/2", "2")]}, "", "写了两次",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be(district: District, name: str) -> None:
    given, field, sentence = REFUSED[name]
    home = dwelling_of(district)
    with pytest.raises(BadInput, match=sentence) as refused:
        hand_on(home, district, **given)
    assert refused.value.field == field
    assert owners(home) == [("某示范001", "1/1", SINCE, None)]


def test_nothing_new_is_no_transfer(district: District) -> None:
    home = dwelling_of(district)
    with pytest.raises(BadInput, match="业主没有变"):
        hand_on(home, district, owners=[], stays={home.ownerships.get().pk: "1"})


@pytest.mark.parametrize("who", [*District._fields[12:]])
def test_who_records_a_transfer(district: District, who: str) -> None:
    home = dwelling_of(district)
    if who in ("worker", "worker2", "town_officer"):
        hand_on(home, district, by=getattr(district, who))
        assert len(owners(home)) == 2
    else:
        with pytest.raises(NotAllowed, match="社区工作者和镇街干部"):
            hand_on(home, district, by=getattr(district, who))
        assert len(owners(home)) == 1


def test_nobody_records_their_own(district: District) -> None:
    own = Resident.objects.get(user=district.resident)
    own.user = None
    own.save()
    Resident.objects.filter(pk=own.pk).update(user=district.worker)
    bought = dwelling_of(district)
    with pytest.raises(NotAllowed, match="由别人登记"):
        hand_on(bought, district, owners=[NewOwner("自己", own.id_number, "", "1")])
    sold = dwelling_of(district, ("自己", own.id_number, Fraction(1)), room="102")
    sold.ownerships.update(resident=own)
    with pytest.raises(NotAllowed, match="由别人登记"):
        hand_on(sold, district)
    hand_on(sold, district, by=district.worker2)


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
def test_one_dwelling_is_sold_once() -> None:
    district = build_district()
    home = dwelling_of(district)
    buyers = [NewOwner("买家一", OTHER, "", "1")], [NewOwner("买家二", THIRD, "", "1")]
    came = together(*(lambda new=new: hand_on(home, district, owners=new) for new in buyers))
    assert sorted(type(one).__name__ for one in came) == ["BadInput", "Dwelling"]
    assert home.ownerships.standing().count() == 1
    assert whole_on_every_day(home)


@ON_POSTGRES
@pytest.mark.django_db(transaction=True)
def test_revoked_while_it_is_handed_on() -> None:
    """Whoever comes first, nothing stays linked to somebody whose number is gone."""
    district = build_district()
    home, buyer = dwelling_of(district), verified(district, OTHER)
    together(
        lambda: hand_on(home, district, by=district.worker2),
        lambda: revoke_verification(buyer, by=district.town_officer, at=now(), reason="冒用"),
    )
    assert len(owners(home)) == 2
    assert linked(home) == [None, None]


# --- On the desk -------------------------------------------------------------------------------
def test_a_sale_on_the_desk_from_the_compound_to_the_owners(district: District, client_of: Any) -> None:
    client, home = confirm(client_of(district.worker)), dwelling_of(district)
    assert (
        reverse("dwellings", args=[district.compound.code])
        in client.get(reverse("compound", args=[district.compound.code])).content.decode()
    )
    listed = client.get(reverse("dwellings", args=[district.compound.code]), {"q": "1 栋 101"}).content.decode()
    address = reverse("dwelling", args=[home.pk])
    assert address in listed
    page = client.get(address).content.decode()
    assert "某*" in page
    assert "某示范001" not in listed + page
    assert NUMBER not in listed + page
    first = home.ownerships.get()
    sent = {
        "starts_on": "2024-05-01", "paper": "contract", f"stays_{first.pk}": "1/2", "name_1": "买家一",
        "id_number_1": OTHER, "share_1": "1/3",
    }  # fmt: skip
    refused = client.post(address, sent)
    assert refused.status_code == 422
    assert "加起来要正好是 1，现在是 5/6" in refused.content.decode()
    assert 'value="买家一"' in refused.content.decode()
    assert client.post(address, sent | {"share_1": "1/2"})["Location"] == address
    after = client.get(address)
    assert after["Cache-Control"] == "no-store, private"
    assert "以前的业主" in after.content.decode()
    assert "备案的买卖合同" in after.content.decode()
    assert home.ownerships.standing().count() == 2


def test_what_is_missing_is_said_at_its_field(district: District, client_of: Any) -> None:
    client, home = confirm(client_of(district.worker)), dwelling_of(district)
    answer = client.post(reverse("dwelling", args=[home.pk]), {"name_5": "买家五"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"starts_on", "paper"}
    assert "<details open>" in answer.content.decode()
    number = client.post(
        reverse("dwelling", args=[home.pk]), {"starts_on": "2024-05-01", "paper": "notary", "name_5": "买家五"}
    )
    assert set(number.context["form"].errors) == {"id_number_5"}


def test_who_sees_dwellings(district: District, client_of: Any) -> None:
    home = dwelling_of(district)
    addresses = [reverse("dwelling", args=[home.pk]), reverse("dwellings", args=[district.compound.code])]
    for who, status in (
        ("worker", 200), ("town_officer", 200), ("neighbour_worker", 404), ("other_worker", 404), ("resident", 403),
        ("auditor", 403), ("steward", 403), ("district_officer", 403), ("superuser", 403),
    ):  # fmt: skip
        client = confirm(client_of(getattr(district, who)))
        assert {client.get(address).status_code for address in addresses} == {status}, who
        assert client.post(addresses[0], {"name_1": "x"}).status_code == (422 if status == 200 else status), who


@pytest.mark.parametrize(
    ("query", "rooms"),
    [
        ("1 栋 101", ["101"]),
        ("1栋101", ["101"]),
        ("1 栋", ["101", "1012"]),
        ("101", ["101"]),
        ("2 栋 101", []),
        ("1\x00", ["101", "1012"]),
    ],
)
def test_looking_for_a_dwelling(district: District, client_of: Any, query: str, rooms: list[str]) -> None:
    dwelling_of(district), dwelling_of(district, room="1012")
    found = client_of(district.worker).get(reverse("dwellings", args=[district.compound.code]), {"q": query})
    assert [one.room for one in found.context["rows"]] == rooms


def test_a_long_list_goes_on_behind_its_last_row(district: District, client_of: Any) -> None:
    for number in range(33):
        dwelling_of(district, ("某示范", "", Fraction(1)), room=f"{number:03d}")
    client, address = client_of(district.worker), reverse("dwellings", args=[district.compound.code])
    first = client.get(address)
    second = client.get(address + first.context["next_url"])
    shown = [one.room for one in [*first.context["rows"], *second.context["rows"]]]
    assert shown == [f"{number:03d}" for number in range(33)]
    assert second.context["next_url"] == ""


def test_verification_stands_in_for_nothing(district: District) -> None:
    """An owner whose verification was never asked for is linked to nobody, by file or by hand."""
    home = dwelling_of(district)
    hand_on(home, district)
    assert linked(home) == [None, None]
    assert Resident.objects.get(user=district.newcomer).verification == Verification.UNVERIFIED
