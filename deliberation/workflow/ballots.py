"""A ballot's life up to its counting: made, noticed with its roll, opened by its hour, voided or withdrawn."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from community.acting import lock_roles
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Area, Resident, User
from deliberation import ballot_permissions as permissions
from deliberation.models import Ballot, BallotOption, DecisionRule
from deliberation.models.ballot_sheets import SheetState
from deliberation.models.ballots import OPTION_LENGTH, QUESTION_LENGTH, Channel, CountMethod
from deliberation.sealing import destroy_key, make_key
from deliberation.signals import ballot_opened
from deliberation.states import BALLOT_TRANSITIONS, BallotState
from deliberation.workflow.publicity import end_notices, least_days, show_roll, unanswered_count
from deliberation.workflow.rolls import make_roll
from deliberation.workflow.steps import clean_text

OPTIONS_MOST = 30
POINTS_MOST = 10
# A number of ours among PostgreSQL's advisory locks.
LOCK = 0x42414C


class Waits(WrongState):
    """A ballot can't open or be counted before its organisers have done something; the sentence says what."""


@transaction.atomic
def create_ballot(
    *,
    by: User,
    at: datetime,
    question: str,
    area: Area,
    rule: DecisionRule,
    opens_at: datetime,
    closes_at: datetime,
    explanation: str = "",
    method: str = CountMethod.DECISION,
    options: Sequence[str] = (),
    most_points: int = 5,
    channels: Sequence[str] = (Channel.ONLINE,),
    may_change: bool = True,
) -> Ballot:
    """Write a draft of a ballot. Raises NotAllowed, or BadInput with the field at fault."""
    lock_roles(by)
    ballot = Ballot(
        question=clean_text(question, "question", required=True, most=QUESTION_LENGTH),
        explanation=clean_text(explanation, "explanation", most=4000),
        method=method, most_points=most_points, rule=rule, is_named=rule.has_area, area=area, town=area.town,
        may_change=may_change, channels=list(dict.fromkeys(channels)), opens_at=opens_at, closes_at=closes_at,
        tie_seed=secrets.token_hex(16), made_by=by, created_at=at,
    )  # fmt: skip
    if not permissions.can_organise(by, ballot):
        raise NotAllowed(_("只有当地的议事主持人、社区工作者、镇街干部，或者本小区业委会，可以发起表决。"))
    check_ballot(ballot, at)
    texts = [clean_text(one, "options", required=True, most=OPTION_LENGTH) for one in options]
    check_options(ballot, texts)
    ballot.save()
    rows = [BallotOption(ballot=ballot, position=place, text=text) for place, text in enumerate(texts, start=1)]
    BallotOption.objects.bulk_create(rows)
    record(ballot, "ballot.create", by=by, at=at)
    return ballot


def check_ballot(ballot: Ballot, at: datetime) -> None:
    """Refuse hours, channels and counts that are none."""
    if ballot.opens_at <= at:
        raise BadInput(_("开始的时间要在现在以后。"), "opens_at")
    if ballot.closes_at <= ballot.opens_at:
        raise BadInput(_("截止的时间要在开始以后。"), "closes_at")
    if not ballot.channels or not set(ballot.channels) <= set(Channel.values):
        raise BadInput(_("请选表决的渠道。"), "channels")
    if ballot.method not in CountMethod.values:
        raise BadInput(_("请选怎么计票。"), "method")
    if ballot.is_named and ballot.method != CountMethod.DECISION:
        raise BadInput(_("业主表决只能是同意、不同意或弃权。"), "method")
    if not 1 <= ballot.most_points <= POINTS_MOST:
        raise BadInput(_("每项最多打 1 到 %(most)d 分。") % {"most": POINTS_MOST}, "most_points")


def check_options(ballot: Ballot, texts: list[str]) -> None:
    """Refuse too few or too many options, and one that stands there twice."""
    if ballot.method == CountMethod.DECISION:
        if texts:
            raise BadInput(_("同意、不同意或弃权的表决，不用另写选项。"), "options")
        return
    if not 2 <= len(texts) <= OPTIONS_MOST:
        raise BadInput(_("请写 2 到 %(most)d 个选项。") % {"most": OPTIONS_MOST}, "options")
    if len(set(texts)) != len(texts):
        raise BadInput(_("有两个选项一模一样，请改一个。"), "options")


@transaction.atomic
def notice_ballot(ballot: Ballot, *, by: User, at: datetime, invited: Iterable[Resident] = ()) -> Ballot:
    """Publish a ballot with its roll, as long before its opening as its rule and objections to the roll ask."""
    ballot = locked(ballot, by, permissions.can_organise)
    move(ballot, "notice")
    days = least_days(ballot, at)
    if ballot.opens_at < at + timedelta(days=days):
        raise WrongState(
            _("“%(rule)s”要提前 %(days)d 天公告。请把开始的时间改到那以后。") % {"rule": ballot.rule.name, "days": days}
        )
    make_roll(ballot, invited)
    ballot.noticed_at = at
    ballot.save(update_fields=["state", "noticed_at"])
    show_roll(ballot, at)
    record(ballot, "ballot.notice", by=by, at=at)
    return ballot


def open_ballot(ballot: Ballot, *, by: User, at: datetime) -> Ballot:
    """Freeze the roll and make the key, once the hour has come.

    The key is on the disk before the row names it; where the row is not written, the key is destroyed again.
    """
    public = make_key(settings.BALLOT_KEY_DIR)
    try:
        return open_with(public, ballot, by=by, at=at)
    except BaseException:
        destroy_key(settings.BALLOT_KEY_DIR, public)
        raise


@transaction.atomic
def open_with(public: bytes, ballot: Ballot, *, by: User, at: datetime) -> Ballot:
    """Open a ballot with a key that was made for it."""
    ballot = locked(ballot, by, permissions.can_open)
    move(ballot, "open")
    if at < ballot.opens_at:
        raise WrongState(_("还没有到公告的开始时间。"))
    check_can_open(ballot, at)
    sums = ballot.roll.aggregate(heads=Sum("heads"), area=Sum("area"))
    if not sums["heads"]:
        raise WrongState(_("名册上一个人也没有，不能开始表决。"))
    ballot.public_key, ballot.opened_at = public, at
    ballot.eligible_heads, ballot.eligible_area = sums["heads"], sums["area"]
    ballot.waiting_told_at = None
    fields = ["state", "public_key", "opened_at", "eligible_heads", "eligible_area", "waiting_told_at"]
    ballot.save(update_fields=fields)
    record(ballot, "ballot.open", by=by, at=at, heads=sums["heads"])
    ballot_opened.send(sender=Ballot, ballot=ballot, by=by, at=at)
    return ballot


def check_can_open(ballot: Ballot, at: datetime) -> None:
    """Refuse to open over an objection that nobody answered, or when the time of the vote is over."""
    waiting = unanswered_count(ballot)
    if waiting:
        raise Waits(_("对名册还有 %(count)d 条异议没有答复，答复以后才能开始表决。") % {"count": waiting})
    if at >= ballot.closes_at:
        raise Waits(_("公告的表决时间已经过了。请撤回这场表决，定好时间重新公告。"))


@transaction.atomic
def void_ballot(ballot: Ballot, *, by: User, at: datetime, reason: str) -> Ballot:
    """End a ballot that can't be counted lawfully; every box is wiped and the key destroyed, nobody learns a vote."""
    wait_for_voters(ballot)
    ballot = locked(ballot, by, permissions.can_void)
    move(ballot, "void")
    ballot.ended_reason = clean_text(reason, "reason", required=True, most=200)
    ballot.save(update_fields=["state", "ended_reason"])
    wipe_boxes(ballot)
    end_notices(ballot, at)
    record(ballot, "ballot.void", by=by, at=at)
    destroy_on_commit(ballot)
    return ballot


@transaction.atomic
def withdraw_ballot(ballot: Ballot, *, by: User, at: datetime, reason: str) -> Ballot:
    """Take a ballot back before it opens."""
    ballot = locked(ballot, by, permissions.can_organise)
    move(ballot, "withdraw")
    ballot.ended_reason = clean_text(reason, "reason", required=True, most=200)
    ballot.save(update_fields=["state", "ended_reason"])
    end_notices(ballot, at)
    record(ballot, "ballot.withdraw", by=by, at=at)
    return ballot


# --- What those verbs share ------------------------------------------------------------------------
def locked(ballot: Ballot, by: User, may: Callable[[User, Ballot], bool]) -> Ballot:
    """Return the ballot with its row locked, or NotAllowed where `by` may not do this to it."""
    fresh = Ballot.objects.select_for_update(of=("self",)).select_related("area", "town", "rule").get(pk=ballot.pk)
    lock_roles(by)
    if not may(by, fresh):
        raise NotAllowed(_("这场表决不归您办，所以没有改动。"))
    return fresh


def move(ballot: Ballot, verb: str) -> None:
    """Set the state that `verb` leads to, or WrongState. Does not save."""
    after = BALLOT_TRANSITIONS[verb].get(BallotState(ballot.state))
    if after is None:
        raise WrongState(_("这场表决现在是“%(state)s”，做不了这一步。") % {"state": ballot.get_state_display()})
    ballot.state = after


def join_voters(ballot: Ballot) -> None:
    """Keep a ballot from being counted until this transaction ends; any number of voters do so at once.

    A lock of its own: on the ballot's row every vote would leave a trace that the next one has to wait for.
    SQLite writes one transaction at a time and needs none.
    """
    advisory("pg_advisory_xact_lock_shared", ballot)


def wait_for_voters(ballot: Ballot) -> None:
    """Wait until every vote that is under way is written, and keep others out until this transaction ends."""
    advisory("pg_advisory_xact_lock", ballot)


def advisory(function: str, ballot: Ballot) -> None:
    """Take an advisory lock on a ballot, where the database has them."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s, %s)", [LOCK, ballot.pk % 2**31])


def wipe_boxes(ballot: Ballot) -> None:
    """Empty every box of a ballot: on the roll, of batches, and of owners' papers that nobody has checked."""
    ballot.roll.exclude(box=None).update(box=None)
    ballot.batches.exclude(boxes=None).update(boxes=None)
    unchecked = ballot.owner_papers.filter(state=SheetState.ENTERED)
    unchecked.update(state=SheetState.WITHDRAWN, box=None)


def destroy_on_commit(ballot: Ballot) -> None:
    """Destroy a ballot's key once what it was for is written for good."""
    public = ballot.public_key
    if public is not None:
        key = bytes(public)
        transaction.on_commit(lambda: destroy_key(settings.BALLOT_KEY_DIR, key))
