"""What the people of the demo were told about their issues in the last two weeks."""

from __future__ import annotations

from datetime import datetime, timedelta

from community.demo.people import People
from community.models import Notice, User
from deliberation.demo.story import Story
from deliberation.models import Issue, IssueEvent

SINCE = timedelta(days=21)
READ_AFTER = timedelta(days=3)
# The sentences of deliberation.workflow, so that gettext knows them.
TO_REPORTER = {
    "accept": "已经受理，接着派给办理的单位：%(title)s（%(number)s）",
    "dispatch": "已派给%(unit)s办理：%(title)s（%(number)s）",
    "resolve": "办好了，请您看看，打个分：%(title)s（%(number)s）",
    "publish": "您反映的事已经公开，大家都能看到进展：%(title)s（%(number)s）",
}
TO_HANDLER = {
    "dispatch": "派给您单位一件事，请按时办结：%(title)s（%(number)s）",
    "rework": "居民不满意，退回重办：%(title)s（%(number)s）",
}
TO_WORKER = {"raise": "新反映的事等您受理：%(title)s（%(number)s）"}
TO_TOWN = {"escalate": "这件事要您督办：%(title)s（%(number)s）"}


def notices(stories: list[Story], people: People, until: datetime) -> list[Notice]:
    """Return the unsaved notices of recent steps; older ones count as read."""
    return [
        notice(user, message, story.issue, event, until)
        for story in stories
        for event in story.events
        if event.at > until - SINCE
        for user, message in told(story.issue, event, people)
        if user.pk != event.by_id
    ]


def told(issue: Issue, event: IssueEvent, people: People) -> list[tuple[User, str]]:
    """Return who was told what of a step."""
    worker = people.workers[issue.community_id]
    parties = [(TO_REPORTER, issue.reporter), (TO_WORKER, worker)]
    if issue.unit_id is not None:
        parties.append((TO_HANDLER, people.handlers[issue.unit_id]))
    parties.append((TO_TOWN, people.town_officers[issue.town_id]))
    return [(user, messages[event.verb]) for messages, user in parties if event.verb in messages]


def notice(user: User, message: str, issue: Issue, event: IssueEvent, until: datetime) -> Notice:
    """Return one unsaved notice."""
    unit = {"unit": event.unit.name} if event.unit is not None else {}
    return Notice(
        recipient=user,
        message=message,
        url=issue.get_absolute_url(),
        created_at=event.at,
        params={"number": issue.number, "title": issue.title, **unit},
        read_at=event.at + timedelta(hours=2) if event.at < until - READ_AFTER else None,
    )
