from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from community.errors import BadInput, NotAllowed, WrongState
from deliberation import workflow
from deliberation.models import Endorsement, Follow, Issue, IssuePhoto
from deliberation.models.issues import PhotoKind
from deliberation.states import IssueState
from tests.deliberation.effects import Effects, clocks_of, rows
from tests.factories import MOMENT, District, IssueFactory, clean_photo_of

Do = Callable[..., Effects]
LATER = MOMENT + timedelta(hours=5)
PUBLISHED = "您反映的事已经公开，大家都能看到进展：三号楼前的井盖松动（EC-2023-900001）"


def photos_of(issue: Issue, *kinds: PhotoKind, public: bool = False) -> list[IssuePhoto]:
    """Return new photos of an issue."""
    event = issue.events.first()
    return [
        IssuePhoto.objects.create(
            issue=issue,
            event=event,
            kind=kind,
            is_public=public,
            taken_at=MOMENT,
            width=64,
            height=48,
            **clean_photo_of().files(),
        )
        for kind in kinds
    ]


def public_photos(issue: Issue) -> list[int]:
    return list(issue.photos.filter(is_public=True).values_list("pk", flat=True))


def test_publishing(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(IssueState.RAISED)
    first, hidden = photos_of(issue, PhotoKind.BEFORE, PhotoKind.BEFORE)
    clocks = clocks_of(issue)
    done = do(workflow.review_issue, issue, by=district.worker, at=LATER, publish=True, hidden_photos=[hidden.pk])
    assert (done.issue.is_public, done.issue.reviewed_at, done.issue.review_note) == (True, LATER, "")
    assert done.issue.state == IssueState.RAISED
    assert public_photos(issue) == [first.pk]
    assert done.events == [("publish", "raised", "worker", "", False)]
    photo_note = "照片拍到了人脸、车牌、门牌或别的个人信息。"
    hidden_told = (
        f"“三号楼前的井盖松动”里，您发的一张照片没有公开。说明：{photo_note}（EC-2023-900001）不同意可以申诉。"
    )
    assert done.told == [("resident", hidden_told), ("resident", PUBLISHED)]
    assert done.logged == [
        ("review.hide", "worker", {"reason": "personal"}), ("issue.publish", "worker", {"state": "raised"}),
    ]  # fmt: skip
    assert done.signals == [("changed", "publish")]
    assert clocks_of(issue) == clocks


def test_publishing_tells_endorsers_and_followers_once_each(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(IssueState.RAISED)
    Follow.objects.create(issue=issue, user=district.neighbour, at=MOMENT)
    Endorsement.objects.create(issue=issue, user=district.neighbour, at=MOMENT)
    Follow.objects.create(issue=issue, user=district.worker, at=MOMENT)
    done = do(workflow.review_issue, issue, by=district.worker, at=LATER, publish=True)
    assert done.told == [("neighbour", PUBLISHED), ("resident", PUBLISHED)]


def test_withholding_tells_the_reporter_why(district: District, issue_in: Any, do: Do) -> None:
    issue = issue_in(IssueState.DISPATCHED, is_public=True)
    photos_of(issue, PhotoKind.BEFORE, public=True)
    Follow.objects.create(issue=issue, user=district.neighbour, at=MOMENT)
    done = do(workflow.review_issue, issue, by=district.town_officer, at=LATER, publish=False, note=" 有人脸 ")
    assert (done.issue.is_public, done.issue.reviewed_at, done.issue.review_note) == (False, LATER, "有人脸")
    assert public_photos(issue) == []
    assert done.events == [("withhold", "dispatched", "town_officer", "有人脸", False)]
    assert done.told == [
        (
            "resident",
            "您反映的“三号楼前的井盖松动”没有公开，仍会照常办理。说明：有人脸（EC-2023-900001）不同意可以申诉。",
        )
    ]
    assert done.logged == [
        ("issue.withhold", "town_officer", {"state": "dispatched"}), ("review.hide", "town_officer", {"reason": "other"}),
    ]  # fmt: skip


def test_withholding_needs_a_reason(district: District, issue_in: Any) -> None:
    issue = issue_in(IssueState.RAISED)
    before = rows()
    with pytest.raises(BadInput) as refused:
        workflow.review_issue(issue, by=district.worker, at=LATER, publish=False, note="  ")
    assert refused.value.field == "note"
    assert rows() == before


def test_evidence_of_handling_is_not_reviewed(district: District, issue_in: Any) -> None:
    issue = issue_in(IssueState.RESOLVED)
    (before,) = photos_of(issue, PhotoKind.BEFORE)
    (after,) = photos_of(issue, PhotoKind.AFTER, public=True)
    workflow.review_issue(issue, by=district.worker, at=LATER, publish=True)
    assert public_photos(issue) == [before.pk, after.pk]
    workflow.review_issue(issue, by=district.worker, at=LATER, publish=False, note="有人脸")
    assert public_photos(issue) == [after.pk]


def test_photos_of_other_issues_stay_as_they_are(district: District, issue_in: Any) -> None:
    issue, other = issue_in(IssueState.RAISED), IssueFactory(is_public=True)
    (own,), (foreign,) = photos_of(issue, PhotoKind.BEFORE), photos_of(other, PhotoKind.BEFORE, public=True)
    workflow.review_issue(issue, by=district.worker, at=LATER, publish=True, hidden_photos=[foreign.pk])
    assert public_photos(issue) == [own.pk]
    assert public_photos(other) == [foreign.pk]


def test_private_issue_is_never_public(district: District, issue_in: Any) -> None:
    issue = issue_in(IssueState.RAISED, is_private=True)
    before = rows()
    with pytest.raises(WrongState, match="不能公开"):
        workflow.review_issue(issue, by=district.worker, at=LATER, publish=True)
    assert rows() == before
    with pytest.raises(IntegrityError, match="issue_public_only_when_reviewed_and_not_private"), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(is_public=True, reviewed_at=LATER)


def test_workers_do_not_review_their_own_reports(district: District, issue_in: Any) -> None:
    issue = issue_in(IssueState.RAISED, reporter=district.worker)
    with pytest.raises(NotAllowed, match="由别人审看"):
        workflow.review_issue(issue, by=district.worker, at=LATER, publish=True)
    assert workflow.review_issue(issue, by=district.worker2, at=LATER, publish=True).is_public


def test_personal_words_are_not_published(client_of: Any, district: District, issue_in: Any) -> None:
    """A phone number in the title is refused with a sentence; reworded it goes out, the original stays with staff."""
    issue = issue_in(IssueState.RAISED, title="王大妈电话 13900001111，楼道灯不亮")
    worker, page = client_of(district.worker), issue.get_absolute_url()
    refused = worker.post(f"{page}review/", {})
    assert (refused.status_code, "里面还有电话号码：13900001111" in refused.content.decode()) == (422, True)
    issue.refresh_from_db()
    assert not issue.is_public
    sent = {"title": "楼道灯不亮", "address": "", "details": ""}
    assert worker.post(f"{page}review/", sent).status_code == 302
    issue.refresh_from_db()
    assert (issue.is_public, issue.title, issue.details) == (True, "楼道灯不亮", "")
    kept = issue.events.get(verb="reword")
    assert (kept.is_public, "13900001111" in kept.text) == (False, True)


def test_the_verb_refuses_personal_words_whoever_calls_it(district: District, issue_in: Any) -> None:
    """As they stand and as they are reworded; nothing is written."""
    issue = issue_in(IssueState.RAISED, title="王大妈电话 13900001111，楼道灯不亮")
    before = rows()
    reworded = {"title": "楼道灯不亮", "address": "", "details": "打 13900001111"}
    for words in (None, reworded):
        with pytest.raises(BadInput, match="里面还有电话号码：13900001111。改掉再公开。") as refused:
            workflow.review_issue(issue, by=district.worker, at=LATER, publish=True, words=words)
        assert refused.value.field == "title"
    assert rows() == before
    assert not workflow.review_issue(issue, by=district.worker, at=LATER, publish=False, note="有电话").is_public


def test_words_beside_a_rating_wait_for_review(client_of: Any, district: District, issue_in: Any) -> None:
    """The score is public at once, what the resident wrote beside it is not."""
    issue = issue_in(IssueState.RESOLVED, is_public=True)
    page = issue.get_absolute_url()
    assert client_of(district.resident).post(f"{page}rate/", {"rating": "5", "comment": "住 3 栋"}).status_code == 302
    public = Client().get(page).content.decode()
    assert ("打了 5 分" in public, "住 3 栋" in public) == (True, False)
    event = issue.events.get(verb="rate")
    assert client_of(district.worker).post(f"{page}supplements/{event.pk}/").status_code == 302
    event.refresh_from_db()
    assert event.is_text_public


def test_a_stranger_learns_nothing_from_a_bad_form(client_of: Any, district: District, issue_in: Any) -> None:
    """Whoever may not review gets no staff panel and no reporter's name back, however bad the form."""
    district.resident.name = "欧阳隐名"
    district.resident.save()
    issue = issue_in(IssueState.ACCEPTED, is_public=True, title="欧阳隐名家门口的灯")
    for verb, sent in (("review", {"hidden_photos": "999999"}), ("dispatch", {})):
        answer = client_of(district.other_resident).post(f"{issue.get_absolute_url()}{verb}/", sent)
        text = answer.content.decode()
        assert (answer.status_code, "姓名：" in text, district.property.name in text) == (403, False, False)
