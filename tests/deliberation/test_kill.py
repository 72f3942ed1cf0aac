"""A server that is killed in the rush, and one that is killed after the counting: nothing acknowledged is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from deliberation.models import Ballot
from deliberation.recount import recount
from deliberation.sealing import kept_keys, path_of
from deliberation.workflow.sweeping import sweep_ballots
from tests.deliberation.casting import WORKERS
from tests.factories import MOMENT, build_district
from tests.factories.ballots import counted, many_voters, opened, opened_for, vote, voters

ON_ROLL = 400
ENOUGH = 60


@pytest.mark.django_db(transaction=True)
def test_every_acknowledged_vote_survives_kill_9(keys: Path) -> None:
    """SQLite with synchronous=FULL and PostgreSQL alike: a receipt that was shown is in the count."""
    district = build_district()
    ballot = opened_for(district.worker, district.community, MOMENT, many_voters(ON_ROLL, district.compound))
    receipts = killed_in_the_rush(ballot, keys)
    assert ENOUGH <= len(receipts) < ON_ROLL
    done = counted(ballot)
    kept = set(done.receipts.values_list("code", flat=True))
    assert set(receipts) <= kept
    # What was written and not yet acknowledged is at most one vote for each that was under way.
    assert len(kept) <= len(receipts) + WORKERS
    assert recount(Ballot.objects.get(pk=ballot.pk)) == []


def killed_in_the_rush(ballot: Ballot, keys: Path) -> list[str]:
    """Start a process that casts votes, kill it once enough are acknowledged, and return every acknowledged receipt."""
    environment = {**os.environ, "BALLOT_KEY_DIR": str(keys), "DJANGO_SETTINGS_MODULE": "portal.settings"}
    command = [
        sys.executable,
        "-m",
        "tests.deliberation.casting",
        str(ballot.pk),
        str(connection.settings_dict["NAME"]),
    ]
    with subprocess.Popen(
        command, env=environment, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        receipts = [process.stdout.readline().strip() for _each in range(ENOUGH)]
        process.kill()
        # What it said before it died still lies in the pipe; a line that it had not ended is no answer.
        rest = process.stdout.read().split("\n")[:-1]
    assert process.returncode == -9
    assert all(receipts)
    return [*receipts, *rest]


@pytest.mark.django_db
def test_a_key_that_outlived_its_ballots_end_is_destroyed_by_the_next_sweep(keys: Path) -> None:
    """A machine that stops between the last commit and the key's end leaves it; a test's commit never comes."""
    district = build_district()
    people = voters(2, district.compound)
    ballot, other = (opened(district.worker, district.community, MOMENT, people) for _each in range(2))
    vote(ballot, "yes", "no")
    done = counted(ballot)
    left, still_open = bytes(done.public_key or b""), bytes(other.public_key or b"")
    assert set(kept_keys(keys)) == {left, still_open}
    # Half overwritten is as good as whole.
    path_of(keys, left).write_bytes(b"\0" * 32)
    sweep_ballots(at=other.closes_at - (other.closes_at - other.opens_at) / 2)
    assert kept_keys(keys) == [still_open]
