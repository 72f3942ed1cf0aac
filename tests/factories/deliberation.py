"""Halls, categories, and issues in any state with the history that leads there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import factory

from community.clock import SHANGHAI
from community.models import Area, User
from community.models.areas import AreaKind
from community.models.clocks import OnDue
from community.roles import Role
from community.workflow import start_clock
from deliberation.models import Category, Follow, Hall, Issue, IssueEvent, Venue
from deliberation.models.halls import VenueKind
from deliberation.states import FINAL_STATES, ISSUE_TRANSITIONS, IssueState, Outcome
from tests.factories.community import DAY_ONE, AreaFactory, ResidentFactory, UnitFactory, UserFactory, town_of

# When issues of tests are raised unless said otherwise: a Monday morning in working time.
MOMENT = datetime(2023, 11, 6, 9, 0, tzinfo=SHANGHAI)
STEP = timedelta(hours=1)

S = IssueState
# The verbs that lead to each state; tests/deliberation checks them against the transition table.
PATHS: dict[IssueState, tuple[str, ...]] = {
    S.RAISED: (),
    S.ACCEPTED: ("accept",),
    S.REFUSED: ("refuse",),
    S.DISPATCHED: ("accept", "dispatch"),
    S.RETURNED: ("accept", "dispatch", "return"),
    S.ADJUDICATING: ("accept", "dispatch", "return", "refer"),
    S.RESOLVED: ("accept", "dispatch", "resolve"),
    S.REWORK: ("accept", "dispatch", "resolve", "rate", "rework"),
    S.CLOSED: ("accept", "dispatch", "resolve", "rate", "close"),
    S.WITHDRAWN: ("withdraw",),
}
OUTCOMES = {S.REFUSED: Outcome.NOT_OURS, S.CLOSED: Outcome.RESOLVED, S.WITHDRAWN: Outcome.WITHDRAWN}
BY_REPORTER = frozenset({"raise", "rate", "withdraw"})


def committee_of(area: Area) -> Area:
    """Return the community or village that a place is or lies in."""
    return Area.objects.committees().get(path__in=area.parent_paths())


def compound() -> Area:
    """Return the compound of a district of its own."""
    district = AreaFactory()
    town = AreaFactory(kind=AreaKind.TOWN, parent=district)
    return AreaFactory(kind=AreaKind.COMPOUND, parent=AreaFactory(kind=AreaKind.COMMUNITY, parent=town))


class CategoryFactory(factory.django.DjangoModelFactory[Category]):
    """A kind of issue; those of a new installation come by migration."""

    class Meta:
        model = Category
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"kind-{n}")
    name = factory.Sequence(lambda n: f"类别{n}")


class HallFactory(factory.django.DjangoModelFactory[Hall]):
    """A hall of `area`."""

    class Meta:
        model = Hall

    name = factory.Sequence(lambda n: f"议事厅{n}")
    area = factory.LazyFunction(compound)
    town = factory.LazyAttribute(lambda hall: town_of(hall.area))
    opened_on = DAY_ONE


class VenueFactory(factory.django.DjangoModelFactory[Venue]):
    """A place where a hall meets."""

    class Meta:
        model = Venue

    kind = VenueKind.DISCUSSION_POINT
    name = factory.Sequence(lambda n: f"议事点{n}")
    area = factory.LazyFunction(compound)
    town = factory.LazyAttribute(lambda venue: town_of(venue.area))
    opened_on = DAY_ONE


def has(verb: str) -> Any:
    """Return a condition for an issue whose state lies behind `verb`."""
    return factory.LazyAttribute(lambda issue: verb in PATHS[IssueState(issue.state)])


def moment_of(*verbs: str) -> Any:
    """Return when the last of `verbs` happened on the way to an issue's state; None where none did."""

    def find(issue: Any) -> datetime | None:
        path = PATHS[IssueState(issue.state)]
        steps = [step for step, verb in enumerate(path, start=1) if verb in verbs]
        return issue.raised_at + max(steps) * STEP if steps else None

    return factory.LazyAttribute(find)


class IssueFactory(factory.django.DjangoModelFactory[Issue]):
    """An issue in any `state`, with events, its reporter's follow and the clock that runs in that state.

    `is_public=True` makes it reviewed; `history=False` and `clock=False` leave events and clock out. A
    step an hour passes from `raised_at` (MOMENT) on.
    """

    class Meta:
        model = Issue
        skip_postgeneration_save = True

    class Params:
        is_dispatched = has("dispatch")

    # Above what the number series gives out in a test.
    number = factory.Sequence(lambda n: f"EC-2023-8{n:05d}")
    category = factory.LazyFunction(lambda: Category.objects.get(code="facilities"))
    title = "三号楼前的井盖松动"
    details = "走上去会翘起来，晚上看不见。"
    area = factory.LazyFunction(compound)
    community = factory.LazyAttribute(lambda issue: committee_of(issue.area))
    town = factory.LazyAttribute(lambda issue: issue.area.town)
    reporter = factory.LazyAttribute(lambda issue: ResidentFactory(home=issue.area).user)
    is_private = False
    is_public = False
    reviewed_at = factory.LazyAttribute(lambda issue: issue.raised_at + STEP if issue.is_public else None)
    state = IssueState.RAISED
    outcome = factory.LazyAttribute(lambda issue: OUTCOMES.get(issue.state, ""))
    unit = factory.Maybe(
        "is_dispatched", factory.SubFactory(UnitFactory, area=factory.SelfAttribute("..community")), None
    )
    return_count = factory.LazyAttribute(lambda issue: PATHS[IssueState(issue.state)].count("return"))
    rework_count = factory.LazyAttribute(lambda issue: PATHS[IssueState(issue.state)].count("rework"))
    rating = factory.LazyAttribute(lambda issue: 5 if issue.state == S.CLOSED else None)
    raised_at = MOMENT
    dispatched_at = moment_of("dispatch")
    resolved_at = moment_of("resolve")
    closed_at = moment_of("close", "refuse", "withdraw")

    @factory.post_generation
    def history(self: Issue, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        """Write what happened, and that the reporter follows."""
        if extracted is not False:
            Follow.objects.get_or_create(issue=self, user=self.reporter, defaults={"at": self.raised_at})
            IssueEvent.objects.bulk_create(events_of(self))

    @factory.post_generation
    def clock(self: Issue, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        """Start what runs in this state."""
        if extracted is not False:
            start_clocks(self)


def events_of(issue: Issue) -> list[IssueEvent]:
    """Return the events that lead to an issue's state."""
    state = IssueState.RAISED
    staff = User.objects.filter(username="staff").first() or UserFactory(username="staff")
    events = []
    for step, verb in enumerate(("raise", *PATHS[IssueState(issue.state)])):
        state = ISSUE_TRANSITIONS.get(verb, {}).get(state, state)
        events.append(
            IssueEvent(
                issue=issue,
                verb=verb,
                state=state,
                by=issue.reporter if verb in BY_REPORTER else staff,
                unit=issue.unit if verb in ("dispatch", "resolve", "rework") else None,
                rating={S.CLOSED: 5, S.REWORK: 1}.get(IssueState(issue.state)) if verb == "rate" else None,
                at=issue.raised_at + step * STEP,
            )
        )
    return events


def start_clocks(issue: Issue) -> None:
    """Start the clocks that verbs would have left running."""
    state = IssueState(issue.state)
    if state in FINAL_STATES:
        return
    at, area = issue.raised_at + len(PATHS[state]) * STEP, issue.area
    if state in (S.RAISED, S.ACCEPTED):
        start_clock(
            issue,
            "issue.accept",
            rule_key=issue.category.accept_rule,
            at=issue.raised_at,
            area=area,
            holder_role=Role.COMMUNITY_WORKER,
        )
    elif state in (S.DISPATCHED, S.REWORK):
        start_clock(
            issue,
            "issue.handle",
            rule_key=issue.category.handle_rule,
            at=at,
            area=area,
            holder_role=Role.HANDLER,
            holder_unit=issue.unit,
        )
    elif state == S.RESOLVED:
        worker, resident = Role.COMMUNITY_WORKER, Role.RESIDENT
        start_clock(issue, "issue.call_back", rule_key="issue.call_back", at=at, area=area, holder_role=worker)
        start_clock(
            issue, "issue.answer", rule_key="issue.answer", at=at, area=area, holder_role=resident, on_due=OnDue.LAPSE
        )
