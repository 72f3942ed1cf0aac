from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict

from community.models import Area, User
from deliberation.forms import ACTION_FORMS, IssueForm
from deliberation.models import Category, PhotoDraft
from deliberation.states import IssueState
from deliberation.views.acting import DONE, VERBS
from deliberation.workflow.drafts import keep_drafts
from tests.factories import MOMENT, CategoryFactory, District, UserFactory, clean_photo_of, photo_file
from tests.factories.district import POINT

KEY = uuid.UUID(int=5)


def typed(district: District, **changes: Any) -> dict[str, Any]:
    """Return the fields of a lawful issue, with changes."""
    return {
        "key": str(KEY),
        "category": Category.objects.get(code="facilities").pk,
        "title": "井盖松动",
        "area": district.community.pk,
        "is_private": "0",
        **changes,
    }


def bound(viewer: User, data: dict[str, Any], photos: list[Any] | None = None) -> IssueForm:
    return IssueForm(data, MultiValueDict({"photos": photos or []}), viewer=viewer)


def refused(form: IssueForm) -> dict[str, list[str]]:
    return {} if form.is_valid() else {name: list(errors) for name, errors in form.errors.items()}


def test_lawful_form(district: District) -> None:
    form = bound(
        district.resident,
        typed(district, details="会翘", address="三号楼前", latitude="30.4", longitude="114.9", is_private="1"),
        [photo_file(), photo_file(colour="gold")],
    )
    assert refused(form) == {}
    assert (form.point, form.place, form.cleaned_data["is_private"]) == ((30.4, 114.9), district.community, True)
    assert (form.cleaned_data["key"], len(form.cleaned_data["photos"]), len(form.new_photos)) == (KEY, 2, 2)


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"title": ""}, {"title": ["请用一句话说是什么事，比如“3 号楼前井盖破了”。"]}),
        ({"title": "  "}, {"title": ["请用一句话说是什么事，比如“3 号楼前井盖破了”。"]}),
        ({"title": "响\x07"}, {"title": ["文字里有看不见的控制字符。请删掉后重写。"]}),
        ({"details": "\x1b[2J"}, {"details": ["文字里有看不见的控制字符。请删掉后重写。"]}),
        ({"address": "三\x85号楼"}, {"address": ["文字里有看不见的控制字符。请删掉后重写。"]}),
        ({"category": ""}, {"category": ["请选一类。拿不准就选“其他”。"]}),
        ({"category": "99999"}, {"category": ["这一类已经停用了。请换一类。"]}),
        ({"category": "x"}, {"category": ["这一类已经停用了。请换一类。"]}),
        ({"area": ""}, {"area": ["请选是哪个社区或村的事。"]}),
        ({"area": "99999"}, {"area": ["这个地方不在名单里。请从名单里选一个社区或村。"]}),
        ({"area": "abc"}, {"area": ["这个地方不在名单里。请从名单里选一个社区或村。"]}),
        ({"latitude": "30.4"}, {"address": ["地图上的点没有选好。请再点一次，或者只写地址。"]}),
        ({"longitude": "114.9"}, {"address": ["地图上的点没有选好。请再点一次，或者只写地址。"]}),
        (
            {"latitude": "40.0", "longitude": "116.4"},
            {"address": ["地图上的点不在本区范围内。请重新点一次，或者只写地址。"]},
        ),
        ({"is_private": "2"}, {"is_private": ["请选谁能看到。"]}),
    ],
)
def test_what_is_refused_and_in_which_words(
    district: District, changes: dict[str, str], errors: dict[str, list[str]]
) -> None:
    assert refused(bound(district.resident, typed(district, **changes))) == errors


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e999", "1e400", "x", "30,4", "--"])
def test_coordinates_that_are_no_numbers(district: District, number: str) -> None:
    one = bound(district.resident, typed(district, latitude=number, longitude="114.9"))
    both = bound(district.resident, typed(district, latitude=number, longitude=number))
    assert "address" in refused(one)
    assert set(refused(both)) == {"latitude", "longitude"}


@pytest.mark.parametrize(("name", "most"), [("title", 60), ("details", 2000), ("address", 100)])
def test_lengths(district: District, name: str, most: int) -> None:
    assert refused(bound(district.resident, typed(district, **{name: "长" * most}))) == {}
    assert list(refused(bound(district.resident, typed(district, **{name: "长" * (most + 1)})))) == [name]
    assert list(refused(bound(district.resident, typed(district, **{name: "长" * 10_001})))) == [name]


@pytest.mark.parametrize("key", ["", "x", "0" * 33])
def test_form_without_its_key(district: District, key: str) -> None:
    form = bound(district.resident, typed(district, key=key))
    assert list(refused(form)) == ["key"]
    assert form.form_key() is None


def test_retired_category_is_offered_to_nobody(district: District) -> None:
    CategoryFactory(code="old", retired_on=date(2023, 1, 1))
    coming = CategoryFactory(code="coming", retired_on=date(2999, 1, 1))
    offered = set(IssueForm(viewer=district.resident).fields["category"].queryset)
    assert offered == set(Category.objects.exclude(code="old"))
    assert coming in offered


def test_places_are_communities_by_town_and_ones_own_compound_first(district: District) -> None:
    def offered(user: User) -> list[Any]:
        return list(IssueForm(viewer=user).fields["area"].choices)

    towns = [
        ("东园街道", [(district.community.pk, "东园社区"), (district.neighbour_community.pk, "西园社区")]),
        ("沙洲镇", [(district.other_community.pk, "沙洲社区")]),
    ]
    assert offered(district.worker) == [("", "请选"), *towns]
    assert offered(district.resident) == [("", "请选"), (district.compound.pk, "东园小区"), *towns]
    Area.objects.filter(pk=district.other_community.pk).update(valid_to=date(2023, 1, 1))
    assert offered(district.worker) == [("", "请选"), towns[0]]
    # Somebody else's compound is no choice.
    assert "area" in refused(bound(district.other_resident, typed(district, area=district.compound.pk)))


def test_first_sight_of_the_form(district: District) -> None:
    form = IssueForm(viewer=district.resident)
    assert form.initial["area"] == district.compound.pk
    assert isinstance(form.initial["key"], uuid.UUID)
    assert form.initial["key"] != IssueForm(viewer=district.resident).initial["key"]
    assert "area" not in IssueForm(viewer=UserFactory()).initial


def test_only_workers_speak_for_others(district: District) -> None:
    names = {"on_behalf", "person_name", "person_phone"}
    assert not names & set(IssueForm(viewer=district.resident).fields)
    assert not names & set(IssueForm(viewer=district.town_officer).fields)
    assert names <= set(IssueForm(viewer=district.worker).fields)
    # What is sent all the same is not read.
    form = bound(district.resident, typed(district, on_behalf="on", person_name="李奶奶"))
    assert refused(form) == {}
    assert "person_name" not in form.cleaned_data
    nameless = bound(district.worker, typed(district, on_behalf="on", person_name=" "))
    assert refused(nameless) == {"person_name": ["替谁反映？请写姓名，只有工作人员能看到。"]}


def test_photos_that_are_good_are_kept_whatever_else_is_wrong(district: District) -> None:
    photos = [photo_file("good.jpg"), SimpleUploadedFile("bad.jpg", b"words"), SimpleUploadedFile("empty.jpg", b"")]
    form = bound(district.resident, typed(district, title=""), photos)
    errors = refused(form)
    assert [sentence[:9] for sentence in errors["photos"]] == ["“bad.jpg”", "“empty.jp"]
    assert len(form.new_photos) == 1


def test_nine_photos_are_the_most(district: District) -> None:
    assert refused(bound(district.resident, typed(district), [photo_file() for _ in range(9)])) == {}
    ten = bound(district.resident, typed(district), [photo_file() for _ in range(10)])
    assert refused(ten) == {"photos": ["最多 9 张照片，您选了 10 张。"]}


def drafts(owner: User, count: int, key: uuid.UUID = KEY) -> list[int]:
    """Return the ids of new drafts."""
    before = set(PhotoDraft.objects.values_list("pk", flat=True))
    keep_drafts([clean_photo_of()] * count, by=owner, at=MOMENT, key=key)
    return sorted(set(PhotoDraft.objects.values_list("pk", flat=True)) - before)


def test_drafts_count_as_photos(district: District) -> None:
    ids = drafts(district.resident, 8)
    form = bound(district.resident, typed(district, kept_photos=ids), [photo_file()])
    assert refused(form) == {}
    assert [draft.pk for draft in form.cleaned_data["kept_photos"]] == ids
    more = bound(district.resident, typed(district, kept_photos=ids), [photo_file(), photo_file()])
    assert refused(more) == {"photos": ["最多 9 张照片，现在有 10 张。"]}


def test_drafts_of_others_are_refused(district: District) -> None:
    foreign = drafts(district.neighbour, 1)
    other_form = drafts(district.resident, 1, key=uuid.UUID(int=6))
    for ids in (foreign, other_form, [99999], ["x"]):
        assert list(refused(bound(district.resident, typed(district, kept_photos=ids)))) == ["kept_photos"]


def test_point_of_the_compound_is_in_the_district(district: District) -> None:
    form = bound(district.resident, typed(district, latitude=str(POINT[0]), longitude=str(POINT[1])))
    assert refused(form) == {}


def test_every_action_has_its_form_verb_and_words() -> None:
    # A rating says what it leads to.
    assert set(ACTION_FORMS) == set(VERBS) == {*DONE, "rate"}


@pytest.mark.parametrize(
    ("verb", "data", "errors"),
    [
        ("accept", {}, {}),
        ("refuse", {}, {"outcome": ["请选一个不受理的原因。"], "reason": ["请写一句话说明，居民会看到。"]}),
        ("refuse", {"outcome": "resolved", "reason": "好"}, {"outcome": ["请选一个不受理的原因。"]}),
        ("dispatch", {"unit": "99999"}, {"unit": ["这个单位不管这个地方。请另选一个。"]}),
        ("dispatch", {}, {"unit": ["请选派给哪个单位。"]}),
        ("progress", {"text": ""}, {"text": ["请写一句话说明，居民会看到。"]}),
        (
            "resolve",
            {"text": "好了"},
            {"photos": ["办结要有照片。请拍一张办好之后的照片，最好和办前同一个角度。"]},
        ),
        ("rate", {}, {"rating": ["请打 1 到 5 分。"]}),
        ("rate", {"rating": "6"}, {"rating": ["请打 1 到 5 分。"]}),
        ("rate", {"rating": "5.0"}, {"rating": ["请打 1 到 5 分。"]}),
        ("close", {"outcome": "x", "reason": "好"}, {"outcome": ["请选一个结案的原因。"]}),
        (
            "withhold",
            {"note": " ", "reason": "no"},
            {"reason": ["请选一个不公开的原因。"], "note": ["请写一句话说明，居民会看到。"]},
        ),
        ("supplement", {"text": ""}, {"text": ["请写几句再补充。"]}),
        ("withdraw", {}, {}),
    ],
)
def test_action_forms(issue_in: Any, verb: str, data: dict[str, str], errors: dict[str, list[str]]) -> None:
    form = ACTION_FORMS[verb](data, MultiValueDict(), issue=issue_in(IssueState.ACCEPTED))
    assert {name: list(sentences) for name, sentences in form.errors.items()} == errors


def test_units_to_choose_from_begin_with_the_likeliest(district: District, issue_in: Any) -> None:
    issue = issue_in(IssueState.ACCEPTED)
    choices = list(ACTION_FORMS["dispatch"](issue=issue).fields["unit"].choices)
    assert [name for _, name in choices] == ["幸福物业", "东园社区居民委员会", "明湖供水公司"]
    issue.category = Category.objects.get(code="utilities")
    choices = list(ACTION_FORMS["dispatch"](issue=issue).fields["unit"].choices)
    assert [name for _, name in choices] == ["明湖供水公司", "东园社区居民委员会", "幸福物业"]


@pytest.mark.parametrize(("sent", "on"), [({"on": "1"}, True), ({"on": "0"}, False)])
def test_following_form(issue_in: Any, sent: dict[str, str], on: bool) -> None:
    form = ACTION_FORMS["follow"](sent, issue=issue_in(IssueState.RAISED))
    assert form.is_valid()
    assert form.arguments() == {"on": on}


def test_ids_beyond_any_database_are_refused(client_of, district, issue_in) -> None:
    """A number of forty digits is no photo, and no error of the database."""
    page = issue_in(IssueState.RAISED).get_absolute_url()
    answer = client_of(district.worker).post(f"{page}review/", {"hidden_photos": "9" * 40})
    assert answer.status_code == 422
