"""What a counted ballot publishes, as CSV of which every byte counts: anybody computes its digest again."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from community.errors import NotAllowed, WrongState
from community.log import record
from community.models import User
from community.models.people import mask_name
from deliberation import ballot_permissions as permissions
from deliberation.models import Ballot, RollEntry
from deliberation.states import BallotState


def papers_csv(ballot: Ballot) -> str:
    """Return the papers in their shuffled order; a named ballot publishes none."""
    rows = [] if ballot.is_named else ballot.papers.order_by("pk").values_list("choice")
    return table(["paper"], rows)


def receipts_csv(ballot: Ballot) -> str:
    """Return the receipts in alphabetical order, by bytes: a database's own order differs with its language."""
    return table(["receipt"], sorted(ballot.receipts.values_list("code")))


def certified_papers(ballot: Ballot) -> str:
    """Return the papers as the certificate's digest covers them: of a named ballot the tellers' list, unpublished."""
    if not ballot.is_named:
        return papers_csv(ballot)
    papers = ballot.papers.values_list("entry__key", "named_choice", "heads", "area")
    rows = sorted((str(key), choice, str(heads), str(area)) for key, choice, heads, area in papers)
    # The digest is public and the papers of a compound are few: without a secret in them they could be tried out.
    return table(["vote", "paper", "heads", "area"], [*rows, ("salt", ballot.papers_salt or "", "", "")])


class NamedPaper(NamedTuple):
    """One owners' paper as those who count see it: dwellings, masked names, what was chosen, heads, floor area."""

    dwelling: str
    names: list[str]
    choice: str
    heads: int
    area: int


def named_papers(ballot: Ballot, *, by: User, at: datetime) -> list[NamedPaper]:
    """Return the papers of a counted owners' ballot for the tellers and the committee; each look is logged."""
    if not permissions.can_see_named_papers(by, ballot):
        raise NotAllowed(_("记名选票只有本地的计票人和本小区业委会能看。"))
    if ballot.state != BallotState.COUNTED:
        raise WrongState(_("计票以后才能看记名选票。"))
    record(ballot, "ballot.look", by=by, at=at)
    rows = ballot.papers.select_related("entry").order_by("entry__key")
    rows = rows.prefetch_related("entry__dwellings__dwelling", "entry__voters")
    return [
        NamedPaper(*whose(paper.entry), paper.named_choice, paper.heads, paper.area) for paper in rows if paper.entry
    ]


def whose(entry: RollEntry) -> tuple[str, list[str]]:
    """Return the dwellings of a vote, and its owners' names with all but the surname hidden."""
    homes = sorted(str(one.dwelling) for one in entry.dwellings.all())
    return "、".join(homes), sorted(mask_name(one.name) for one in entry.voters.all() if one.name)


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
