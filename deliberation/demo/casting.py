"""Who raises what, where: the start of each story."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pygeohash

from community.models import Area, Resident, User
from community.models.people import Verification
from deliberation.demo.course import Course, Stage
from deliberation.demo.story import Story
from deliberation.demo.wording import Told
from deliberation.models import Issue
from deliberation.states import IssueState
from deliberation.workflow.raising import GEOHASH_LENGTH

AT_HOME, AT_LARGE = 0.3, 0.15
PRIVATE, SPOKEN_FOR = 0.05, 0.05
# Half the width of the patch round a place in which its issues lie, in degrees.
NEAR = 0.0011


class Casting:
    """Starts stories: a place, somebody who lives near it, a case."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.rng = stage, stage.rng
        places = stage.district.places
        # The stand-in units serve the last compound of all; nothing is raised there.
        self.apart = places.compounds[-1].pk
        self.committees = places.committees
        self.weights = [2.6 if committee.kind == "community" else 1.0 for committee in self.committees]
        self.people = stage.district.people.residents

    def committee(self, avoiding: int | None = None) -> Area:
        """Return a community or village, on request of another town than `avoiding`."""
        while True:
            chosen = self.rng.choices(self.committees, self.weights)[0]
            if chosen.town_id != avoiding:
                return chosen

    def random_course(self, at: datetime, *, away: bool = False) -> Course:
        """Return the start of a story somewhere; `away` keeps it out of the demo compound's town."""
        home_town = self.stage.district.places.home.town_id
        committee = self.committee(avoiding=home_town if away else None)
        resident = self.rng.choice(self.people[committee.pk])
        return self.course(at, committee, self.place(committee, resident), resident)

    def place(self, committee: Area, resident: Resident) -> Area:
        """Return where in a committee's area: at the reporter's home, anywhere, or in no compound at all."""
        chance = self.rng.random()
        if chance < AT_HOME and resident.home is not None:
            return resident.home
        if chance < AT_HOME + AT_LARGE:
            return committee
        leaves = [leaf for leaf in self.stage.district.places.below[committee.pk] if leaf.pk != self.apart]
        return self.rng.choice(leaves)

    def course(
        self,
        at: datetime,
        committee: Area,
        area: Area,
        resident: Resident,
        *,
        category: str = "",
        private: bool | None = None,
        spoken_for: bool | None = None,
    ) -> Course:
        """Return the start of a story at a place."""
        told = self.stage.wording.tell(area, committee, at.month, category)
        spoken = self.rng.random() < SPOKEN_FOR if spoken_for is None else spoken_for
        worker = self.stage.district.people.workers[committee.pk]
        represented = self.represented(area, at) if spoken else None
        assert resident.user is not None
        issue = self.issue(at, committee, area, told, worker if spoken else resident.user, represented)
        issue.is_private = self.rng.random() < PRIVATE if private is None else private
        self.locate(issue, represented or resident)
        story = Story(issue, self.stage.terms, self.stage.robot)
        return Course(story, self.stage, told, committee, resident, self.rng.randrange(3), at)

    def issue(
        self, at: datetime, committee: Area, area: Area, told: Told, reporter: User, represented: Resident | None
    ) -> Issue:
        """Return the unsaved issue; its number comes when all are in order."""
        return Issue(
            submission_key=uuid.UUID(int=self.rng.getrandbits(128), version=4),
            category=self.stage.categories[told.case.category],
            title=told.title,
            details=told.details,
            area=area,
            community=committee,
            town=committee.town,
            address=told.address,
            reporter=reporter,
            represented=represented,
            state=IssueState.RAISED,
            raised_at=at,
        )

    def represented(self, area: Area, at: datetime) -> Resident:
        """Return the unsaved profile of somebody without an account."""
        number = self.rng.randrange(1, 1000)
        return Resident(
            name=f"某示范{number:03d}",
            phone=f"1000009{number:04d}",
            home=area,
            town=area.town,
            verification=Verification.UNVERIFIED,
            created_at=at - timedelta(seconds=1),
        )

    def locate(self, issue: Issue, resident: Resident) -> None:
        """Set the point, and what the public sees of it: near the reporter's home that of the compound."""
        area = issue.area
        if self.rng.random() < 0.9:
            issue.latitude = round((area.latitude or 0) + self.rng.uniform(-NEAR, NEAR), 6)
            issue.longitude = round((area.longitude or 0) + self.rng.uniform(-NEAR, NEAR), 6)
        at_home = resident.home_id == area.pk or (resident.home is not None and resident.home.pk == area.pk)
        shown = (area.latitude, area.longitude) if at_home else (issue.latitude, issue.longitude)
        issue.shown_latitude, issue.shown_longitude = shown
        if shown[0] is not None and shown[1] is not None:
            issue.geohash = pygeohash.encode(shown[0], shown[1], precision=GEOHASH_LENGTH)
