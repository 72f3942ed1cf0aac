"""Clocks for the demo's histories: the same rules and arithmetic as the verbs, without a query a clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import models

from community import queries
from community.clock import SHANGHAI, end_of, is_provisional
from community.models import Area, Clock, Rule, Unit, User
from community.models.clocks import OnDue, Stage
from community.roles import Role
from community.workflow.clocks import end_of_term

SECOND = timedelta(seconds=1)


class Terms:
    """The rules and holidays, read once."""

    def __init__(self, subject: type[models.Model]) -> None:
        self.subject_type = ContentType.objects.get_for_model(subject)
        self.holidays = queries.holidays()
        self.versions: dict[str, list[Rule]] = {}
        for rule in Rule.objects.order_by("key", "-in_force_from"):
            self.versions.setdefault(rule.key, []).append(rule)

    def rule(self, key: str, on: date) -> Rule:
        """Return the version of a rule in force on a day."""
        return next(rule for rule in self.versions[key] if rule.in_force_from <= on and (rule.in_force_to or on) >= on)

    def due(self, key: str, start: datetime) -> datetime:
        """Return when the term of a rule ends."""
        return end_of_term(self.rule(key, start.astimezone(SHANGHAI).date()), start, self.holidays)

    def start(
        self,
        kind: str,
        *,
        rule_key: str,
        at: datetime,
        area: Area,
        holder_role: Role,
        holder_unit: Unit | None = None,
        on_due: OnDue = OnDue.REMIND,
    ) -> Clock:
        """Return an unsaved clock as start_clock would make it; its subject is set when that is saved."""
        due_at = self.due(rule_key, at)
        return Clock(
            kind=kind,
            subject_type=self.subject_type,
            rule=self.rule(rule_key, at.astimezone(SHANGHAI).date()),
            holder_role=holder_role,
            holder_unit=holder_unit,
            area=area,
            town_id=area.town_id,
            started_at=at,
            due_at=due_at,
            is_provisional=is_provisional(at, due_at, self.holidays),
            on_due=on_due,
            strikes_at=self.first_strike(due_at, on_due),
        )

    def first_strike(self, due_at: datetime, on_due: str) -> datetime:
        """Return when a clock first has something to do (community.workflow.clocks.first_strike)."""
        if on_due == OnDue.LAPSE:
            return due_at + SECOND
        day = due_at.astimezone(SHANGHAI).date()
        return end_of(day + timedelta(days=self.rule("clock.reminder", day).value - 1)) + SECOND

    def advance(self, clock: Clock) -> None:
        """Set a clock's next stage and when it strikes again (community.workflow.clocks.advance)."""
        if clock.on_due == OnDue.LAPSE:
            clock.stage, clock.strikes_at = Stage.LAPSED, None
        elif clock.stage == Stage.RUNNING:
            clock.stage = Stage.REMINDED
            clock.strikes_at = self.due("clock.escalation", clock.due_at) + SECOND
        else:
            clock.stage, clock.strikes_at = Stage.ESCALATED, None

    @staticmethod
    def stop(clock: Clock, *, by: User, at: datetime) -> None:
        """Stop a clock."""
        clock.stopped_at, clock.stopped_by, clock.strikes_at = at, by, None
