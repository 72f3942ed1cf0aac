"""Before a ballot ends: its closing put off where too few take part, and those who have not voted reminded.

Both ask the roll alone, whether somebody voted; no box is opened.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.clock import SHANGHAI
from community.errors import WrongState
from community.log import record
from community.models import User
from community.queries import people_holding, rule_value
from community.roles import Role
from community.workflow import notify
from deliberation import ballot_permissions as permissions
from deliberation import papers
from deliberation.decision import Weight
from deliberation.models import Ballot
from deliberation.states import BallotState
from deliberation.workflow.ballots import locked

ORGANISERS = (Role.COMMUNITY_WORKER, Role.HALL_MODERATOR)


def is_extended(ballot: Ballot) -> bool:
    """Return whether the closing is put off once more: too few take part, and the rule allows it again."""
    return ballot.extended < ballot.rule.extensions_most and not is_quorate(ballot)


def is_quorate(ballot: Ballot) -> bool:
    """Return whether enough have voted, by the weights of the roll."""
    sums = ballot.roll.filter(has_voted=True).aggregate(heads=Sum("heads"), area=Sum("area"))
    eligible = Weight(ballot.eligible_heads or 0, ballot.eligible_area or 0)
    present = [("", sums["heads"], sums["area"])] if sums["heads"] else []
    return papers.attended(ballot.rule.as_rule(), eligible=eligible, papers=present).quorate


def extend(ballot: Ballot, *, by: User, at: datetime) -> Ballot:
    """Put the closing off by the days of the rule; inside the counting, with the ballot locked."""
    ballot.state = BallotState.OPEN
    ballot.closes_at = max(ballot.closes_at, at) + timedelta(days=ballot.rule.extension_days)
    ballot.extended += 1
    ballot.reminded_at = ballot.waiting_told_at = None
    ballot.save(update_fields=["closes_at", "extended", "reminded_at", "waiting_told_at"])
    record(ballot, "ballot.extend", by=by, at=at, extended=ballot.extended, days=ballot.rule.extension_days)
    tell_silent(ballot, gettext_noop("参加的还不够，表决延长到 %(until)s，您还没有投票：%(question)s"), at=at)
    return ballot


@transaction.atomic
def remind_voters(ballot: Ballot, *, by: User, at: datetime) -> Ballot:
    """Tell those on the roll who have an account and have not voted that the closing is near; once."""
    ballot = locked(ballot, by, permissions.can_remind)
    if ballot.state != BallotState.OPEN or at >= ballot.closes_at:
        raise WrongState(_("现在不在表决的时间里，不用提醒。"))
    if ballot.reminded_at is not None:
        raise WrongState(_("已经提醒过了，一场表决只提醒一次。"))
    ballot.reminded_at = at
    ballot.save(update_fields=["reminded_at"])
    record(ballot, "ballot.remind", by=by, at=at)
    tell_silent(ballot, gettext_noop("表决 %(until)s 截止，您还没有投票：%(question)s"), at=at)
    return ballot


def reminds_at(ballot: Ballot) -> datetime:
    """Return when those who have not voted are reminded: hours before the closing, and not in the first half."""
    hours = rule_value("ballot.reminder", ballot.closes_at.astimezone(SHANGHAI).date(), ballot.town_id)
    opened = ballot.opened_at or ballot.opens_at
    return max(ballot.closes_at - timedelta(hours=hours), opened + (ballot.closes_at - opened) / 2)


def tell_silent(ballot: Ballot, message: str, *, at: datetime) -> None:
    """Tell everybody on the roll with an account whose vote was not cast; of several joint owners, each."""
    silent = User.objects.filter(resident__roll_voters__entry__in=ballot.roll.filter(has_voted=False)).distinct()
    until = f"{ballot.closes_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    notify(silent, message, url=ballot.get_absolute_url(), at=at, question=ballot.question, until=until)


@transaction.atomic
def tell_waiting(ballot: Ballot, *, by: User, at: datetime, reason: str) -> Ballot:
    """Tell the organisers once what keeps a ballot from opening or from being counted."""
    ballot = locked(ballot, by, permissions.can_remind)
    if ballot.waiting_told_at is None:
        ballot.waiting_told_at = at
        ballot.save(update_fields=["waiting_told_at"])
        message = gettext_noop("表决“%(question)s”在等您处理：%(reason)s")
        notify(
            organisers_of(ballot),
            message,
            url=ballot.get_absolute_url(),
            at=at,
            question=ballot.question,
            reason=reason,
        )
    return ballot


def organisers_of(ballot: Ballot) -> list[User]:
    """Return who has to do with a ballot: who made it, the workers and moderators of the place."""
    people = [ballot.made_by]
    for role in ORGANISERS:
        people += people_holding(role, ballot.area)
    return people
