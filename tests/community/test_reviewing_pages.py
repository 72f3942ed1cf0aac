"""Reviewing issues from their list and their form: nothing typed is lost, and appeals are decided with all at hand."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from community.models import Hiding
from community.workflow.hiding import appeal_hiding
from deliberation import workflow
from deliberation.models import Issue, IssuePhoto
from tests.community.photographed import full, with_photo
from tests.factories import District

QUEUE = "/desk/reviews/"
NEVER = {"resident", "neighbour", "newcomer", "handler", "steward", "auditor", "administrator", "superuser"}


@pytest.fixture
def client_of() -> Any:
    def client(user: Any) -> Client:
        signed_in = Client(headers={"accept-language": "zh-CN"})
        if user is not None:
            signed_in.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return signed_in

    return client


def test_an_appeal_is_decided_with_words_and_photos_at_hand(district: District, client_of: Any, unseen: Issue) -> None:
    workflow.review_issue(
        unseen, by=district.worker, at=timezone.now(), publish=False, note="骂人了", reason="insult"
    )  # fmt: skip
    hiding, photo = Hiding.objects.get(), IssuePhoto.objects.get()
    mine = client_of(district.resident).get(f"/my/hidden/{hiding.pk}/").content.decode()
    appeal_hiding(hiding, by=district.resident, at=timezone.now(), text="没有骂人")
    for who in ("worker2", "town_officer", "district_officer"):
        decider = client_of(getattr(district, who))
        shown = decider.get(f"/desk/reviews/appeals/{hiding.pk}/").content.decode()
        for page in (mine, shown):
            assert [text in page for text in ("路灯不亮", "北门", "黑得看不见台阶", full(photo))] == [True] * 4, who
        assert ("骂人了" in shown, decider.get(full(photo)).status_code) == (True, 200)


def test_publishing_from_the_list_leads_back_to_it(district: District, client_of: Any, unseen: Issue) -> None:
    """A photo that was hidden on its own stays hidden; nothing readable chosen is said; who reviews nothing is refused."""
    with_photo(unseen, district)
    first, second = unseen.photos.order_by("pk")
    workflow.hide_photo(first, by=district.worker2, at=timezone.now(), reason="personal", note="有人脸")
    worker, address = client_of(district.worker), f"{QUEUE}?kind=issue"
    for chosen in ([], ["issue"], ["issue-x"], ["-"], ["issue-" + "9" * 40]):
        answer = worker.post(address, {"chosen": chosen})
        assert (answer.status_code, "请先勾选要公开的" in answer.content.decode()) == (422, True), chosen
    for who in NEVER:
        assert client_of(getattr(district, who)).post(address, {"chosen": f"issue-{unseen.pk}"}).status_code == 403
    for who in ("other_worker", "neighbour_worker", "district_officer"):
        assert client_of(getattr(district, who)).post(address, {"chosen": f"issue-{unseen.pk}"}).status_code == 409
    for odd in ("photo", "appeal", "nothing", "rate"):
        assert worker.post(address, {"chosen": f"{odd}-{first.pk}"}).status_code == 409
    assert not Issue.objects.filter(is_public=True).exists()
    done = worker.post(address, {"chosen": [f"issue-{unseen.pk}"] * 30})
    assert (done.status_code, done["Location"]) == (302, address)
    assert "看过的 1 件公开了。" in worker.get(address).content.decode()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_public, second.is_public) == (False, True)


def test_covering_leads_back_with_what_was_typed(district: District, client_of: Any, unseen: Issue) -> None:
    with_photo(unseen, district)
    first, second = unseen.photos.order_by("pk")
    worker, page = client_of(district.worker), unseen.get_absolute_url()
    typed = {"title": "北门路灯不亮", "address": "", "details": "", "hidden_photos": [second.pk]}
    there = worker.post(f"{page}review/", {**typed, "cover": first.pk})
    back = f"{page}#photo-{first.pk}"
    assert there["Location"] == f"/desk/reviews/photo/{first.pk}/cover/?{urlencode({'next': back})}"
    assert f'<a class="btn" href="{back}">' in worker.get(there["Location"]).content.decode()
    refused = worker.post(there["Location"], {"next": back})
    assert (refused.status_code, f'name="next" value="{back}"' in refused.content.decode()) == (422, True)
    done = worker.post(there["Location"], {"next": back, "cells": ["0-0"]})
    assert (done.status_code, done["Location"]) == (302, back)
    answer = worker.get(page)
    form = answer.context["panels"]["review"].form
    assert {name: form[name].value() for name in ("title", "address", "details")} == {
        "title": "北门路灯不亮", "address": "", "details": "",
    }  # fmt: skip
    assert [photo.is_hidden for photo in form.photos] == [False, True]
    assert (answer.context["just_covered"], answer.content.decode().count("刚遮好")) == ({first.pk}, 1)
    unseen.refresh_from_db()
    assert (unseen.title, unseen.is_public) == ("路灯不亮", False)
    assert "刚遮好" not in worker.get(page).content.decode()
    for wrong in ("", "x", "9" * 40, second.pk + 999):
        assert worker.post(f"{page}review/", {**typed, "cover": wrong}).status_code == 404
    for who in ("resident", "handler", "other_worker"):
        assert client_of(getattr(district, who)).post(f"{page}review/", {"cover": first.pk}).status_code in (403, 404)


def test_a_refused_review_keeps_its_ticks(district: District, client_of: Any, unseen: Issue) -> None:
    photo = unseen.photos.get()
    sent = {"title": "打 13800000000 找我", "hidden_photos": [photo.pk]}
    answer = client_of(district.worker).post(f"{unseen.get_absolute_url()}review/", sent)
    assert answer.status_code == 422
    assert f'name="hidden_photos" value="{photo.pk}" checked' in answer.content.decode()
