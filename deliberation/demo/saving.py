"""Saving the demo's stories, one bulk insert a table."""

from __future__ import annotations

from collections import defaultdict

from django.conf import settings

from community.clock import SHANGHAI
from community.demo.logs import log_line, write_lines
from community.models import Clock, Hiding, Resident
from deliberation.demo.story import Story
from deliberation.models import Endorsement, Follow, Issue, IssueEvent, IssuePhoto, NumberSeries

BATCH = 500


def number_stories(stories: list[Story]) -> list[Story]:
    """Return the stories in the order in which they were raised, each with its number of the year."""
    ordered = sorted(stories, key=lambda story: story.issue.raised_at)
    last: dict[int, int] = defaultdict(int)
    for story in ordered:
        year = story.issue.raised_at.astimezone(SHANGHAI).year
        last[year] += 1
        story.issue.number = f"{settings.DISTRICT_CODE}-{year}-{last[year]:06d}"
    NumberSeries.objects.bulk_create(NumberSeries(year=year, last=number) for year, number in last.items())
    return ordered


def save_stories(stories: list[Story]) -> None:
    """Insert the issues and everything that hangs on them."""
    spoken_for = [story.issue.represented for story in stories if story.issue.represented is not None]
    Resident.objects.bulk_create(spoken_for, batch_size=BATCH)
    Issue.objects.bulk_create([story.issue for story in stories], batch_size=BATCH)
    for story in stories:
        story.events.sort(key=lambda event: event.at)
        for clock in story.clocks:
            clock.subject_id = story.issue.pk
    events = [event for story in stories for event in story.events]
    IssueEvent.objects.bulk_create(events, batch_size=BATCH)
    IssuePhoto.objects.bulk_create([photo for story in stories for photo in story.photos], batch_size=BATCH)
    Clock.objects.bulk_create([clock for story in stories for clock in story.clocks], batch_size=BATCH)
    voices = [voice for story in stories for voice in story.endorsements]
    Endorsement.objects.bulk_create(voices, batch_size=BATCH)
    # Who raised an issue follows it already.
    follows = {(one.issue_id or one.issue.pk, one.user_id): one for story in stories for one in reversed(story.follows)}
    Follow.objects.bulk_create(list(follows.values()), batch_size=BATCH)
    save_hidings(stories)
    save_log(stories)


def save_hidings(stories: list[Story]) -> None:
    """Insert what is kept from the public, each with its line of the action log."""
    rows = [(story.hiding, story.issue) for story in stories if story.hiding is not None]
    for hiding, issue in rows:
        hiding.subject = issue
    Hiding.objects.bulk_create([hiding for hiding, _issue in rows], batch_size=BATCH)
    write_lines([log_line(one, "review.hide", by=one.by, at=one.at, reason=one.reason) for one, _issue in rows])


def save_log(stories: list[Story]) -> None:
    """Write the action log of all that happened."""
    lines = []
    for story in stories:
        issue = story.issue
        if issue.represented is not None:
            lines.append(log_line(issue.represented, "resident.register", by=issue.reporter, at=issue.raised_at))
        for line in sorted(story.lines, key=lambda one: one.at):
            data = {"event": line.event.pk} if line.event is not None else {}
            lines.append(log_line(issue, line.action, by=line.by, at=line.at, **line.data, **data))
    write_lines(lines)
