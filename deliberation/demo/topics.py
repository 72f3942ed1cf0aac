"""The demo's topics over all eight steps: those of 2023, and those of the last weeks in the demo community and elsewhere."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from django.conf import settings

from community.clock import SHANGHAI
from community.demo import District
from community.models import Area, Resident, User
from community.models.people import Verification
from community.workflow.terms import Terms, day_of
from deliberation.demo.deliberating import Deliberation, place_fits, words
from deliberation.demo.moments import on
from deliberation.models import (
    AgendaItem,
    Commitment,
    CommitmentUpdate,
    Evaluation,
    Hall,
    Issue,
    NumberSeries,
    PublicNotice,
    Resolution,
    Session,
    Topic,
    TopicEndorsement,
    TopicEvent,
    TopicFollow,
    TopicScope,
    Venue,
)
from deliberation.models.issues import SeriesKind
from deliberation.states import TopicState

YEAR = 2023
EVALUATED_OF_YEAR, REFUSED_OF_YEAR = 34, 3
ENDORSEMENTS = "topic.endorsements"
FIRST_DAY = date(2023, 1, 1)
BATCH = 500
S = TopicState
# How many days ago each of today's began, so that it is where it is, whatever holidays lie between.
AGO = {
    S.CONFIRMED: 20, S.NOTICED: 22, S.IN_SESSION: 40, S.OPINION_FORMED: 43, S.RESULT_PUBLISHED: 45, S.CARRYING_OUT: 62,
    S.EVALUATED: 190, S.REFUSED: 20,
}  # fmt: skip
LATE = 150
# Today's topics elsewhere: how many stand where.
ELSEWHERE = {
    S.CONFIRMED: 2, S.NOTICED: 3, S.IN_SESSION: 2, S.OPINION_FORMED: 2, S.RESULT_PUBLISHED: 2, S.CARRYING_OUT: 3,
    S.REFUSED: 1,
}  # fmt: skip


@dataclass
class Told:
    """What the ballots and the discussion go on with: the demo community's own topics by where they stand."""

    home: Area
    all: list[Deliberation]
    of_home: dict[TopicState, Topic]


class Callings:
    """Starts deliberations: a hall, a subject that fits its place, the people of the place."""

    def __init__(self, district: District, halls: dict[int, Hall], rng: Random) -> None:
        self.district, self.halls, self.rng, self.terms = district, halls, rng, Terms()
        self.venues = {one.area_id: one for one in Venue.objects.order_by("-pk")}
        self.told: dict[str, int] = {}

    def begin(self, committee: Area, area: Area, at: datetime) -> Deliberation:
        """Return the start of a course at a place: what was told least often of those that fit."""
        people, units = self.district.people, self.district.units
        fitting = [one for one in words()["subject"] if place_fits(one, area)]
        subject = min(fitting, key=lambda one: (self.told.get(one["title"], 0), self.rng.random()))
        self.told[subject["title"]] = self.told.get(subject["title"], 0) + 1
        worker = people.workers[committee.pk]
        unit = units.companies.get(area.pk, units.committees[committee.pk])
        topic = Topic(
            submission_key=uuid.UUID(int=self.rng.getrandbits(128), version=4),
            title=subject["title"].format(area=area.name), question=subject["question"],
            hall=self.halls[area.pk] if area.pk in self.halls else self.halls[committee.pk],
            area=area, town=area.town, is_of_hall=True, proposer=worker, proposed_at=at,
        )  # fmt: skip
        return Deliberation(
            self.district, self.terms, self.rng, subject, topic, worker, unit, people.handlers[unit.pk],
            self.venues.get(area.pk) or self.venues.get(committee.pk), at,
        )  # fmt: skip

    def anywhere(self, avoiding: Area) -> tuple[Area, Area]:
        """Return a community or village, and a place in it to talk about."""
        while True:
            committee = self.rng.choice(self.district.places.committees)
            if committee.pk != avoiding.pk:
                return committee, self.rng.choice([committee, *self.district.places.below[committee.pk][:-1]])


def build_topics(district: District, halls: dict[int, Hall], rng: Random) -> Told:
    """Insert every town's list of what may be deliberated, and the topics with all that hangs on them."""
    TopicScope.objects.bulk_create(scopes(district.places.towns))
    callings = Callings(district, halls, rng)
    home = next(area for area in district.places.committees if area.covers(district.places.home))
    told = [*of_year(callings, home), *elsewhere(callings, home)]
    at_home = of_home(callings, home)
    told += at_home.values()
    save(told)
    add_proposals(district, halls[home.pk], home)
    add_follows(told, district, rng)
    return Told(home, told, {state: one.topic for state, one in at_home.items()})


def scopes(towns: list[Area]) -> list[TopicScope]:
    """Return the unsaved list (议事清单) of every town."""
    return [
        TopicScope(
            town=town, title=row["title"], description=row["description"], weight=row["weight"],
            is_excluded=row.get("excluded", False), position=position, valid_from=FIRST_DAY,
        )
        for town in towns
        for position, row in enumerate(words()["scope"], start=1)
    ]  # fmt: skip


# --- Courses ------------------------------------------------------------------------------------------
def go(one: Deliberation, state: TopicState, at: datetime, *, late: bool = False) -> Deliberation:
    """Take a course to a state as of `at`; what is shown for objections there still runs."""
    steps: list[tuple[TopicState, Callable[[], None]]] = [
        (S.CONFIRMED, one.confirm),
        (S.NOTICED, lambda: one.notice(at - timedelta(days=1) if state == S.NOTICED else None)),
        (S.IN_SESSION, one.convene),
        (S.OPINION_FORMED, one.form_opinion),
        (S.RESULT_PUBLISHED, lambda: one.publish(at - timedelta(days=1) if state == S.RESULT_PUBLISHED else None)),
        (S.CARRYING_OUT, one.carry_out),
    ]
    one.propose()
    if state == S.REFUSED:
        one.refuse()
        return one
    for reached, step in steps:
        step()
        if reached == state:
            break
    if state in (S.CARRYING_OUT, S.EVALUATED):
        one.work_on(at, finish=not late)
    if state == S.EVALUATED:
        one.evaluate(neighbours(one))
    elif late:
        explain(one, at)
    return one


def explain(one: Deliberation, at: datetime) -> None:
    """Have the unit say why what is overdue is not done."""
    for commitment in one.commitments:
        one.update(commitment, "update", one.rng.choice(words()["updates"]["late"]), at - timedelta(days=3))


def neighbours(one: Deliberation) -> list[User]:
    """Return the accounts of the town's residents."""
    return [who.user for who in one.district.people.of_town(one.topic.town_id) if who.user is not None]


def of_year(callings: Callings, home: Area) -> list[Deliberation]:
    """Return the topics of 2023: evaluated by now, but for those that were refused."""
    found = []
    for number in range(EVALUATED_OF_YEAR + REFUSED_OF_YEAR):
        day = date(YEAR, 1, 9) + timedelta(days=callings.rng.randrange(230))
        committee, area = callings.anywhere(home)
        state = S.REFUSED if number < REFUSED_OF_YEAR else S.EVALUATED
        begun = callings.begin(committee, area, on(day, time(10, callings.rng.randrange(60))))
        found.append(go(begun, state, callings.district.at))
    return found


def elsewhere(callings: Callings, home: Area) -> list[Deliberation]:
    """Return today's topics outside the demo community; one is overdue."""
    at, found = callings.district.at, []
    for state, count in ELSEWHERE.items():
        for number in range(count):
            late = state == S.CARRYING_OUT and number == 0
            start = at - timedelta(days=LATE if late else AGO[state] + number)
            found.append(go(callings.begin(*callings.anywhere(home), start), state, at, late=late))
    return found


def of_home(callings: Callings, home: Area) -> dict[TopicState, Deliberation]:
    """Return the demo community's topics, one at each step; what is to be carried out there is overdue."""
    at, compound = callings.district.at, callings.district.places.home
    found = {}
    for number, state in enumerate(AGO):
        late = state == S.CARRYING_OUT
        start = at - timedelta(days=LATE if late else AGO[state])
        area = home if number % 2 else compound
        found[state] = go(callings.begin(home, area, start), state, at, late=late)
    issue = (
        Issue.objects.public().filter(community=home, state="closed", raised_at__lt=at - timedelta(days=200)).first()
    )
    found[S.EVALUATED].topic.issue = issue
    return found


# --- What residents put forward -----------------------------------------------------------------------
def add_proposals(district: District, hall: Hall, home: Area) -> None:
    """Insert a resident's topic that others endorse, and one that nobody has looked at yet."""
    at, people = district.at, [one for one in district.people.residents[home.pk] if is_verified(one)]
    asked = Terms().rule(ENDORSEMENTS, day_of(at), home.town_id).value
    proposer, other = people[5], people[6]
    voices = [one for one in people if one is not proposer][: asked - 1]
    shown = Topic(
        number=next_number(at), title="小区里装一排晾衣架", question="阳台朝北的晒不到太阳，楼前的铁栏杆上挂满了被子。",
        hall=hall, area=home, town=home.town, proposer=proposer.user, is_public=True,
        proposed_at=at - timedelta(days=5), reviewed_at=at - timedelta(days=4, hours=20), needed_endorsements=asked,
        endorsement_count=len(voices),
    )  # fmt: skip
    waiting = Topic(
        number=next_number(at), title="快递柜换个位置", question="柜子占了消防通道的口子，搬到东边的墙下就好。",
        hall=hall, area=home, town=home.town, proposer=other.user, proposed_at=at - timedelta(hours=7),
        needed_endorsements=asked,
    )  # fmt: skip
    Topic.objects.bulk_create([shown, waiting])
    TopicEvent.objects.bulk_create(
        TopicEvent(topic=one, verb="propose", state=one.state, by=one.proposer, at=one.proposed_at)
        for one in (shown, waiting)
    )
    TopicEndorsement.objects.bulk_create(
        TopicEndorsement(topic=shown, user=one.user, at=at - timedelta(days=4, minutes=-37 * number))
        for number, one in enumerate(voices)
    )


def is_verified(one: Resident) -> bool:
    """Return whether somebody is known to be who and where they say, and has an account."""
    return one.user is not None and one.verification == Verification.VERIFIED


def add_follows(told: list[Deliberation], district: District, rng: Random) -> None:
    """Insert who follows the topics."""
    rows = [
        TopicFollow(topic=one.topic, user=user, at=one.topic.proposed_at + timedelta(hours=3))
        for one in told
        for user in rng.sample(neighbours(one), min(len(neighbours(one)), rng.randint(0, 4)))
    ]
    TopicFollow.objects.bulk_create(rows, batch_size=BATCH)


# --- Saving -------------------------------------------------------------------------------------------
def next_number(at: datetime, kind: str = SeriesKind.TOPIC) -> str:
    """Take the next number of a year's series."""
    year = at.astimezone(SHANGHAI).year
    series, _ = NumberSeries.objects.get_or_create(kind=kind, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{settings.DISTRICT_CODE}-{kind}-{year}-{series.last:06d}"


def save(told: list[Deliberation]) -> None:
    """Insert the topics and everything that hangs on them, one bulk insert a table."""
    told.sort(key=lambda one: one.topic.proposed_at)
    for one in told:
        one.topic.number = next_number(one.topic.proposed_at)
    decided = sorted((one.resolution for one in told if one.resolution is not None), key=lambda one: one.published_at)
    for resolution in decided:
        resolution.number = next_number(resolution.published_at, SeriesKind.RESOLUTION)
    Topic.objects.bulk_create([one.topic for one in told], batch_size=BATCH)
    TopicEvent.objects.bulk_create([event for one in told for event in one.events], batch_size=BATCH)
    Session.objects.bulk_create([one.session for one in told if one.session is not None], batch_size=BATCH)
    AgendaItem.objects.bulk_create([item for one in told for item in one.items], batch_size=BATCH)
    Resolution.objects.bulk_create(decided, batch_size=BATCH)
    PublicNotice.objects.bulk_create([notice for one in told for notice in one.notices], batch_size=BATCH)
    Commitment.objects.bulk_create([task for one in told for task in one.commitments], batch_size=BATCH)
    CommitmentUpdate.objects.bulk_create([word for one in told for word in one.updates], batch_size=BATCH)
    Evaluation.objects.bulk_create([voice for one in told for voice in one.evaluations], batch_size=BATCH)
