"""Files that are no files of the kind they say, through every door by which somebody can send one."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

import community.forms
import deliberation.forms
from community.models import Dwelling, StoredFile
from community.uploads import DocumentField, PhotosField
from deliberation.models import Ballot, Commitment, CommitmentPhoto, Issue, IssuePhoto, PaperPhoto
from tests.attacks import proceedings
from tests.attacks.addresses import signed_in
from tests.attacks.forms import forms_of
from tests.attacks.records import an_issue, hidden, written
from tests.community.documents import docx, locked_docx, lying_docx, packed, pdf
from tests.community.pictures import HTML, SVG, lying_png, pixels_png, truncated
from tests.deliberation.test_forms import typed
from tests.factories import District, photo_bytes
from tests.factories.ballot_sheets import on_paper, owners_on_paper
from tests.factories.ballots import HOUR

pytestmark = pytest.mark.django_db
# Where a name would write a file if it were a path.
NAMES = (
    "../../../tmp/attack.jpg", "..\\..\\attack.jpg", "/etc/attack.jpg", "C:\\attack.jpg", "a\x00.jpg", "\u202egpj.exe",
    "....//attack.jpg", "%2e%2e%2fattack.jpg", ".htaccess", "a" * 300 + ".jpg", "attack.jpg\r\nX-Evil: 1", "NUL.jpg", "..",
)  # fmt: skip


def zipped(**parts: bytes) -> bytes:
    """Return an archive of parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def workbook(**parts: bytes) -> bytes:
    """Return something that begins like an Excel file."""
    types = b'<?xml version="1.0"?><Types><Override PartName="/xl/workbook.xml" ContentType="x"/></Types>'
    return zipped(**{"[Content_Types].xml": types, "xl__workbook.xml": b"<workbook/>", **parts})


ENTITIES = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><workbook>&y;</workbook>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><workbook>&x;</workbook>'
BAD: dict[str, bytes] = {
    "nothing": b"",
    "words": b"words",
    "markup": HTML,
    "drawing": SVG,
    "program": b"MZ" + bytes(200),
    "script": b"#!/bin/sh\nid\n",
    "pixel bomb": lying_png(60_000, 60_000),
    "pixel bomb that keeps its word": pixels_png(9_000, 9_000),
    "half a photo": truncated(photo_bytes(size=(300, 200))),
    "zip bomb": docx({"word/media/a.bin": bytes(40_000_000)}),
    "zip that lies": lying_docx(),
    "locked": locked_docx(),
    "way out": docx({"../../../tmp/attack": b"x"}),
    "macros": docx({"word/vbaProject.bin": b"x"}),
    "plain zip": zipped(a=b"x"),
    "program before a document": b"MZ" + docx(),
    "page after a document": docx() + HTML,
    "script in a document": pdf(b"3 0 obj\n<< /S /JavaScript /JS (app.alert(1)) >>\nendobj\n"),
    "script packed away": pdf(packed(b"3 0 << /S /#4a#61vaScript /JS (x) >>")),
    "document within": pdf(b"3 0 obj\n<< /EmbeddedFiles 4 0 R >>\nendobj\n"),
    "workbook bomb": workbook(xl__sharedStrings__xml=bytes(60_000_000)),
    "workbook of entities": workbook(**{"xl__workbook.xml": ENTITIES}),
    "workbook that reads files": workbook(**{"xl__workbook.xml": OUTSIDE}),
}


# --- The doors -------------------------------------------------------------------------------------
def raising(district: District, file: Any) -> Any:
    return signed_in(district.resident).post("/issues/new/", {**typed(district), "details": "松动", "photos": [file]})


def noting(district: District, file: Any) -> Any:
    issue = an_issue(district, is_public=True)
    form = {"text": "材料到了", "photos": [file]}
    return signed_in(district.worker).post(f"/issues/{issue.number}/progress/", form)


def resolving(district: District, file: Any) -> Any:
    issue = an_issue(district, is_public=True)
    return signed_in(district.handler).post(f"/issues/{issue.number}/resolve/", {"text": "办好了", "photos": [file]})


def appealing(district: District, file: Any) -> Any:
    from django.utils import timezone

    from community.models import Hiding
    from deliberation import workflow

    words = written(district, is_public=True)
    workflow.hide_words(words, by=district.worker2, at=timezone.now(), reason="personal", note="有门牌号")
    row = Hiding.objects.get()
    return signed_in(district.neighbour).post(f"/my/hidden/{row.pk}/", {"text": "不是我家", "file": file})


def importing(district: District, file: Any) -> Any:
    return signed_in(district.worker).post("/desk/dwellings/", {"file": file, "step": "check"})


def carried_out(district: District) -> Commitment:
    """Return the task of a resolution that is being carried out."""
    if not Commitment.objects.exists():
        proceedings.running(district)
    return Commitment.objects.get()


def working(district: District, file: Any, verb: str = "update") -> Any:
    task = carried_out(district)
    form = {"row": task.pk, "text": "材料到了", "photos": [file]}
    return signed_in(district.handler).post(f"/resolutions/{task.resolution.number}/{verb}/", form)


def finishing(district: District, file: Any) -> Any:
    return working(district, file, "finish")


def typing(district: District, file: Any) -> Any:
    ballot = Ballot.objects.first() or on_paper(district, proceedings.days(-20) - HOUR)
    form = {"act": "enter_batch", "papers": "同意", "photos": [file]}
    return signed_in(district.worker).post(f"/ballots/{ballot.pk}/paper/", form)


def typing_owners(district: District, file: Any) -> Any:
    ballot = Ballot.objects.first() or owners_on_paper(district, proceedings.days(-20) - HOUR)
    entry = ballot.roll.order_by("pk").last()
    assert entry is not None
    form = {"act": "enter_owner_paper", "entry": entry.pk, "channel": "paper", "choice": "yes", "photos": [file]}
    return signed_in(district.worker).post(f"/ballots/{ballot.pk}/paper/", form)


Door = Callable[[District, Any], Any]
# The form of each, and whether it takes photos, documents or workbooks.
DOORS: dict[str, tuple[Door, str]] = {
    "IssueForm": (raising, "photo"),
    "ProgressForm": (noting, "photo"),
    "ResolveForm": (resolving, "photo"),
    "UpdateForm": (working, "photo"),
    "FinishForm": (finishing, "photo"),
    "BatchForm": (typing, "photo"),
    "OwnerPaperForm": (typing_owners, "photo"),
    "AppealForm": (appealing, "document"),
    "DwellingFileForm": (importing, "workbook"),
}


def test_every_form_that_takes_a_file_is_a_door() -> None:
    """A new one comes with its row."""
    found = {
        form.__name__
        for form in [*forms_of(community.forms), *forms_of(deliberation.forms)]
        for field in getattr(form, "base_fields", {}).values()
        if isinstance(field, forms.FileField | PhotosField | DocumentField)
    }
    assert found == set(DOORS)


def stored() -> set[str]:
    """Return every file of the store, and of the folders beside it where a path could lead."""
    root = Path(settings.MEDIA_ROOT).parent
    return {str(one) for one in root.rglob("*") if one.is_file()} | {
        str(one) for one in Path("/tmp").glob("attack*.jpg")
    }


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("door", DOORS)
def test_what_is_bad_is_refused_at_every_door(district: District, door: str, bad: str) -> None:
    """With a sentence, and nothing of it is kept; whatever the file calls itself."""
    send, kind = DOORS[door]
    for name, said in (("a.jpg", "image/jpeg"), ("a.xlsx", "application/pdf")):
        before = stored()
        counts = (
            Issue.objects.count(),
            IssuePhoto.objects.count(),
            StoredFile.objects.count(),
            Dwelling.objects.count(),
        )
        response = send(district, SimpleUploadedFile(name, BAD[bad], content_type=said))
        assert response.status_code == 422, (kind, response.status_code)
        if door == "IssueForm":
            after = (
                Issue.objects.count(),
                IssuePhoto.objects.count(),
                StoredFile.objects.count(),
                Dwelling.objects.count(),
            )
            assert after == counts
        assert not CommitmentPhoto.objects.exists()
        assert not PaperPhoto.objects.exists()
        assert (IssuePhoto.objects.count(), StoredFile.objects.count()) == counts[1:3]
        # A compound whose owners vote has its dwellings before.
        assert door == "OwnerPaperForm" or Dwelling.objects.count() == counts[3]
        assert stored() == before
        break_down(district)


def break_down(district: District) -> None:
    """Take away what a door has made to stand at."""
    from community.models import Hiding

    Hiding.objects.all().delete()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("door", ["IssueForm", "ProgressForm", "ResolveForm", "AppealForm"])
def test_no_name_is_a_path(district: District, door: str, name: str) -> None:
    """What is good is kept under the hash of its content, below the store, however it was called."""
    before = stored()
    file = SimpleUploadedFile("a.jpg", photo_bytes(), content_type="image/jpeg")
    file._name = name
    response = DOORS[door][0](district, file)
    # Of a file without a name nothing arrives; where one has to be there, that is said.
    arrives = name != ".."
    assert response.status_code == (302 if arrives or door != "ResolveForm" else 422)
    kept = stored() - before
    # A photo and its small one, or one document.
    assert len(kept) == arrives * (1 if door == "AppealForm" else 2)
    for new in kept:
        path = Path(new)
        assert path.is_relative_to(settings.MEDIA_ROOT)
        # The same content a second time gets an ending of the store's own.
        assert re.fullmatch(r"[0-9a-f]{64}(_\w{7})?", path.stem)
    assert "X-Evil" not in response.headers
    for one in StoredFile.objects.all():
        answer = signed_in(one.owner).get(one.get_absolute_url())
        b"".join(answer.streaming_content)
        assert "\n" not in answer["Content-Disposition"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("payload", [HTML, b"<?php system($_GET[0]); ?>", zipped(a=b"x"), pdf()])
@pytest.mark.parametrize("door", ["IssueForm", "ProgressForm", "ResolveForm", "AppealForm"])
def test_a_photo_carries_nothing_in(district: District, door: str, payload: bytes) -> None:
    """A photo that is something else too is a photo alone once it is stored."""
    before = stored()
    both = photo_bytes() + payload
    assert DOORS[door][0](district, SimpleUploadedFile("a.jpg", both, content_type="image/jpeg")).status_code == 302
    new = [Path(one).read_bytes() for one in stored() - before]
    assert new
    assert all(payload[:12] not in content and content.startswith(b"\xff\xd8\xff") for content in new)


def test_more_files_than_a_form_takes_are_refused(district: District) -> None:
    photos = [SimpleUploadedFile(f"{n}.jpg", photo_bytes(size=(8, 8))) for n in range(30)]
    form = {**typed(district), "details": "松动", "photos": photos}
    assert signed_in(district.resident).post("/issues/new/", form).status_code in (400, 422)
    assert Issue.objects.count() == 0


@pytest.mark.parametrize(
    "path",
    ["../gongzhi.sqlite3", "%2e%2e/gongzhi.sqlite3", "..%2f..%2fetc/passwd", "/etc/passwd", "files/../../x", "a%00"],
)
def test_the_store_gives_nothing_out_by_its_path(district: District, path: str) -> None:
    hidden(district)
    for user in (None, district.resident, district.worker, district.superuser):
        assert signed_in(user).get(f"/media/{path}").status_code in (302, 400, 404)
