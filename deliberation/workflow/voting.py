"""Casting a vote: one for each roll entry over all channels, sealed to the ballot's own key."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from community.errors import BadInput, NotAllowed, WrongState
from community.models import User
from deliberation import papers
from deliberation.models import Ballot, RollEntry
from deliberation.models.ballots import Channel
from deliberation.sealing import Vote, new_receipt, seal
from deliberation.states import BallotState
from deliberation.workflow.ballots import join_voters

# By these somebody votes with their own account.
OWN_CHANNELS = (Channel.ONLINE, Channel.LIVE)


@transaction.atomic
def cast_vote(
    ballot: Ballot, *, by: User, at: datetime, choice: str, channel: str = Channel.ONLINE, entry: int | None = None
) -> str:
    """Seal a vote into its roll entry, in place of an earlier one; returns the receipt, which is kept nowhere else.

    `choice` is the paper's text (papers.py); `entry` names the vote of somebody who has several. Nothing is
    logged: the roll says that they voted, and by which way. Raises NotAllowed, WrongState or BadInput.
    """
    join_voters(ballot)
    ballot = Ballot.objects.select_related("rule").get(pk=ballot.pk)
    check_open(ballot, at)
    if channel not in OWN_CHANNELS or channel not in ballot.channels:
        raise NotAllowed(_("这场表决不能这样投票。请看公告里写的渠道。"))
    check_choice(ballot, choice)
    vote = own_entry(ballot, by, entry)
    check_may_vote(ballot, vote)
    receipt = new_receipt()
    vote.box = seal(bytes(ballot.public_key or b""), Vote(choice, receipt))
    vote.has_voted, vote.channel = True, channel
    vote.save(update_fields=["box", "has_voted", "channel"])
    return receipt


def check_open(ballot: Ballot, at: datetime) -> None:
    """Refuse a vote outside the hours of the ballot."""
    if ballot.state == BallotState.NOTICED:
        raise WrongState(_("表决还没有开始。"))
    if ballot.state != BallotState.OPEN or at >= ballot.closes_at:
        raise WrongState(_("表决已经截止，您这次选的没有计入。"))


def check_choice(ballot: Ballot, choice: str) -> None:
    """Refuse what is no paper of the ballot."""
    options = ballot.options.count() if ballot.method != papers.DECISION else 0
    try:
        papers.read(choice, method=ballot.method, options=options, most=ballot.most_points)
    except papers.NoPaper:
        raise BadInput(_("请按选票上的选项选。"), "choice") from None


def own_entry(ballot: Ballot, by: User, entry: int | None) -> RollEntry:
    """Return the locked roll entry that somebody may cast; with several, the one named."""
    entries = RollEntry.objects.filter(ballot=ballot, voters__resident__user=by.pk)
    found = list(entries.filter(pk=entry) if entry is not None else entries.order_by("pk")[:2])
    if not found:
        raise NotAllowed(_("这场表决的名册上没有您。觉得不对的，请联系社区。"))
    if len(found) > 1:
        raise BadInput(_("您有几票，请选这次投的是哪一票。"), "entry")
    return RollEntry.objects.select_for_update(no_key=True).get(pk=found[0].pk)


def check_may_vote(ballot: Ballot, vote: RollEntry) -> None:
    """Refuse a second vote where minds can't be changed, and one for which a paper was handed out."""
    if vote.channel and vote.channel not in OWN_CHANNELS:
        raise WrongState(
            _("这一票已经用“%(channel)s”投了或者领了票，不能再投。") % {"channel": vote.get_channel_display()}
        )
    if vote.has_voted and not ballot.may_change:
        raise WrongState(_("这一票已经投过了，这场表决不能改。"))
