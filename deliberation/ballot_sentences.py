"""What a ballot's pages say in words: its rule, its reasons, its bars, what stands where and what may still happen."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from deliberation.ballot_queries import Participation
from deliberation.decision import SQUARE_METRE, Share, in_words
from deliberation.models import Ballot, DecisionRule
from deliberation.models.ballots import CountMethod
from deliberation.models.decisions import Electorate
from deliberation.states import BallotState

Words = str | Promise
AMOUNT = re.compile(r"(?P<n>[\d.,]+) (?P<unit>票|平方米)")
# The sentences of decision.py, counting.py and recount.py by their codes, in the words in which they are kept.
REASONS: dict[str, Words] = {
    "roll.empty": gettext_lazy("名册上没有人，或者没有登记面积，不能表决。"),
    "participation.heads.met": gettext_lazy("参加表决的有 %(part)s，名册上共 %(whole)s，达到“%(needed)s”的要求。"),
    "participation.area.met": gettext_lazy("参加表决的有 %(part)s，名册上共 %(whole)s，达到“%(needed)s”的要求。"),
    "participation.heads.missed": gettext_lazy(
        "参加表决的有 %(part)s，名册上共 %(whole)s，没有达到“%(needed)s”的要求。"
    ),
    "participation.area.missed": gettext_lazy(
        "参加表决的有 %(part)s，名册上共 %(whole)s，没有达到“%(needed)s”的要求。"
    ),
    "approval.heads.met": gettext_lazy("同意的有 %(part)s，参加表决的共 %(whole)s，达到“%(needed)s”的要求。"),
    "approval.area.met": gettext_lazy("同意的有 %(part)s，参加表决的共 %(whole)s，达到“%(needed)s”的要求。"),
    "approval.heads.missed": gettext_lazy("同意的有 %(part)s，参加表决的共 %(whole)s，没有达到“%(needed)s”的要求。"),
    "approval.area.missed": gettext_lazy("同意的有 %(part)s，参加表决的共 %(whole)s，没有达到“%(needed)s”的要求。"),
    "silence.yes": gettext_lazy("没有表决的，按“%(citation)s”随多数，计入同意。"),
    "silence.no": gettext_lazy("没有表决的，按“%(citation)s”随多数，计入不同意。"),
    "silence.abstain": gettext_lazy("没有表决的，按“%(citation)s”随多数，计入参加、不计入同意。"),
    "result.not_quorate": gettext_lazy("参加的不够，这次表决不成立。"),
    "result.passed": gettext_lazy("都达到要求，通过。"),
    "result.failed": gettext_lazy("参加的够了，同意的没有达到要求，没有通过。"),
    "count.winner": gettext_lazy("“%(winner)s”排在第一。"),
    "count.tie": gettext_lazy("%(names)s 票数相同，按表决前公布的次序定先后。"),
    "recount.papers": gettext_lazy("名册上有 %(voted)d 人投了票，选票却有 %(cast)d 张。"),
    "recount.receipts": gettext_lazy("名册上有 %(voted)d 人投了票，回执却有 %(n)d 个。"),
    "recount.paper": gettext_lazy("第 %(pk)d 号选票不是这场表决的选票。"),
    "recount.weight": gettext_lazy("第 %(pk)d 号选票和名册对不上。"),
    "recount.digest": gettext_lazy("%(name)s.csv 和计票时公布的校验码不一样，有人改动过。"),
    "recount.result": gettext_lazy("公布的结果和重新计票的结果不一样。"),
}
HOW_COUNTED: dict[str, Words] = {
    CountMethod.DECISION: gettext_lazy("每票选同意、不同意或弃权。弃权算参加，不算同意。"),
    CountMethod.SINGLE_CHOICE: gettext_lazy("每票选一项，得票最多的排第一。"),
    CountMethod.APPROVAL: gettext_lazy("每票可以选多项，选它的票最多的排第一。"),
    CountMethod.SCORE: gettext_lazy("每票给每一项打分，没打的算 0 分，总分最高的排第一。"),
    CountMethod.INSTANT_RUNOFF: gettext_lazy(
        "每票给选项排名次。没有哪一项过半，就去掉最少的一项，它的票转给各票的下一个名次，直到有一项过半。"
    ),
    CountMethod.CONDORCET: gettext_lazy(
        "每票给选项排名次，选项两两比较，比别的每一项都得人心的排第一；没有这样的一项，按舒尔茨法定。"
    ),
}
UNITS: dict[str, Words] = {Electorate.HOUSEHOLDS: gettext_lazy("户")}


def said(code: str, text: str, params: dict[str, Any], rule: DecisionRule | None = None) -> str:
    """Return a kept sentence in the reader's language; one whose code is not known stays as it was written."""
    template = REASONS.get(code)
    if template is None:
        return text
    values = {name: said_amount(value) if isinstance(value, str) else value for name, value in params.items()}
    if rule is not None and "needed" in values:
        share = rule.as_rule().participation if code.startswith("participation") else rule.as_rule().approval
        values["needed"] = share_words(share)
    return str(template) % values


def said_amount(text: str) -> str:
    """Return a kept sum with its unit in the reader's language."""
    found = AMOUNT.fullmatch(text)
    if found is None:
        return text
    return (_("%(n)s 票") if found["unit"] == "票" else _("%(n)s 平方米")) % {"n": found["n"]}


def share_words(share: Share) -> str:
    """Return a threshold as the law words it, in the reader's language."""
    if share.value == 1:
        return _("全部")
    if share.value == Fraction(1, 2) and not share.inclusive:
        return _("过半数")
    is_chinese = (get_language() or "zh").startswith("zh")
    part = in_words(share.value) if is_chinese else f"{share.value.numerator}/{share.value.denominator}"
    return (_("%(part)s以上") if share.inclusive else _("超过%(part)s")) % {"part": part}


def rule_words(rule: DecisionRule) -> list[str]:
    """Return what a rule asks, in sentences."""
    pure, by_area = rule.as_rule(), rule.has_area
    needed = {"part": share_words(pure.participation)}
    yes = {"part": share_words(pure.approval)}
    if by_area:
        asked = _("参加：全体业主的人数和专有面积，两头都要%(part)s。") % needed
        approved = _("同意：参加的人数和面积里，两头都要%(part)s。") % yes
    else:
        asked = _("参加：名册上的%(part)s。") % needed
        approved = _("同意：参加的%(part)s。") % yes
    said_of_silence = _("没有表决的，按“%(citation)s”随多数。") % {"citation": rule.silence_citation}
    return [asked, approved, said_of_silence if rule.silence_citation else _("没有表决的，不算参加。")]


def unit_of(rule: DecisionRule) -> str:
    """Return the measure word of a roll's votes."""
    return str(UNITS.get(rule.electorate, _("人")))


def metres(area: int) -> Decimal:
    """Return square metres of a sum in 0.01 m2."""
    return (Decimal(area) / SQUARE_METRE).quantize(Decimal("0.01"))


# --- Bars ------------------------------------------------------------------------------------------------
def bars(ballot: Ballot, what: str, whole: dict[str, int], came: dict[str, int]) -> list[dict[str, Any]]:
    """Return the bars of a test, `participation` or `approval`, in heads and for owners in floor area."""
    rule = ballot.rule.as_rule()
    share = rule.participation if what == "participation" else rule.approval
    return [bar(ballot, what, measure, share, whole[measure], came[measure]) for measure in rule.measures]


TITLES: dict[tuple[str, str], Words] = {
    ("participation", "heads"): gettext_lazy("参加，按人数"),
    ("participation", "area"): gettext_lazy("参加，按面积"),
    ("approval", "heads"): gettext_lazy("同意，按人数"),
    ("approval", "area"): gettext_lazy("同意，按面积"),
}


def bar(ballot: Ballot, what: str, measure: str, share: Share, whole: int, came: int) -> dict[str, Any]:
    """Return one bar: the whole, what came of it, and the line of the rule with its number in words."""
    is_area = measure == "area"
    unit = _("㎡") if is_area else unit_of(ballot.rule)
    title = TITLES[what, measure] if ballot.rule.has_area else {"participation": _("参加"), "approval": _("同意")}[what]
    line = share.value if share.value < 1 else (metres(whole) if is_area else whole)
    return {
        "measure": measure, "title": str(title), "whole": metres(whole) if is_area else whole, "came": metres(came) if is_area else came,
        "line": line, "unit": unit, "line_text": line_words(share, whole, unit, is_area=is_area),
        "is_met": share.is_met(came, whole), "left": left_over(share, whole, came, is_area=is_area),
    }  # fmt: skip


def line_words(share: Share, whole: int, unit: str, *, is_area: bool) -> str:
    """Return a line with its number: 三分之二以上：143 人, 过半数：多于 7,935.10 ㎡."""
    exact = whole * share.value
    if is_area:
        text = f"{Decimal(exact.numerator) / exact.denominator / SQUARE_METRE:,.2f}"
        template = _("%(share)s：%(n)s %(unit)s") if share.inclusive else _("%(share)s：多于 %(n)s %(unit)s")
    else:
        text = f"{int(-(-exact // 1) if share.inclusive else exact // 1 + 1):,}"
        template = _("%(share)s：%(n)s %(unit)s") if share.inclusive else _("%(share)s：至少 %(n)s %(unit)s")
    return template % {"share": share_words(share), "unit": unit, "n": text}


def left_over(share: Share, whole: int, came: int, *, is_area: bool) -> str:
    """Return how much is still missing to a line, as a number; empty where nothing is."""
    if share.is_met(came, whole):
        return ""
    exact = whole * share.value
    number = -(-exact // 1) if share.inclusive else exact // 1 + 1
    missing = max(1, int(number) - came)
    return f"{metres(missing):,.2f}" if is_area else f"{missing:,}"


def missing_words(shown: list[dict[str, Any]]) -> str:
    """Return what is still missing for enough to take part; empty where there is enough."""
    pair = {"heads": _("人数还差 %(n)s %(unit)s"), "area": _("面积还差 %(n)s %(unit)s")}
    alone = _("参加的还差 %(n)s %(unit)s")
    words = [(pair[one["measure"]] if len(shown) > 1 else alone, one) for one in shown if one["left"]]
    short = [text % {"n": one["left"], "unit": one["unit"]} for text, one in words]
    if not short:
        return ""
    return _("%(what)s。截止时还差着，这件事就不能定。") % {"what": _("，").join(short)}


# --- Where it stands ---------------------------------------------------------------------------------------
def time_left(ballot: Ballot, at: datetime) -> dict[str, Any] | None:
    """Return what the seat clock of an open ballot shows."""
    left = int((ballot.closes_at - at).total_seconds())
    if ballot.state != BallotState.OPEN or left <= 0:
        return None
    total = int((ballot.closes_at - (ballot.opened_at or ballot.opens_at)).total_seconds())
    days, hours, minutes = left // 86400, left // 3600 % 24, left // 60 % 60
    digits = ngettext("%(n)d 天", "%(n)d 天", days) % {"n": days} if days else f"{hours}:{minutes:02}"
    text = _("零 %(hours)d 小时后截止") % {"hours": hours} if days else _("小时后截止")
    label = _("离截止还有 %(days)d 天 %(hours)d 小时 %(minutes)d 分钟")
    return {"left": left, "total": max(total, left), "digits": digits, "text": text,
            "label": label % {"days": days, "hours": hours, "minutes": minutes}}  # fmt: skip


def outcome(ballot: Ballot) -> str:
    """Return what came of a counted ballot, in a few words."""
    result = ballot.result
    if not result.quorate:
        return _("参加的不够，不成立")
    if result.passed is None:
        return _("“%(winner)s”排在第一") % {"winner": result.winner}
    return _("通过") if result.passed else _("没有通过")


def taken(ballot: Ballot, shown: Participation) -> str:
    """Return how much of the roll has taken part, in words."""
    words = {"came": f"{shown.voted.heads:,}", "whole": f"{shown.roll.heads:,}", "unit": unit_of(ballot.rule)}
    return _("名册上 %(whole)s %(unit)s，已经投票 %(came)s %(unit)s。") % words
