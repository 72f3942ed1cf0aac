"""The states of everything that is deliberated, and the verbs that lead from one to the next (rules.md sections 2 and 3).

A non-programmer can read the table: under each verb, from which states it may start and where it
ends. docs/states/ holds the diagrams generated from it.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class IssueState(models.TextChoices):
    """Where an issue stands."""

    RAISED = "raised", _("等社区受理")
    ACCEPTED = "accepted", _("已受理，等派单")
    REFUSED = "refused", _("不受理")
    DISPATCHED = "dispatched", _("办理中")
    RETURNED = "returned", _("被退单，等重新派")
    ADJUDICATING = "adjudicating", _("等镇街审定")
    RESOLVED = "resolved", _("办结，等您评价")
    REWORK = "rework", _("退回重办")
    CLOSED = "closed", _("已结案")
    WITHDRAWN = "withdrawn", _("反映人撤回")


class Outcome(models.TextChoices):
    """How an issue ended; kept apart from its state."""

    RESOLVED = "resolved", _("办成了")
    UNRESOLVED = "unresolved", _("没办成")
    DUPLICATE = "duplicate", _("和别的重复")
    NOT_OURS = "not_ours", _("不归这里管")
    WITHDRAWN = "withdrawn", _("反映人撤回")


S = IssueState
# verb: {from: to}. `progress`, `endorse`, `follow` and `review` change no state and stand in workflow alone.
ISSUE_TRANSITIONS: dict[str, dict[IssueState, IssueState]] = {
    "accept": {S.RAISED: S.ACCEPTED},
    "refuse": {S.RAISED: S.REFUSED},
    "dispatch": {S.ACCEPTED: S.DISPATCHED, S.RETURNED: S.DISPATCHED},
    "return": {S.DISPATCHED: S.RETURNED},
    "refer": {S.RETURNED: S.ADJUDICATING},
    "adjudicate": {S.ADJUDICATING: S.DISPATCHED},
    "resolve": {S.DISPATCHED: S.RESOLVED, S.REWORK: S.RESOLVED},
    "rework": {S.RESOLVED: S.REWORK},
    "close": {S.RESOLVED: S.CLOSED, S.DISPATCHED: S.CLOSED, S.REWORK: S.CLOSED},
    "withdraw": {S.RAISED: S.WITHDRAWN, S.ACCEPTED: S.WITHDRAWN},
}

# Groups by which the public filters.
STATE_GROUPS: dict[str, frozenset[IssueState]] = {
    "waiting": frozenset({S.RAISED, S.ACCEPTED, S.RETURNED, S.ADJUDICATING}),
    "working": frozenset({S.DISPATCHED, S.REWORK}),
    "resolved": frozenset({S.RESOLVED}),
    "closed": frozenset({S.CLOSED, S.REFUSED, S.WITHDRAWN}),
}
FINAL_STATES = frozenset({S.REFUSED, S.CLOSED, S.WITHDRAWN})
# Steps whose words a resident wrote, so that staff has to see them before the public does.
RESIDENTS_WORDS = frozenset({"supplement", "rate", "withdraw"})


class BallotState(models.TextChoices):
    """Where a ballot stands."""

    DRAFT = "draft", _("草稿")
    NOTICED = "noticed", _("已公告，名册可提异议")
    OPEN = "open", _("正在表决")
    COUNTED = "counted", _("已计票")
    VOID = "void", _("作废")
    WITHDRAWN = "withdrawn", _("已撤回")


B = BallotState
# The roll is made with the notice and frozen at the opening; nothing that was not noticed can be voted.
BALLOT_TRANSITIONS: dict[str, dict[BallotState, BallotState]] = {
    "notice": {B.DRAFT: B.NOTICED},
    "open": {B.NOTICED: B.OPEN},
    "count": {B.OPEN: B.COUNTED},
    "void": {B.NOTICED: B.VOID, B.OPEN: B.VOID},
    "withdraw": {B.DRAFT: B.WITHDRAWN, B.NOTICED: B.WITHDRAWN},
}
BALLOT_FINAL = frozenset({B.COUNTED, B.VOID, B.WITHDRAWN})


class TopicState(models.TextChoices):
    """Where a topic stands: the eight steps of consultation (rules.md section 4), and two ends before them."""

    PROPOSED = "proposed", _("提出，等确认")
    CONFIRMED = "confirmed", _("已确认为议题")
    NOTICED = "noticed", _("公示中")
    IN_SESSION = "in_session", _("正在协商")
    OPINION_FORMED = "opinion_formed", _("形成协商意见")
    RESULT_PUBLISHED = "result_published", _("结果公示中")
    CARRYING_OUT = "carrying_out", _("正在落实")
    EVALUATED = "evaluated", _("已评议")
    REFUSED = "refused", _("没有列为议题")
    WITHDRAWN = "withdrawn", _("提出人撤回")


T = TopicState
TOPIC_STEPS = (
    T.PROPOSED, T.CONFIRMED, T.NOTICED, T.IN_SESSION, T.OPINION_FORMED, T.RESULT_PUBLISHED, T.CARRYING_OUT,
    T.EVALUATED,
)  # fmt: skip
# A topic that a session could not settle is noticed and deliberated once more.
TOPIC_TRANSITIONS: dict[str, dict[TopicState, TopicState]] = {
    "confirm": {T.PROPOSED: T.CONFIRMED},
    "refuse": {T.PROPOSED: T.REFUSED},
    "withdraw": {T.PROPOSED: T.WITHDRAWN, T.CONFIRMED: T.WITHDRAWN},
    "notice": {T.CONFIRMED: T.NOTICED},
    "convene": {T.NOTICED: T.IN_SESSION},
    "form_opinion": {T.IN_SESSION: T.OPINION_FORMED},
    "adjourn": {T.IN_SESSION: T.CONFIRMED},
    "publish": {T.OPINION_FORMED: T.RESULT_PUBLISHED},
    "carry_out": {T.RESULT_PUBLISHED: T.CARRYING_OUT},
    "revoke": {T.RESULT_PUBLISHED: T.CONFIRMED},
    "evaluate": {T.CARRYING_OUT: T.EVALUATED},
}
TOPIC_FINAL = frozenset({T.EVALUATED, T.REFUSED, T.WITHDRAWN})
# While people can still bring reasons, options and statements: until the opinion is formed.
TOPIC_DISCUSSED = frozenset({T.PROPOSED, T.CONFIRMED, T.NOTICED, T.IN_SESSION})
# Groups by which the public filters.
TOPIC_GROUPS: dict[str, frozenset[TopicState]] = {
    "proposed": frozenset({T.PROPOSED}),
    "preparing": frozenset({T.CONFIRMED, T.NOTICED}),
    "deliberating": frozenset({T.IN_SESSION, T.OPINION_FORMED, T.RESULT_PUBLISHED}),
    "carrying_out": frozenset({T.CARRYING_OUT}),
    "ended": TOPIC_FINAL,
}


class SessionState(models.TextChoices):
    """Where a session stands."""

    PLANNED = "planned", _("筹备中")
    NOTICED = "noticed", _("已通知")
    OPEN = "open", _("正在开")
    CLOSED = "closed", _("已结束")
    CANCELLED = "cancelled", _("已取消")


M = SessionState
SESSION_TRANSITIONS: dict[str, dict[SessionState, SessionState]] = {
    "notice": {M.PLANNED: M.NOTICED},
    "open": {M.NOTICED: M.OPEN},
    "close": {M.OPEN: M.CLOSED},
    "cancel": {M.PLANNED: M.CANCELLED, M.NOTICED: M.CANCELLED},
}


class ResolutionState(models.TextChoices):
    """Where a resolution stands."""

    PUBLISHED = "published", _("公示中，可以提异议")
    CARRYING_OUT = "carrying_out", _("正在落实")
    EVALUATED = "evaluated", _("已评议")
    REVOKED = "revoked", _("已撤销")


R = ResolutionState
RESOLUTION_TRANSITIONS: dict[str, dict[ResolutionState, ResolutionState]] = {
    "carry_out": {R.PUBLISHED: R.CARRYING_OUT},
    "revoke": {R.PUBLISHED: R.REVOKED},
    "evaluate": {R.CARRYING_OUT: R.EVALUATED},
}


class CommitmentState(models.TextChoices):
    """Where a commitment stands; overdue is read from its clock."""

    OPEN = "open", _("正在办")
    DONE = "done", _("办完了")
    DROPPED = "dropped", _("不办了，已说明原因")


C = CommitmentState
COMMITMENT_TRANSITIONS: dict[str, dict[CommitmentState, CommitmentState]] = {
    "finish": {C.OPEN: C.DONE},
    "drop": {C.OPEN: C.DROPPED},
    "reopen": {C.DONE: C.OPEN},
}


class AppraisalState(models.TextChoices):
    """Where an appraisal stands."""

    DRAFT = "draft", _("草稿")
    NOTICED = "noticed", _("已公告")
    OPEN = "open", _("正在评议")
    PUBLISHED = "published", _("结果已公布")
    WITHDRAWN = "withdrawn", _("已撤回")


A = AppraisalState
APPRAISAL_TRANSITIONS: dict[str, dict[AppraisalState, AppraisalState]] = {
    "notice": {A.DRAFT: A.NOTICED},
    "open": {A.NOTICED: A.OPEN},
    "publish": {A.OPEN: A.PUBLISHED},
    "withdraw": {A.DRAFT: A.WITHDRAWN, A.NOTICED: A.WITHDRAWN},
}
