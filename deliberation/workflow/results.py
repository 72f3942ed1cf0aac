"""Counting a ballot: the boxes are opened, shuffled, written as papers, wiped, and the key is destroyed."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from community.errors import WrongState
from community.log import record
from community.models import User
from deliberation import ballot_permissions as permissions
from deliberation import papers
from deliberation.decision import Outcome, Weight
from deliberation.models import Ballot, BallotPaper, BallotReceipt, BallotResult, RollEntry
from deliberation.publishing import certified_papers, digest, receipts_csv
from deliberation.sealing import KeyLost, Vote, load_key, unseal
from deliberation.workflow.ballots import destroy_on_commit, locked, move, void_ballot, wait_for_voters

BATCH = 2_000
LOST = "密钥丢失，封存的选票打不开，这场表决作废，需要重新表决。"


def count_ballot(ballot: Ballot, *, by: User, at: datetime) -> Ballot:
    """Count a ballot whose closing has passed; where its key is lost, void it with that reason."""
    try:
        return open_and_count(ballot, by=by, at=at)
    except KeyLost:
        return void_ballot(ballot, by=User.objects.clock(), at=at, reason=LOST)


@transaction.atomic
def open_and_count(ballot: Ballot, *, by: User, at: datetime) -> Ballot:
    """Turn the boxes into papers, receipts and a result, in one transaction; the key goes when it is committed."""
    wait_for_voters(ballot)
    ballot = locked(ballot, by, permissions.can_count)
    move(ballot, "count")
    if at < ballot.closes_at:
        raise WrongState(_("还没有到截止时间，不能计票。"))
    opened = open_boxes(ballot)
    write_papers(ballot, opened)
    ballot.roll.exclude(box=None).update(box=None)
    ballot.counted_at = at
    ballot.save(update_fields=["state", "counted_at"])
    result = write_result(ballot, at)
    record(ballot, "ballot.count", by=by, at=at, papers=len(opened), digest=result.papers_digest)
    destroy_on_commit(ballot)
    return ballot


def open_boxes(ballot: Ballot) -> list[tuple[RollEntry, Vote]]:
    """Return every vote with its entry; KeyLost where one can't be opened."""
    private = load_key(settings.BALLOT_KEY_DIR, bytes(ballot.public_key or b""))
    return [(entry, unseal(private, bytes(entry.box or b""))) for entry in ballot.roll.exclude(box=None)]


def write_papers(ballot: Ballot, opened: list[tuple[RollEntry, Vote]]) -> None:
    """Insert papers and receipts, each in an order of its own that nobody can guess."""
    shuffled = secrets.SystemRandom()
    shuffled.shuffle(opened)
    rows = [paper_of(ballot, entry, vote.paper) for entry, vote in opened]
    BallotPaper.objects.bulk_create(rows, batch_size=BATCH)
    receipts = [BallotReceipt(ballot=ballot, code=code) for code in sorted(vote.receipt for _entry, vote in opened)]
    BallotReceipt.objects.bulk_create(receipts, batch_size=BATCH)


def paper_of(ballot: Ballot, entry: RollEntry, choice: str) -> BallotPaper:
    """Return the paper of a vote: with its entry where the ballot is named, with nothing where it is secret."""
    if not ballot.is_named:
        return BallotPaper(ballot=ballot, is_named=False, choice=choice)
    return BallotPaper(
        ballot=ballot, is_named=True, entry=entry, named_choice=choice, heads=entry.heads, area=entry.area
    )


def write_result(ballot: Ballot, at: datetime) -> BallotResult:
    """Compute the result from the papers as they are stored, and insert its certificate."""
    values = result_of(ballot)
    return BallotResult.objects.create(
        ballot=ballot, at=at, papers_digest=digest(certified_papers(ballot)), receipts_digest=digest(receipts_csv(ballot)),
        **values,
    )  # fmt: skip


def result_of(ballot: Ballot) -> dict[str, Any]:
    """Return what the stored papers come to, as the columns of a result."""
    eligible = Weight(ballot.eligible_heads or 0, ballot.eligible_area or 0)
    rule = ballot.rule.as_rule()
    cast = [(paper.named_choice or paper.choice, paper.heads, paper.area) for paper in ballot.papers.order_by("pk")]
    if ballot.method == papers.DECISION:
        outcome = papers.decided(rule, eligible=eligible, papers=cast)
        return {**columns_of(outcome), "passed": outcome.passed}
    outcome = papers.attended(rule, eligible=eligible, papers=cast)
    options = list(ballot.options.values_list("text", flat=True))
    texts = [text for text, _heads, _area in cast]
    count = papers.counted(texts, method=ballot.method, options=options, most=ballot.most_points, seed=ballot.tie_seed)
    values = columns_of(outcome)
    # Enough have to take part; what they chose is the count's own.
    values["reasons"] = [*(one for one in values["reasons"] if "participation" in one["code"]), *said(count.reasons)]
    values["figures"] |= {f"option_{place}": str(count.tallies[text]) for place, text in enumerate(options, start=1)}
    return {**values, "passed": None, "winner": count.winner if outcome.quorate else ""}


def columns_of(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as columns: fractions as text, reasons as sentence, code and parameters."""
    figures = {name: str(value) for name, value in outcome.figures.items()}
    return {"quorate": outcome.quorate, "figures": figures, "reasons": said(outcome.reasons)}


def said(reasons: list[Any]) -> list[dict[str, Any]]:
    """Return sentences as they are stored."""
    return [{"text": str(one), "code": one.code, "params": one.params} for one in reasons]
