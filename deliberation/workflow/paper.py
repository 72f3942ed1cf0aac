"""Paper in a secret ballot: handed out and taken back on the roll, typed in shuffled batches by two people.

Nothing joins the two halves. The roll knows who was handed a paper and whether it came back; a batch knows what
stands on papers and names nobody. Like a vote, a paper that comes back leaves no line in the log.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import User
from community.photos import CleanPhoto
from deliberation import ballot_permissions as permissions
from deliberation.models import Ballot, PaperBatch, RollEntry
from deliberation.models.ballot_sheets import SheetState
from deliberation.models.ballots import Channel
from deliberation.sealing import ON_PAPER, KeyLost, Vote, load_key, new_receipt, seal, seal_list, unseal_list
from deliberation.workflow.sheets import (
    PAPER_CHANNELS,
    Predicate,
    ask,
    check_channel,
    check_free,
    check_hours,
    check_kind,
    check_papers,
    check_uncounted,
    joined,
    keep_photos,
    locked_entry,
)
from deliberation.workflow.steps import clean_text

NOTE_MOST = 100


class CancelReason(models.TextChoices):
    """Why a paper that was handed out is none any more."""

    SPOILT = "spoilt", gettext_lazy("写坏了，已经当面销毁")
    LOST = "lost", gettext_lazy("丢了")
    GIVEN_BACK = "given_back", gettext_lazy("没有用，退回来了")


# --- On the roll -------------------------------------------------------------------------------------
@transaction.atomic
def hand_out_paper(
    ballot: Ballot, *, by: User, at: datetime, entry: RollEntry | int, channel: str, note: str = ""
) -> str:
    """Mark on the roll that somebody was handed a paper; returns the code for their stub, which is kept nowhere else.

    `note` says who the proxy is, where one votes for them. From now on the vote can be cast by this paper alone.
    """
    ballot = joined(ballot)
    vote = locked_entry(ballot, entry, by, permissions.can_hand_out)
    check_kind(ballot, named=False)
    check_hours(ballot, at)
    check_channel(ballot, channel)
    vote.note = clean_text(note, "note", most=NOTE_MOST)
    if channel == Channel.PROXY and not vote.note:
        raise BadInput(_("请写受托人是谁。"), "note")
    check_free(vote)
    receipt = new_receipt()
    vote.box = seal(bytes(ballot.public_key or b""), Vote(ON_PAPER, receipt))
    vote.channel = channel
    vote.save(update_fields=["box", "channel", "note"])
    # Without the entry: the line counts papers, it says nothing of a voter.
    record(ballot, "ballot.hand_out", by=by, at=at, channel=channel)
    return receipt


@transaction.atomic
def take_back_paper(ballot: Ballot, *, by: User, at: datetime, entry: RollEntry | int) -> RollEntry:
    """Mark that the paper was put in the urn: its voter has voted. One that does not come back is no vote."""
    ballot = joined(ballot)
    vote = locked_entry(ballot, entry, by, permissions.can_hand_out)
    check_kind(ballot, named=False)
    check_hours(ballot, at)
    check_out(vote)
    vote.has_voted = True
    vote.save(update_fields=["has_voted"])
    return vote


@transaction.atomic
def cancel_paper(ballot: Ballot, *, by: User, at: datetime, entry: RollEntry | int, reason: str) -> RollEntry:
    """Take back a paper that was spoilt, lost or not used, so that its voter can be handed another or vote online.

    `reason` is one of CancelReason; the roll counts how many papers went this way.
    """
    ballot = joined(ballot)
    vote = locked_entry(ballot, entry, by, permissions.can_hand_out)
    check_kind(ballot, named=False)
    check_hours(ballot, at)
    if reason not in CancelReason.values:
        raise BadInput(_("请选为什么注销这张票。"), "reason")
    check_out(vote)
    vote.box, vote.channel, vote.note, vote.spoilt = None, "", "", vote.spoilt + 1
    vote.save(update_fields=["box", "channel", "note", "spoilt"])
    record(ballot, "ballot.cancel_paper", by=by, at=at, reason=reason)
    return vote


def check_out(vote: RollEntry) -> None:
    """Refuse where no paper is out for a vote."""
    if vote.channel not in PAPER_CHANNELS:
        raise WrongState(_("这一票没有领过纸质票。"))
    if vote.has_voted:
        raise WrongState(_("这一票的纸质票已经投进票箱了。"))


# --- In batches -------------------------------------------------------------------------------------
@transaction.atomic
def enter_batch(
    ballot: Ballot, *, by: User, at: datetime, papers: Sequence[str], photos: Sequence[CleanPhoto]
) -> PaperBatch:
    """Type the papers of a batch a first time, in any order; they are shuffled and sealed until the counting.

    A blank or invalid paper is an abstention, with options the empty text. Until the ballot is counted.
    """
    ballot = joined(ballot)
    ask(permissions.can_enter_papers, by, ballot)
    check_kind(ballot, named=False)
    check_uncounted(ballot)
    check_papers(ballot, papers)
    mixed = list(papers)
    secrets.SystemRandom().shuffle(mixed)
    boxes = seal_list(bytes(ballot.public_key or b""), mixed)
    batch = PaperBatch.objects.create(ballot=ballot, size=len(mixed), boxes=boxes, first_by=by, at=at)
    keep_photos(photos, by=by, at=at, batch=batch)
    record(ballot, "ballot.enter_batch", by=by, at=at, batch=batch.pk, papers=len(mixed))
    return batch


@transaction.atomic
def check_batch(batch: PaperBatch, *, by: User, at: datetime, papers: Sequence[str]) -> PaperBatch:
    """Type the papers of a batch a second time, by somebody else; only where both are the same do they count.

    A difference is refused with how many papers differ, never with what stands on them.
    """
    ballot = joined(batch.ballot)
    batch = locked_batch(batch, by, permissions.can_enter_papers)
    check_uncounted(ballot)
    check_waits(batch)
    if batch.first_by_id == by.pk:
        raise NotAllowed(_("第一遍是您录的，第二遍要由另一个人录。"))
    check_papers(ballot, papers)
    check_same(first_typed(ballot, batch), list(papers))
    batch.state, batch.second_by = SheetState.CHECKED, by
    batch.save(update_fields=["state", "second_by"])
    record(ballot, "ballot.check_batch", by=by, at=at, batch=batch.pk, papers=batch.size)
    return batch


@transaction.atomic
def withdraw_batch(batch: PaperBatch, *, by: User, at: datetime) -> PaperBatch:
    """Take back a batch that was typed once, to type it anew; one that two people have typed stands."""
    ballot = joined(batch.ballot)
    batch = locked_batch(batch, by, permissions.can_enter_papers)
    check_uncounted(ballot)
    check_waits(batch)
    batch.state, batch.boxes = SheetState.WITHDRAWN, None
    batch.save(update_fields=["state", "boxes"])
    record(ballot, "ballot.withdraw_batch", by=by, at=at, batch=batch.pk, papers=batch.size)
    return batch


def locked_batch(batch: PaperBatch, by: User, may: Predicate) -> PaperBatch:
    """Return the batch with its row locked, or NotAllowed."""
    PaperBatch.objects.select_for_update(no_key=True).only("pk").get(pk=batch.pk)
    fresh = PaperBatch.objects.select_related("ballot__area").get(pk=batch.pk)
    ask(may, by, fresh.ballot)
    return fresh


def check_waits(batch: PaperBatch) -> None:
    """Refuse where a batch does not wait for its second person."""
    if batch.state != SheetState.ENTERED:
        raise WrongState(_("这一批现在是“%(state)s”，不用再录。") % {"state": batch.get_state_display()})


def first_typed(ballot: Ballot, batch: PaperBatch) -> list[str]:
    """Return what the first person typed; it does not leave the process."""
    try:
        private = load_key(settings.BALLOT_KEY_DIR, bytes(ballot.public_key or b""))
        return unseal_list(private, bytes(batch.boxes or b""))
    except KeyLost:
        raise WrongState(_("这场表决的密钥读不出来，不能核对。请告诉管理平台的人。")) from None


def check_same(first: list[str], second: list[str]) -> None:
    """Refuse two lists that differ, saying by how many papers."""
    if len(first) != len(second):
        raise BadInput(
            _("第一遍录了 %(first)d 张，这一遍录了 %(second)d 张。请两个人一起点一遍张数。")
            % {"first": len(first), "second": len(second)},
            "papers",
        )
    differing = (Counter(second) - Counter(first)).total()
    if differing:
        raise BadInput(
            _("和第一遍录的有 %(count)d 张不一样。请对着纸质票再看一遍；第一遍录错的，请撤回那一批重新录。")
            % {"count": differing},
            "papers",
        )


def papers_of_batches(ballot: Ballot) -> list[str]:
    """Return the papers of all checked batches; KeyLost where they can't be opened. Inside the counting."""
    private = load_key(settings.BALLOT_KEY_DIR, bytes(ballot.public_key or b""))
    checked = ballot.batches.filter(state=SheetState.CHECKED)
    return [paper for batch in checked for paper in unseal_list(private, bytes(batch.boxes or b""))]


def checked_count(ballot: Ballot) -> int:
    """Return how many papers two people have typed."""
    return ballot.batches.filter(state=SheetState.CHECKED).aggregate(n=models.Sum("size"))["n"] or 0


def returned_count(ballot: Ballot) -> int:
    """Return how many papers the roll says were put in the urn."""
    return ballot.roll.filter(has_voted=True, channel__in=PAPER_CHANNELS).count()
