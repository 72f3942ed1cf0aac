"""The process that `make demo` runs, as far as it can be looked at without serving."""

from __future__ import annotations

import socket
import uuid
from datetime import timedelta
from threading import Event

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from deliberation.models.issues import PhotoDraft
from deliberation.states import IssueState
from deliberation.workflow.drafts import keep_drafts
from portal.management.commands.serve import HOST, in_background, listen
from portal.tasks import sweep_clocks, tidy_up
from tests.factories import IssueFactory, UserFactory, clean_photo_of


def test_a_busy_port_is_one_line() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"^port {port} cannot be had .*; choose another: PORT=8001 make demo$"):
            listen(str(port))


@pytest.mark.parametrize("port", ["", "http", "-1", "65536", "80 80"])
def test_a_port_that_is_none(port: str) -> None:
    with pytest.raises(CommandError, match=r"^PORT is .*; set it to a number up to 65535$"):
        listen(port)


def test_listens_on_loopback_alone() -> None:
    with listen("0") as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


@pytest.mark.django_db(transaction=True)
def test_the_worker_sweeps() -> None:
    issue = IssueFactory(state=IssueState.RAISED)
    asked = sweep_clocks.enqueue()
    run_waiting_tasks()
    assert DBTaskResult.objects.get(pk=asked.id).return_value >= 1
    issue.refresh_from_db()
    assert issue.escalated_at is not None


def run_waiting_tasks() -> None:
    """Run what waits, and nothing more."""
    Worker(
        queue_names=["*"],
        excluded_queue_names=[],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="of-a-test",
    ).run()


def test_what_breaks_begins_again(caplog: pytest.LogCaptureFixture) -> None:
    stopping, runs = Event(), []

    def work() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise OSError("the disk is full")
        stopping.set()

    in_background("worker", work, stopping).join(10)
    assert len(runs) == 2
    assert "the worker broke and starts again" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_tidying_drops_what_nobody_needs() -> None:
    now = timezone.now()
    owner, key = UserFactory(), uuid.uuid4()
    for age in (timedelta(hours=1), timedelta(days=2)):
        keep_drafts([clean_photo_of()], by=owner, at=now - age, key=key)
    for age in (-1, 1):
        Session.objects.create(session_key=f"of-a-test-{age}", expire_date=now + timedelta(days=age))
    tidy_up.enqueue()
    run_waiting_tasks()
    assert [draft.created_at for draft in PhotoDraft.objects.all()] == [now - timedelta(hours=1)]
    assert [session.session_key for session in Session.objects.all()] == ["of-a-test-1"]
