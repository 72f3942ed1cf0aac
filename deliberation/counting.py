"""Counts for consultation: single choice, approval, score, instant-runoff and Condorcet. No Django, no database.

Each is a published definition; what it does not decide (a tie) is decided by an order of the options that is
published before the vote, so that nobody chooses afterwards. Papers that rank or mark nothing take part and
choose nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from community.reasons import Reason


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a runoff: what each option that was still in it had, and which went out after it ('' in the last)."""

    votes: dict[str, int]
    eliminated: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a count: the options from first to last, what each had, the rounds of a runoff, and why.

    `ranking[0]` has won. `tied` names the options between which the published order had to decide. `tallies` is
    what each option had: votes, marks, points, or for Condorcet the duels that it won.
    """

    ranking: tuple[str, ...]
    tallies: dict[str, int]
    tied: frozenset[str]
    reasons: list[Reason]
    rounds: tuple[Round, ...] = ()

    @property
    def winner(self) -> str:
        """Return the option that has won."""
        return self.ranking[0]


def drawn_order(options: Collection[str], seed: str) -> list[str]:
    """Return the options in an order that anybody can draw again from a published seed: by SHA-256 of seed and option."""
    return sorted(options, key=lambda option: hashlib.sha256(f"{seed}:{option}".encode()).hexdigest())


# --- One number for each option --------------------------------------------------------------------------
def single_choice(order: Sequence[str], papers: Iterable[str | None]) -> Result:
    """Count papers that name one option each, or none (None). The most votes win."""
    check_order(order)
    votes = dict.fromkeys(order, 0)
    for paper in papers:
        for option in known([] if paper is None else [paper], order):
            votes[option] += 1
    return by_tally(order, votes)


def approval(order: Sequence[str], papers: Iterable[Collection[str]]) -> Result:
    """Count papers that mark any number of options. The most marks win (Brams and Fishburn 1978)."""
    check_order(order)
    votes = dict.fromkeys(order, 0)
    for paper in papers:
        for option in known(paper, order):
            votes[option] += 1
    return by_tally(order, votes)


def score(order: Sequence[str], papers: Iterable[Mapping[str, int]], *, most: int) -> Result:
    """Count papers that give each option 0 to `most` points; what is left out gets none. The most points win."""
    check_order(order)
    points = dict.fromkeys(order, 0)
    for paper in papers:
        for option in known(paper, order):
            given = paper[option]
            if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= most:
                raise ValueError(f"{given!r} points are none of 0 to {most}")
            points[option] += given
    return by_tally(order, points)


def by_tally(order: Sequence[str], tallies: dict[str, int]) -> Result:
    """Return the options by what each had, ties by the published order."""
    ranking = sorted(order, key=lambda option: (-tallies[option], order.index(option)))
    tied = {one for one in order if tallies[one] == tallies[ranking[0]]}
    return result_of(ranking, tallies, tied if len(tied) > 1 else set())


# --- Ranked papers -----------------------------------------------------------------------------------------
def instant_runoff(order: Sequence[str], papers: Iterable[Sequence[str]]) -> Result:
    """Count ranked papers, each from first to last, as far as the voter went.

    While no option has more than half of the papers that still name one, the option with the fewest goes out
    and its papers go on to their next choice. Of options that have equally few, the one that stands last in the
    published order goes out.
    """
    check_order(order)
    counted = Counter(tuple(known(paper, order)) for paper in papers)
    standing, rounds, out, tied = list(order), [], [], set()
    while True:
        votes = first_choices(counted, standing)
        leader = max(standing, key=lambda option: (votes[option], -order.index(option)))
        if 2 * votes[leader] > sum(votes.values()) or len(standing) == 1:
            rounds.append(Round(votes, ""))
            break
        loser = min(standing, key=lambda option: (votes[option], -order.index(option)))
        equally_few = {option for option in standing if votes[option] == votes[loser]}
        tied |= equally_few if len(equally_few) > 1 else set()
        rounds.append(Round(votes, loser))
        standing.remove(loser)
        out.append(loser)
    rest = sorted(standing, key=lambda option: (-votes[option], order.index(option)))
    return result_of([*rest, *reversed(out)], votes | dict.fromkeys(out, 0), tied, tuple(rounds))


def first_choices(counted: Counter[tuple[str, ...]], standing: Collection[str]) -> dict[str, int]:
    """Return how many papers name each option first of those that are still in."""
    votes = dict.fromkeys(standing, 0)
    for paper, number in counted.items():
        choice = next((option for option in paper if option in votes), None)
        if choice is not None:
            votes[choice] += number
    return votes


def condorcet(order: Sequence[str], papers: Iterable[Sequence[str]]) -> Result:
    """Count ranked papers by duels; whoever wins every duel wins, else Schulze's method decides.

    An option that a paper ranks beats those that it leaves out. Strength of a path: its weakest link, measured
    by winning votes (Schulze 2011). What the method leaves tied, the published order decides.
    """
    check_order(order)
    duels = duels_of(order, papers)
    paths = strongest_paths(order, duels)
    # Beating by paths is transitive, so whoever is beaten by fewer stands before whomever they beat.
    losses = {one: sum(paths[other, one] > paths[one, other] for other in order if other != one) for one in order}
    ranking = sorted(order, key=lambda option: (losses[option], order.index(option)))
    tied = {one for one in order if not losses[one]}
    won = {one: sum(duels[one, other] > duels[other, one] for other in order if other != one) for one in order}
    return result_of(ranking, won, tied if len(tied) > 1 else set())


def duels_of(order: Sequence[str], papers: Iterable[Sequence[str]]) -> dict[tuple[str, str], int]:
    """Return how many papers prefer the first of two options to the second."""
    duels = dict.fromkeys(permutations(order, 2), 0)
    for paper, number in Counter(tuple(known(paper, order)) for paper in papers).items():
        place = {option: index for index, option in enumerate(paper)}
        for one, other in combinations(order, 2):
            first, second = place.get(one, len(order)), place.get(other, len(order))
            if first != second:
                duels[(one, other) if first < second else (other, one)] += number
    return duels


def strongest_paths(order: Sequence[str], duels: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Return the strength of the strongest path from each option to each other (Floyd and Warshall)."""
    paths = {pair: votes if votes > duels[pair[::-1]] else 0 for pair, votes in duels.items()}
    for middle in order:
        for one, other in permutations([option for option in order if option != middle], 2):
            paths[one, other] = max(paths[one, other], min(paths[one, middle], paths[middle, other]))
    return paths


# --- What they share -----------------------------------------------------------------------------------------
def check_order(order: Sequence[str]) -> None:
    """Raise ValueError where the published order names nothing, or an option twice."""
    if not order or len(set(order)) != len(order):
        raise ValueError("the order has to name every option once")


def known(options: Collection[str], order: Sequence[str]) -> Collection[str]:
    """Return the options of a paper; ValueError for one that is not offered or stands there twice."""
    if len(set(options)) != len(options) or not set(options) <= set(order):
        raise ValueError(f"{sorted(options)} is no paper for {', '.join(order)}")
    return options


def result_of(
    ranking: Sequence[str], tallies: dict[str, int], tied: Collection[str], rounds: tuple[Round, ...] = ()
) -> Result:
    """Return a result with its sentences."""
    reasons = [Reason("count.winner", "“%(winner)s”排在第一。", winner=ranking[0])]
    if tied:
        names = "、".join(f"“{option}”" for option in ranking if option in tied)
        reasons.append(Reason("count.tie", "%(names)s 票数相同，按表决前公布的次序定先后。", names=names))
    return Result(tuple(ranking), tallies, frozenset(tied), reasons, rounds)
