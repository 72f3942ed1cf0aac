"""Owners' signed papers in a named ballot: typed by one person, typed again by another, then sealed as a vote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import User
from community.photos import CleanPhoto
from deliberation import ballot_permissions as permissions
from deliberation.models import Ballot, PaperEntry, RollEntry
from deliberation.models.ballot_sheets import SheetState
from deliberation.models.ballots import Channel
from deliberation.sealing import KeyLost, Vote, load_key, new_receipt, seal, unseal
from deliberation.workflow.paper import NOTE_MOST
from deliberation.workflow.sheets import (
    check_channel,
    check_free,
    check_hours,
    check_kind,
    check_uncounted,
    joined,
    keep_photos,
    locked_entry,
)
from deliberation.workflow.steps import clean_text
from deliberation.workflow.voting import check_choice


@transaction.atomic
def enter_owner_paper(
    ballot: Ballot, *, by: User, at: datetime, entry: RollEntry | int, choice: str, channel: str,
    photos: Sequence[CleanPhoto], proxy: str = "",
) -> PaperEntry:  # fmt: skip
    """Type an owner's signed paper a first time. It holds the vote against other ways, and is none before a second.

    `proxy` says who signed for the owner, with their written authority.
    """
    ballot = joined(ballot)
    vote = locked_entry(ballot, entry, by, permissions.can_enter_papers)
    check_kind(ballot, named=True)
    check_hours(ballot, at)
    check_channel(ballot, channel)
    check_choice(ballot, choice)
    proxy = clean_text(proxy, "proxy", most=NOTE_MOST)
    if channel == Channel.PROXY and not proxy:
        raise BadInput(_("请写受托人是谁。"), "proxy")
    check_free(vote)
    vote.channel = channel
    vote.save(update_fields=["channel"])
    paper = PaperEntry.objects.create(
        ballot=ballot, entry=vote, channel=channel, proxy=proxy, first_by=by, at=at,
        box=seal(bytes(ballot.public_key or b""), Vote(choice, "")),
    )  # fmt: skip
    keep_photos(photos, by=by, at=at, paper=paper)
    record(ballot, "ballot.enter_owner_paper", by=by, at=at, paper=paper.pk)
    return paper


@transaction.atomic
def check_owner_paper(entry_paper: PaperEntry, *, by: User, at: datetime, choice: str) -> str:
    """Type it a second time, by somebody else; where both agree it is a vote. Returns the owner's receipt."""
    ballot = joined(entry_paper.ballot)
    vote = locked_entry(ballot, entry_paper.entry_id, by, permissions.can_enter_papers)
    paper = waiting_paper(ballot, entry_paper)
    if paper.first_by_id == by.pk:
        raise NotAllowed(_("第一遍是您录的，第二遍要由另一个人录。"))
    check_choice(ballot, choice)
    if choice != first_typed(ballot, paper):
        raise BadInput(_("和第一遍录的不一样。请对着纸质票再看一遍；第一遍录错的，请撤回重新录。"), "choice")
    receipt = new_receipt()
    vote.box, vote.has_voted = seal(bytes(ballot.public_key or b""), Vote(choice, receipt)), True
    vote.save(update_fields=["box", "has_voted"])
    paper.state, paper.second_by, paper.box = SheetState.CHECKED, by, None
    paper.save(update_fields=["state", "second_by", "box"])
    record(ballot, "ballot.check_owner_paper", by=by, at=at, paper=paper.pk)
    return receipt


@transaction.atomic
def withdraw_owner_paper(entry_paper: PaperEntry, *, by: User, at: datetime) -> PaperEntry:
    """Take back a paper that was typed once, to type it anew; its owner may vote another way meanwhile."""
    ballot = joined(entry_paper.ballot)
    vote = locked_entry(ballot, entry_paper.entry_id, by, permissions.can_enter_papers)
    paper = waiting_paper(ballot, entry_paper)
    vote.channel = ""
    vote.save(update_fields=["channel"])
    paper.state, paper.box = SheetState.WITHDRAWN, None
    paper.save(update_fields=["state", "box"])
    record(ballot, "ballot.withdraw_owner_paper", by=by, at=at, paper=paper.pk)
    return paper


def waiting_paper(ballot: Ballot, paper: PaperEntry) -> PaperEntry:
    """Return a paper that waits for its second person; its roll entry is locked, so it stays so."""
    check_uncounted(ballot)
    fresh = PaperEntry.objects.get(pk=paper.pk)
    if fresh.state != SheetState.ENTERED:
        raise WrongState(_("这张票现在是“%(state)s”，不用再录。") % {"state": fresh.get_state_display()})
    return fresh


def first_typed(ballot: Ballot, paper: PaperEntry) -> str:
    """Return what the first person typed; it does not leave the process."""
    try:
        private = load_key(settings.BALLOT_KEY_DIR, bytes(ballot.public_key or b""))
        return unseal(private, bytes(paper.box or b"")).paper
    except KeyLost:
        raise WrongState(_("这场表决的密钥读不出来，不能核对。请告诉管理平台的人。")) from None


def unchecked_count(ballot: Ballot) -> int:
    """Return how many owners' papers wait for a second person."""
    return ballot.owner_papers.filter(state=SheetState.ENTERED).count()
