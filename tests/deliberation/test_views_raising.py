"""Raising an issue through the real page: good input, and every bad one of the acceptance list."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape

from community.encryption import decrypt
from community.keeping import SESSION_KEY
from community.models import Rule, User
from deliberation.models import Category, Issue, IssuePhoto, PhotoDraft
from tests.community.pictures import HTML, SECRET, SVG, halves, noise, pixels_png, saved, telling_exif, truncated
from tests.deliberation.tables import counts
from tests.deliberation.test_forms import typed
from tests.factories import CategoryFactory, District, clean_photo_of, photo_file

NEW = "/issues/new/"
DETAILS = "走上去会翘起来 <b>真的</b> & 晚上看不见"
ClientOf = Callable[[User], Client]


@pytest.fixture
def client(district: District, client_of: ClientOf) -> Client:
    """Return a client on which the resident is signed in."""
    return client_of(district.resident)


def send(client: Client, district: District, photos: list[Any] | None = None, **changes: Any) -> Any:
    """Send the form as a browser does."""
    return client.post(NEW, {"details": DETAILS, **typed(district, **changes), "photos": photos or []})


def file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def test_page_of_the_form(client: Client) -> None:
    page = client.get(NEW)
    assert page.status_code == 200
    assert [number in page.content.decode() for number in ("tel:110", "tel:119", "tel:120")] == [True] * 3


def test_good_form_leads_to_its_issue(client: Client, district: District) -> None:
    answer = send(client, district, photos=[photo_file()], latitude="30.4", longitude="114.9")
    issue = Issue.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/issues/{issue.number}/")
    assert (issue.reporter, issue.details, issue.latitude, issue.is_public) == (
        district.resident,
        DETAILS,
        30.4,
        False,
    )
    page = client.get(answer.headers["Location"]).content.decode()
    assert f"收到了，编号 {issue.number}。" in page
    assert escape(DETAILS) in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"details": f"{DETAILS}{'长' * 10_001}"}, "2000"),
        ({"title": "长" * 10_001}, "60"),
        ({"title": "响\x07铃"}, "控制字符"),
        ({"address": "三号楼\x1b"}, "控制字符"),
        ({"title": "空\x00字"}, "空字符"),
        ({"latitude": "40.0", "longitude": "116.4"}, "不在本区范围内"),
        ({"latitude": "30.4"}, "点没有选好"),
        ({"latitude": "nan", "longitude": "114.9"}, "点没有选好"),
        ({"latitude": "nan", "longitude": "nan"}, "输入一个数"),
        ({"latitude": "inf", "longitude": "inf"}, "输入一个数"),
        ({"latitude": "1e999", "longitude": "1e999"}, "输入一个数"),
        ({"area": "99999"}, "不在名单里"),
        ({"area": "99999999999999999999999"}, "不在名单里"),
        ({"category": "99999999999999999999999"}, "停用"),
        ({"kept_photos": ["99999"]}, "请从名单里选"),
        ({"key": "nonsense"}, "UUID"),
    ],
)
def test_bad_text_gets_a_sentence_and_comes_back(
    client: Client, district: District, changes: dict[str, Any], sentence: str
) -> None:
    before = counts()
    answer = send(client, district, **changes)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert escape(DETAILS) in page
    assert all(escape(text) in page for name, text in changes.items() if name in ("title", "address", "details"))
    assert counts() == before


@pytest.mark.parametrize(
    ("photo", "sentence"),
    [
        (file("empty.jpg", b""), "“empty.jpg”是空文件"),
        (file("words.jpg", b"no picture at all"), "“words.jpg”不是能用的照片"),
        (file("page.jpg", HTML), "“page.jpg”不是能用的照片"),
        (file("drawing.svg", SVG), "“drawing.svg”不是能用的照片"),
        (file("moving.gif", saved(halves("P"), "GIF")), "“moving.gif”不是能用的照片"),
        (file("huge.png", pixels_png(10_000, 6_000)), "“huge.png”尺寸太大"),
        (file("half.jpg", truncated(saved(noise(), quality=90))), "“half.jpg”不完整"),
        (file("<script>.jpg", b"x"), "“&lt;script&gt;.jpg”不是能用的照片"),
    ],
)
def test_bad_photo_gets_a_sentence_and_the_text_comes_back(
    client: Client, district: District, photo: SimpleUploadedFile, sentence: str
) -> None:
    before = counts()
    photo.seek(0)
    answer = send(client, district, photos=[photo])
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert escape(DETAILS) in answer.content.decode()
    assert counts() == before


def test_polyglot_leaves_its_payload_behind(client: Client, district: District) -> None:
    content = saved(halves(), exif=telling_exif()) + HTML + b"PK\x03\x04" + SECRET.encode()
    answer = send(client, district, photos=[file("both.jpg", content)])
    assert answer.status_code == 302
    photo = IssuePhoto.objects.get()
    for size in ("full", "small"):
        served = client.get(f"{answer.headers['Location']}photos/{photo.pk}/{size}.jpg")
        stored = served.getvalue()
        assert (served.status_code, served.headers["Content-Type"]) == (200, "image/jpeg")
        assert served.headers["X-Content-Type-Options"] == "nosniff"
        assert not [trace for trace in (b"<script", b"PK\x03\x04", SECRET.encode(), b"Exif") if trace in stored]


def test_retired_category_while_the_form_was_open(client: Client, district: District) -> None:
    category = CategoryFactory(code="old")
    Category.objects.filter(pk=category.pk).update(retired_on=date(2023, 1, 1))
    before = counts()
    answer = send(client, district, category=category.pk)
    assert (answer.status_code, "这一类已经停用了" in answer.content.decode()) == (422, True)
    assert counts() == before


def test_double_submit_is_one_issue(client: Client, district: District) -> None:
    answers = [send(client, district, photos=[photo_file()]) for _ in range(2)]
    issue = Issue.objects.get()
    assert [answer.headers["Location"] for answer in answers] == [f"/issues/{issue.number}/"] * 2
    assert issue.photos.count() == 1
    assert send(client, district, key=uuid.uuid4()).headers["Location"] == "/issues/" + f"{issue.number[:-6]}000002/"


def test_key_of_somebody_else_is_refused(client: Client, client_of: ClientOf, district: District) -> None:
    send(client, district)
    before = counts()
    answer = send(client_of(district.neighbour), district)
    assert (answer.status_code, "这张表已经用过了" in answer.content.decode()) == (422, True)
    assert counts() == before


def test_session_that_ran_out_gives_the_text_back(district: District) -> None:
    district.resident.set_password("demo-only-2023")
    district.resident.save()
    client, before = Client(), counts()
    answer = send(client, district, title="井盖 <松动>", address="三号楼前", photos=[photo_file()])
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/accounts/login/?next={NEW}")
    assert counts() == before
    login = {"login": "resident", "password": "demo-only-2023", "next": NEW}
    assert client.post("/accounts/login/", login).headers["Location"] == NEW
    page = client.get(NEW)
    for text in ("井盖 <松动>", "三号楼前", DETAILS, "您刚才写的都在下面"):
        assert escape(text) in page.content.decode()
    assert page.context["form"].initial["area"] == str(district.community.pk)
    assert escape(DETAILS) not in client.get(NEW).content.decode()


def test_much_text_without_a_session_is_cut(district: District) -> None:
    client = Client()
    send(client, district, details="长" * 50_000)
    kept = json.loads(decrypt(client.session[SESSION_KEY]))
    assert len(kept["typed"]["details"]) == 3_000


def test_good_photos_outlive_a_failed_form(client: Client, district: District) -> None:
    bad = file("bad.jpg", b"words")
    answer = send(client, district, photos=[photo_file(), bad, photo_file(colour="gold")], title="")
    ids = list(PhotoDraft.objects.order_by("id").values_list("pk", flat=True))
    assert (answer.status_code, len(ids)) == (422, 2)
    page = answer.content.decode()
    assert [f'name="kept_photos" value="{draft}" checked' in page for draft in ids] == [True, True]
    assert Issue.objects.count() == 0
    shown = client.get(f"/issues/drafts/{ids[0]}/")
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "private, no-store")
    assert shown.getvalue() == clean_photo_of().thumbnail
    # The first is left out, the second goes along with a new one.
    answer = send(client, district, photos=[photo_file(colour="navy")], kept_photos=[ids[1]])
    issue = Issue.objects.get()
    assert answer.headers["Location"] == f"/issues/{issue.number}/"
    stored = []
    for photo in issue.photos.all():
        with photo.image.open("rb") as content:
            stored.append(content.read())
    assert stored == [clean_photo_of(colour="gold").image, clean_photo_of(colour="navy").image]
    assert PhotoDraft.objects.count() == 0


def test_drafts_of_others_are_neither_seen_nor_used(client: Client, client_of: ClientOf, district: District) -> None:
    send(client, district, photos=[photo_file()], title="")
    (draft,) = PhotoDraft.objects.all()
    neighbour = client_of(district.neighbour)
    assert neighbour.get(f"/issues/drafts/{draft.pk}/").status_code == 404
    assert client_of(district.worker).get(f"/issues/drafts/{draft.pk}/").status_code == 404
    assert Client().get(f"/issues/drafts/{draft.pk}/").status_code == 302
    before = counts()
    for key in (draft.submission_key, uuid.uuid4()):
        answer = send(neighbour, district, key=key, kept_photos=[draft.pk])
        assert answer.status_code == 422
        assert f'value="{draft.pk}" checked' not in answer.content.decode()
    # Nor by their owner for another form.
    assert send(client, district, key=uuid.uuid4(), kept_photos=[draft.pk]).status_code == 422
    assert counts() == before


def test_worker_speaks_for_somebody(client_of: ClientOf, district: District) -> None:
    worker = client_of(district.worker)
    fields = {"on_behalf": "on", "person_name": "李奶奶", "person_phone": "138 0013 8000"}
    assert send(worker, district, **fields).status_code == 302
    assert Issue.objects.get().represented.phone == "13800138000"
    # Elsewhere they may not, and are told so with the text in hand.
    before = counts()
    answer = send(worker, district, **fields, area=district.other_community.pk, key=uuid.uuid4())
    assert answer.status_code == 422
    assert "只有当地的社区工作者可以替别人反映" in answer.content.decode()
    assert escape(DETAILS) in answer.content.decode()
    assert counts() == before


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods(client: Client, method: str) -> None:
    assert getattr(client, method)(NEW).status_code == 405


def test_form_says_the_terms_as_the_rules_have_them(client: Client) -> None:
    said = "社区 {}内答复受不受理；有危险的 {}。"
    assert said.format("1 个工作日", "1 小时") in client.get(NEW).content.decode()
    Rule.objects.filter(key="issue.accept.ordinary").update(value=3)
    Rule.objects.filter(key="issue.accept.danger").update(value=4)
    assert said.format("3 个工作日", "4 小时") in client.get(NEW).content.decode()


def test_too_many_in_a_day_is_said_beside_what_was_typed(client: Client, district: District) -> None:
    Rule.objects.filter(key="issue.daily").update(value=0)
    before = counts()
    answer = send(client, district)
    assert answer.status_code == 422
    assert "今天已经反映了 0 件，明天再接着反映。遇到危险，请打 110、119、120。" in answer.content.decode()
    assert escape(DETAILS) in answer.content.decode()
    assert counts() == before
