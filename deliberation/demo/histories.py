"""The issues of 2023: as many as the district reported, each with the history that its ending asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

from community.demo.sharing import shares
from deliberation.demo.casting import Casting
from deliberation.demo.course import Course
from deliberation.demo.moments import raised_moments
from deliberation.demo.story import Story
from deliberation.states import Outcome

YEAR = 2023
COLLECTED, RESOLVED, WITHDRAWN = 986, 823, 9
SENT_ROUND, SENT_TO_TOWN = 0.045, 0.012


def to_work(course: Course) -> None:
    """Raise, accept, dispatch; now and then it is sent round first."""
    course.begin()
    course.accept()
    course.dispatch()
    chance = course.rng.random()
    if chance < SENT_ROUND:
        course.sent_round(2 if chance < SENT_TO_TOWN else 1)


def to_result(course: Course) -> None:
    """Bring it to its first result."""
    to_work(course)
    course.work_on_it()


def content(course: Course) -> None:
    """Resolved, and well rated."""
    to_result(course)
    course.rate(course.rng.choices((5, 4, 3), (58, 32, 10))[0])


def unanswered(course: Course) -> None:
    """Resolved; nobody answered the call-back, so the clock closes it."""
    to_result(course)


def reworked(course: Course) -> None:
    """Rated low, done again, then rated well."""
    to_result(course)
    course.rate(course.rng.choice((1, 2, 2)))
    course.work_on_it()
    course.rate(course.rng.choices((5, 4, 3), (30, 50, 20))[0])


def reworked_twice(course: Course) -> None:
    """Rated low twice before it was done."""
    to_result(course)
    for _ in range(2):
        course.rate(course.rng.choice((1, 2)))
        course.work_on_it()
    course.rate(course.rng.choice((3, 4)))


def never_content(course: Course) -> None:
    """Rated low after the last rework: with the town, and not counted as resolved."""
    to_result(course)
    for _ in range(2):
        course.rate(course.rng.choice((1, 2)))
        course.work_on_it()
    course.rate(2)


def refused(course: Course) -> None:
    """Not accepted."""
    course.begin()
    course.refuse(course.rng.choices((Outcome.NOT_OURS, Outcome.DUPLICATE, Outcome.UNRESOLVED), (5, 3, 3))[0])


def closed(outcome: Outcome) -> Callable[[Course], None]:
    """Return the ending of what was worked on and closed with another outcome."""

    def tell(course: Course) -> None:
        to_work(course)
        course.close(outcome)

    return tell


def still_raised(course: Course) -> None:
    """Seen, made public, and never accepted."""
    course.begin()
    course.seen()
    course.review()


def still_accepted(course: Course) -> None:
    """Accepted, and never dispatched."""
    course.begin()
    course.accept()


def still_returned(course: Course) -> None:
    """Returned, and never dispatched again."""
    course.begin()
    course.accept()
    course.dispatch()
    reason = course.stage.wording.phrase("give_back", "reasons")
    course.story.give_back(by=course.handler, at=course.work(1), reason=reason)


def still_reworked(course: Course) -> None:
    """Sent back, and not done since."""
    to_result(course)
    course.rate(course.rng.choice((1, 2)))


def withdrawn(course: Course) -> None:
    """Taken back by whoever raised it."""
    course.begin()
    course.withdraw()


Ending = Callable[[Course], None]
RESOLVED_ENDINGS: dict[Ending, int] = {
    content: 594,
    unanswered: 147,
    reworked: 66,
    reworked_twice: 16,
}
OTHER_ENDINGS: dict[Ending, int] = {
    refused: 42,
    closed(Outcome.UNRESOLVED): 48,
    closed(Outcome.DUPLICATE): 22,
    closed(Outcome.NOT_OURS): 18,
    still_raised: 3,
    still_accepted: 4,
    to_work: 12,
    still_returned: 3,
    still_reworked: 5,
    never_content: 6,
}
# What is open to this day was raised late in the year, in other towns than the demo's own.
STILL_OPEN = frozenset({still_raised, still_accepted, to_work, still_returned, still_reworked, never_content})


def endings(scale: float, rng: Random) -> list[Ending]:
    """Return the ending of each issue in the order in which they were raised."""
    collected, resolved = round(COLLECTED * scale), round(RESOLVED * scale)
    chosen: list[Ending] = [withdrawn] * max(1, round(WITHDRAWN * scale))
    for table, total in ((RESOLVED_ENDINGS, resolved), (OTHER_ENDINGS, collected - resolved)):
        for ending, share in zip(table, shares(total, list(table.values())), strict=True):
            chosen += [ending] * share
    late = [ending for ending in chosen if ending in STILL_OPEN]
    early = [ending for ending in chosen if ending not in STILL_OPEN]
    rng.shuffle(late)
    rng.shuffle(early)
    # Among the last of the year, one finished history for each open one.
    tail = [*late, *early[len(early) - len(late) :]]
    rng.shuffle(tail)
    return [*early[: len(early) - len(late)], *tail]


def stories_of_year(casting: Casting, scale: float, until: datetime) -> list[Story]:
    """Return the year's stories, told up to `until`."""
    plan = endings(scale, casting.rng)
    found = []
    for at, ending in zip(raised_moments(YEAR, len(plan), casting.rng), plan, strict=True):
        course = casting.random_course(at, away=ending in STILL_OPEN)
        ending(course)
        course.story.run_clocks(until)
        found.append(course.story)
    return found
