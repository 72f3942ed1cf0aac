"""A roll that is shown before its ballot opens (名册公示): how long, with which words, and what is still unanswered."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from community.clock import SHANGHAI
from community.queries import rule_value
from community.workflow.terms import Terms
from deliberation.models import Ballot, Objection, PublicNotice
from deliberation.models.decisions import Electorate
from deliberation.models.resolutions import ObjectionState, PublicNoticeKind

ROLL_RULE = "ballot.roll_objections"


def is_shown(ballot: Ballot) -> bool:
    """Return whether objections to a roll are asked for: everywhere but where somebody was simply invited."""
    return ballot.rule.electorate != Electorate.INVITED


def least_days(ballot: Ballot, at: datetime) -> int:
    """Return how many days have to lie between the notice and the opening."""
    if not is_shown(ballot):
        return ballot.rule.notice_days
    return max(ballot.rule.notice_days, rule_value(ROLL_RULE, at.astimezone(SHANGHAI).date(), ballot.town))


def show_roll(ballot: Ballot, at: datetime) -> None:
    """Show a roll for objections, until its term or the opening ends it."""
    if not is_shown(ballot):
        return
    ends_at = min(ballot.opens_at, Terms().due(ROLL_RULE, at, ballot.town_id))
    PublicNotice.objects.create(
        kind=PublicNoticeKind.ROLL,
        ballot=ballot,
        area=ballot.area,
        text=words_of(ballot),
        starts_at=at,
        ends_at=ends_at,
    )


def words_of(ballot: Ballot) -> str:
    """Return what is shown: the question, who votes, how many heads and how much floor area; nobody by name."""
    sums = ballot.roll.aggregate(heads=Sum("heads"), area=Sum("area"))
    facts = {
        "question": ballot.question, "electorate": ballot.rule.get_electorate_display(), "heads": sums["heads"] or 0,
        "area": f"{(sums['area'] or 0) / 100:.2f}",
    }  # fmt: skip
    if ballot.rule.has_area:
        return (
            _(
                "表决“%(question)s”的名册：%(electorate)s，共 %(heads)d 票，专有面积 %(area)s 平方米。觉得名册不对的，请提异议。"
            )
            % facts
        )
    return _("表决“%(question)s”的名册：%(electorate)s，共 %(heads)d 票。觉得名册不对的，请提异议。") % facts


def end_notices(ballot: Ballot, at: datetime) -> None:
    """End what is still shown of a ballot that ended before its term."""
    running = ballot.notices.filter(ended_at=None, ends_at__gt=at)
    running.update(ended_at=at)


def objections_to(ballot: Ballot) -> QuerySet[Objection]:
    """Return the objections to a ballot's roll."""
    return Objection.objects.filter(notice__ballot=ballot, notice__kind=PublicNoticeKind.ROLL)


def unanswered_count(ballot: Ballot) -> int:
    """Return how many objections to the roll wait for an answer."""
    return objections_to(ballot).filter(state=ObjectionState.OPEN).count()


def objection_figures(ballot: Ballot) -> dict[str, str]:
    """Return how many objections there were, by what became of them, as figures of the certificate."""
    counts = dict.fromkeys(ObjectionState.values, 0)
    for state in objections_to(ballot).values_list("state", flat=True):
        counts[state] += 1
    return {f"objections_{state}": str(count) for state, count in counts.items()}
