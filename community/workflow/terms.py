"""How a clock counts: when it ends, when it strikes, what is left of it. Sets columns and saves nothing.

The verbs and the demo's histories count by the same piece.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cached_property

from django.contrib.contenttypes.models import ContentType
from django.db import models

from community import queries
from community.clock import SHANGHAI, Holidays, due, end_of, is_provisional, working_days_between
from community.models import Area, Clock, Rule, Unit
from community.models.areas import AreaKind
from community.models.clocks import OnDue, RuleUnit, Stage
from community.roles import Role

TERMS = {RuleUnit.HOURS: "hours", RuleUnit.WORKING_DAYS: "working_days", RuleUnit.DAYS: "days"}
NEXT_STAGE = {Stage.RUNNING: Stage.REMINDED, Stage.REMINDED: Stage.ESCALATED}
SECOND = timedelta(seconds=1)


def end_of_term(rule: Rule, start: datetime, holidays: Holidays) -> datetime:
    """Return when the term that `rule` sets ends, from `start`; ValueError for a rule that sets no term."""
    if rule.unit not in TERMS:
        raise ValueError(f"rule {rule.key} counts {rule.unit}, not time")
    return due(start, **{TERMS[RuleUnit(rule.unit)]: rule.value}, holidays=holidays)


def day_of(moment: datetime) -> date:
    """Return the day of a moment in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def town_of(area: Area) -> int | None:
    """Return the id of the town whose own rules hold in a place: itself or above it; None above towns."""
    return area.pk if area.kind == AreaKind.TOWN else area.town_id


class Terms:
    """The rules and the district's own calendar, each read once, when it is first needed."""

    @cached_property
    def holidays(self) -> Holidays:
        """Return {date: is_working_day} of the Holiday table."""
        return queries.holidays()

    @cached_property
    def versions(self) -> dict[tuple[str, int | None], list[Rule]]:
        """Return the versions of each rule by its key and town, None for the district's, the newest first."""
        versions: dict[tuple[str, int | None], list[Rule]] = {}
        for rule in Rule.objects.order_by("key", "-in_force_from"):
            versions.setdefault((rule.key, rule.town_id), []).append(rule)
        return versions

    def rule(self, key: str, on: date, town: int | None = None) -> Rule:
        """Return the version of a rule in force on a day, a town's own first; Rule.DoesNotExist where there is none."""
        own = self.versions.get((key, town), []) if town is not None else []
        for rule in [*own, *self.versions.get((key, None), [])]:
            if rule.in_force_from <= on <= (rule.in_force_to or on):
                return rule
        raise Rule.DoesNotExist(f"no version of {key} is in force on {on}")

    def due(self, key: str, start: datetime, town: int | None = None) -> datetime:
        """Return when the term of a rule ends."""
        return end_of_term(self.rule(key, day_of(start), town), start, self.holidays)

    def clock(
        self,
        subject: models.Model,
        kind: str,
        *,
        rule_key: str,
        at: datetime,
        area: Area,
        holder_role: Role,
        holder_unit: Unit | None = None,
        on_due: OnDue = OnDue.REMIND,
        due_at: datetime | None = None,
    ) -> Clock:
        """Return a new clock, by the version of the rule in force on the day of `at`.

        With `due_at` it ends when a person said that it does; the rule is then the longest that one may say.
        """
        clock = Clock(
            kind=kind,
            subject_type=ContentType.objects.get_for_model(subject),
            subject_id=subject.pk,
            rule=self.rule(rule_key, day_of(at), town_of(area)),
            holder_role=holder_role,
            holder_unit=holder_unit,
            area=area,
            town_id=area.town_id,
            started_at=at,
            on_due=on_due,
            is_fixed=due_at is not None,
        )
        if due_at is not None:
            clock.due_at = due_at
        self.set_dates(clock)
        return clock

    def set_dates(self, clock: Clock) -> None:
        """Set when a clock ends by the calendar as it is known now, and what follows from that."""
        if not clock.is_fixed:
            clock.due_at = self.end(clock)
        # A term in hours runs day and night: no holiday moves it, nor what a person fixed.
        is_moved = clock.rule.unit != RuleUnit.HOURS and not clock.is_fixed
        clock.is_provisional = is_moved and is_provisional(clock.started_at, clock.due_at, self.holidays)
        if clock.paused_at is None:
            clock.strikes_at = self.next_strike(clock)

    def end(self, clock: Clock) -> datetime:
        """Return when a clock ends: its rule's term after its start, or what was left of it after a pause."""
        if clock.resumed_at is None or clock.left is None:
            return end_of_term(clock.rule, clock.started_at, self.holidays)
        if clock.rule.unit == RuleUnit.HOURS:
            return clock.resumed_at + clock.left
        # With nothing left it ends today, or on the first working day after a return on a day off.
        counts_work = clock.rule.unit == RuleUnit.WORKING_DAYS and clock.left
        unit = "working_days" if counts_work else "days"
        return due(clock.resumed_at, **{unit: clock.left.days}, holidays=self.holidays)

    def next_strike(self, clock: Clock) -> datetime | None:
        """Return when a clock that runs next has something to do, or None where nothing is left."""
        if clock.on_due == OnDue.LAPSE:
            return clock.due_at + SECOND if clock.stage == Stage.RUNNING else None
        if clock.stage == Stage.RUNNING:
            # The reminder goes out at the start of its day: "the day after due".
            day = day_of(clock.due_at)
            return end_of(day + timedelta(days=self.rule("clock.reminder", day).value - 1)) + SECOND
        return self.due("clock.escalation", clock.due_at) + SECOND if clock.stage == Stage.REMINDED else None

    def advance(self, clock: Clock) -> None:
        """Set a clock's next stage and when it strikes again."""
        clock.stage = Stage.LAPSED if clock.on_due == OnDue.LAPSE else NEXT_STAGE[Stage(clock.stage)]
        clock.strikes_at = self.next_strike(clock)

    def pause(self, clock: Clock, at: datetime) -> None:
        """Stop counting, for as long as the rule allows at the most."""
        clock.paused_at = at
        clock.strikes_at = self.due("clock.pause", at) + SECOND

    def resume(self, clock: Clock, at: datetime) -> None:
        """Go on counting: what was left at the pause is left again from `at` on."""
        # The calendar may have become known meanwhile; both ends of what was left are counted by the same one.
        self.set_dates(clock)
        clock.left, clock.resumed_at, clock.paused_at = self.left(clock), at, None
        self.set_dates(clock)

    def left(self, clock: Clock) -> timedelta:
        """Return what is left of a paused clock's term: time, or as many days of the kind that its rule counts."""
        assert clock.paused_at is not None
        if clock.rule.unit == RuleUnit.HOURS:
            return clock.due_at - clock.paused_at
        paused_on, due_on = day_of(clock.paused_at), day_of(clock.due_at)
        if clock.rule.unit == RuleUnit.DAYS:
            return timedelta(days=max(0, (due_on - paused_on).days))
        return timedelta(days=working_days_between(paused_on, due_on, self.holidays))
