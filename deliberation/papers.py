"""What stands on a paper, as text: written when somebody votes, read when it is counted. No Django, no database.

A paper of a decision is `yes`, `no` or `abstain`. Where a ballot has options they are numbered from 1 as the
ballot lists them: `2` for one choice, `1,3` for several, `1:5,2:0` for points, `3>1>2` for a ranking. Nothing
chosen is the empty text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from deliberation import counting
from deliberation.decision import CHOICES, DecisionRule, Outcome, Paper, Weight, decide

DECISION, SINGLE_CHOICE, APPROVAL, SCORE = "decision", "single_choice", "approval", "score"
RANKED = ("instant_runoff", "condorcet")


class NoPaper(ValueError):  # noqa: N818  (an answer about a text, as those of community.errors)
    """A text that is no paper of its ballot."""


def read(text: str, *, method: str, options: int, most: int) -> Any:
    """Return what a paper says, in the form that its count takes; NoPaper where it is none.

    `options` is how many there are, `most` the most points. There is one spelling for each paper.
    """
    if method == DECISION:
        if text not in CHOICES:
            raise NoPaper(text)
        return text
    value = read_options(text, method)
    numbers = [value] if isinstance(value, int) else list(value or [])
    if any(not 1 <= number <= options for number in numbers) or len(set(numbers)) != len(numbers):
        raise NoPaper(text)
    if method == SCORE and any(points > most for points in value.values()):
        raise NoPaper(text)
    if write(value, method=method) != text:
        raise NoPaper(text)
    return value


def read_options(text: str, method: str) -> Any:
    """Return the numbers on a paper with options, unchecked."""
    try:
        if method == SINGLE_CHOICE:
            return int(text) if text else None
        if method == SCORE:
            pairs = [one.split(":") for one in text.split(",")] if text else []
            return {int(number): int(points) for number, points in pairs}
        separator = ">" if method in RANKED else ","
        return [int(number) for number in text.split(separator)] if text else []
    except ValueError:
        raise NoPaper(text) from None


def write(value: Any, *, method: str) -> str:
    """Return a paper as its text, the inverse of `read`."""
    if method == DECISION:
        return str(value)
    if method == SINGLE_CHOICE:
        return "" if value is None else str(value)
    if method == SCORE:
        return ",".join(f"{number}:{points}" for number, points in sorted(value.items()))
    if method in RANKED:
        return ">".join(str(number) for number in value)
    return ",".join(str(number) for number in sorted(value))


def decided(rule: DecisionRule, *, eligible: Weight, papers: Iterable[tuple[str, int, int]]) -> Outcome:
    """Return what papers (text, heads, area) of a decision decide."""
    return decide(rule, eligible=eligible, papers=(Paper(*paper) for paper in papers))


def attended(rule: DecisionRule, *, eligible: Weight, papers: Iterable[tuple[str, int, int]]) -> Outcome:
    """Return whether enough took part in a count of options, whatever they chose."""
    return decide(rule, eligible=eligible, papers=(Paper("abstain", heads, area) for _text, heads, area in papers))


def counted(texts: Iterable[str], *, method: str, options: Sequence[str], most: int, seed: str) -> counting.Result:
    """Return the count of papers with options; ties by the order that the published seed draws."""
    order = counting.drawn_order(options, seed)
    read_all = [read(text, method=method, options=len(options), most=most) for text in texts]
    if method == SINGLE_CHOICE:
        return counting.single_choice(order, [None if one is None else options[one - 1] for one in read_all])
    if method == SCORE:
        points = [{options[number - 1]: given for number, given in one.items()} for one in read_all]
        return counting.score(order, points, most=most)
    named = [[options[number - 1] for number in one] for one in read_all]
    count = {APPROVAL: counting.approval, "instant_runoff": counting.instant_runoff, "condorcet": counting.condorcet}
    return count[method](order, named)
