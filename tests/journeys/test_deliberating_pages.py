"""Every page of halls, topics, sessions, ballots, resolutions and appraisals, in both modes and widths: axe and the frame."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from community.queries import today
from community.roles import Role
from deliberation.models import Objection
from deliberation.models.topics import Side
from deliberation.states import IssueState, TopicState
from deliberation.workflow.evaluating import evaluate_resolution
from deliberation.workflow.resolutions import Task
from tests.factories import District, IssueFactory, VenueFactory
from tests.factories.halls import MethodFactory
from tests.factories.resolutions import (
    drafted_appraisal,
    hall_of,
    held,
    noticed_topic,
    opened_appraisal,
    opinion,
    planned,
    published,
    staff,
    to_evaluate,
)
from tests.factories.topics import (
    AmendmentFactory,
    ArgumentFactory,
    OptionFactory,
    ScopeFactory,
    StatementFactory,
    TopicFactory,
)
from tests.journeys.conftest import DESKTOP, PASSWORD, PHONE
from tests.journeys.test_pages import axe_faults, frame_faults

pytestmark = pytest.mark.journey

# Who looks, and at which addresses, by name; what stands in a list is found by `records`.
PAGES = {
    "": ("halls", "venues", "methods", "topics", "topic_scopes", "sessions", "ballots", "resolutions", "appraisals",
         "site_map"),
    "resident": ("new_topic", "topics"),
    "worker": ("new_session", "new_appraisal", "new_ballot", "sessions", "appraisals"),
    "district_officer": ("new_hall",),
    "moderator": ("new_topic",),
}  # fmt: skip
# With a record in hand, by the names that tests/test_every_page.py looks for.
WITH_RECORD = (
    "hall", "edit_hall", "close_hall", "new_venue", "new_method", "venue", "edit_venue", "close_venue", "method", "edit_method",
    "close_method", "topic", "session", "new_resolution", "resolution", "appraisal", "issue_chain",
)  # fmt: skip


def talked_about(town: District) -> Any:
    """Return a topic in session on which people brought everything that one can bring."""
    topic = TopicFactory(hall=hall_of(town), proposer=town.resident, state=TopicState.IN_SESSION)
    for side in Side:
        ArgumentFactory(topic=topic, side=side, text="晚上充电的人多，楼道里拉线不安全。")
    option = OptionFactory(topic=topic, text="先装四个，物业管，电费另算。")
    AmendmentFactory(topic=topic, option=option, by=town.neighbour, text="先装六个，物业管，电费另算。")
    StatementFactory(topic=topic, text="充电要收费，但不能比外面贵。")
    return topic


@pytest.fixture
def records(town: District, keys: Path) -> dict[str, list[str]]:
    """Return the addresses of pages that are about one record, by who looks at them."""
    moderator = staff(town, Role.HALL_MODERATOR)
    moderator.set_password(PASSWORD)
    moderator.save()
    hall = hall_of(town)
    venue, method = VenueFactory(hall=hall, area=hall.area), MethodFactory(hall=hall, area=hall.area)
    ScopeFactory(town=town.town)
    ScopeFactory(town=town.town, is_excluded=True)
    asked, talked = TopicFactory(hall=hall, proposer=town.resident), talked_about(town)
    issue = IssueFactory(
        state=IssueState.DISPATCHED, area=town.compound, reporter=town.resident, unit=town.property, is_public=True
    )
    TopicFactory(hall=hall, proposer=town.resident, issue=issue, state=TopicState.CONFIRMED)
    at = timezone.now() - timedelta(days=8)
    session, draft = held(town, noticed_topic(town)), planned(town, [noticed_topic(town)], at=at)
    work = Task("装四个", town.property, today() + timedelta(days=60))
    shown = published(town, work, at=timezone.now() - timedelta(hours=1))
    Objection.objects.create(notice=shown.notices.get(), by=town.neighbour, text="桩太少了", at=timezone.now())
    rated, formed = to_evaluate(town), opinion(town)
    assert rated.evaluation_ends_at is not None
    evaluate_resolution(
        rated, by=town.neighbour, at=rated.evaluation_ends_at - timedelta(hours=1), rating=4, text="好用"
    )
    running, drafted = opened_appraisal(town), drafted_appraisal(town, title="第二轮评议")
    public = [one.get_absolute_url() for one in (hall, venue, method, asked, talked, session, shown, rated, running)]
    public += [reverse("issue_chain", args=[issue.number]), reverse("topic_scopes", args=[town.town.code])]
    people = [one.get_absolute_url() for one in (asked, talked, shown, rated, running)]
    return {
        "": public,
        "resident": people,
        "neighbour": people,
        "handler": [rated.get_absolute_url()],
        "worker": [
            *(one.get_absolute_url() for one in (asked, talked, session, draft, shown, rated, running, drafted)),
            f"{reverse('new_resolution')}?topic={formed.number}",
            reverse("new_venue", args=[hall.pk]), reverse("new_method", args=[hall.pk]),
            reverse("edit_hall", args=[hall.pk]),
            reverse("edit_venue", args=[venue.pk]), reverse("close_venue", args=[venue.pk]),
            reverse("edit_method", args=[method.pk]), reverse("close_method", args=[method.pk]),
        ],
        "moderator": [one.get_absolute_url() for one in (talked, session)],
        "town_officer": [reverse("topic_scopes", args=[town.town.code]), asked.get_absolute_url()],
        "district_officer": [reverse("close_hall", args=[hall.pk])],
    }  # fmt: skip


@pytest.mark.parametrize("mode", ["normal", "elder"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_pages_of_deliberation(
    records: dict[str, list[str]], town: District, visit: Callable[..., Page], size: tuple[int, int], mode: str
) -> None:
    faults: list[Any] = []
    for name in dict.fromkeys([*PAGES, *records]):
        user = staff(town, Role.HALL_MODERATOR) if name == "moderator" else getattr(town, name, None)
        page = visit(user, size=size, mode=mode)
        for address in [*map(reverse, PAGES.get(name, ())), *records.get(name, ())]:
            response = page.goto(address)
            found = [*frame_faults(page), *axe_faults(page)]
            found += [f"answered {response.status}"] if response is None or response.status != 200 else []
            faults += [(name, address, fault) for fault in found]
    assert faults == []
