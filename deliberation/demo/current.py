"""The issues in hand on the day of loading, so that a worker's desk is alive whenever the demo is shown.

current.toml says which, in working days before that day; so terms end today, have ended, or wait.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from community.clock import SHANGHAI, Holidays, is_working_day
from community.demo.people import other_community
from community.models import Area, Resident
from deliberation.demo.casting import Casting
from deliberation.demo.course import Course
from deliberation.demo.moments import on
from deliberation.demo.story import Story
from deliberation.states import Outcome

CURRENT_FILE = Path(__file__).with_name("current.toml")
ASKED_TO_VISIT = "要进屋才能修，请您定个能上门的时间。定下来之前，办理时限先停。"
ASKED_WHERE = "去看了两处，不知道说的是哪一处。请您补充一句，说清之前时限先停。"


def current_stories(casting: Casting, until: datetime) -> list[Story]:
    """Return the stories of the last two weeks, told up to `until`."""
    return [story_of(row, casting, until) for row in tomllib.loads(CURRENT_FILE.read_text(encoding="utf-8"))["issue"]]


def story_of(row: dict[str, Any], casting: Casting, until: datetime) -> Story:
    """Return one story of the file."""
    steps = [step.split() for step in row["steps"]]
    moments = moments_of(steps, until, casting.stage.terms.holidays)
    course = start(row, casting, moments[0])
    for (verb, *words), at in zip(steps, moments, strict=True):
        course.story.run_clocks(at)
        course.now = at
        STEPS[verb](course, at, words[-1])
    course.story.run_clocks(until)
    return course.story


def moments_of(steps: list[list[str]], until: datetime, holidays: Holidays) -> list[datetime]:
    """Return when the steps were taken: as planned, but none later than `until`, and each after the one before."""
    planned = [moment_of(step, until, holidays) for step in steps]
    found: list[datetime] = []
    for minutes, moment in enumerate(reversed(planned), start=1):
        found.append(min(moment, until - timedelta(minutes=minutes)))
    return found[::-1]


def moment_of(step: list[str], until: datetime, holidays: Holidays) -> datetime:
    """Return the planned moment of a step: `40m` is minutes ago, `3 09:30` a time three working days ago."""
    if step[1].endswith("m"):
        return until - timedelta(minutes=int(step[1][:-1]))
    day = working_day_before(until.astimezone(SHANGHAI).date(), int(step[1]), holidays)
    return on(day, time.fromisoformat(step[2]))


def working_day_before(day: date, count: int, holidays: Holidays) -> date:
    """Return the working day `count` working days before `day`; for 0 that day itself, or the last one before it."""
    while not is_working_day(day, holidays):
        day -= timedelta(days=1)
    while count > 0:
        day -= timedelta(days=1)
        count -= is_working_day(day, holidays)
    return day


def start(row: dict[str, Any], casting: Casting, at: datetime) -> Course:
    """Return the start of a story at the place and by the person that a row names."""
    committee, area = place_of(row["where"], casting)
    return casting.course(
        at,
        committee,
        area,
        reporter_of(row, casting, committee),
        category=row.get("category", ""),
        private=row.get("private", False),
        spoken_for=row.get("spoken_for", False),
    )


def place_of(where: str, casting: Casting) -> tuple[Area, Area]:
    """Return the committee's area, and the place in it, that a word means."""
    places = casting.stage.district.places
    home_community = next(area for area in places.committees if area.covers(places.home))
    if where == "home":
        return home_community, places.home
    committee = {"community": home_community, "other": other_community(places)}.get(where)
    committee = committee or casting.committee(avoiding=places.home.town_id)
    return committee, casting.rng.choice([leaf for leaf in places.below[committee.pk] if leaf.pk != casting.apart])


def reporter_of(row: dict[str, Any], casting: Casting, committee: Area) -> Resident:
    """Return the resident that a row names, or one of the place who is no demo account."""
    people = casting.people[committee.pk]
    if "reporter" in row:
        return next(one for one in people if one.user is not None and one.user.username == row["reporter"])
    plain = [one for one in people if one.user is not None and one.user.username.startswith("resident-")]
    return casting.rng.choice(plain)


# --- The steps -------------------------------------------------------------------------------------
def begin(course: Course, at: datetime, word: str) -> None:
    """Raise it with a photo."""
    course.story.begin(photos=course.photos(fixed=False))


def publish(course: Course, at: datetime, word: str) -> None:
    """Make it public."""
    course.story.review(by=course.worker, at=at, publish=True)


def accept(course: Course, at: datetime, word: str) -> None:
    """Accept it."""
    course.story.accept(by=course.worker, at=at)


def dispatch(course: Course, at: datetime, word: str) -> None:
    """Give it to its usual unit."""
    course.story.dispatch(by=course.worker, at=at, unit=course.own_unit())


def progress(course: Course, at: datetime, word: str) -> None:
    """Say how far the work is."""
    course.story.progress(by=course.handler, at=at, text=course.stage.wording.progress(course.told))


def ask(course: Course, at: datetime, word: str) -> None:
    """Ask the reporter something; until they answer the clock is paused."""
    if course.story.issue.unit is None:
        course.story.ask(by=course.worker, at=at, text=ASKED_WHERE)
    else:
        course.story.ask(by=course.handler, at=at, text=ASKED_TO_VISIT)


def supplement(course: Course, at: datetime, word: str) -> None:
    """Have the reporter add something that nobody has reviewed yet."""
    text = course.stage.wording.phrase("notes", "supplement")
    course.story.supplement(by=course.story.issue.reporter, at=at, text=text)


def give_back(course: Course, at: datetime, word: str) -> None:
    """Return it."""
    reason = course.stage.wording.phrase("give_back", "reasons")
    course.story.give_back(by=course.handler, at=at, reason=reason)


def resolve(course: Course, at: datetime, word: str) -> None:
    """Resolve it with a photo."""
    text = course.told.done if course.story.issue.rework_count == 0 else course.again()
    course.story.resolve(by=course.handler, at=at, text=text, photos=course.photos(fixed=True))


def rate(course: Course, at: datetime, word: str) -> None:
    """Rate it."""
    rating = int(word)
    comment = course.stage.wording.comment(rating)
    course.story.rate(by=course.story.issue.reporter, at=at, rating=rating, comment=comment)


def refuse(course: Course, at: datetime, word: str) -> None:
    """Refuse it."""
    reason = course.stage.wording.phrase("refuse", word)
    course.story.refuse(by=course.worker, at=at, outcome=Outcome(word), reason=reason)


def close(course: Course, at: datetime, word: str) -> None:
    """Close it without its being resolved."""
    reason = course.stage.wording.closing(course.told, word)
    course.story.close(by=course.worker, at=at, outcome=Outcome(word), reason=reason)


def withdraw(course: Course, at: datetime, word: str) -> None:
    """Take it back."""
    course.story.withdraw(at=at, reason=course.stage.wording.phrase("notes", "withdraw"))


STEPS: dict[str, Callable[[Course, datetime, str], None]] = {
    "begin": begin,
    "publish": publish,
    "accept": accept,
    "dispatch": dispatch,
    "progress": progress,
    "ask": ask,
    "supplement": supplement,
    "return": give_back,
    "resolve": resolve,
    "rate": rate,
    "refuse": refuse,
    "close": close,
    "withdraw": withdraw,
}
