"""Counts for consultation agree with published examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberation.counting import Result, approval, condorcet, drawn_order, instant_runoff, score, single_choice

# Choosing Tennessee's capital by distance, the example of Wikipedia's articles on each of these methods.
CITIES = ("Memphis", "Nashville", "Chattanooga", "Knoxville")
TENNESSEE = {
    ("Memphis", "Nashville", "Chattanooga", "Knoxville"): 42,
    ("Nashville", "Chattanooga", "Knoxville", "Memphis"): 26,
    ("Chattanooga", "Knoxville", "Nashville", "Memphis"): 15,
    ("Knoxville", "Chattanooga", "Nashville", "Memphis"): 17,
}
# The mayor of Burlington, Vermont, 2009, for its three leading candidates: rangevoting.org/Burlington.html.
BURLINGTON = {
    "MKW": 1332, "MWK": 767, "M": 455, "KMW": 2043, "KWM": 371, "K": 568, "WMK": 1513, "WKM": 495, "W": 1289,
}  # fmt: skip
# The first example of Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent
# single-winner election method", Social Choice and Welfare 36 (2011), as in Wikipedia's article on his method.
SCHULZE = {
    "ACBED": 5, "ADECB": 5, "BEDAC": 8, "CABED": 3, "CAEBD": 7, "CBADE": 2, "DCEBA": 7, "EBADC": 8,
}  # fmt: skip


def spread(papers: dict[Any, int]) -> list[Any]:
    """Return every single paper."""
    return [paper for paper, number in papers.items() for _each in range(number)]


def test_single_choice_takes_the_most_first_votes() -> None:
    result = single_choice(CITIES, [paper[0] for paper in spread(TENNESSEE)] + [None] * 3)
    assert result.ranking == ("Memphis", "Nashville", "Knoxville", "Chattanooga")
    assert result.tallies == {"Memphis": 42, "Nashville": 26, "Chattanooga": 15, "Knoxville": 17}
    assert result.tied == frozenset()


def test_approval_of_the_two_nearest() -> None:
    """Wikipedia, "Approval voting"."""
    result = approval(CITIES, [paper[:2] for paper in spread(TENNESSEE)])
    assert result.tallies == {"Memphis": 42, "Nashville": 68, "Chattanooga": 58, "Knoxville": 32}
    assert result.winner == "Nashville"


def test_score_by_nearness() -> None:
    """Wikipedia, "Score voting"."""
    given_points = {
        "Memphis": (10, 4, 2, 0), "Nashville": (0, 10, 4, 2), "Chattanooga": (0, 6, 10, 6), "Knoxville": (0, 5, 7, 10),
    }  # fmt: skip
    papers = [dict(zip(CITIES, given_points[paper[0]], strict=True)) for paper in spread(TENNESSEE)]
    result = score(CITIES, papers, most=10)
    assert result.tallies == {"Memphis": 420, "Nashville": 603, "Chattanooga": 457, "Knoxville": 312}
    assert result.winner == "Nashville"


def test_instant_runoff_in_tennessee() -> None:
    """Wikipedia, "Instant-runoff voting": Chattanooga goes out, then Nashville, and Knoxville wins."""
    result = instant_runoff(CITIES, spread(TENNESSEE))
    assert [one.eliminated for one in result.rounds] == ["Chattanooga", "Nashville", ""]
    assert result.rounds[0].votes == {"Memphis": 42, "Nashville": 26, "Chattanooga": 15, "Knoxville": 17}
    assert result.rounds[1].votes == {"Memphis": 42, "Nashville": 26, "Knoxville": 32}
    assert result.rounds[2].votes == {"Memphis": 42, "Knoxville": 58}
    assert result.ranking == ("Knoxville", "Memphis", "Nashville", "Chattanooga")


def test_instant_runoff_in_burlington() -> None:
    """Kiss wins the runoff by 4314 to 4064, the papers that name neither left out."""
    result = instant_runoff("MKW", spread(BURLINGTON))
    assert [one.votes for one in result.rounds] == [{"M": 2554, "K": 2982, "W": 3297}, {"K": 4314, "W": 4064}]
    assert result.winner == "K"


def test_condorcet_in_burlington_and_tennessee() -> None:
    """Montroll beats Kiss by 4067 to 3477 and Wright by 4597 to 3668; Nashville beats each other city."""
    assert condorcet("KWM", spread(BURLINGTON)).ranking == ("M", "K", "W")
    result = condorcet(CITIES, spread(TENNESSEE))
    assert result.ranking == ("Nashville", "Chattanooga", "Knoxville", "Memphis")
    assert result.tallies == {"Nashville": 3, "Chattanooga": 2, "Knoxville": 1, "Memphis": 0}


def test_condorcet_without_a_winner_of_every_duel() -> None:
    """Schulze's own example: E, A, C, B, D."""
    result = condorcet("ABCDE", spread(SCHULZE))
    assert "".join(result.ranking) == "EACBD"
    assert max(result.tallies.values()) < 4
    assert result.tied == frozenset()


# --- Ties ------------------------------------------------------------------------------------------------------
METHODS: dict[str, Callable[[Any, list[str]], Result]] = {
    "single choice": lambda order, papers: single_choice(order, [paper[0] for paper in papers]),
    "approval": lambda order, papers: approval(order, [paper[:1] for paper in papers]),
    "score": lambda order, papers: score(order, [{paper[0]: 1} for paper in papers], most=1),
    "instant-runoff": instant_runoff,
    "condorcet": condorcet,
}


@pytest.mark.parametrize("method", METHODS)
def test_the_published_order_decides_a_tie(method: str) -> None:
    papers = ["AB", "BA"]
    for order in ("AB", "BA"):
        result = METHODS[method](order, papers)
        assert result.winner == order[0]
        assert result.tied == {"A", "B"}
        assert [reason.code for reason in result.reasons] == ["count.winner", "count.tie"]


def test_of_equally_few_the_last_in_the_order_goes_out() -> None:
    papers = ["AC", "AC", "BC", "CA"]
    assert [one.eliminated for one in instant_runoff("ABC", papers).rounds] == ["C", ""]
    by_another = instant_runoff("ACB", papers)
    assert [one.eliminated for one in by_another.rounds] == ["B", "C", ""]
    assert by_another.tied == {"A", "B", "C"}


def test_the_order_can_be_drawn_again() -> None:
    """By SHA-256, so that the same seed gives the same order everywhere."""
    assert drawn_order(["甲", "乙", "丙"], "2026-11-24") == drawn_order(["丙", "甲", "乙"], "2026-11-24")
    assert sorted(drawn_order("ABCDEFGH", "seed")) == list("ABCDEFGH")
    assert len({tuple(drawn_order("ABCD", str(seed))) for seed in range(100)}) > 10


# --- What is no paper --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", METHODS)
def test_a_paper_names_what_is_offered_and_once(method: str) -> None:
    with pytest.raises(ValueError, match="is no paper"):
        METHODS[method]("AB", ["C"])


@pytest.mark.parametrize("count", [approval, instant_runoff, condorcet])
def test_no_option_stands_on_a_paper_twice(count: Callable[[Any, Any], Result]) -> None:
    with pytest.raises(ValueError, match="is no paper"):
        count("AB", ["AA"])


@pytest.mark.parametrize("points", [-1, 11, True, 1.0, "5", None])
def test_points_lie_between_nothing_and_the_most(points: Any) -> None:
    with pytest.raises(ValueError, match="points are none of 0 to 10"):
        score("AB", [{"A": points}], most=10)


@pytest.mark.parametrize("order", ["", "AA"])
@pytest.mark.parametrize("method", METHODS)
def test_the_order_names_every_option_once(method: str, order: str) -> None:
    with pytest.raises(ValueError, match="every option once"):
        METHODS[method](order, [])


# --- Whatever is cast ----------------------------------------------------------------------------------------------
RANKED = st.lists(st.permutations("ABCDE").flatmap(lambda full: st.integers(0, 5).map(lambda n: full[:n])), max_size=25)


@given(RANKED)
def test_a_winner_of_every_duel_wins_by_condorcet(papers: list[list[str]]) -> None:
    result = condorcet("ABCDE", papers)
    beats_all = [option for option, won in result.tallies.items() if won == 4]
    assert not beats_all or (result.winner == beats_all[0] and result.tied == frozenset())
    assert sorted(result.ranking) == list("ABCDE")


def test_whoever_is_beaten_by_nobody_stands_first_however_few_they_beat() -> None:
    """A ties with all others; B beats D and is beaten by C."""
    papers = ["ACBD", "CBDA"]
    result = condorcet("BDCA", papers)
    assert result.tied == {"A", "C"}
    assert result.winner == "C"


@given(RANKED)
def test_whoever_more_than_half_rank_first_wins_the_runoff(papers: list[list[str]]) -> None:
    result = instant_runoff("ABCDE", papers)
    firsts = [paper[0] for paper in papers if paper]
    clear = [option for option in "ABCDE" if 2 * firsts.count(option) > len(firsts)]
    assert not clear or (result.winner == clear[0] and len(result.rounds) == 1)
    assert sorted(result.ranking) == list("ABCDE")


@given(RANKED)
def test_the_order_of_papers_changes_nothing(papers: list[list[str]]) -> None:
    for method in (instant_runoff, condorcet):
        assert method("ABCDE", papers) == method("ABCDE", papers[::-1])
