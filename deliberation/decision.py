"""Whether a vote decides: rules as plain values, exact fractions, reasons in sentences. No Django, no database.

Source: rules.md section 3. Participation and approval are each tested in every measure that a rule has:
heads, and for owners exclusive floor area too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from community.reasons import Reason

RULES_FILE = Path(__file__).with_name("decision_rules.toml")
CHOICES = ("yes", "no", "abstain")
MEASURES = ("heads", "area")
NUMERALS = "零一二三四五六七八九十"
SQUARE_METRE = 100  # Areas are counted in 0.01 m2.


def in_words(value: Fraction) -> str:
    """Return a fraction as Chinese reads it (三分之二), or in digits where it has no short words."""
    if max(value.numerator, value.denominator) < len(NUMERALS):
        return f"{NUMERALS[value.denominator]}分之{NUMERALS[value.numerator]}"
    return f"{value.numerator}/{value.denominator}"


@dataclass(frozen=True, slots=True)
class Weight:
    """What somebody, or a whole roll, weighs: heads, and exclusive floor area in 0.01 m2 (0 where none counts)."""

    heads: int
    area: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no whole number or lies below nothing."""
        for measure in MEASURES:
            check_whole(measure, getattr(self, measure))


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: "yes", "no" or "abstain", with what it weighs."""

    choice: str
    heads: int = 1
    area: int = 0

    def __post_init__(self) -> None:
        """Refuse another choice, and a weight that is none."""
        if self.choice not in CHOICES:
            raise ValueError(f"choice {self.choice!r} is none of {', '.join(CHOICES)}")
        for measure in MEASURES:
            check_whole(measure, getattr(self, measure))


def check_whole(name: str, value: object) -> None:
    """Raise ValueError for a weight that is no whole number of 0 or more."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} {value!r} is not a whole number of 0 or more")


@dataclass(frozen=True, slots=True)
class Share:
    """A threshold; `inclusive` where the number itself is enough (三分之二以上), else it has to be passed (过半数)."""

    value: Fraction
    inclusive: bool

    def is_met(self, part: int, whole: int) -> bool:
        """Return whether `part` of `whole` is enough, by whole numbers alone; of nothing nothing is enough."""
        if whole <= 0:
            return False
        have, need = part * self.value.denominator, whole * self.value.numerator
        return have >= need if self.inclusive else have > need

    def __str__(self) -> str:
        """Return the threshold as the law words it."""
        if self.value == 1:
            return "全部"
        if self.value == Fraction(1, 2) and not self.inclusive:
            return "过半数"
        words = in_words(self.value)
        return f"{words}以上" if self.inclusive else f"超过{words}"


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """A rule by which a vote decides; the same values stand in the file, in the table and here.

    `silence_citation` names the house rule by which those who don't answer count with the majority; empty,
    as shipped: not answering is not taking part. `notice_days` are the days between notice and opening. Where too
    few take part, the closing is put off by `extension_days` up to `extensions_most` times.
    """

    key: str
    name: str
    electorate: str
    measures: tuple[str, ...]
    participation: Share
    approval: Share
    citation: str
    mark: str = "P"
    confirmed: bool = True
    in_force_from: date | None = None
    in_force_to: date | None = None
    note: str = ""
    notice_days: int = 0
    silence_citation: str = ""
    extensions_most: int = 0
    extension_days: int = 0

    @property
    def is_named(self) -> bool:
        """Return whether papers carry names: by law's own logic where floor area counts, it would give the flat away."""
        return "area" in self.measures


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a vote: whether enough took part, whether it passed, every figure, and why in sentences.

    `figures` holds for each measure, such as heads: `eligible_heads`, `present_heads`, `yes_heads`, `no_heads`,
    `abstain_heads`, and the shares `participation_heads` (of the roll) and `approval_heads` (of those taking part).
    """

    passed: bool
    quorate: bool
    figures: dict[str, Fraction]
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class Count:
    """The sums of one measure."""

    measure: str
    eligible: int
    yes: int = 0
    no: int = 0
    abstain: int = 0

    @property
    def present(self) -> int:
        """Return how much takes part; an abstention does."""
        return self.yes + self.no + self.abstain

    @property
    def silent(self) -> int:
        """Return how much did not answer."""
        return self.eligible - self.present

    def with_silence_as(self, choice: str) -> Count:
        """Return the sums with those who did not answer counted as a choice."""
        return replace(self, **{choice: getattr(self, choice) + self.silent})


def decide(rule: DecisionRule, *, eligible: Weight, papers: Iterable[Paper]) -> Outcome:
    """Return what `papers` decide under `rule` for a roll that weighs `eligible`.

    An abstention takes part and does not approve; whoever is present and casts nothing is given as one.
    An empty roll is never quorate. Raises ValueError where the papers weigh more than the roll.
    """
    counts = [count for count in count_papers(eligible, papers) if count.measure in rule.measures]
    answered, side = counts, ""
    if rule.silence_citation and any(count.present for count in counts):
        side = side_of_silence(counts)
        counts = [count.with_silence_as(side) for count in counts]
    quorate = all(rule.participation.is_met(count.present, count.eligible) for count in counts)
    approved = all(rule.approval.is_met(count.yes, count.present) for count in counts)
    reasons = [*reasons_of(rule, counts), *silence_reasons(rule, answered, side)]
    passed = quorate and approved
    return Outcome(passed, quorate, figures_of(counts), [*reasons, verdict(quorate, passed)])


def count_papers(eligible: Weight, papers: Iterable[Paper]) -> list[Count]:
    """Return the sums of every measure; ValueError where papers weigh more than the roll."""
    sums = {measure: dict.fromkeys(CHOICES, 0) for measure in MEASURES}
    for paper in papers:
        for measure in MEASURES:
            sums[measure][paper.choice] += getattr(paper, measure)
    counts = [Count(measure, getattr(eligible, measure), **sums[measure]) for measure in MEASURES]
    for count in counts:
        if count.present > count.eligible:
            raise ValueError(f"papers weigh {count.present} {count.measure}, the roll only {count.eligible}")
    return counts


def side_of_silence(counts: list[Count]) -> str:
    """Return where a house rule puts those who did not answer: with the majority of those who did.

    With yes only where yes leads in every measure, with no only where it does in every one; else they take
    part without a choice. So one more yes never moves them away from yes.
    """
    if all(count.yes > count.no for count in counts):
        return "yes"
    return "no" if all(count.no > count.yes for count in counts) else "abstain"


def figures_of(counts: list[Count]) -> dict[str, Fraction]:
    """Return every figure by its name; a share of nothing is 0."""
    figures = {}
    for count in counts:
        for name in ("eligible", "present", "yes", "no", "abstain"):
            figures[f"{name}_{count.measure}"] = Fraction(getattr(count, name))
        figures[f"participation_{count.measure}"] = share_of(count.present, count.eligible)
        figures[f"approval_{count.measure}"] = share_of(count.yes, count.present)
    return figures


def share_of(part: int, whole: int) -> Fraction:
    """Return a share as an exact fraction; of nothing it is 0."""
    return Fraction(part, whole) if whole else Fraction(0)


# --- In sentences ------------------------------------------------------------------------------------
def reasons_of(rule: DecisionRule, counts: list[Count]) -> list[Reason]:
    """Return one sentence for each test: participation in every measure, then approval in every measure."""
    if any(count.eligible == 0 for count in counts):
        return [Reason("roll.empty", "名册上没有人，或者没有登记面积，不能表决。")]
    reasons = [participation_reason(rule.participation, count) for count in counts]
    return [*reasons, *(approval_reason(rule.approval, count) for count in counts)]


def participation_reason(needed: Share, count: Count) -> Reason:
    """Return whether enough took part in one measure, as a sentence."""
    is_met = needed.is_met(count.present, count.eligible)
    params = {"part": amount(count.present, count), "whole": amount(count.eligible, count), "needed": str(needed)}
    if is_met:
        return Reason(
            f"participation.{count.measure}.met",
            "参加表决的有 %(part)s，名册上共 %(whole)s，达到“%(needed)s”的要求。",
            **params,
        )
    return Reason(
        f"participation.{count.measure}.missed",
        "参加表决的有 %(part)s，名册上共 %(whole)s，没有达到“%(needed)s”的要求。",
        **params,
    )


def approval_reason(needed: Share, count: Count) -> Reason:
    """Return whether enough approve in one measure, as a sentence."""
    is_met = needed.is_met(count.yes, count.present)
    params = {"part": amount(count.yes, count), "whole": amount(count.present, count), "needed": str(needed)}
    if is_met:
        return Reason(
            f"approval.{count.measure}.met",
            "同意的有 %(part)s，参加表决的共 %(whole)s，达到“%(needed)s”的要求。",
            **params,
        )
    return Reason(
        f"approval.{count.measure}.missed",
        "同意的有 %(part)s，参加表决的共 %(whole)s，没有达到“%(needed)s”的要求。",
        **params,
    )


def silence_reasons(rule: DecisionRule, answered: list[Count], side: str) -> list[Reason]:
    """Return the sentence that says how those who did not answer were counted, where a house rule counts them."""
    if not side or not any(count.silent for count in answered):
        return []
    where = {"yes": "计入同意", "no": "计入不同意", "abstain": "计入参加、不计入同意"}[side]
    params = {"where": where, "citation": rule.silence_citation}
    return [Reason(f"silence.{side}", "没有表决的，按“%(citation)s”随多数，%(where)s。", **params)]


def verdict(quorate: bool, passed: bool) -> Reason:
    """Return the result in one sentence."""
    if not quorate:
        return Reason("result.not_quorate", "参加的不够，这次表决不成立。")
    if passed:
        return Reason("result.passed", "都达到要求，通过。")
    return Reason("result.failed", "参加的够了，同意的没有达到要求，没有通过。")


def amount(value: int, count: Count) -> str:
    """Return a sum with its unit: heads, or square metres with two decimals."""
    if count.measure == "area":
        return f"{value // SQUARE_METRE}.{value % SQUARE_METRE:02d} 平方米"
    return f"{value} 票"


# --- The rules as shipped ----------------------------------------------------------------------------
def parse_share(given: dict[str, str]) -> Share:
    """Return a threshold from the file: `at_least` or `more_than` with a fraction as text."""
    [(kind, text)] = given.items()
    return Share(Fraction(text), {"at_least": True, "more_than": False}[kind])


def parse_rule(row: dict[str, Any], first_day: date) -> DecisionRule:
    """Return a rule from its table in the file."""
    values = {name: value for name, value in row.items() if name not in ("measures", "participation", "approval")}
    return DecisionRule(
        **{"in_force_from": first_day, **values},
        measures=tuple(row["measures"]),
        participation=parse_share(row["participation"]),
        approval=parse_share(row["approval"]),
    )


def shipped_rules() -> dict[str, DecisionRule]:
    """Return the shipped rules by their keys."""
    data = tomllib.loads(RULES_FILE.read_text(encoding="utf-8"))
    return {row["key"]: parse_rule(row, data["first_day"]) for row in data["rule"]}


RULES = shipped_rules()
