import io
import json
import zipfile
from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.models import ModelLogEntry

from community.errors import NotAllowed
from community.models import (
    Guardianship,
    Hiding,
    Notice,
    Ownership,
    Resident,
    Reveal,
    StoredFile,
    User,
    VerificationRecord,
)
from community.models.homes import Dwelling
from community.personal import parts
from community.roles import Role
from community.workflow.exporting import export_own
from deliberation.models import Endorsement, Issue, IssueEvent, IssuePhoto
from tests.factories import District, IssueFactory, ResidentFactory, UserFactory, clean_photo_of

pytestmark = pytest.mark.django_db
MOMENT = datetime(2023, 11, 6, 9, tzinfo=UTC)


@pytest.fixture
def person(district: District) -> User:
    """Somebody of whom everything is kept, with a neighbour beside them."""
    user = UserFactory(name="欧阳晓明", phone="13812345678", email="ouyang@example.invalid", password="long-enough-1")
    home = district.compound
    resident = ResidentFactory(
        user=user, home=home, phone="13812345678", id_number="420704196801010017", address="3 栋 502"
    )
    worker = district.worker
    User.objects.filter(pk=worker.pk).update(name="司马经办")
    VerificationRecord.objects.create(resident=resident, outcome="verified", method="paper", by=worker, at=MOMENT)
    Reveal.objects.create(
        resident=resident, field="phone", reason="contact", note="问水管", by=worker, role=Role.COMMUNITY_WORKER,
        area=home, at=MOMENT,
    )  # fmt: skip
    child = ResidentFactory(user=None, name="欧阳小小", home=home)
    Guardianship.objects.create(minor=child, guardian=resident, paper="户口簿", recorded_by=worker, recorded_at=MOMENT)
    dwelling = Dwelling.objects.create(area=home, building="3", room="502", floor_area=9000)
    Ownership.objects.create(dwelling=dwelling, owner_name="欧阳晓明", resident=resident, starts_on=MOMENT.date())
    Ownership.objects.create(dwelling=dwelling, owner_name="诸葛共有", starts_on=MOMENT.date())
    Notice.objects.create(recipient=user, message="办好了", url="/my/", created_at=MOMENT)
    issue = IssueFactory(area=home, reporter=user, title="我的井盖")
    clean = clean_photo_of()
    IssuePhoto.objects.create(
        issue=issue, event=issue.events.get(verb="raise"), kind="before", taken_at=MOMENT, width=clean.width,
        height=clean.height, **clean.files(),
    )  # fmt: skip
    other = IssueFactory(area=home, reporter=district.neighbour, title="邻居的路灯", is_public=True)
    Endorsement.objects.create(issue=other, user=user, at=MOMENT)
    for by, words in ((user, "我也看到了"), (district.neighbour, "邻居的私话")):
        IssueEvent.objects.create(issue=other, verb="supplement", state=other.state, by=by, text=words, at=MOMENT)
    return user


def unpack(archive):
    with archive, zipfile.ZipFile(archive) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_everything_of_ones_own_is_in_it(person):
    files = unpack(export_own(by=person, at=MOMENT))
    data = json.loads(files["data.json"])
    assert data["community"]["account"][0]["phone"] == "13812345678"
    resident = data["community"]["resident"][0]
    assert (resident["name"], resident["id_number"], resident["address"]) == (
        "欧阳晓明", "420704196801010017", "3 栋 502",
    )  # fmt: skip
    assert data["community"]["reveals"][0]["note"] == "问水管"
    assert data["community"]["consents"][0]["version"] == 1
    assert [one["text"] for one in data["community"]["notices"]] == ["办好了"]
    assert [one["title"] for one in data["deliberation"]["issues"]] == ["我的井盖"]
    assert "我也看到了" in [one["text"] for one in data["deliberation"]["words"]]
    assert len(data["deliberation"]["endorsements"]) == 1
    photos = [name for name in files if name.startswith("photos/")]
    assert len(photos) == 1
    assert files[photos[0]][:2] == b"\xff\xd8"
    assert sorted(data) == sorted([*(part.key for part in parts()), "format", "made_at"])


def test_files_and_what_was_not_published_are_in_it(person, district):
    paper = StoredFile.objects.create(
        owner=person, file=ContentFile(b"%PDF-mine", name="a.pdf"), content_type="application/pdf", size=9,
        title="证明.pdf", created_at=MOMENT,
    )  # fmt: skip
    StoredFile.objects.create(
        owner=district.neighbour, file=ContentFile(b"%PDF-other", name="b.pdf"), content_type="application/pdf",
        size=10, title="邻居的.pdf", created_at=MOMENT,
    )  # fmt: skip
    Hiding.objects.create(
        subject=Issue.objects.get(reporter=person), area=district.compound, author=person, reason="personal",
        note="写了门牌号", by=district.worker, at=MOMENT, appeal="open", appeal_text="没有写", evidence=paper,
        appealed_at=MOMENT,
    )  # fmt: skip
    files = unpack(export_own(by=person, at=MOMENT))
    data = json.loads(files["data.json"])["community"]
    name = f"files/{paper.pk}-证明.pdf"
    assert [(one["name"], one["size"]) for one in data["files"]] == [(name, 9)]
    assert files[name] == b"%PDF-mine"
    assert [(one["note"], one["appeal"], one["appeal_text"]) for one in data["hidings"]] == [
        ("写了门牌号", "等复核", "没有写")
    ]
    assert "邻居的.pdf" not in str(sorted(files))


def test_the_page_says_the_same_to_a_reader(person):
    page = unpack(export_own(by=person, at=MOMENT))["index.html"].decode()
    for word in ("欧阳晓明", "420704196801010017", "我的井盖", "问水管", "2023-11-06 17:00"):
        assert word in page


def test_nobody_elses_data_is_in_it(person):
    files = unpack(export_own(by=person, at=MOMENT))
    text = files["data.json"].decode() + files["index.html"].decode()
    for word in ("司马经办", "欧阳小小", "诸葛共有", "邻居的私话", "邻居的路灯", "neighbour"):
        assert word not in text
    assert "司*" in text


def test_no_secret_of_signing_in_is_in_it(person):
    text = unpack(export_own(by=person, at=MOMENT))["data.json"].decode()
    assert person.password not in text
    assert person.phone_index not in text


def test_it_is_written_down(person):
    export_own(by=person, at=MOMENT).close()
    assert ModelLogEntry.objects.filter(action="person.export", user=person).count() == 1


def test_who_is_gone_exports_nothing():
    with pytest.raises(NotAllowed):
        export_own(by=User.objects.clock(), at=timezone.now())


def test_somebody_without_a_profile_gets_the_account(db):
    data = json.loads(unpack(export_own(by=UserFactory(username="nurkonto"), at=MOMENT))["data.json"])
    assert data["community"]["account"][0]["username"] == "nurkonto"
    assert "resident" not in data["community"]
    assert not Resident.objects.exists()


# --- The page --------------------------------------------------------------------------------------


def test_the_download_asks_who_is_there(person, client_of, client):
    stale = client_of(person)
    for method in ("get", "post"):
        assert getattr(stale, method)("/my/privacy/export/")["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/login/", {"login": person.username, "password": "long-enough-1"})
    assert "现在下载" in client.get("/my/privacy/export/").content.decode()
    response = client.post("/my/privacy/export/")
    assert response.headers["Content-Disposition"].startswith('attachment; filename="gongzhi-')
    assert "no-store" in response.headers["Cache-Control"]
    body = io.BytesIO(b"".join(response.streaming_content))
    assert set(unpack(body)) >= {"data.json", "index.html"}
