"""What a counted ballot publishes, as CSV of which every byte counts: anybody computes its digest again."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable

from deliberation.models import Ballot


def papers_csv(ballot: Ballot) -> str:
    """Return the papers in their shuffled order; a named ballot publishes none."""
    rows = [] if ballot.is_named else ballot.papers.order_by("pk").values_list("choice")
    return table(["paper"], rows)


def receipts_csv(ballot: Ballot) -> str:
    """Return the receipts in alphabetical order."""
    return table(["receipt"], ballot.receipts.order_by("code").values_list("code"))


def certified_papers(ballot: Ballot) -> str:
    """Return the papers as the certificate's digest covers them: of a named ballot the tellers' list, unpublished."""
    if not ballot.is_named:
        return papers_csv(ballot)
    papers = ballot.papers.select_related("entry").order_by("entry__key")
    rows = [(paper.entry.key, paper.named_choice, str(paper.heads), str(paper.area)) for paper in papers if paper.entry]
    return table(["vote", "paper", "heads", "area"], rows)


def table(head: list[str], rows: Iterable[tuple[str, ...]]) -> str:
    """Return rows as CSV with plain line ends."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


def digest(text: str) -> str:
    """Return the SHA-256 of a text as published."""
    return hashlib.sha256(text.encode()).hexdigest()
