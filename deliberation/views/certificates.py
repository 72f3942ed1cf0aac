"""What the certificate of a counted ballot shows: every figure as it was certified."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from deliberation import ballot_sentences as sentences
from deliberation.models import Ballot, BallotResult
from deliberation.models.ballots import CountMethod

NAMES = ("eligible", "present", "yes", "no", "abstain")


def certificate(ballot: Ballot) -> dict[str, Any]:
    """Return the certificate of a counted ballot."""
    result = ballot.result
    is_decision = ballot.method == CountMethod.DECISION
    sums = {name: whole_numbers(result, name, ballot) for name in NAMES}
    shown = sentences.bars(ballot, "participation", sums["eligible"], sums["present"])
    if is_decision:
        shown += sentences.bars(ballot, "approval", sums["present"], sums["yes"])
    return {
        "result": result,
        "outcome": sentences.outcome(ballot),
        "seal_words": seal_of(result),
        "result_bars": shown,
        "figure_rows": figure_rows(ballot, result, is_decision=is_decision),
        "measures": ballot.rule.as_rule().measures,
        "reasons": [sentences.said(one["code"], one["text"], one["params"], ballot.rule) for one in result.reasons],
        "tallies": [] if is_decision else tallies(ballot, result),
        "tally_head": tally_head(ballot.method),
    }


def seal_of(result: BallotResult) -> str:
    """Return the words of the seal: only what is settled has one."""
    if not result.quorate:
        return ""
    return "议定通过" if result.passed else "计票" if result.passed is None else ""


def whole_numbers(result: BallotResult, name: str, ballot: Ballot) -> dict[str, int]:
    """Return a figure in every measure of the rule."""
    return {one: int(Fraction(result.figures[f"{name}_{one}"])) for one in ballot.rule.as_rule().measures}


def figure_rows(ballot: Ballot, result: BallotResult, *, is_decision: bool) -> list[dict[str, Any]]:
    """Return the rows of the table: what, and for each measure its sum, with shares exact as they were certified."""
    titles = {"eligible": _("名册"), "present": _("参加")}
    if is_decision:
        titles |= {"yes": _("同意"), "no": _("不同意"), "abstain": _("弃权")}
    rows: list[dict[str, Any]] = [{"title": title, "cells": [amount(result, f"{name}_{one}", one) for one in ballot.rule.as_rule().measures]}
            for name, title in titles.items()]  # fmt: skip
    shares = {"participation": _("参加占名册")} | ({"approval": _("同意占参加")} if is_decision else {})
    for name, title in shares.items():
        cells = [exact(result.figures[f"{name}_{one}"]) for one in ballot.rule.as_rule().measures]
        rows.append({"title": title, "cells": cells, "is_share": True})
    return rows


def amount(result: BallotResult, key: str, measure: str) -> str:
    """Return a sum as it is read: votes, or square metres with two decimals."""
    value = int(Fraction(result.figures[key]))
    return f"{sentences.metres(value):,.2f}" if measure == "area" else f"{value:,}"


def exact(text: str) -> str:
    """Return a share as its percentage with its exact fraction: 66.67%（2/3）."""
    share = Fraction(text)
    percent = f"{float(round(share * 100, 2)):.2f}".rstrip("0").rstrip(".")
    # The fraction may stand on a line of its own, where a column is narrow.
    return _("%(percent)s%% （%(exact)s）") % {"exact": text, "percent": percent}


def tallies(ballot: Ballot, result: BallotResult) -> list[dict[str, Any]]:
    """Return what each option had, the most first."""
    rows = [{"text": one.text, "count": int(result.figures[f"option_{one.position}"]), "is_first": one.text == result.winner}
            for one in ballot.options.all()]  # fmt: skip
    rows.sort(key=lambda row: (not row["is_first"], -int(str(row["count"]))))
    return rows


def tally_head(method: str) -> str:
    """Return what is counted of an option."""
    heads = {CountMethod.SCORE: _("得分"), CountMethod.CONDORCET: _("赢了几场两两比较"),
             CountMethod.INSTANT_RUNOFF: _("最后一轮得票")}  # fmt: skip
    return heads.get(CountMethod(method), _("得票"))
