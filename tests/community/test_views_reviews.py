"""The queue, one thing of it, covering without scripts, appeals, and private files: who gets what."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from community.models import Hiding, Household, Resident, StoredFile
from community.models.reviews import AppealState
from community.photos import COVER
from community.workflow.hiding import appeal_hiding
from deliberation import workflow
from deliberation.models import Issue, IssueEvent, IssuePhoto
from deliberation.models.issues import PhotoKind
from deliberation.states import IssueState
from tests.community.documents import docx, pdf
from tests.community.photographed import full
from tests.factories import District, IssueFactory, ResidentFactory, clean_photo_of

REVIEWERS = {"worker", "worker2", "town_officer"}
NEVER = {"resident", "neighbour", "newcomer", "handler", "steward", "auditor", "administrator", "superuser"}
QUEUE = "/desk/reviews/"


@pytest.fixture
def client_of() -> Any:
    def client(user: Any) -> Client:
        signed_in = Client(headers={"accept-language": "zh-CN"})
        if user is not None:
            signed_in.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return signed_in

    return client


@pytest.fixture
def issue(district: District) -> Issue:
    return IssueFactory(
        area=district.compound, reporter=district.resident, state=IssueState.DISPATCHED, unit=district.property,
        is_public=True, raised_at=timezone.now() - timedelta(hours=9),
    )  # fmt: skip


@pytest.fixture
def words(district: District, issue: Issue) -> IssueEvent:
    return IssueEvent.objects.create(
        issue=issue, verb="supplement", state=issue.state, by=district.neighbour, at=timezone.now(),
        text="<b>住 3 栋 2 单元 501 室</b>", is_public=False, is_text_public=False,
    )  # fmt: skip


@pytest.fixture
def photo(district: District, issue: Issue, words: IssueEvent) -> IssuePhoto:
    clean = clean_photo_of(size=(600, 400), colour="red")
    return IssuePhoto.objects.create(
        issue=issue, event=words, kind=PhotoKind.BEFORE, is_public=True, taken_at=timezone.now(), width=clean.width,
        height=clean.height, **clean.files(),
    )  # fmt: skip


def hidden(district: District, words: IssueEvent, *, appealed: bool = False, **evidence: Any) -> Hiding:
    workflow.hide_words(words, by=district.worker, at=timezone.now(), reason="personal", note="有门牌号")
    hiding = Hiding.objects.get()
    if appealed:
        appeal_hiding(hiding, by=district.neighbour, at=timezone.now(), text="不是我家", **evidence)
    return Hiding.objects.get()


def answers(district: District, client_of: Any, address: str) -> dict[str, int]:
    people = {name: getattr(district, name) for name in (*REVIEWERS, *NEVER, "neighbour_worker", "other_worker")}
    found = {}
    for name, user in people.items():
        response = client_of(user).get(address)
        found[name] = response.status_code
        if response.streaming:
            # What is not read to its end would stay open.
            b"".join(response.streaming_content)
    return found


def test_who_sees_the_queue(district: District, client_of: Any, words: IssueEvent) -> None:
    found = answers(district, client_of, QUEUE)
    assert {name for name, status in found.items() if status == 200} == {*REVIEWERS, "neighbour_worker", "other_worker"}
    assert {found[name] for name in NEVER} == {403}
    assert Client().get(QUEUE)["Location"].startswith("/accounts/login/")
    address = f"/desk/reviews/supplement/{words.pk}/"
    assert address in client_of(district.worker).get(QUEUE).content.decode()
    for who in ("other_worker", "neighbour_worker", "district_officer"):
        assert address not in client_of(getattr(district, who)).get(QUEUE).content.decode()


def test_who_sees_one_thing(district: District, client_of: Any, words: IssueEvent, photo: IssuePhoto) -> None:
    expected = dict.fromkeys([*NEVER, "neighbour_worker", "other_worker"], 404) | dict.fromkeys(REVIEWERS, 200)
    for address in (
        f"/desk/reviews/supplement/{words.pk}/", f"/desk/reviews/photo/{photo.pk}/", f"/desk/reviews/photo/{photo.pk}/cover/",
    ):  # fmt: skip
        assert answers(district, client_of, address) == expected, address
    worker = client_of(district.worker)
    for address in (
        f"rate/{words.pk}/", "supplement/99999999999999999999/", "nothing/1/", f"issue/{words.issue_id}/",
        f"supplement/{words.pk}/cover/", f"photo/{words.pk + 999}/cover/",
    ):  # fmt: skip
        assert worker.get(f"/desk/reviews/{address}").status_code == 404, address
    assert worker.post(f"/desk/reviews/supplement/{words.pk}/delete/").status_code == 404


def test_marks_stand_in_the_text_and_nothing_is_markup(district: District, client_of: Any, words: IssueEvent) -> None:
    text = client_of(district.worker).get(f"/desk/reviews/supplement/{words.pk}/").content.decode()
    assert "&lt;b&gt;住 <mark" in text
    assert ">3 栋 2 单元 501 室<span" in text
    assert "<b>住" not in text
    assert "门牌号：3 栋 2 单元 501 室" in text


def test_publishing_and_hiding_through_the_page(district: District, client_of: Any, words: IssueEvent) -> None:
    worker, address = client_of(district.worker), f"/desk/reviews/supplement/{words.pk}/"
    refused = worker.post(f"{address}hide/", {"reason": "", "note": "有门牌"})
    text = refused.content.decode()
    assert (refused.status_code, "请选一个不公开的原因" in text, "有门牌" in text) == (422, True, True)
    for who in ("other_worker", "handler"):
        assert client_of(getattr(district, who)).post(f"{address}publish/").status_code == 404
    assert worker.post(f"{address}hide/", {"reason": "personal", "note": "有门牌"}).status_code == 302
    assert address not in worker.get(QUEUE).content.decode()
    assert worker.post(f"{address}hide/", {"reason": "personal", "note": "有门牌"}).status_code == 409
    kept = worker.post(f"{address}publish/")
    assert (kept.status_code, "里面还有门牌号：3 栋 2 单元 501 室" in kept.content.decode()) == (409, True)
    IssueEvent.objects.filter(pk=words.pk).update(text="三栋门口")
    assert worker.post(f"{address}publish/").status_code == 302
    assert worker.post(f"{address}publish/").status_code == 409
    words.refresh_from_db()
    assert (words.is_text_public, Hiding.objects.get().lifted_at is not None) == (True, True)


def test_covering_by_cells(
    district: District, client_of: Any, photo: IssuePhoto, django_capture_on_commit_callbacks: Any
) -> None:
    """Six columns and four rows of a 600 × 400 photo; the first cell of the second row is grey, the next is not."""
    worker, address = client_of(district.worker), f"/desk/reviews/photo/{photo.pk}/cover/"
    assert worker.get(address).content.decode().count('name="cells"') == 24
    for sent, sentence in (
        ({}, "请先在照片上画框"), ({"cells": "9-9"}, "看不懂"), ({"boxes": "1,2,3"}, "看不懂"),
        ({"boxes": "0,0,1001,10"}, "超出了照片"), ({"boxes": "-1,0,10,10"}, "看不懂"), ({"boxes": "5,5,0,9"}, "超出了照片"),
    ):  # fmt: skip
        answer = worker.post(address, sent)
        assert (answer.status_code, sentence in answer.content.decode()) == (422, True), sent
    old = str(photo.image.name)
    with django_capture_on_commit_callbacks(execute=True):
        done = worker.post(address, {"cells": ["1-0"], "boxes": "900,900,100,100"})
    assert (done.status_code, done["Location"]) == (302, f"/desk/reviews/photo/{photo.pk}/")
    photo.refresh_from_db()
    assert (default_storage.exists(old), str(photo.image.name) == old) == (False, False)
    with photo.image.open("rb") as stored:
        picture = Image.open(io.BytesIO(stored.read())).convert("RGB")
    points = [picture.getpixel(place) for place in ((50, 150), (150, 150), (580, 390))]
    grey = [max(abs(one - other) for one, other in zip(point, COVER, strict=True)) < 24 for point in points]
    assert grey == [True, False, True]


def test_author_appeals_with_a_paper_and_another_grants(district: District, client_of: Any, words: IssueEvent) -> None:
    hiding = hidden(district, words)
    page, author = f"/my/hidden/{hiding.pk}/", client_of(district.neighbour)
    assert [client_of(user).get(page).status_code for user in (district.resident, district.worker)] == [404, 404]
    for name, content, sentence in (
        ("证明.pdf", b"", "空文件"), ("证明.pdf", b"words", "不是能用的文件"),
        ("证明.docx", docx({"word/vbaProject.bin": b"x"}), "有宏"), ("证明.docx", docx({"../x": b"x"}), "文件名不正常"),
    ):  # fmt: skip
        file = SimpleUploadedFile(name, content, content_type="application/pdf")
        answer = author.post(page, {"text": "不是我家", "file": file})
        assert (answer.status_code, sentence in answer.content.decode()) == (422, True), sentence
        assert "不是我家" in answer.content.decode()
    assert StoredFile.objects.count() == 0
    file = SimpleUploadedFile("a/../证明\u202e.exe.pdf", pdf(), content_type="text/html")
    assert author.post(page, {"text": "不是我家", "file": file}).status_code == 302
    hiding.refresh_from_db()
    assert (hiding.appeal, hiding.evidence.title) == (AppealState.OPEN, "证明.pdf")
    assert author.post(page, {"text": "再来"}).status_code == 409
    appeal = f"/desk/reviews/appeals/{hiding.pk}/"
    assert appeal in client_of(district.worker2).get(QUEUE).content.decode()
    assert appeal not in client_of(district.worker).get(QUEUE).content.decode()
    found = answers(district, client_of, appeal)
    assert {name for name, status in found.items() if status == 200} == REVIEWERS
    decision = {"result": "grant", "decision": "看过，可以公开"}
    assert client_of(district.worker).post(appeal, decision).status_code == 403
    assert client_of(district.neighbour).post(appeal, decision).status_code == 404
    assert client_of(district.worker2).post(appeal, {"result": "", "decision": ""}).status_code == 422
    kept = client_of(district.worker2).post(appeal, decision)
    assert (kept.status_code, "里面还有门牌号：3 栋 2 单元 501 室" in kept.content.decode()) == (409, True)
    IssueEvent.objects.filter(pk=words.pk).update(text="三栋门口")
    assert client_of(district.worker2).post(appeal, decision).status_code == 302
    assert client_of(district.worker2).post(appeal, decision).status_code == 409
    words.refresh_from_db()
    assert words.is_text_public
    assert "看过，可以公开" in author.get(page).content.decode()
    assert f"/my/hidden/{hiding.pk}/" in author.get("/my/hidden/").content.decode()


def test_who_reads_a_private_file(district: District, client_of: Any, words: IssueEvent) -> None:
    """By its key and a record that opens it; the store's own address leads nowhere."""
    from community.files import check_file

    content = pdf()
    checked = check_file(io.BytesIO(content), "证明.pdf", len(content), most=10**7)
    stored = hidden(district, words, appealed=True, evidence=checked).evidence
    address = f"/files/{stored.key}/"
    found = answers(district, client_of, address)
    expected = dict.fromkeys([*NEVER, "neighbour_worker", "other_worker"], 404) | dict.fromkeys(REVIEWERS, 200)
    assert found == expected | {"neighbour": 200}
    assert Client().get(address).status_code == 302
    answer = client_of(district.neighbour).get(address)
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"].startswith("attachment;")
    assert {name: answer[name] for name in ("X-Content-Type-Options", "Content-Type", "Cache-Control")} == {
        "X-Content-Type-Options": "nosniff", "Content-Type": "application/pdf", "Cache-Control": "no-store, private",
    }  # fmt: skip
    assert "sandbox" in answer["Content-Security-Policy"]
    for person in (None, district.neighbour, district.worker, district.superuser):
        for guess in (f"/media/{stored.file.name}", f"/files/{stored.pk}/", f"/media/files/../{stored.file.name}"):
            assert client_of(person).get(guess).status_code == 404, guess
    other = "/files/00000000-0000-4000-8000-000000000000/"
    assert client_of(district.worker).get(other).status_code == 404
    default_storage.delete(str(stored.file.name))
    assert client_of(district.neighbour).get(address).status_code == 404


def test_photos_have_no_address_in_the_store(district: District, client_of: Any, photo: IssuePhoto) -> None:
    for person in (None, district.worker, district.superuser):
        for name in (photo.image.name, photo.thumbnail.name):
            assert client_of(person).get(f"/media/{name}").status_code == 404


def test_the_queue_costs_the_same_for_three_as_for_one(district: District, client_of: Any, words: IssueEvent) -> None:
    worker = client_of(district.worker)
    worker.get(QUEUE)
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert worker.get(QUEUE).status_code == 200
        counts.append(len(queries))
        for _more in range(3):
            words.pk = None
            words.save(force_insert=True)
    assert counts[0] == counts[1]


def test_what_was_hidden_is_named(
    district: District, client_of: Any, words: IssueEvent, photo: IssuePhoto, unseen: Issue
) -> None:
    """Each of one's own by the heading of its issue, words by their beginning; in as many queries for more of them."""
    at = timezone.now()
    IssueEvent.objects.filter(pk=words.pk).update(text="晚上更响" * 40)
    for hide, subject in ((workflow.hide_words, words), (workflow.hide_photo, photo)):
        hide(subject, by=district.worker, at=at, reason="other", note="缘故")
    author = client_of(district.neighbour)
    text = author.get("/my/hidden/").content.decode()
    assert (text.count(words.issue.title), "晚上更响" * 15 + "…" in text, "晚上更响" * 16 in text) == (2, True, False)
    reporter = client_of(district.resident)
    counts = []
    for publish in (unseen, IssueFactory(area=district.compound, reporter=district.resident, title="电梯停了")):
        workflow.review_issue(publish, by=district.worker, at=at, publish=False, note="缘故")
        with CaptureQueriesContext(connection) as queries:
            text = reporter.get("/my/hidden/").content.decode()
        counts.append(len(queries))
    assert ("路灯不亮" in text, "电梯停了" in text, counts[0] == counts[1]) == (True, True, True)


def test_several_are_published_at_once_each_for_itself(
    district: District, client_of: Any, words: IssueEvent, unseen: Issue
) -> None:
    """What holds something personal, what others have seen, what is somebody else's: none of them keeps another back."""
    home = Household.objects.create(area=district.compound, town=district.town, created_at=timezone.now())
    Resident.objects.filter(user=district.resident).update(household=home)
    ResidentFactory(user=None, name="欧阳小雨", home=district.compound, household=home)
    named = IssueFactory(area=district.compound, reporter=district.resident, title="欧阳小雨家漏水")
    elsewhere = IssueFactory(area=district.other_community, title="别处的事")
    worker = client_of(district.worker)
    page = worker.get(QUEUE).content.decode()
    assert [f'value="{one}"' in page for one in (f"issue-{unseen.pk}", f"issue-{named.pk}", f"supplement-{words.pk}")] == [
        True, True, False,
    ]  # fmt: skip
    assert ("路灯不亮" in page, "黑得看不见台阶" in page, full(IssuePhoto.objects.get()) in page) == (True, True, True)
    assert "checked" not in page
    sent = [f"issue-{one.pk}" for one in (unseen, named, elsewhere)] + [f"supplement-{words.pk}", "issue-999999"]
    answer = worker.post(QUEUE, {"chosen": sent})
    text = answer.content.decode()
    assert (answer.status_code, answer.context["result"].published, answer.context["result"].gone) == (409, 1, 2)
    assert [(about.title, reason) for about, reason in answer.context["result"].refused] == [
        ("欧阳小雨家漏水", "里面还有姓名：欧阳小雨。改掉再公开。"),
        (words.issue.title, "里面还有门牌号：3 栋 2 单元 501 室，不能公开。请写上原因，不公开；作者可以重新写一段。"),
    ]
    assert ("别处的事" in text, "里面还有姓名：欧阳小雨" in text, "checked" in text) == (False, True, False)
    assert set(Issue.objects.filter(is_public=True)) == {unseen, words.issue}
    assert IssuePhoto.objects.get().is_public
    again = worker.post(QUEUE, {"chosen": f"issue-{unseen.pk}"})
    assert (again.status_code, again.context["result"].gone) == (409, 1)


def test_no_way_back_leads_out_of_the_site(district: District, client_of: Any, photo: IssuePhoto) -> None:
    worker, own = client_of(district.worker), f"/desk/reviews/photo/{photo.pk}/"
    for odd in (
        "https://example.org/",
        "//example.org",
        "javascript:alert(1)",
        "/\\example.org",
        "http:///example.org",
    ):
        page = worker.get(f"{own}cover/?{urlencode({'next': odd})}").content.decode()
        links = [f'<a class="btn" href="{own}">' in page, f'name="next" value="{own}"' in page]
        assert links == [True, True], odd
        done = worker.post(f"{own}cover/", {"next": odd, "cells": ["0-0"]})
        assert (done.status_code, done["Location"]) == (302, own), odd
