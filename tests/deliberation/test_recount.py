"""A recount finds whatever somebody with the whole database in their hands changed, past the triggers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from community.errors import WrongState
from community.models import Dwelling
from community.workflow.rotating import rotate
from deliberation.models import Ballot, BallotPaper, BallotReceipt, BallotResult, RollEntry
from deliberation.recount import recount
from deliberation.workflow.results import count_ballot
from tests.factories import MOMENT, District
from tests.factories.ballots import counted, counted_at_last, opened, owned, vote, voters
from tests.triggers import past_triggers

pytestmark = pytest.mark.django_db
TABLES = tuple(model._meta.db_table for model in (BallotPaper, BallotReceipt, BallotResult))


def codes(ballot: Ballot) -> list[str]:
    """Return what a recount finds, as codes."""
    return [one.code for one in recount(Ballot.objects.get(pk=ballot.pk))]


def paper(choice: str) -> BallotPaper:
    """Return one paper of a choice."""
    found = BallotPaper.objects.filter(choice=choice).first()
    assert found
    return found


def again(choice: str) -> None:
    """Write one more paper of a choice."""
    BallotPaper.objects.create(ballot_id=paper(choice).ballot_id, is_named=False, choice=choice)


def doubled_and_removed() -> None:
    """Have one paper twice and another not at all, so that the numbers fit."""
    again("yes")
    paper("no").delete()


def receipt_removed() -> None:
    """Take one receipt out."""
    BallotReceipt.objects.order_by("pk")[0].delete()


def receipts_swapped() -> None:
    """Take one receipt out and put a forged one in."""
    receipt_removed()
    BallotReceipt.objects.create(ballot=Ballot.objects.get(), code="AAAA-AAAA-AAAA-AAAA")


def moved() -> None:
    """Put the first paper behind the last."""
    first = BallotPaper.objects.filter(choice="yes").order_by("pk")[0]
    first.delete()
    again(first.choice)


FORGERIES: dict[str, tuple[Callable[[], object], list[str]]] = {
    "forged": (lambda: again("yes"), ["recount.papers", "recount.digest"]),
    "removed": (lambda: paper("no").delete(), ["recount.papers", "recount.digest"]),
    "doubled, with another removed": (doubled_and_removed, ["recount.digest"]),
    "changed": (lambda: BallotPaper.objects.filter(pk=paper("no").pk).update(choice="yes"), ["recount.digest"]),
    "changed to what is no paper": (
        lambda: BallotPaper.objects.filter(pk=paper("no").pk).update(choice="maybe"),
        ["recount.paper", "recount.digest"],
    ),
    "receipt removed": (receipt_removed, ["recount.receipts", "recount.digest"]),
    "receipts swapped": (receipts_swapped, ["recount.digest"]),
    "result changed": (lambda: BallotResult.objects.update(passed=False), ["recount.result"]),
    "certificate removed": (lambda: BallotResult.objects.all().delete(), ["recount.certificate"]),
    "entry added to the roll": (
        lambda: RollEntry.objects.create(ballot=Ballot.objects.get(), key="resident:0"),
        ["recount.roll"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_what_was_forged_past_the_triggers_is_found(ballot: Ballot, name: str) -> None:
    forge, found = FORGERIES[name]
    vote(ballot, "yes", "yes", "no")
    counted(ballot)
    assert codes(ballot) == []
    with past_triggers(connection, *TABLES):
        forge()
    assert codes(ballot) == found
    with pytest.raises(CommandError):
        call_command("recount", ballot.pk)


def test_the_order_of_papers_is_certified_too(ballot: Ballot) -> None:
    vote(ballot, "yes", "yes", "no", "abstain")
    counted(ballot)
    before = list(ballot.papers.order_by("pk").values_list("choice", flat=True))
    with past_triggers(connection, *TABLES):
        moved()
    after = list(ballot.papers.order_by("pk").values_list("choice", flat=True))
    assert codes(ballot) == ([] if after == before else ["recount.digest"])


@pytest.fixture
def owners(district: District) -> Ballot:
    """Return a counted ballot of three owners, of whom two voted."""
    for number, one in enumerate(voters(3, district.compound), start=1):
        flat = Dwelling.objects.create(
            area=district.compound, building="1", room=f"10{number}", floor_area=9_000 + number
        )
        owned(flat, one, since=MOMENT)
    ballot = opened(district.worker, district.compound, MOMENT, [], rule="owners_ordinary")
    vote(ballot, "yes", "no")
    return counted_at_last(ballot)


OWNERS_FORGERIES: dict[str, tuple[Callable[[], object], list[str]]] = {
    "changed": (lambda: BallotPaper.objects.update(named_choice="yes"), ["recount.digest"]),
    "heavier": (lambda: BallotPaper.objects.filter(area=9_001).update(area=9_009), ["recount.weight", "recount.digest"]),
    "given to one who did not vote": (
        lambda: BallotPaper.objects.filter(area=9_001).update(entry=RollEntry.objects.get(has_voted=False)),
        ["recount.weight", "recount.digest"],
    ),
    "removed": (lambda: BallotPaper.objects.filter(area=9_001).delete(), ["recount.papers", "recount.digest"]),
    "heavier with its entry": (
        lambda: (RollEntry.objects.filter(area=9_001).update(area=9_009), BallotPaper.objects.filter(area=9_001).update(area=9_009)),
        ["recount.roll", "recount.digest"],
    ),
    "secret of the digest changed": (lambda: Ballot.objects.update(papers_salt="00"), ["recount.digest"]),
}  # fmt: skip


@pytest.mark.parametrize("name", OWNERS_FORGERIES)
def test_what_was_forged_of_named_papers_is_found(owners: Ballot, name: str) -> None:
    forge, found = OWNERS_FORGERIES[name]
    assert codes(owners) == []
    with past_triggers(connection, *TABLES):
        forge()
    assert codes(owners) == found


def test_named_papers_are_written_under_a_new_key_and_still_recounted(owners: Ballot, settings: Any) -> None:
    """Only what is encrypted may be written anew: the triggers refuse every other change."""
    old, new = settings.FIELD_KEYS, Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new, *old]
    assert rotate(say=lambda _line: None).written > 0
    settings.FIELD_KEYS = [new]
    assert {one.named_choice for one in owners.papers.all()} == {"yes", "no"}
    assert codes(owners) == []
    for changed in ({"area": 1}, {"choice": "yes"}, {"named_choice": "yes", "heads": 2}):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            owners.papers.update(**changed)
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        owners.papers.all().delete()


# --- Keys that can't be read ----------------------------------------------------------------------------------
def test_a_folder_that_is_away_voids_nothing(ballot: Ballot, keys: Path) -> None:
    """A disk that is not mounted today may be there tomorrow; a ballot that was voided is gone."""
    vote(ballot, "yes")
    keys.rename(keys.with_name("elsewhere"))
    with pytest.raises(WrongState, match="现在读不到这场表决的密钥"):
        count_ballot(ballot, by=ballot.made_by, at=ballot.closes_at)
    assert Ballot.objects.get(pk=ballot.pk).state == "open"
    keys.with_name("elsewhere").rename(keys)
    assert counted(ballot).state == "counted"
