"""The course of one demo topic: each step is asked of the transition tables, at a moment that the rules allow."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from community.demo import District
from community.models import Area, Unit, User
from community.workflow.terms import Terms, day_of
from deliberation.demo.moments import on, working_day
from deliberation.models import (
    AgendaItem,
    Commitment,
    CommitmentUpdate,
    Evaluation,
    Hall,
    PublicNotice,
    Resolution,
    Session,
    Topic,
    TopicEvent,
    Venue,
)
from deliberation.models.resolutions import PublicNoticeKind
from deliberation.states import (
    COMMITMENT_TRANSITIONS,
    RESOLUTION_TRANSITIONS,
    SESSION_TRANSITIONS,
    TOPIC_TRANSITIONS,
    CommitmentState,
    ResolutionState,
    SessionState,
    TopicState,
)

TOPICS_FILE = Path(__file__).with_name("topics.toml")
EVENING, LENGTH = time(19, 30), timedelta(hours=2)
# How many days an unit undertakes to need, and how often it tells of its progress.
DUE, TELL = (25, 80), 20


@cache
def words() -> dict[str, Any]:
    """Return the demo's subjects and phrases."""
    return tomllib.loads(TOPICS_FILE.read_text(encoding="utf-8"))


@dataclass
class Deliberation:
    """A topic with all that hangs on it, unsaved, and the moment that it has reached."""

    district: District
    terms: Terms
    rng: Random
    subject: dict[str, Any]
    topic: Topic
    worker: User
    unit: Unit
    handler: User
    venue: Venue | None
    now: datetime
    events: list[TopicEvent] = field(default_factory=list)
    session: Session | None = None
    items: list[AgendaItem] = field(default_factory=list)
    resolution: Resolution | None = None
    notices: list[PublicNotice] = field(default_factory=list)
    commitments: list[Commitment] = field(default_factory=list)
    updates: list[CommitmentUpdate] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)

    @property
    def hall(self) -> Hall:
        """Return the hall that deliberates it."""
        return self.topic.hall

    def work(self, days: int) -> datetime:
        """Move on to a working hour some working days on."""
        self.now = working_day(self.now, days, self.terms.holidays, self.rng)
        return self.now

    def do(self, verb: str, *, text: str = "", by: User | None = None) -> None:
        """Take a step that leads to the next state, or KeyError where the table knows none."""
        self.topic.state = TOPIC_TRANSITIONS[verb][TopicState(self.topic.state)]
        self.tell(verb, text=text, by=by)

    def tell(self, verb: str, *, text: str = "", by: User | None = None) -> None:
        """Write an event at the moment that is reached."""
        self.events.append(
            TopicEvent(
                topic=self.topic, verb=verb, state=self.topic.state, by=by or self.worker, text=text, at=self.now
            )
        )

    # --- The eight steps ----------------------------------------------------------------------------
    def propose(self) -> None:
        """Put it forward for the hall: public from its first moment, since staff wrote it."""
        self.topic.proposed_at = self.topic.reviewed_at = self.now
        self.topic.is_public = True
        self.tell("propose")

    def confirm(self) -> None:
        """Take it up."""
        self.work(self.rng.randint(1, 4))
        self.topic.weight = self.subject["weight"]
        self.do("confirm")

    def refuse(self) -> None:
        """Say why it is none."""
        self.work(self.rng.randint(1, 4))
        self.topic.ended_at = self.now
        self.do("refuse", text=self.rng.choice(words()["refused"]["reasons"]))

    def notice(self, at: datetime | None = None) -> None:
        """Publish it with the session that will take it up, for as long as the rule asks."""
        self.now = at or self.work(1)
        topic = self.topic
        topic.noticed_at = self.now
        topic.notice_ends_at = self.terms.due("topic.notice", self.now, topic.town_id)
        self.do("notice")
        self.show(PublicNoticeKind.TOPIC, topic.title, topic.notice_ends_at)
        self.plan_session(day_of(topic.notice_ends_at) + timedelta(days=self.rng.randint(1, 3)))

    def show(self, kind: PublicNoticeKind, text: str, ends_at: datetime) -> None:
        """Add what is shown for objections."""
        about: dict[str, Any] = (
            {"topic": self.topic} if kind == PublicNoticeKind.TOPIC else {"resolution": self.resolution}
        )
        self.notices.append(
            PublicNotice(kind=kind, area=self.topic.area, text=text, starts_at=self.now, ends_at=ends_at, **about)
        )

    def plan_session(self, day: date) -> None:
        """Call a meeting on an evening after the notice's term."""
        topic = self.topic
        starts = on(day, EVENING)
        self.session = Session(
            title=f"{topic.area.name}：{self.subject['title'].replace('{area}的', '').replace('{area}', '')}",
            hall=topic.hall, area=topic.area, town=topic.town, venue=self.venue,
            place=self.venue.name if self.venue is not None else topic.hall.address or topic.hall.name,
            starts_at=starts, ends_at=starts + LENGTH, state=SESSION_TRANSITIONS["notice"][SessionState.PLANNED],
            noticed_at=self.now, made_by=self.worker, created_at=self.now,
        )  # fmt: skip
        self.items.append(AgendaItem(session=self.session, topic=topic, position=1))

    def convene(self) -> None:
        """Hold the meeting."""
        session = self.session
        assert session is not None
        self.now = session.starts_at
        session.state, session.opened_at = SESSION_TRANSITIONS["open"][SessionState(session.state)], self.now
        self.do("convene")
        session.state = SESSION_TRANSITIONS["close"][SessionState(session.state)]
        session.closed_at, session.attended = session.ends_at, self.rng.randint(9, 46)
        session.summary = f"到会 {session.attended} 人，按到会先后发言，每人说过的都记下了。"

    def form_opinion(self) -> None:
        """Write down what the session came to."""
        assert self.session is not None
        self.now = self.session.ends_at + timedelta(minutes=self.rng.randint(5, 40))
        self.topic.opinion = self.subject["opinion"]
        self.do("form_opinion")

    def publish(self, at: datetime | None = None) -> None:
        """Publish the result with who does what by when."""
        self.now = at or self.work(self.rng.randint(1, 2))
        self.do("publish")
        topic = self.topic
        self.resolution = Resolution(
            title=topic.title, text=topic.opinion, topic=topic, session=self.session, hall=topic.hall, area=topic.area,
            town=topic.town, made_by=self.worker, published_at=self.now,
        )  # fmt: skip
        self.show(
            PublicNoticeKind.RESULT, topic.opinion, self.terms.due("resolution.objections", self.now, topic.town_id)
        )
        for position, text in enumerate(self.subject["tasks"], start=1):
            self.undertake(position, text)

    def undertake(self, position: int, text: str) -> None:
        """Add a commitment of the unit."""
        due = day_of(self.now) + timedelta(days=self.rng.randint(*DUE))
        self.commitments.append(
            Commitment(
                resolution=self.resolution, text=text, unit=self.unit, due_on=due, position=position,
                next_update_on=min(due, day_of(self.now) + timedelta(days=TELL)),
            )
        )  # fmt: skip

    def carry_out(self) -> None:
        """Begin, once the term for objections has ended."""
        assert self.resolution is not None
        self.now = self.notices[-1].ends_at + timedelta(hours=9, minutes=self.rng.randint(1, 50))
        self.resolution.state = RESOLUTION_TRANSITIONS["carry_out"][ResolutionState(self.resolution.state)]
        self.resolution.carried_out_from = self.now
        self.do("carry_out")

    # --- What is done -------------------------------------------------------------------------------
    def update(self, commitment: Commitment, verb: str, text: str, at: datetime) -> None:
        """Tell of a commitment's progress."""
        self.updates.append(CommitmentUpdate(commitment=commitment, verb=verb, text=text, by=self.handler, at=at))
        commitment.next_update_on = min(commitment.due_on, day_of(at) + timedelta(days=TELL))

    def work_on(self, until: datetime, *, finish: bool) -> None:
        """Tell of progress, up to a moment; the work ends in time, or stays undone."""
        begun = self.now
        for commitment in self.commitments:
            at = begun + timedelta(days=self.rng.randint(3, 12), hours=self.rng.randint(0, 5))
            ends = on(commitment.due_on, time(15, self.rng.randrange(60))) - timedelta(days=self.rng.randint(0, 4))
            ends = max(ends, begun + timedelta(days=1))
            while at < min(until, ends):
                self.update(commitment, "update", self.rng.choice(words()["updates"]["texts"]), at)
                at += timedelta(days=self.rng.randint(8, TELL))
            if finish and ends < until:
                self.finish(commitment, ends)

    def finish(self, commitment: Commitment, at: datetime) -> None:
        """End a commitment: done, or now and then dropped with the reason."""
        verb = "drop" if self.rng.random() < 0.08 else "finish"
        commitment.state = COMMITMENT_TRANSITIONS[verb][CommitmentState.OPEN]
        commitment.ended_at = at
        self.update(commitment, verb, self.rng.choice(words()["updates"]["dropped" if verb == "drop" else "done"]), at)

    def evaluate(self, users: list[User]) -> None:
        """Ask those concerned, and end it when their term has ended."""
        assert self.resolution is not None
        asked = max(one.ended_at for one in self.commitments if one.ended_at is not None) + timedelta(hours=2)
        ends = self.terms.due("resolution.evaluation", asked, self.topic.town_id)
        self.resolution.evaluation_ends_at = ends
        span = int((ends - asked).total_seconds()) - 60
        for user in self.rng.sample(users, min(len(users), self.rng.randint(4, 12))):
            at = asked + timedelta(seconds=self.rng.randrange(60, span))
            rating = self.rng.choices((5, 4, 3, 2), (45, 36, 14, 5))[0]
            self.evaluations.append(Evaluation(resolution=self.resolution, user=user, rating=rating, at=at))
        self.now = ends + timedelta(minutes=5)
        self.resolution.state = RESOLUTION_TRANSITIONS["evaluate"][ResolutionState(self.resolution.state)]
        self.resolution.evaluated_at = self.topic.ended_at = self.now
        self.do("evaluate")


def place_fits(subject: dict[str, Any], area: Area) -> bool:
    """Return whether a subject can be told of a place."""
    rural = area.kind in ("village", "village_group")
    return bool(subject["where"] == ("village" if rural else "urban"))
