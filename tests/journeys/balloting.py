"""Ballots in every state for pages that are looked at, and people who vote in them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from community.models import Dwelling, Resident
from community.roles import Role
from deliberation.models import Ballot
from deliberation.workflow.ballots import notice_ballot
from deliberation.workflow.roll_objecting import object_to_roll
from deliberation.workflow.voting import cast_vote
from tests.factories import District
from tests.factories.ballots import HOUR, counted, drafted, opened, owned, people_of, voters
from tests.factories.community import AppointmentFactory, UserFactory
from tests.journeys.conftest import PASSWORD

OPTIONS = ("种桂花", "建车棚", "装路灯")
EXPLANATION = "主路坑洼，雨天积水。请了三家报价，取中间一家。\n通过以后，七天内签合同，一个月完工。"


def open_ballot(town: District, **fields: object) -> Ballot:
    """Return a ballot that opened an hour ago, with the resident and some neighbours on its roll."""
    at = timezone.now() - timedelta(days=20) - HOUR
    people = [town.resident.resident, *voters(4, town.compound)]
    return opened(town.worker, town.community, at, people, explanation=EXPLANATION, **fields)


def owners_ballot(town: District, people: list[Resident]) -> Ballot:
    """Return an open ballot of owners, each with a flat."""
    at = timezone.now() - timedelta(days=20) - HOUR
    for n, one in enumerate(people):
        flat = Dwelling.objects.create(area=town.compound, building="3", room=f"{n}01", floor_area=9852 + n)
        owned(flat, one, since=at)
    question = "用不用维修资金 86,400 元，翻修小区主路？"
    return opened(town.worker, town.compound, at, [], rule="owners_special", question=question, explanation=EXPLANATION)


def voted(ballot: Ballot, *choices: str) -> Ballot:
    """Have people of a roll vote."""
    for person, choice in zip(people_of(ballot), choices, strict=False):
        cast_vote(ballot, by=person, at=timezone.now(), choice=choice)
    return ballot


def every_ballot(town: District) -> dict[str, Ballot]:
    """Return a ballot of every kind."""
    teller = UserFactory(username="teller")
    teller.set_password(PASSWORD)
    teller.save()
    AppointmentFactory(user=teller, role=Role.TELLER, area=town.compound, unit=None)
    owners = owners_ballot(town, [town.resident.resident, *voters(3, town.compound)])
    return {
        "ballot": owners,
        "ranked": open_ballot(town, method="condorcet", options=OPTIONS),
        "paper": open_ballot(town, channels=["online", "paper", "doorstep"]),
        "noticed": noticed(town),
        "draft": drafted(town.worker, town.community, timezone.now()),
        "counted": counted(voted(open_ballot(town, method="score", options=OPTIONS), "1:5,2:0", "2:3", "1:4,3:5")),
        "named": counted(voted(owners_ballot_of(town), "yes", "yes", "yes", "no")),
    }


def owners_ballot_of(town: District) -> Ballot:
    """Return an open ballot of the owners as they stand."""
    at = timezone.now() - timedelta(days=20) - HOUR
    return opened(town.worker, town.compound, at, [], rule="owners_ordinary", question="续聘物业服务公司，一年一签")


def noticed(town: District) -> Ballot:
    """Return an owners' ballot whose roll is shown, with an objection of the resident."""
    at = timezone.now()
    ballot = notice_ballot(drafted(town.worker, town.compound, at, rule="owners_ordinary"), by=town.worker, at=at)
    object_to_roll(ballot, by=town.resident, at=at, text="三栋二单元的面积写小了")
    return ballot
