"""Reads of ballots that more than one page uses; none of them tells how anybody voted."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from community.models import Area, Resident, User
from community.models.areas import AreaKind
from community.models.people import Verification
from community.queries import areas_of, today, units_of, within_any
from community.roles import Role
from deliberation.models import Ballot, RollDwelling, RollEntry
from deliberation.models.ballots import BallotQuerySet
from deliberation.states import BallotState

PAGE_SIZE = 20
NEWEST_FIRST = ("-opens_at", "-pk")
MINE_MOST = 10
ORGANISERS = (Role.HALL_MODERATOR, Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)
# What anybody may read in a list; what was withdrawn after its notice keeps its page alone.
LISTED = (BallotState.NOTICED, BallotState.OPEN, BallotState.COUNTED, BallotState.VOID)
# More people than this are chosen by their place, not one by one.
PEOPLE_MOST = 300


class Weighed(NamedTuple):
    """A roll, or the part of it that has voted: how many votes, and their floor area in 0.01 m2."""

    heads: int = 0
    area: int = 0


class Participation(NamedTuple):
    """How much of a roll has voted."""

    roll: Weighed
    voted: Weighed


def listed_ballots() -> BallotQuerySet:
    """Return the ballots of the public list, with what a row shows."""
    return Ballot.objects.filter(state__in=LISTED).select_related("area", "town", "rule").defer("area__boundary")


def drafts_of(user: User) -> QuerySet[Ballot]:
    """Return the drafts of the places that a person organises, the newest first."""
    mine = Q(within_any([area.path for area in areas_of(user, *ORGANISERS)], "area__path")) | Q(
        is_named=True, area__units__in=units_of(user, Role.OWNERS_COMMITTEE)
    )
    drafts = Ballot.objects.filter(mine, state=BallotState.DRAFT).select_related("area", "rule").distinct()
    return drafts.order_by(*NEWEST_FIRST)[:PAGE_SIZE]


def waiting_for(user: User, at: datetime) -> QuerySet[Ballot]:
    """Return the open ballots on whose roll a person has a vote that nobody has cast, the soonest closing first."""
    votes = RollEntry.objects.filter(voters__resident__user=user, has_voted=False, channel="")
    waiting = Ballot.objects.filter(state=BallotState.OPEN, closes_at__gt=at, pk__in=votes.values("ballot"))
    return waiting.select_related("area").order_by("closes_at", "pk")


def taken_part(user: User) -> QuerySet[Ballot]:
    """Return the ballots on whose roll a person was or is and that wait for nothing of theirs, the newest first."""
    on_roll = RollEntry.objects.filter(voters__resident__user=user)
    mine = Ballot.objects.filter(state__in=LISTED, pk__in=on_roll.values("ballot")).select_related("area", "result")
    voted = Count("roll", filter=Q(roll__has_voted=True, roll__voters__resident__user=user), distinct=True)
    return mine.annotate(votes_cast=voted).order_by("-closes_at", "-pk")


def entries_of(ballot: Ballot, user: User) -> list[RollEntry]:
    """Return the votes of a person in a ballot, with the dwellings that they weigh."""
    mine = RollEntry.objects.filter(ballot=ballot, voters__resident__user=user).defer("box").order_by("pk")
    dwellings = Prefetch("dwellings", RollDwelling.objects.select_related("dwelling"))
    return list(mine.distinct().prefetch_related(dwellings))


def participation(ballot: Ballot) -> Participation:
    """Return how much of a ballot's roll has voted; once it is open, the roll is what was frozen then."""
    voted = Q(has_voted=True)
    sums = ballot.roll.aggregate(
        all_heads=Sum("heads"),
        all_area=Sum("area"),
        voted_heads=Sum("heads", filter=voted),
        voted_area=Sum("area", filter=voted),
    )
    roll = Weighed(
        (sums["all_heads"] or 0) if ballot.eligible_heads is None else ballot.eligible_heads,
        (sums["all_area"] or 0) if ballot.eligible_area is None else ballot.eligible_area,
    )
    return Participation(roll, Weighed(sums["voted_heads"] or 0, sums["voted_area"] or 0))


def organised_places(user: User) -> QuerySet[Area]:
    """Return the places for which a person may start a ballot: those of their office, and their compound."""
    paths = [area.path for area in areas_of(user, *ORGANISERS)]
    inside = Q(within_any(paths, "path")) | Q(units__in=units_of(user, Role.OWNERS_COMMITTEE))
    places = Area.objects.valid_on(today()).exclude(kind=AreaKind.DISTRICT)
    return places.filter(inside).defer("boundary").order_by("path").distinct()


def places_below(area: Area) -> QuerySet[Area]:
    """Return a place and all below it, from which people are invited."""
    return Area.objects.valid_on(today()).within(area).defer("boundary").order_by("path")


def verified_in(area: Area) -> QuerySet[Resident]:
    """Return the residents of a place whose identity was verified."""
    people = Resident.objects.kept().living_in(area).filter(verification=Verification.VERIFIED)
    return people.select_related("home", "user").order_by("home__path", "pk")
