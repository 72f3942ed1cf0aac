"""Who else says "me too" to the demo's issues, and who follows them."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from community.demo.people import People
from community.models import User
from deliberation.demo.story import Story
from deliberation.models import Follow

MOST = 60
SILENT = 0.22


def add_voices(stories: list[Story], people: People, rng: Random, until: datetime) -> None:
    """Add endorsements and follows to what the public could read, while it was open."""
    crowd = {town_id: accounts(people, town_id) for town_id in {story.issue.town_id for story in stories}}
    everybody = [user for users in crowd.values() for user in users]
    for story in stories:
        opened = next((event.at for event in story.events if event.verb == "publish"), None)
        if opened is None or not story.issue.is_public:
            continue
        closed = story.issue.closed_at or until
        near = [user for user in crowd[story.issue.town_id] if user.pk != story.issue.reporter_id]
        speakers = speaking(near, everybody, story.issue.reporter_id, how_many(rng), rng)
        for user, at in zip(speakers, voices_between(opened, closed, len(speakers), rng), strict=True):
            story.endorse(by=user, at=at)
        for user in rng.sample(near, min(len(near), rng.choices((0, 1, 2, 3), (6, 3, 2, 1))[0])):
            at = opened + timedelta(seconds=rng.randrange(1, max(2, int((closed - opened).total_seconds()))))
            story.follows.append(Follow(issue=story.issue, user=user, at=at))


def accounts(people: People, town_id: int) -> list[User]:
    """Return the accounts of a town's residents."""
    return [one.user for one in people.of_town(town_id) if one.user is not None]


def how_many(rng: Random) -> int:
    """Return how many endorse: nobody or a few as a rule, now and then very many."""
    return 0 if rng.random() < SILENT else min(MOST, int(rng.paretovariate(0.95)))


def speaking(near: list[User], everybody: list[User], reporter_id: int, count: int, rng: Random) -> list[User]:
    """Return who endorses: people of the town, and where they are too few, others."""
    chosen = rng.sample(near, min(count, len(near)))
    known = {user.pk for user in chosen} | {reporter_id}
    others = [user for user in everybody if user.pk not in known] if count > len(chosen) else []
    return chosen + rng.sample(others, min(count - len(chosen), len(others)))


def voices_between(opened: datetime, closed: datetime, count: int, rng: Random) -> list[datetime]:
    """Return moments at which voices came, most of them early, all of them before the end."""
    # A voice at the very second of the end would have found the issue closed.
    span = max(2, int((closed - opened).total_seconds()) - 1)
    return [opened + timedelta(seconds=1 + int((span - 1) * rng.random() ** 2)) for _ in range(count)]
