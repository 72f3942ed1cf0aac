"""Counting a ballot: the boxes are opened, shuffled, written as papers, wiped, and the key is destroyed."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from community.errors import NotAllowed, WrongState
from community.log import record
from community.models import User
from deliberation import ballot_permissions as permissions
from deliberation import papers
from deliberation.decision import Outcome, Weight
from deliberation.models import Ballot, BallotPaper, BallotReceipt, BallotResult
from deliberation.publishing import certified_papers, digest, receipts_csv
from deliberation.sealing import ON_PAPER, KeyLost, KeyUnread, load_key, unseal
from deliberation.signals import ballot_counted
from deliberation.workflow.ballots import (
    Waits,
    destroy_on_commit,
    locked,
    move,
    void_ballot,
    wait_for_voters,
    wipe_boxes,
)
from deliberation.workflow.extending import extend, is_extended
from deliberation.workflow.owner_papers import unchecked_count
from deliberation.workflow.paper import checked_count, papers_of_batches, returned_count
from deliberation.workflow.publicity import objection_figures
from deliberation.workflow.steps import clean_text

logger = logging.getLogger(__name__)

BATCH = 2_000
LOST = "密钥丢失，封存的选票打不开，这场表决作废，需要重新表决。"


class Opened(NamedTuple):
    """An opened vote: what it weighs, its paper and receipt; `entry` is None in a secret ballot."""

    entry: int | None
    heads: int
    area: int
    paper: str
    receipt: str


def count_ballot(
    ballot: Ballot, *, by: User, at: datetime, missing_as_abstentions: bool = False, reason: str = ""
) -> Ballot:
    """Count a ballot whose closing has passed; where its key is lost, void it with that reason.

    Where too few take part and the rule allows it, the closing is put off instead and the ballot comes back open.
    Papers put in the urn and not typed keep it waiting, unless the town counts them as abstentions, with its reason.
    A key that only can't be read today voids nothing: the ballot waits.
    """
    try:
        return open_and_count(ballot, by=by, at=at, missing_as_abstentions=missing_as_abstentions, reason=reason)
    except KeyLost:
        return void_ballot(ballot, by=User.objects.clock(), at=at, reason=LOST)
    except KeyUnread:
        logger.exception("the key of ballot %s can't be read; it waits", ballot.pk)
        raise WrongState(_("现在读不到这场表决的密钥，先不能计票。请联系系统管理员。")) from None


@transaction.atomic
def open_and_count(ballot: Ballot, *, by: User, at: datetime, missing_as_abstentions: bool, reason: str) -> Ballot:
    """Turn the boxes into papers, receipts and a result, in one transaction; the key goes when it is committed."""
    wait_for_voters(ballot)
    ballot = locked(ballot, by, permissions.can_count)
    move(ballot, "count")
    if at < ballot.closes_at:
        raise WrongState(_("还没有到截止时间，不能计票。"))
    check_owners_papers(ballot)
    if is_extended(ballot):
        return extend(ballot, by=by, at=at)
    if missing_as_abstentions:
        waive_papers(ballot, by=by, at=at, reason=reason)
    check_papers_typed(ballot)
    opened = open_boxes(ballot)
    unnamed = [] if ballot.is_named else [*papers_of_batches(ballot), *abstentions(ballot)]
    write_papers(ballot, opened, unnamed)
    wipe_boxes(ballot)
    ballot.counted_at = at
    ballot.papers_salt = secrets.token_hex(32) if ballot.is_named else None
    ballot.save(update_fields=["state", "counted_at", "papers_salt", "missing_papers", "missing_reason"])
    result = write_result(ballot, at)
    record(ballot, "ballot.count", by=by, at=at, papers=len(opened), digest=result.papers_digest)
    ballot_counted.send(sender=Ballot, ballot=ballot, by=by, at=at)
    destroy_on_commit(ballot)
    return ballot


def check_owners_papers(ballot: Ballot) -> None:
    """Refuse to count over an owner's paper that waits for its second person."""
    waiting = unchecked_count(ballot)
    if waiting:
        raise Waits(_("还有 %(count)d 张业主的纸质票没有第二个人核对，核对或者撤回以后才能计票。") % {"count": waiting})


def check_papers_typed(ballot: Ballot) -> None:
    """Refuse to count where more or fewer papers were typed than were put in the urn."""
    typed, returned = checked_count(ballot), returned_count(ballot)
    if ballot.is_named or typed + ballot.missing_papers == returned:
        return
    facts = {"returned": returned, "typed": typed}
    if typed > returned:
        raise Waits(
            _("名册上收回 %(returned)d 张纸质票，录入的却有 %(typed)d 张，多了，不能计票。请镇街核实，宣布作废。")
            % facts
        )
    raise Waits(
        _(
            "名册上收回 %(returned)d 张纸质票，两个人都录过的只有 %(typed)d 张。录齐以后才能计票；确实少了的，由镇街决定。"
        )
        % facts
    )


def waive_papers(ballot: Ballot, *, by: User, at: datetime, reason: str) -> None:
    """Let papers that were put in the urn and are not there be abstentions: who cast them was present."""
    if not permissions.can_waive_papers(by, ballot):
        raise NotAllowed(_("少录的纸质票按弃权计，要由镇街干部决定。"))
    words = clean_text(reason, "reason", required=True, most=200)
    missing = 0 if ballot.is_named else returned_count(ballot) - checked_count(ballot)
    if missing <= 0:
        return
    ballot.missing_papers, ballot.missing_reason = missing, words
    record(ballot, "ballot.waive_papers", by=by, at=at, papers=ballot.missing_papers)


def abstentions(ballot: Ballot) -> list[str]:
    """Return a blank paper for each that is missing."""
    return ["abstain" if ballot.method == papers.DECISION else ""] * ballot.missing_papers


def open_boxes(ballot: Ballot) -> list[Opened]:
    """Return every vote; KeyLost where one can't be opened. A paper that is still out is none.

    The boxes pass by one after the other: of a hundred thousand only their papers are in memory.
    """
    private = load_key(settings.BALLOT_KEY_DIR, bytes(ballot.public_key or b""))
    cast = ballot.roll.filter(has_voted=True).exclude(box=None)
    return [
        Opened(entry if ballot.is_named else None, heads, area, *unseal(private, bytes(box or b"")))
        for entry, heads, area, box in cast.values_list("pk", "heads", "area", "box").iterator(BATCH)
    ]


def write_papers(ballot: Ballot, opened: list[Opened], unnamed: list[str]) -> None:
    """Insert papers in an order that nobody can guess, and receipts by the alphabet, which tells nothing of papers.

    `unnamed` are the papers of batches; those who cast them have their receipts in the boxes of the roll.
    """
    rows = [vote for vote in opened if vote.paper != ON_PAPER]
    rows += [Opened(None, 1, 0, choice, "") for choice in unnamed]
    secrets.SystemRandom().shuffle(rows)
    for some in batches(rows):
        BallotPaper.objects.bulk_create([paper_of(ballot, vote) for vote in some])
    for codes in batches(sorted(vote.receipt for vote in opened)):
        BallotReceipt.objects.bulk_create([BallotReceipt(ballot=ballot, code=code) for code in codes])


def batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """Return rows, so many at a time as one statement takes."""
    left = iter(rows)
    while some := list(islice(left, BATCH)):
        yield some


def paper_of(ballot: Ballot, vote: Opened) -> BallotPaper:
    """Return the paper of a vote: with its entry where the ballot is named, with nothing where it is secret."""
    if not ballot.is_named:
        return BallotPaper(ballot=ballot, is_named=False, choice=vote.paper)
    return BallotPaper(
        ballot=ballot, is_named=True, entry_id=vote.entry, named_choice=vote.paper, heads=vote.heads, area=vote.area
    )


def write_result(ballot: Ballot, at: datetime) -> BallotResult:
    """Compute the result from the papers as they are stored, and insert its certificate."""
    values = result_of(ballot)
    return BallotResult.objects.create(
        ballot=ballot, at=at, papers_digest=digest(certified_papers(ballot)), receipts_digest=digest(receipts_csv(ballot)),
        **values,
    )  # fmt: skip


def result_of(ballot: Ballot) -> dict[str, Any]:
    """Return what the stored papers come to, and what there was beside them, as the columns of a result."""
    values = outcome_of(ballot)
    return {**values, "figures": values["figures"] | circumstances(ballot)}


def circumstances(ballot: Ballot) -> dict[str, str]:
    """Return the certificate's figures that no paper says: objections to the roll, extensions, papers gone astray."""
    spoilt = ballot.roll.aggregate(n=Sum("spoilt"))["n"] or 0
    facts = {"extended": ballot.extended, "missing_papers": ballot.missing_papers, "spoilt_papers": spoilt}
    return {**{name: str(value) for name, value in facts.items()}, **objection_figures(ballot)}


def outcome_of(ballot: Ballot) -> dict[str, Any]:
    """Return what the stored papers come to."""
    eligible = Weight(ballot.eligible_heads or 0, ballot.eligible_area or 0)
    rule = ballot.rule.as_rule()
    if ballot.method == papers.DECISION:
        outcome = papers.decided(rule, eligible=eligible, papers=stored_papers(ballot))
        return {**columns_of(outcome), "passed": outcome.passed}
    outcome = papers.attended(rule, eligible=eligible, papers=stored_papers(ballot))
    options = list(ballot.options.values_list("text", flat=True))
    texts = (text for text, _heads, _area in stored_papers(ballot))
    count = papers.counted(texts, method=ballot.method, options=options, most=ballot.most_points, seed=ballot.tie_seed)
    values = columns_of(outcome)
    # Enough have to take part; what they chose is the count's own.
    values["reasons"] = [*(one for one in values["reasons"] if "participation" in one["code"]), *said(count.reasons)]
    values["figures"] |= {f"option_{place}": str(count.tallies[text]) for place, text in enumerate(options, start=1)}
    return {**values, "passed": None, "winner": count.winner if outcome.quorate else ""}


def stored_papers(ballot: Ballot) -> Iterator[tuple[str, int, int]]:
    """Return the text, heads and area of each paper, one after the other."""
    rows = ballot.papers.order_by("pk").values_list("choice", "named_choice", "heads", "area").iterator(BATCH)
    return ((named or choice, heads, area) for choice, named, heads, area in rows)


def columns_of(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as columns: fractions as text, reasons as sentence, code and parameters."""
    figures = {name: str(value) for name, value in outcome.figures.items()}
    return {"quorate": outcome.quorate, "figures": figures, "reasons": said(outcome.reasons)}


def said(reasons: list[Any]) -> list[dict[str, Any]]:
    """Return sentences as they are stored."""
    return [{"text": str(one), "code": one.code, "params": one.params} for one in reasons]
