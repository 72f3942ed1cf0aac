"""One issue's life told in memory: the verbs of deliberation.workflow without a database.

Each verb asks the same transition table, writes the same event and log line, and starts and stops
the same clocks; before each, the clocks that were due by then strike as a sweep would have struck them.
So a history that could not have happened can't be written down either: WrongState stops it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.clock import SHANGHAI
from community.errors import WrongState
from community.models import Area, Clock, Hiding, Unit, User
from community.models.clocks import OnDue, Stage
from community.models.reviews import HideReason
from community.roles import Role
from community.workflow.terms import Terms
from deliberation.demo.gallery import StoredPhoto
from deliberation.models import Endorsement, Follow, Issue, IssueEvent, IssuePhoto
from deliberation.models.issues import PhotoKind
from deliberation.states import ISSUE_TRANSITIONS, IssueState, Outcome
from deliberation.workflow.waiting import PAUSABLE


@dataclass
class Line:
    """One line of the action log, written when the issue has its number; `event` stands for an id to come."""

    action: str
    by: User
    at: datetime
    data: dict[str, Any]
    event: IssueEvent | None = None


class Story:
    """An unsaved issue with everything that hangs on it."""

    def __init__(self, issue: Issue, terms: Terms, robot: User) -> None:
        self.issue, self.terms, self.robot = issue, terms, robot
        self.events: list[IssueEvent] = []
        self.lines: list[Line] = []
        self.photos: list[IssuePhoto] = []
        self.clocks: list[Clock] = []
        self.endorsements: list[Endorsement] = []
        self.follows: list[Follow] = []
        self.hiding: Hiding | None = None

    # --- Clocks ---------------------------------------------------------------------------------
    @property
    def open_clocks(self) -> list[Clock]:
        """Return the clocks that nothing has stopped."""
        return [clock for clock in self.clocks if clock.stopped_at is None]

    def run_clocks(self, until: datetime) -> None:
        """Strike what was due by `until`, the earliest first, as the sweeps did."""
        while True:
            striking = [
                clock
                for clock in self.open_clocks
                if clock.paused_at is None and clock.strikes_at is not None and clock.strikes_at <= until
            ]
            if not striking:
                return
            self.strike(min(striking, key=lambda clock: clock.strikes_at or until))

    def strike(self, clock: Clock) -> None:
        """Move one clock on, and do what the issue's tasks do with it."""
        at = clock.strikes_at
        assert at is not None
        self.terms.advance(clock)
        if clock.stage == Stage.LAPSED:
            self.move("close")
            self.finish(Outcome.RESOLVED, by=self.robot, at=at, verb="close")
        elif clock.stage == Stage.ESCALATED and clock.kind != "issue.escalated":
            self.escalate(by=self.robot, at=at)

    def start_clock(self, kind: str, rule_key: str, at: datetime, role: Role, **how: Any) -> Clock:
        """Start a clock on the issue."""
        clock = self.terms.clock(
            self.issue, kind, rule_key=rule_key, at=at, area=self.issue.area, holder_role=role, **how
        )
        self.clocks.append(clock)
        return clock

    def stop_clocks(self, *kinds: str, by: User, at: datetime) -> None:
        """Stop the open clocks of these kinds."""
        for clock in self.open_clocks:
            if clock.kind in kinds:
                clock.stopped_at, clock.stopped_by, clock.strikes_at = at, by, None

    def start_handling(self, at: datetime) -> Clock:
        """Start the handling's clock."""
        rule_key, unit = self.issue.category.handle_rule, self.issue.unit
        return self.start_clock("issue.handle", rule_key, at, Role.HANDLER, holder_unit=unit)

    def ask(self, *, by: User, at: datetime, text: str) -> None:
        """Ask the reporter something, and pause what runs for staff while they are awaited."""
        self.write("ask", by=by, at=at, text=text, unit=self.issue.unit, is_text_public=False)
        for clock in self.open_clocks:
            if clock.kind in PAUSABLE and at <= clock.due_at:
                self.terms.pause(clock, at)

    # --- What every verb does alike --------------------------------------------------------------
    def move(self, verb: str) -> None:
        """Set the state that a verb leads to, by the transition table."""
        after = ISSUE_TRANSITIONS[verb].get(IssueState(self.issue.state))
        if after is None:
            raise WrongState(f"{verb} from {self.issue.state}")
        self.issue.state = after

    def write(
        self, verb: str, *, by: User, at: datetime, log: dict[str, Any] | None = None, **columns: Any
    ) -> IssueEvent:
        """Write an event and its line in the log."""
        event = IssueEvent(issue=self.issue, verb=verb, state=self.issue.state, by=by, at=at, **columns)
        self.events.append(event)
        self.lines.append(Line(f"issue.{verb}", by, at, {"state": self.issue.state, **(log or {})}))
        return event

    def attach(self, event: IssueEvent, photos: list[StoredPhoto], kind: PhotoKind, *, public: bool) -> None:
        """Attach photos to an event."""
        for photo in photos:
            self.photos.append(
                IssuePhoto(
                    issue=self.issue,
                    event=event,
                    kind=kind,
                    is_public=public,
                    taken_at=event.at,
                    image=photo.image,
                    thumbnail=photo.thumbnail,
                    width=photo.width,
                    height=photo.height,
                    size=photo.size,
                )
            )

    def finish(self, outcome: Outcome, *, by: User, at: datetime, verb: str, text: str = "") -> None:
        """Write the end: outcome, time, no clock left running."""
        self.issue.outcome, self.issue.closed_at = outcome, at
        self.stop_clocks(*(clock.kind for clock in self.open_clocks), by=by, at=at)
        self.write(verb, by=by, at=at, text=text, log={"outcome": outcome})

    # --- The verbs -----------------------------------------------------------------------------
    def begin(self, *, photos: list[StoredPhoto]) -> None:
        """Raise the issue."""
        issue, by, at = self.issue, self.issue.reporter, self.issue.raised_at
        self.follows.append(Follow(issue=issue, user=by, at=at))
        event = self.write("raise", by=by, at=at, log={"represented": issue.represented is not None})
        self.attach(event, photos, PhotoKind.BEFORE, public=False)
        self.start_clock("issue.accept", issue.category.accept_rule, at, Role.COMMUNITY_WORKER)

    def review(self, *, by: User, at: datetime, publish: bool, note: str = "") -> None:
        """Make the issue public, or keep it on the staff side."""
        self.run_clocks(at)
        issue = self.issue
        issue.reviewed_at, issue.is_public, issue.review_note = at, publish, note
        for photo in self.photos:
            photo.is_public = publish if photo.kind == PhotoKind.BEFORE else photo.is_public
        if not publish and issue.reporter != by:
            self.hiding = Hiding(
                area=issue.area, author=issue.reporter, reason=HideReason.PERSONAL, note=note, by=by, at=at
            )
        self.write("publish" if publish else "withhold", by=by, at=at, text=note, is_public=False)

    def accept(self, *, by: User, at: datetime) -> None:
        """Accept it; its clock runs on until it is dispatched."""
        self.run_clocks(at)
        self.move("accept")
        self.write("accept", by=by, at=at)

    def refuse(self, *, by: User, at: datetime, outcome: Outcome, reason: str) -> None:
        """Refuse it with a reason."""
        self.run_clocks(at)
        self.move("refuse")
        self.finish(outcome, by=by, at=at, verb="refuse", text=reason)

    def dispatch(self, *, by: User, at: datetime, unit: Unit, note: str = "", verb: str = "dispatch") -> None:
        """Give it to a unit; `adjudicate` is the town's way of doing so."""
        self.run_clocks(at)
        self.move(verb)
        self.issue.unit, self.issue.dispatched_at = unit, at
        self.stop_clocks("issue.accept", by=by, at=at)
        clock = self.start_handling(at)
        self.write(verb, by=by, at=at, text=note, unit=unit, due_at=clock.due_at, log={"unit": unit.pk})

    def give_back(self, *, by: User, at: datetime, reason: str) -> None:
        """Return it: not ours. It waits to be dispatched again, as a new one does."""
        self.run_clocks(at)
        self.move("return")
        self.issue.return_count += 1
        self.stop_clocks("issue.handle", by=by, at=at)
        self.start_clock("issue.accept", "issue.accept.ordinary", at, Role.COMMUNITY_WORKER)
        self.write("return", by=by, at=at, text=reason, unit=self.issue.unit)

    def refer(self, *, by: User, at: datetime, reason: str) -> None:
        """Ask the town to decide whose it is."""
        self.run_clocks(at)
        self.move("refer")
        self.write("refer", by=by, at=at, text=reason)

    def progress(self, *, by: User, at: datetime, text: str) -> None:
        """Say how far the work is."""
        self.run_clocks(at)
        self.write("progress", by=by, at=at, text=text, unit=self.issue.unit)

    def resolve(self, *, by: User, at: datetime, text: str, photos: list[StoredPhoto]) -> None:
        """Resolve it with evidence, and start the call-back."""
        self.run_clocks(at)
        self.move("resolve")
        self.issue.resolved_at, self.issue.rating = at, None
        self.stop_clocks("issue.handle", by=by, at=at)
        self.start_clock("issue.call_back", "issue.call_back", at, Role.COMMUNITY_WORKER)
        self.start_clock("issue.answer", "issue.answer", at, Role.RESIDENT, on_due=OnDue.LAPSE)
        event = self.write("resolve", by=by, at=at, text=text, unit=self.issue.unit)
        self.attach(event, photos, PhotoKind.AFTER, public=True)

    def rate(self, *, by: User, at: datetime, rating: int, comment: str) -> None:
        """Rate it: a good one closes it, a low one sends it back, after the last rework to the town."""
        self.run_clocks(at)
        if self.issue.state != IssueState.RESOLVED or self.issue.rating is not None:
            raise WrongState(f"rate in {self.issue.state}")
        by_phone = by.pk != self.issue.reporter.pk or self.issue.represented is not None
        self.issue.rating = rating
        self.stop_clocks("issue.call_back", "issue.answer", by=by, at=at)
        self.write(
            "rate",
            by=by,
            at=at,
            text=comment,
            rating=rating,
            role=Role.COMMUNITY_WORKER if by_phone else Role.RESIDENT,
            log={"rating": rating, "by_phone": by_phone},
        )
        day = at.astimezone(SHANGHAI).date()
        if rating > self.terms.rule("issue.low_rating", day).value:
            self.move("close")
            self.finish(Outcome.RESOLVED, by=by, at=at, verb="close")
        elif self.issue.rework_count < self.terms.rule("issue.reworks", day).value:
            self.send_back(by=by, at=at)
        else:
            self.escalate(by=by, at=at)

    def send_back(self, *, by: User, at: datetime) -> None:
        """Send it back for rework; the term starts again."""
        self.move("rework")
        self.issue.rework_count += 1
        self.issue.rating = None
        clock = self.start_handling(at)
        self.write("rework", by=by, at=at, unit=self.issue.unit, due_at=clock.due_at)

    def escalate(self, *, by: User, at: datetime) -> None:
        """Mark it for its town."""
        self.issue.escalated_at = at
        if not any(clock.kind == "issue.escalated" for clock in self.open_clocks):
            self.start_clock("issue.escalated", "clock.escalation", at, Role.TOWN_OFFICER)
        self.write("escalate", by=by, at=at, unit=self.issue.unit)

    def close(self, *, by: User, at: datetime, outcome: Outcome, reason: str) -> None:
        """Close it without its being resolved."""
        self.run_clocks(at)
        self.move("close")
        self.finish(outcome, by=by, at=at, verb="close", text=reason)

    def withdraw(self, *, at: datetime, reason: str) -> None:
        """Take it back."""
        self.run_clocks(at)
        by = self.issue.reporter
        self.move("withdraw")
        self.issue.outcome, self.issue.closed_at = Outcome.WITHDRAWN, at
        self.stop_clocks("issue.accept", "issue.escalated", by=by, at=at)
        self.write("withdraw", by=by, at=at, text=reason)

    def supplement(self, *, by: User, at: datetime, text: str) -> IssueEvent:
        """Add a few words, which staff see at once."""
        self.run_clocks(at)
        return self.write("supplement", by=by, at=at, text=text, is_public=False, is_text_public=False)

    def show_supplement(self, event: IssueEvent, *, by: User, at: datetime) -> None:
        """Let the public read what somebody added."""
        self.run_clocks(at)
        event.is_public = event.is_text_public = True
        self.write("publish", by=by, at=at, is_public=False)
        self.lines[-1].event = event

    # --- What others add, once the story is told ---------------------------------------------------
    def state_at(self, moment: datetime) -> str:
        """Return the state that the issue had at a moment."""
        return [event.state for event in self.events if event.at <= moment][-1]

    def endorse(self, *, by: User, at: datetime) -> None:
        """Add a voice at a moment that has passed."""
        state = self.state_at(at)
        self.endorsements.append(Endorsement(issue=self.issue, user=by, at=at))
        self.issue.endorsement_count += 1
        self.lines.append(Line("issue.endorse", by, at, {"state": state}))


def committee_of(area: Area, committees: list[Area]) -> Area:
    """Return the community or village that covers a place."""
    return next(committee for committee in committees if committee.covers(area))
