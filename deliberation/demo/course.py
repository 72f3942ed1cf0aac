"""How a story usually goes: who does each step, and how long they take over it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from community.demo import District
from community.models import Area, Resident, Unit, User
from community.workflow.terms import Terms
from deliberation.demo.gallery import Gallery, StoredPhoto
from deliberation.demo.moments import at_home, at_work, working_day
from deliberation.demo.story import Story
from deliberation.demo.wording import Told, Wording
from deliberation.models import Category
from deliberation.models.issues import Urgency
from deliberation.states import Outcome

# The longest a step takes, in minutes, and how often it is late with it.
QUICK = {Urgency.DANGER: (4, 48), Urgency.UTILITY: (6, 95)}
TOO_SLOW = {Urgency.DANGER: (70, 160), Urgency.UTILITY: (135, 320)}
LATE_ACCEPTS = 0.05
LATE_WORK, VERY_LATE_WORK = 0.08, 0.025


@dataclass(frozen=True)
class Stage:
    """What all stories share."""

    district: District
    terms: Terms
    robot: User
    gallery: Gallery
    wording: Wording
    categories: dict[str, Category]
    rng: Random

    def unit(self, word: str, area: Area, committee: Area) -> Unit:
        """Return the unit that a case's word means at a place; where there is none, the committee."""
        units = self.district.units
        fallback = units.committees[committee.pk]
        found = {
            "property": units.companies.get(area.pk, fallback),
            "owners": units.owners.get(area.pk, fallback),
            "committee": fallback,
            "town": units.town_offices[committee.town_id or 0],
        }
        return found.get(word) or units.by_word[word]


@dataclass
class Course:
    """One story on its way, with the moment it has reached."""

    story: Story
    stage: Stage
    told: Told
    committee: Area
    resident: Resident
    variant: int
    now: datetime

    # --- Who ---------------------------------------------------------------------------------------
    @property
    def worker(self) -> User:
        """Return the worker of the place."""
        return self.stage.district.people.workers[self.committee.pk]

    @property
    def town_officer(self) -> User:
        """Return the officer of the town."""
        return self.stage.district.people.town_officers[self.committee.town_id or 0]

    @property
    def handler(self) -> User:
        """Return who handles for the unit that has the issue."""
        return self.stage.district.people.handlers[self.story.issue.unit_id or 0]

    @property
    def rng(self) -> Random:
        """Return the stories' generator."""
        return self.stage.rng

    def own_unit(self) -> Unit:
        """Return the unit that such a case usually goes to."""
        return self.stage.unit(self.told.case.unit, self.story.issue.area, self.committee)

    def photos(self, fixed: bool) -> list[StoredPhoto]:
        """Return one picture of the scene, or now and then two."""
        scene = self.told.case.scene
        variants = [self.variant, (self.variant + 1) % 3] if self.rng.random() < 0.08 else [self.variant]
        return [self.stage.gallery.photo(scene, variant, fixed) for variant in variants]

    # --- When --------------------------------------------------------------------------------------
    def work(self, days: int) -> datetime:
        """Move on to a working hour some working days on."""
        self.now = working_day(self.now, days, self.stage.terms.holidays, self.rng)
        return self.now

    def soon(self, least: int, most: int) -> datetime:
        """Move on by some minutes, whatever the hour."""
        self.now += timedelta(minutes=self.rng.randint(least, most), seconds=self.rng.randrange(60))
        return self.now

    def soon_at_work(self, least: int, most: int) -> datetime:
        """Move on by some minutes of working hours."""
        self.soon(least, most)
        self.now = at_work(self.now, self.stage.terms.holidays, self.rng)
        return self.now

    def desk(self, least: int, most: int) -> datetime:
        """Move on by some minutes of the desk's hours: any hour for what is urgent, else working hours."""
        urgent = self.story.issue.category.urgency in QUICK
        return self.soon(least, most) if urgent else self.soon_at_work(least, most)

    # --- The steps -----------------------------------------------------------------------------------
    def begin(self) -> None:
        """Raise the issue, more often than not with a photo."""
        self.story.begin(photos=self.photos(fixed=False) if self.rng.random() < 0.62 else [])

    def seen(self) -> None:
        """Have the worker look at it: a quick hand for what is urgent, else working hours, now and then late."""
        urgency = Urgency(self.story.issue.category.urgency)
        late = self.rng.random() < LATE_ACCEPTS
        if urgency in QUICK:
            self.soon(*(TOO_SLOW if late else QUICK)[urgency])
        else:
            self.work(self.rng.randint(2, 3) if late else 0)

    def review(self) -> None:
        """Publish it, or keep back what should not be read; nobody reviews what is private."""
        if self.story.issue.is_private:
            return
        publish = self.rng.random() > 0.015
        note = "" if publish else self.stage.wording.phrase("notes", "withhold")
        self.story.review(by=self.worker, at=self.soon(1, 6), publish=publish, note=note)

    def accept(self) -> None:
        """Accept it."""
        self.seen()
        self.review()
        self.story.accept(by=self.worker, at=self.soon(1, 5))

    def dispatch(self) -> None:
        """Give it to the unit that such a case usually goes to."""
        note = self.stage.wording.phrase("notes", "dispatch")
        self.story.dispatch(by=self.worker, at=self.desk(3, 40), unit=self.own_unit(), note=note)

    def sent_round(self, times: int) -> None:
        """Return it, and dispatch it to the committee; after two returns the town decides."""
        committee = self.stage.district.units.committees[self.committee.pk]
        town = self.stage.district.units.town_offices[self.committee.town_id or 0]
        for unit in (town, committee)[:times]:
            reason = self.stage.wording.phrase("give_back", "reasons")
            self.story.give_back(by=self.handler, at=self.work(1), reason=reason)
            if unit is town:
                self.story.dispatch(by=self.worker, at=self.desk(20, 120), unit=unit)
        if times > 1:
            self.story.refer(
                by=self.worker, at=self.desk(10, 60), reason=self.stage.wording.phrase("give_back", "refer")
            )
            decision = self.stage.wording.phrase("give_back", "adjudicate")
            self.story.dispatch(by=self.town_officer, at=self.work(0), unit=committee, note=decision, verb="adjudicate")

    def term_days(self) -> int:
        """Return how many working days the handling takes; most are in time."""
        most = 2 if self.story.issue.category.handle_rule == "issue.handle.urgent" else 5
        chance = self.rng.random()
        if chance < VERY_LATE_WORK:
            return most + self.rng.randint(6, 9)
        if chance < LATE_WORK:
            return most + self.rng.randint(1, 3)
        return self.rng.choices(range(most + 1), [1 + 2 * min(day, most - day) for day in range(most + 1)])[0]

    def work_on_it(self) -> None:
        """Handle it: a word on the way where it takes days, then the result with its photo."""
        days = self.term_days()
        if days >= 2:
            self.on_the_way(days)
        else:
            self.work(days)
        text = self.told.done if self.story.issue.rework_count == 0 else self.again()
        self.story.resolve(by=self.handler, at=self.now, text=text, photos=self.photos(fixed=True))

    def again(self) -> str:
        """Return what a handler says the second time."""
        return f"重新去做了一遍。{self.told.done}"

    def on_the_way(self, days: int) -> None:
        """Say how far the work is, and go on for the rest of `days`."""
        halfway = self.rng.randint(1, days - 1)
        self.work(halfway)
        if self.rng.random() < 0.7:
            self.story.progress(by=self.handler, at=self.now, text=self.stage.wording.progress(self.told))
        if self.rng.random() < 0.14:
            self.supplement()
        self.work(days - halfway)

    def supplement(self) -> None:
        """Have the reporter or a neighbour add a few words, which the worker lets the public read."""
        neighbours = [
            one for one in self.stage.district.people.residents[self.committee.pk] if one.user_id != self.worker.pk
        ]
        issue = self.story.issue
        by = self.rng.choice(neighbours).user if neighbours and issue.is_public else issue.reporter
        assert by is not None
        event = self.story.supplement(
            by=by, at=self.soon(15, 90), text=self.stage.wording.phrase("notes", "supplement")
        )
        if issue.is_public and by.pk != self.worker.pk:
            self.story.show_supplement(event, by=self.worker, at=self.soon(5, 50))

    def rate(self, rating: int) -> None:
        """Rate it before the call-back lapses: the reporter, or on the telephone through the worker."""
        issue = self.story.issue
        spoken_for = issue.represented is not None
        # The answer lapses after five working days: two days at home or two at work never reach that.
        if spoken_for or self.rng.random() < 0.25:
            by, at = self.worker, self.work(self.rng.randint(0, 2))
        else:
            by, at = issue.reporter, at_home(self.now, self.rng.randint(0, 3), self.rng)
        self.now = at
        self.story.rate(by=by, at=at, rating=rating, comment=self.stage.wording.comment(rating))

    def refuse(self, outcome: Outcome) -> None:
        """Refuse it."""
        self.seen()
        self.review()
        reason = self.stage.wording.phrase("refuse", outcome)
        self.story.refuse(by=self.worker, at=self.soon(1, 9), outcome=outcome, reason=reason)

    def close(self, outcome: Outcome) -> None:
        """Close it without its being resolved: by the worker, or by the town where it was escalated."""
        at = self.work(self.rng.randint(1, 7))
        self.story.run_clocks(at)
        by = self.town_officer if self.story.issue.escalated_at else self.worker
        self.story.close(by=by, at=at, outcome=outcome, reason=self.stage.wording.closing(self.told, outcome))

    def withdraw(self) -> None:
        """Take it back before it is dispatched."""
        if self.rng.random() < 0.5:
            self.accept()
        self.story.withdraw(at=self.soon(5, 40), reason=self.stage.wording.phrase("notes", "withdraw"))
