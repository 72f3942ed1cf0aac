"""Endorsements at the same moment: the count is exact, and the term to confirm starts once."""

from __future__ import annotations

from functools import partial

import pytest

from community.models import Clock
from deliberation import workflow
from deliberation.models import TopicEndorsement
from tests.community.threads import together
from tests.factories import MOMENT, build_district
from tests.factories.topics import TopicFactory, hall_of, residents

pytestmark = pytest.mark.django_db(transaction=True)


def test_endorsements_at_once_are_counted_exactly() -> None:
    district = build_district()
    topic = TopicFactory(hall=hall_of(district.community), needed_endorsements=5, history=False)
    people = residents(8, district.compound)
    # Each of them twice: a double tap is one voice.
    calls = [partial(workflow.endorse_topic, topic, by=person, at=MOMENT) for person in (*people, *people)]
    together(*calls)
    topic.refresh_from_db()
    assert topic.endorsement_count == TopicEndorsement.objects.filter(topic=topic).count() == 8
    assert topic.events.filter(verb="enough").count() == 1
    assert Clock.objects.of(topic).open().count() == 1
