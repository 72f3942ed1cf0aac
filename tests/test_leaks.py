"""With the database and the media folder in hand, but no key: nobody's phone, name or ID number can be read.

Logs and error pages: tests/portal/test_redaction.py.
"""

from __future__ import annotations

import base64
import io
import json
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
from wagtail.models import ModelLogEntry

from community.encryption import EncryptedTextField, decrypt
from community.models import User
from community.workflow.rotating import encrypted_columns
from deliberation.models import Category, Issue
from tests.needles import SHORTEST, Needles

pytestmark = pytest.mark.django_db
# Typed by hand below, beside everybody of the demo.
TYPED_NAME, TYPED_PHONE, TYPED_NUMBER = "慕容露露", "13912340987", "420704196801010017"


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_demo", scale=0.02, stdout=io.StringIO())
        yield
        transaction.set_rollback(True)


def personal_values() -> set[str]:
    """Return everything that lies encrypted in the database, decrypted."""
    found = {TYPED_NAME, TYPED_PHONE, TYPED_NUMBER}
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
    """Let people fill in what holds names and numbers, as far as it lies somewhere afterwards."""
    form = {
        "title": "井盖松了", "on_behalf": "on", "person_name": TYPED_NAME, "person_phone": TYPED_PHONE,
        "category": Category.objects.first().pk, "details": "路口",
    }  # fmt: skip
    # A session that has run out: what was typed waits in the new one.
    Client().post(reverse("new_issue"), form)
    worker = Client()
    worker.force_login(User.objects.get(username="worker"), backend="django.contrib.auth.backends.ModelBackend")
    worker.post(reverse("new_issue"), form)
    for login in (TYPED_PHONE, "139 1234 0987", TYPED_NAME):
        Client().post("/accounts/login/", {"login": login, "password": "wrong-password"})
    for name in ("sign_up", "enter_by_phone", "reset_by_phone"):
        Client().post(reverse(name), {"phone": TYPED_PHONE, "agreed": "on"})
    found = worker.get(reverse("desk_residents"), {"phone": TYPED_PHONE, "q": TYPED_NAME, "id_number": TYPED_NUMBER})
    assert found.status_code < 500
    worker.post(reverse("desk_residents"), {"phone": TYPED_PHONE, "q": TYPED_NAME, "id_number": TYPED_NUMBER})
    worker.post(
        reverse("register_resident"),
        {
            "name": TYPED_NAME,
            "phone": TYPED_PHONE,
            "id_number": TYPED_NUMBER,
            "address": "7 栋 701",
            "paper": "id_card",
        },
    )


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
