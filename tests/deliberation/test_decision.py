"""Decisions by vote: every shipped rule at its threshold, one head and one hundredth of a square metre beside it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.reasons import Reason
from deliberation.decision import CHOICES, RULES, DecisionRule, Outcome, Paper, Share, Weight, decide

OWNERS = ("owners_ordinary", "owners_special")
HEADS = tuple(key for key, rule in RULES.items() if rule.measures == ("heads",))


def vote(rule: DecisionRule, eligible: tuple[int, int], **cast: tuple[int, int]) -> Outcome:
    """Return what one paper of each choice decides, each weighing (heads, area)."""
    papers = [Paper(choice, *weight) for choice, weight in cast.items()]
    return decide(rule, eligible=Weight(*eligible), papers=papers)


def codes(outcome: Outcome) -> list[str]:
    return [reason.code for reason in outcome.reasons]


def test_the_keys_of_the_shipped_rules() -> None:
    assert list(RULES) == [
        "owners_ordinary", "owners_special", "owners_unanimous", "residents_meeting", "villagers_meeting",
        "villagers_meeting_households", "villager_representatives", "village_group", "representatives",
        "hall_consultation", "hall_consensus",
    ]  # fmt: skip
    assert all(rule.citation and rule.note and rule.in_force_from for rule in RULES.values())
    assert {key for key, rule in RULES.items() if rule.is_named} == {*OWNERS, "owners_unanimous"}
    assert not any(rule.silence_citation for rule in RULES.values())


# --- Exactly at the threshold, and beside it ---------------------------------------------------------
# Roll of 300 heads and 300.00 m2; {rule: (least that is enough to take part, least of 300 present that passes)}.
LEAST = {
    "owners_ordinary": (200, 151),
    "owners_special": (200, 225),
    "owners_unanimous": (300, 300),
    "residents_meeting": (151, 151),
    "villagers_meeting": (151, 151),
    "villagers_meeting_households": (200, 151),
    "villager_representatives": (200, 151),
    "village_group": (200, 151),
    "representatives": (200, 151),
    "hall_consultation": (150, 151),
    "hall_consensus": (150, 200),
}


@pytest.mark.parametrize("key", RULES)
def test_participation_in_heads(key: str) -> None:
    least, _passes = LEAST[key]
    area = 30_000 if RULES[key].is_named else 0
    for heads, expected in ((least - 1, False), (least, True)):
        outcome = vote(RULES[key], (300, area), yes=(heads, area))
        assert (outcome.quorate, outcome.passed) == (expected, expected)
        assert outcome.figures["participation_heads"] == Fraction(heads, 300)
        assert ("participation.heads.met" in codes(outcome)) == expected


@pytest.mark.parametrize("key", RULES)
def test_approval_in_heads(key: str) -> None:
    _least, passes = LEAST[key]
    area = 30_000 if RULES[key].is_named else 0
    for heads, expected in ((passes - 1, False), (passes, True)):
        outcome = vote(RULES[key], (300, area), yes=(heads, area), no=(300 - heads, 0))
        assert (outcome.quorate, outcome.passed) == (True, expected)
        assert outcome.figures["approval_heads"] == Fraction(heads, 300)
        assert ("approval.heads.met" in codes(outcome)) == expected


@pytest.mark.parametrize(
    ("key", "least", "passes"),
    [("owners_ordinary", 20_000, 15_001), ("owners_special", 20_000, 22_500), ("owners_unanimous", 30_000, 30_000)],
)
def test_area_to_a_hundredth_of_a_square_metre(key: str, least: int, passes: int) -> None:
    for area, expected in ((least - 1, False), (least, True)):
        outcome = vote(RULES[key], (300, 30_000), yes=(300, area))
        assert (outcome.quorate, outcome.passed) == (expected, expected)
    for area, expected in ((passes - 1, False), (passes, True)):
        outcome = vote(RULES[key], (300, 30_000), yes=(300, area), no=(0, 30_000 - area))
        assert (outcome.quorate, outcome.passed) == (True, expected)
        assert outcome.figures["approval_area"] == Fraction(area, 30_000)


def test_exactly_a_half_fails_and_exactly_two_thirds_and_three_quarters_pass() -> None:
    half = vote(RULES["owners_ordinary"], (6, 600), yes=(2, 200), no=(2, 200))
    assert (half.quorate, half.passed) == (True, False)
    assert half.figures["participation_heads"] == half.figures["participation_area"] == Fraction(2, 3)
    assert half.figures["approval_heads"] == half.figures["approval_area"] == Fraction(1, 2)
    assert vote(RULES["owners_special"], (4, 400), yes=(3, 300), no=(1, 100)).passed


# --- Both measures ------------------------------------------------------------------------------------
def test_one_owner_of_half_the_area_decides_nothing_alone() -> None:
    """Nine of ten approve and hold less than half of the area; then the one with half of it alone."""
    small = vote(RULES["owners_ordinary"], (10, 1_000), yes=(9, 500), no=(1, 500))
    assert (small.quorate, small.passed) == (True, False)
    assert codes(small) == [
        "participation.heads.met", "participation.area.met", "approval.heads.met", "approval.area.missed",
        "result.failed",
    ]  # fmt: skip
    large = vote(RULES["owners_ordinary"], (10, 1_000), yes=(1, 500), no=(9, 500))
    assert not large.passed
    # Without the one, the others are enough of the heads and too little of the area to decide at all.
    assert not vote(RULES["owners_ordinary"], (10, 1_000), yes=(9, 500)).quorate


def test_several_units_of_one_person_are_one_head() -> None:
    papers = [Paper("yes", 1, 100), Paper("yes", 0, 100), Paper("no", 1, 100)]
    outcome = decide(RULES["owners_ordinary"], eligible=Weight(2, 300), papers=papers)
    assert outcome.figures["present_heads"] == 2
    assert outcome.figures["yes_area"] == 200
    assert not outcome.passed


# --- Nobody, and nothing -----------------------------------------------------------------------------
@pytest.mark.parametrize("key", RULES)
def test_an_empty_roll_is_never_quorate(key: str) -> None:
    outcome = decide(RULES[key], eligible=Weight(0, 0), papers=[])
    assert (outcome.quorate, outcome.passed) == (False, False)
    assert codes(outcome) == ["roll.empty", "result.not_quorate"]


@pytest.mark.parametrize("key", OWNERS)
def test_a_roll_without_area_is_never_quorate_for_owners(key: str) -> None:
    assert not vote(RULES[key], (3, 0), yes=(3, 0)).quorate


@pytest.mark.parametrize("key", RULES)
def test_nobody_votes(key: str) -> None:
    outcome = decide(RULES[key], eligible=Weight(9, 900), papers=[])
    assert (outcome.quorate, outcome.passed) == (False, False)
    assert outcome.figures["participation_heads"] == outcome.figures["approval_heads"] == 0


@pytest.mark.parametrize("key", HEADS)
def test_an_abstention_takes_part_and_does_not_approve(key: str) -> None:
    outcome = vote(RULES[key], (4, 0), yes=(2, 0), abstain=(2, 0))
    assert (outcome.quorate, outcome.passed) == (True, False)
    assert outcome.figures["approval_heads"] == Fraction(1, 2)
    assert not vote(RULES[key], (4, 0), abstain=(4, 0)).passed


# --- A house rule about silence ------------------------------------------------------------------------
def test_silence_counts_with_the_majority_only_by_a_cited_house_rule() -> None:
    rule = replace(RULES["owners_ordinary"], silence_citation="业主大会议事规则第十二条")
    cast = {"yes": (2, 200), "no": (1, 100)}
    assert not vote(RULES["owners_ordinary"], (9, 900), **cast).quorate
    outcome = vote(rule, (9, 900), **cast)
    assert outcome.passed
    assert outcome.figures["yes_heads"] == 8
    assert "业主大会议事规则第十二条" in next(one for one in outcome.reasons if one.code == "silence.yes")
    split = vote(rule, (9, 900), yes=(2, 100), no=(1, 200))
    assert (split.quorate, split.passed, split.figures["abstain_heads"]) == (True, False, 6)
    assert not decide(rule, eligible=Weight(9, 900), papers=[]).quorate


# --- What is no vote -----------------------------------------------------------------------------------
@pytest.mark.parametrize("weight", [(-1, 0), (0, -1), (True, 0), (1.0, 0), ("1", 0), (None, 0)])
def test_a_weight_is_a_whole_number_of_nothing_or_more(weight: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is not a whole number of 0 or more"):
        Weight(*weight)
    with pytest.raises(ValueError, match="is not a whole number of 0 or more"):
        Paper("yes", *weight)


@pytest.mark.parametrize("choice", ["", "YES", "同意", "maybe", None])
def test_another_choice_is_none(choice: str) -> None:
    with pytest.raises(ValueError, match="is none of yes, no, abstain"):
        Paper(choice, 1)


@pytest.mark.parametrize(("heads", "area"), [(4, 300), (3, 301)])
def test_papers_never_weigh_more_than_the_roll(heads: int, area: int) -> None:
    with pytest.raises(ValueError, match="papers weigh"):
        decide(RULES["owners_ordinary"], eligible=Weight(3, 300), papers=[Paper("no", heads, area)])


# --- Whatever is cast ------------------------------------------------------------------------------------
PAPERS = st.lists(
    st.builds(Paper, st.sampled_from(CHOICES), st.integers(0, 3), st.integers(0, 20_000)), max_size=30
)  # fmt: skip
ANY_RULE = st.builds(
    DecisionRule,
    key=st.just("any"),
    name=st.just("任意"),
    electorate=st.just("owners"),
    measures=st.sampled_from([("heads",), ("heads", "area")]),
    participation=st.builds(Share, st.fractions(0, 1, max_denominator=12), st.booleans()),
    approval=st.builds(Share, st.fractions(0, 1, max_denominator=12), st.booleans()),
    citation=st.just("条文"),
    silence_citation=st.sampled_from(["", "议事规则"]),
)
SOME_RULE = st.sampled_from(list(RULES.values())) | ANY_RULE


def roll_of(papers: list[Paper], heads: int, area: int) -> Weight:
    """Return a roll on which these papers are, and so much more."""
    return Weight(sum(one.heads for one in papers) + heads, sum(one.area for one in papers) + area)


@given(SOME_RULE, PAPERS, st.integers(0, 30), st.integers(0, 200_000), st.integers(0, 2), st.integers(0, 9_999))
def test_one_more_yes_never_turns_passed_into_failed(
    rule: DecisionRule, papers: list[Paper], heads: int, area: int, more_heads: int, more_area: int
) -> None:
    """Whether it comes from somebody who had not voted, or from somebody who changes their mind."""
    eligible = roll_of(papers, heads + more_heads, area + more_area)
    before = decide(rule, eligible=eligible, papers=papers)
    more = decide(rule, eligible=eligible, papers=[*papers, Paper("yes", more_heads, more_area)])
    assert more.passed >= before.passed
    assert more.quorate >= before.quorate
    for place, paper in enumerate(papers):
        changed = [*papers[:place], replace(paper, choice="yes"), *papers[place + 1 :]]
        assert decide(rule, eligible=eligible, papers=changed).passed >= before.passed


@given(SOME_RULE, PAPERS, st.integers(0, 30), st.integers(0, 200_000))
def test_figures_add_up_and_order_does_not_matter(
    rule: DecisionRule, papers: list[Paper], heads: int, area: int
) -> None:
    eligible = roll_of(papers, heads, area)
    outcome = decide(rule, eligible=eligible, papers=papers)
    assert decide(rule, eligible=eligible, papers=papers[::-1]) == outcome
    assert not outcome.passed or outcome.quorate
    for measure in rule.measures:
        figures = {
            name: outcome.figures[f"{name}_{measure}"] for name in ("yes", "no", "abstain", "present", "eligible")
        }
        assert figures["yes"] + figures["no"] + figures["abstain"] == figures["present"] <= figures["eligible"]
    assert all(isinstance(one, Reason) for one in outcome.reasons)


def test_it_needs_neither_django_nor_a_database() -> None:
    code = "import sys, deliberation.decision; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
