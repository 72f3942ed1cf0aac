"""With the database and the media folder in hand, but no key: nobody's phone, name or ID number can be read.

Logs and error pages: tests/portal/test_redaction.py.
"""

from __future__ import annotations

import base64
import io
import json
import uuid
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zlib import decompress

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.signing import b64_decode
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from community.encryption import EncryptedTextField, decrypt
from community.models import (
    Area,
    Hiding,
    Household,
    PhoneCode,
    Resident,
    Reveal,
    User,
    VerificationRequest,
)
from community.models.people import phone_index
from community.workflow.rotating import encrypted_columns
from deliberation.models import Category, Issue, IssueEvent
from deliberation.workflow import hide_words
from tests.confirming import confirm
from tests.needles import SHORTEST, Needles

pytestmark = pytest.mark.django_db
# Typed by hand below, beside everybody of the demo.
TYPED_NAME, TYPED_PHONE, TYPED_NUMBER = "慕容露露", "13912340987", "420704196801010014"
TYPED_ADDRESS = "7077 栋 3 单元 9091 室"


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_demo", scale=0.02, stdout=io.StringIO())
        yield
        transaction.set_rollback(True)


def personal_values() -> set[str]:
    """Return everything that lies encrypted in the database, decrypted."""
    found = {TYPED_NAME, TYPED_PHONE, TYPED_NUMBER, TYPED_ADDRESS}
    for model, names in encrypted_columns().items():
        columns = [name for name in names if isinstance(model._meta.get_field(name), EncryptedTextField)]
        for row in model._base_manager.values_list(*columns) if columns else ():
            found |= {value.strip() for value in row if value}
    return {value for value in found if len(value) >= SHORTEST}


def database_texts() -> Iterator[tuple[str, str]]:
    """Return every column of every table as one text, by its name."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in cursor.description]
            values: dict[str, set[str]] = defaultdict(set)
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    values[column].add(as_text(value))
            for column, texts in values.items():
                yield f"{table}.{column}", "\n".join(texts)


def as_text(value: Any) -> str:
    """Return a value of the database as it may be read there, opened where it is only packed."""
    if isinstance(value, memoryview | bytes):
        return bytes(value).decode("latin-1")
    text = str(value)
    return f"{text}\n{json.dumps(value, ensure_ascii=False)}" if isinstance(value, dict | list) else text


def unsigned(session: str) -> str:
    """Return what a session's row holds, without the signature and the packing."""
    payload = session.split(":", maxsplit=1)[0]
    data = b64_decode(payload.lstrip(".").encode())
    return (decompress(data) if payload.startswith(".") else data).decode("latin-1")


def people_type_things() -> None:
    """Let people fill in what holds names and numbers, and see that each of it lies somewhere afterwards."""
    strangers_type()
    worker = client_of("worker")
    type_an_issue(worker)
    person = type_a_registration(worker)
    type_searches(worker, person)
    type_a_claim(worker)
    type_a_household(worker)
    type_an_appeal()


def client_of(username: str) -> Client:
    """Return a browser of somebody of the demo, who has just confirmed being themself."""
    client = Client()
    client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
    return confirm(client)


def issue_form() -> dict[str, Any]:
    """Return an issue that a worker raises for somebody."""
    return {
        "key": str(uuid.uuid4()), "title": "井盖松了", "on_behalf": "on", "person_name": TYPED_NAME,
        "person_phone": TYPED_PHONE, "category": Category.objects.first().pk, "details": "路口", "is_private": "0",
        "area": home_of_demo().get_parent().pk,
    }  # fmt: skip


def home_of_demo() -> Area:
    """Return the compound in which the accounts of the demo live."""
    home = Resident.objects.get(user__username="resident1").home
    assert home is not None
    return home


def strangers_type() -> None:
    """A session that has run out, whose words wait in the new one; guesses at sign-in; phones that ask for a code."""
    kept = Client()
    assert kept.post(reverse("new_issue"), issue_form()).status_code == 302
    assert TYPED_NAME in json.loads(decrypt(kept.session["typed_form"]))["typed"]["person_name"]
    for login in (TYPED_PHONE, "139 1234 0987", TYPED_NAME):
        assert Client().post("/accounts/login/", {"login": login, "password": "wrong-password"}).status_code == 200
    for name in ("sign_up", "enter_by_phone", "reset_by_phone"):
        Client().post(reverse(name), {"phone": TYPED_PHONE})
    assert PhoneCode.objects.filter(phone_index=phone_index(TYPED_PHONE)).exists()


def type_an_issue(worker: Client) -> None:
    """A worker raises an issue for somebody, who is registered by that."""
    assert worker.post(reverse("new_issue"), issue_form()).status_code == 302
    represented = Issue.objects.latest("pk").represented
    assert represented is not None
    assert (represented.name, represented.phone) == (TYPED_NAME, TYPED_PHONE)


def type_a_registration(worker: Client) -> Resident:
    """A worker registers somebody of the same name and phone, who is another one."""
    form = {"person_name": TYPED_NAME, "person_phone": TYPED_PHONE, "home": home_of_demo().pk, "is_new": "1"}
    assert worker.post(reverse("register_resident"), form).status_code == 302
    person = Resident.objects.latest("pk")
    assert (person.name, person.phone, person.home) == (TYPED_NAME, TYPED_PHONE, home_of_demo())
    return person


def type_searches(worker: Client, person: Resident) -> None:
    """A worker looks for them by each of the three ways, and at the phone, with a reason and a note."""
    area = home_of_demo().get_parent().pk
    page = f"/desk/residents/{person.pk}/"
    for by, text in (("phone", TYPED_PHONE), ("surname", TYPED_NAME), ("id_number", TYPED_NUMBER)):
        found = worker.post(reverse("desk_residents"), {"by": by, "text": text, "area": area})
        assert found.status_code == 200, by
        assert (page in found.content.decode()) == (by != "id_number"), by
    look = {"field": "phone", "reason": "handling", "note": "约上门的时间"}
    shown = worker.post(reverse("resident_action", args=[person.pk, "reveal"]), look)
    assert shown.status_code == 200
    assert TYPED_PHONE in shown.content.decode()
    assert Reveal.objects.filter(resident=person, note=look["note"]).count() == 1


def type_a_claim(worker: Client) -> None:
    """Somebody asks to be verified, a worker opens what they claim and finds it true, and looks for the number again."""
    claim = {"home": home_of_demo().pk, "name": TYPED_NAME, "id_number": TYPED_NUMBER, "address": TYPED_ADDRESS,
             "way": "paper", "agreed": "on"}  # fmt: skip
    assert client_of("newcomer").post(reverse("my_verification"), claim).status_code == 302
    request = VerificationRequest.objects.latest("pk")
    assert (request.name, request.id_number, request.address) == (TYPED_NAME, TYPED_NUMBER, TYPED_ADDRESS)
    opened = worker.post(reverse("verification_reveal", args=[request.pk]))
    assert TYPED_NUMBER in opened.content.decode()


def type_a_household(worker: Client) -> None:
    """A worker writes down where somebody lives."""
    form = {"area": home_of_demo().pk, "number": "7077", "address": TYPED_ADDRESS}
    assert worker.post(reverse("new_household"), form).status_code == 302
    assert Household.objects.get(number="7077").address == TYPED_ADDRESS


def type_an_appeal() -> None:
    """A resident whose words were hidden appeals; the hiding and the appeal stand in the log."""
    author, hider = (User.objects.get(username=name) for name in ("resident1", "worker2"))
    words = IssueEvent.objects.filter(verb="supplement", by=author).first() or IssueEvent.objects.create(
        issue=Issue.objects.public().exclude(reporter=hider).filter(area=home_of_demo()).first()
        or Issue.objects.public().filter(community=home_of_demo().get_parent()).first(),
        verb="supplement", state="raised", by=author, at=timezone.now(), text="还在", is_public=False,
        is_text_public=False,
    )  # fmt: skip
    hide_words(words, by=hider, at=timezone.now(), reason="personal", note="有门牌号")
    hiding = Hiding.objects.latest("pk")
    sent = client_of("resident1").post(reverse("hiding", args=[hiding.pk]), {"text": "不是我家的门牌"})
    assert sent.status_code == 302
    assert Hiding.objects.get(pk=hiding.pk).appeal_text == "不是我家的门牌"


def test_no_personal_value_can_be_read_from_the_database(demo):
    people_type_things()
    values = personal_values()
    assert len(values) > 500
    needles = Needles(values)
    leaks = {}
    for column, text in database_texts():
        if found := needles.found_in(text):
            leaks[column] = sorted(found)[:5]
    assert leaks == {}


def test_no_session_holds_one_once_it_is_unpacked(demo):
    people_type_things()
    needles = Needles(personal_values())
    texts = [unsigned(row.session_data) for row in Session.objects.all()]
    assert texts
    assert [needles.found_in(text) for text in texts] == [set()] * len(texts)


def test_no_file_holds_one(demo):
    needles = Needles(personal_values())
    files = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    assert files
    leaks = {}
    for path in files:
        named = path.relative_to(settings.MEDIA_ROOT).as_posix()
        if found := {*needles.found_in(path.read_bytes().decode("latin-1")), *needles.found_in(named)}:
            # Three bytes of a compressed picture may spell anything; a whole name or number may not.
            leaks[named] = {one for one in found if len(one.encode("latin-1", "ignore")) > 5}
    assert {name: found for name, found in leaks.items() if found} == {}


def test_the_test_would_find_what_is_there(demo):
    values = {"欧阳晓明", "13812345678"}
    needles = Needles(values)
    for text in (
        "x欧阳晓明x", "tel 138 1234 5678", "欧阳晓明".encode().hex(), json.dumps({"name": "欧阳晓明"}), quote("欧阳晓明"),
        base64.b64encode(b'{"n":"13812345678"}').decode(), base64.b64encode("a欧阳晓明bc".encode()).decode(),
    ):  # fmt: skip
        assert needles.found_in(text), text
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM community_resident WHERE name <> '' LIMIT 1")
        token = cursor.fetchone()[0]
    assert Needles([decrypt(token)]).found_in(token) == set()


def test_private_words_are_none_of_the_action_logs(demo):
    titles = set(Issue.objects.filter(is_public=False).values_list("title", flat=True))
    labels = set(ModelLogEntry.objects.values_list("label", flat=True))
    assert not titles & labels
