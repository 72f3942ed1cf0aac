import io
import logging
import re

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from portal.redaction import HIDDEN, AccessFilter, RedactingFormatter, redact
from tests.needles import Needles

pytestmark = pytest.mark.django_db
TYPED_NAME, TYPED_PHONE, TYPED_NUMBER = "慕容露露", "13912340987", "420704196801010017"


@pytest.fixture
def logged():
    """Everything that the site's own handlers write."""
    described = settings.LOGGING["handlers"]["console"]
    assert settings.LOGGING["formatters"][described["formatter"]]["()"] == "portal.redaction.RedactingFormatter"
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


FORM = {"title": TYPED_NAME, "person_name": TYPED_NAME, "person_phone": TYPED_PHONE, "id_number": TYPED_NUMBER}


def test_a_broken_page_tells_nothing_of_what_was_sent(district, client_of, logged, settings, monkeypatch):
    settings.ADMINS = [("admin", "admin@example.invalid")]
    from deliberation.views import raising

    def broken(request, by):
        name, phone = request.POST["person_name"], request.POST["person_phone"]
        raise ValueError(f"cannot take {name}, {phone}, {request.POST['id_number']}, lulu@example.invalid")

    monkeypatch.setattr(raising, "take_form", broken)
    client = client_of(district.worker)
    client.raise_request_exception = False
    response = client.post(f"{reverse('new_issue')}?q={TYPED_NAME}", FORM)
    assert response.status_code == 500
    text = logged.getvalue()
    assert "ValueError: cannot take" in text
    assert "raising.py" in text or "take_form" in text
    needles = Needles([TYPED_NAME, TYPED_PHONE, TYPED_NUMBER, "lulu@example.invalid"])
    assert needles.found_in(text) == set()
    assert needles.found_in(response.content.decode()) == set()
    assert len(mail.outbox) == 1
    report = f"{mail.outbox[0].subject}\n{mail.outbox[0].body}"
    assert "ValueError" in report
    assert needles.found_in(report) == set()


def test_error_pages_and_their_log_lines_repeat_nothing(district, client_of, logged):
    needles = Needles([TYPED_NAME, TYPED_PHONE, TYPED_NUMBER])
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    signed_in = client_of(district.resident)
    signed_in.raise_request_exception = False
    answers = [
        strict.post("/accounts/login/", {**FORM, "login": TYPED_PHONE, "password": "x"}),
        strict.post(reverse("new_issue"), FORM),
        signed_in.get(f"/{TYPED_NAME}/{TYPED_PHONE}/"),
        signed_in.get(f"/issues/{TYPED_PHONE}/"),
        signed_in.get(f"/search/?q={TYPED_NAME}\0{TYPED_PHONE}"),
        signed_in.post("/my/", FORM),
        signed_in.get("/desk/", {"q": TYPED_PHONE}),
        signed_in.post(reverse("new_issue"), {f"field{n}": TYPED_NAME for n in range(1100)}),
        signed_in.get("/media/" + TYPED_NAME),
    ]
    assert {answer.status_code for answer in answers} >= {400, 403, 404, 405}
    for answer in answers:
        if answer.status_code >= 400:
            shown = re.sub(r'value="[^"]*"|<link[^>]*>|href="[^"]*"', "", answer.content.decode())
            assert needles.found_in(shown) == set(), (answer.status_code, answer.request["PATH_INFO"])
    assert needles.found_in(logged.getvalue()) == set()


def test_the_servers_own_log_cuts_what_was_searched():
    record = logging.LogRecord(
        "uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d',
        ("127.0.0.1:5", "GET", "/residents/?q=13912340987", "1.1", 200), None,
    )  # fmt: skip
    assert AccessFilter().filter(record)
    assert RedactingFormatter("%(message)s").format(record) == '127.0.0.1:5 - "GET /residents/ HTTP/1.1" 200'


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Not Found: /%E6%AC%A7%E9%98%B3/", f"Not Found: /{HIDDEN}/"),
        (r"Not Found: /\u6b27\u9633/", f"Not Found: /{HIDDEN}/"),
        ("tel +86 138-1234-5678.", f"tel {HIDDEN}."),
        ("number 42070419680101001X", f"number {HIDDEN}"),
        ("mail a.b@example.invalid", f"mail {HIDDEN}"),
        ("at 2026-11-24 09:00:01 from 127.0.0.1", "at 2026-11-24 09:00:01 from 127.0.0.1"),
        ('File "/srv/portal/urls.py", line 1234', 'File "/srv/portal/urls.py", line 1234'),
        ("Key (phone_index)=(abc) already exists", "Key (phone_index)=(abc) already exists"),
    ],
)
def test_what_a_log_line_keeps(line, kept):
    assert redact(line) == kept
