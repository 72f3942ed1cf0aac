"""Hiding words, photos and issues with a reason; the author's one appeal; covering parts of a photo for good."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.test import Client
from PIL import Image

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Guardianship, Hiding, Household, Notice, Resident, User
from community.models.reviews import AppealState
from community.photos import COVER, Box
from community.workflow.hiding import appeal_hiding, decide_appeal
from deliberation import workflow
from deliberation.models import Issue, IssueEvent, IssuePhoto
from deliberation.models.issues import PhotoKind
from deliberation.states import IssueState
from tests.factories import MOMENT, District, clean_photo_of

LATER = MOMENT + timedelta(hours=5)
HOLE = "这条内容没有公开。"


@pytest.fixture
def shown(issue_in: Any) -> Issue:
    """Return a public issue."""
    return issue_in(IssueState.DISPATCHED, is_public=True)


def words_of(issue: Issue, by: User, *, public: bool = True) -> IssueEvent:
    return IssueEvent.objects.create(
        issue=issue, verb="supplement", state=issue.state, by=by, text="晚上更响", is_public=public,
        is_text_public=public, at=MOMENT,
    )  # fmt: skip


def photo_of(issue: Issue, by: User, *, public: bool = True, **options: Any) -> IssuePhoto:
    event = words_of(issue, by)
    clean = clean_photo_of(**options)
    return IssuePhoto.objects.create(
        issue=issue, event=event, kind=PhotoKind.BEFORE, is_public=public, taken_at=MOMENT, width=clean.width,
        height=clean.height, size=clean.size, **clean.files(),
    )  # fmt: skip


def hidden_words(district: District, shown: Issue, public: bool = True) -> tuple[IssueEvent, Hiding]:
    event = words_of(shown, district.neighbour, public=public)
    workflow.hide_words(event, by=district.worker, at=LATER, reason="insult", note="骂人了")
    event.refresh_from_db()
    return event, Hiding.objects.get()


def test_what_was_public_leaves_a_neutral_line(
    district: District, shown: Issue, client_of: Any, django_capture_on_commit_callbacks: Any
) -> None:
    event = words_of(shown, district.neighbour)
    page = shown.get_absolute_url()
    assert "晚上更响" in Client().get(page).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        workflow.hide_words(event, by=district.worker, at=LATER, reason="insult", note="骂人了")
    text = Client().get(page).content.decode()
    assert ("晚上更响" in text, HOLE in text, "骂人了" in text) == (False, True, False)
    assert "晚上更响" not in client_of(district.resident).get(page).content.decode()
    assert "晚上更响" in client_of(district.worker).get(page).content.decode()
    hiding = Hiding.objects.get()
    assert (hiding.subject, hiding.author, hiding.by, hiding.reason, hiding.note, hiding.area) == (
        event, district.neighbour, district.worker, "insult", "骂人了", district.compound,
    )  # fmt: skip
    told = Notice.objects.get()
    assert (told.recipient, told.url) == (district.neighbour, f"/my/hidden/{hiding.pk}/")
    assert "骂人了" in told.text


def test_what_never_was_public_leaves_nothing(district: District, shown: Issue) -> None:
    hidden_words(district, shown, public=False)
    text = Client().get(shown.get_absolute_url()).content.decode()
    assert ("晚上更响" in text, HOLE in text) == (False, False)


@pytest.mark.parametrize(
    ("who", "reason", "note", "error"),
    [
        ("worker", "", "骂人了", BadInput),
        ("worker", "because", "骂人了", BadInput),
        ("worker", "insult", "  ", BadInput),
        ("neighbour_worker", "insult", "骂人了", NotAllowed),
        ("other_worker", "insult", "骂人了", NotAllowed),
        ("handler", "insult", "骂人了", NotAllowed),
        ("superuser", "insult", "骂人了", NotAllowed),
    ],
)
def test_hiding_refused(
    district: District, shown: Issue, who: str, reason: str, note: str, error: type[Exception]
) -> None:
    event = words_of(shown, district.neighbour)
    with pytest.raises(error):
        workflow.hide_words(event, by=getattr(district, who), at=LATER, reason=reason, note=note)
    event.refresh_from_db()
    assert (event.is_text_public, Hiding.objects.count()) == (True, 0)


def test_hiding_twice_and_ones_own(district: District, shown: Issue) -> None:
    event, _hiding = hidden_words(district, shown)
    with pytest.raises(WrongState, match="已经不公开"):
        workflow.hide_words(event, by=district.worker2, at=LATER, reason="insult", note="骂人了")
    with pytest.raises(NotAllowed, match="由别人"):
        workflow.hide_words(
            words_of(shown, district.worker), by=district.worker, at=LATER, reason="other", note="写错了"
        )
    with pytest.raises(IntegrityError, match=r"hiding_stands_once|UNIQUE"), transaction.atomic():
        Hiding.objects.create(
            subject=event, area=shown.area, author=event.by, reason="other", note="x", by=district.worker2, at=LATER
        )


def test_an_appeal_is_granted_by_another(
    district: District, shown: Issue, django_capture_on_commit_callbacks: Any
) -> None:
    event, hiding = hidden_words(district, shown)
    with django_capture_on_commit_callbacks(execute=True):
        appeal_hiding(hiding, by=district.neighbour, at=LATER, text="没有骂人")
    told = set(Notice.objects.values_list("recipient__username", flat=True))
    assert told == {"worker2", "town_officer"}
    for who in ("worker", "neighbour", "resident", "neighbour_worker", "other_worker", "steward", "superuser"):
        with pytest.raises(NotAllowed):
            decide_appeal(hiding, by=getattr(district, who), at=LATER, is_granted=True, decision="可以")
    with django_capture_on_commit_callbacks(execute=True):
        decide_appeal(hiding, by=district.worker2, at=LATER, is_granted=True, decision="看过，不算骂人")
    hiding.refresh_from_db()
    event.refresh_from_db()
    assert (hiding.appeal, hiding.decided_by, hiding.lifted_at) == (AppealState.GRANTED, district.worker2, LATER)
    assert event.is_text_public
    assert "晚上更响" in Client().get(shown.get_absolute_url()).content.decode()
    assert "申诉成立" in Notice.objects.filter(recipient=district.neighbour).latest("pk").text
    with pytest.raises(WrongState, match="有结果"):
        decide_appeal(hiding, by=district.worker2, at=LATER, is_granted=False, decision="算了")


def test_an_appeal_is_upheld_and_was_the_only_one(district: District, shown: Issue) -> None:
    event, hiding = hidden_words(district, shown)
    appeal_hiding(hiding, by=district.neighbour, at=LATER, text="没有骂人")
    decide_appeal(hiding, by=district.district_officer, at=LATER, is_granted=False, decision="骂了")
    hiding.refresh_from_db()
    event.refresh_from_db()
    assert (hiding.appeal, hiding.lifted_at, event.is_text_public) == (AppealState.UPHELD, None, False)
    with pytest.raises(WrongState, match="只有一次"):
        appeal_hiding(hiding, by=district.neighbour, at=LATER, text="再看看")


def test_whose_appeal_and_until_when(district: District, shown: Issue) -> None:
    """Fifteen days from the day after; what ends on a Sunday runs to the Monday."""
    _event, hiding = hidden_words(district, shown)
    with pytest.raises(NotAllowed, match="作者自己"):
        appeal_hiding(hiding, by=district.resident, at=LATER, text="没有骂人")
    with pytest.raises(BadInput) as refused:
        appeal_hiding(hiding, by=district.neighbour, at=LATER, text=" ")
    assert refused.value.field == "text"
    with pytest.raises(WrongState, match="时间过了"):
        appeal_hiding(hiding, by=district.neighbour, at=MOMENT + timedelta(days=16), text="没有骂人")
    appeal_hiding(hiding, by=district.neighbour, at=MOMENT + timedelta(days=15), text="没有骂人")
    with pytest.raises(IntegrityError, match=r"hiding_appeal_decided_by_another|CHECK"), transaction.atomic():
        Hiding.objects.filter(pk=hiding.pk).update(decided_by=district.worker)


def test_an_issue_comes_back_by_appeal_with_its_photos(district: District, shown: Issue) -> None:
    first, second = (photo_of(shown, district.resident) for _n in range(2))
    workflow.hide_photo(second, by=district.worker, at=LATER, reason="personal", note="有人脸")
    workflow.review_issue(shown, by=district.worker, at=LATER, publish=False, reason="unrelated", note="与事情无关")
    hiding = Hiding.objects.of(shown).get()
    assert Client().get(shown.get_absolute_url()).status_code == 404
    appeal_hiding(hiding, by=district.resident, at=LATER, text="有关")
    decide_appeal(hiding, by=district.worker2, at=LATER, is_granted=True, decision="有关")
    shown.refresh_from_db()
    assert (shown.is_public, shown.review_note) == (True, "")
    assert list(shown.photos.filter(is_public=True)) == [first]


def test_an_issue_that_still_holds_a_phone_is_not_lifted(district: District, shown: Issue) -> None:
    Issue.objects.filter(pk=shown.pk).update(details="打 13800138000")
    workflow.review_issue(shown, by=district.worker, at=LATER, publish=False, reason="personal", note="有电话")
    hiding = Hiding.objects.of(shown).get()
    appeal_hiding(hiding, by=district.resident, at=LATER, text="这是物业的电话")
    with pytest.raises(WrongState, match="13800138000"):
        decide_appeal(hiding, by=district.worker2, at=LATER, is_granted=True, decision="可以")
    hiding.refresh_from_db()
    assert hiding.appeal == AppealState.OPEN
    words = {"title": "井盖", "address": "", "details": "打物业的电话"}
    workflow.review_issue(shown, by=district.worker2, at=LATER, publish=True, words=words)
    hiding.refresh_from_db()
    assert (hiding.appeal, hiding.decided_by, hiding.lifted_at) == (AppealState.GRANTED, district.worker2, LATER)


@pytest.mark.parametrize("whose", ["household", "reporter", "guardian"])
def test_no_name_of_the_household_goes_public_by_appeal(district: District, shown: Issue, whose: str) -> None:
    """What a review refuses an appeal does not bring."""
    named(district, whose, "欧阳明月")
    Issue.objects.filter(pk=shown.pk).update(details="欧阳明月家门口的灯")
    workflow.review_issue(shown, by=district.worker, at=LATER, publish=False, reason="personal", note="有姓名")
    hiding = Hiding.objects.of(shown).get()
    appeal_hiding(hiding, by=district.resident, at=LATER, text="没关系")
    with pytest.raises(WrongState, match="里面还有姓名：欧阳明月。"):
        decide_appeal(hiding, by=district.worker2, at=LATER, is_granted=True, decision="可以")
    shown.refresh_from_db()
    hiding.refresh_from_db()
    assert (shown.is_public, hiding.appeal) == (False, AppealState.OPEN)


@pytest.mark.parametrize("text", ["打 13800138000", "欧阳明月反映的"])
def test_words_that_hold_personal_data_are_not_published(district: District, shown: Issue, text: str) -> None:
    """By no verb: not by the reviewer's, and not by an appeal; the reporter's name counts in a neighbour's words."""
    named(district, "reporter", "欧阳明月")
    event = words_of(shown, district.neighbour, public=False)
    IssueEvent.objects.filter(pk=event.pk).update(text=text)
    with pytest.raises(WrongState, match="里面还有"):
        workflow.review_supplement(event, by=district.worker, at=LATER)
    workflow.hide_words(event, by=district.worker, at=LATER, reason="personal", note="有个人信息")
    hiding = Hiding.objects.get()
    appeal_hiding(hiding, by=district.neighbour, at=LATER, text="没关系")
    with pytest.raises(WrongState, match="里面还有"):
        decide_appeal(hiding, by=district.worker2, at=LATER, is_granted=True, decision="可以")
    event.refresh_from_db()
    assert (event.is_public, event.is_text_public) == (False, False)


def named(district: District, whose: str, name: str) -> None:
    """Give a name to the reporter, to somebody of the household, or to the reporter's guardian."""
    own, other = (Resident.objects.get(user=user) for user in (district.resident, district.neighbour))
    if whose == "household":
        household = Household.objects.create(area=district.compound, town=district.town, created_at=MOMENT)
        own.household = other.household = household
        own.save()
    if whose == "guardian":
        Guardianship.objects.create(minor=own, guardian=other, recorded_by=district.worker, recorded_at=MOMENT)
    for bearer in (district.resident, own) if whose == "reporter" else (other,):
        bearer.name = name
        bearer.save()


def test_a_photo_is_hidden_and_shown_again(district: District, shown: Issue) -> None:
    photo = photo_of(shown, district.resident)
    address = f"{shown.get_absolute_url()}photos/{photo.pk}/full.jpg"
    assert Client().get(address).status_code == 200
    workflow.hide_photo(photo, by=district.worker, at=LATER, reason="personal", note="有人脸")
    assert Client().get(address).status_code == 404
    workflow.show_photo(photo, by=district.worker2, at=LATER)
    assert Client().get(address).status_code == 200
    assert Hiding.objects.get().lifted_at == LATER


def opened(file: Any) -> Image.Image:
    """Return a stored picture, and close its file."""
    with file.open("rb") as stream:
        return Image.open(io.BytesIO(stream.read())).convert("RGB")


def near(pixel: tuple[int, ...], colour: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 24 for one, other in zip(pixel, colour, strict=True))


def test_covering_destroys_what_was_there(
    district: District, shown: Issue, django_capture_on_commit_callbacks: Any
) -> None:
    """No pixel of the box keeps the old colour, in either size, and the old files are gone from the storage."""
    photo = photo_of(shown, district.resident, size=(640, 480), colour="red")
    names = [str(photo.image.name), str(photo.thumbnail.name)]
    with django_capture_on_commit_callbacks(execute=True):
        workflow.cover_photo(photo, by=district.worker, at=LATER, boxes=[Box(250, 250, 500, 500)])
    photo.refresh_from_db()
    assert [default_storage.exists(name) for name in names] == [False, False]
    assert not set(names) & {str(photo.image.name), str(photo.thumbnail.name)}
    for file in (photo.image, photo.thumbnail):
        picture = opened(file)
        width, height = picture.size
        inner = picture.crop((width // 4, height // 4, width * 3 // 4, height * 3 // 4))
        # Every colour of the covered part, not a sample of it.
        colours = [colour for _count, colour in inner.getcolors(inner.width * inner.height) or []]
        assert colours
        assert not [colour for colour in colours if near(colour, (254, 0, 0))]
        assert near(picture.getpixel((width // 2, height // 2)), COVER)
        assert near(picture.getpixel((2, 2)), (254, 0, 0))
    event = shown.events.latest("pk")
    assert (event.verb, event.is_public) == ("cover", False)


def test_a_picture_that_another_row_has_stays_theirs(
    district: District, shown: Issue, django_capture_on_commit_callbacks: Any
) -> None:
    photo = photo_of(shown, district.resident, colour="red")
    twin = IssuePhoto.objects.get(pk=photo.pk)
    twin.pk = None
    twin.save()
    with django_capture_on_commit_callbacks(execute=True):
        workflow.cover_photo(photo, by=district.worker, at=LATER, boxes=[Box(0, 0, 1000, 1000)])
    assert default_storage.exists(str(twin.image.name))


@pytest.mark.parametrize(
    "box", [(-1, 0, 10, 10), (0, -1, 10, 10), (0, 0, 0, 10), (0, 0, 10, 0), (995, 0, 10, 10), (0, 0, 10, 1001)]
)
def test_boxes_lie_inside(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(BadInput, match="超出"):
        Box(*box)


def test_who_covers(district: District, shown: Issue) -> None:
    photo = photo_of(shown, district.resident)
    for who in ("resident", "neighbour_worker", "other_worker", "handler", "auditor", "superuser"):
        with pytest.raises(NotAllowed):
            workflow.cover_photo(photo, by=getattr(district, who), at=LATER, boxes=[Box(0, 0, 10, 10)])
    with pytest.raises(BadInput, match="先在照片上"):
        workflow.cover_photo(photo, by=district.worker, at=LATER, boxes=[])
    with pytest.raises(BadInput, match="最多"):
        workflow.cover_photo(photo, by=district.worker, at=LATER, boxes=[Box(0, 0, 10, 10)] * 101)
