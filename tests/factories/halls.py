"""Methods of halls, and noticed sessions of them."""

from __future__ import annotations

from datetime import timedelta

import factory

from deliberation.models import Method, Session
from deliberation.states import SessionState
from tests.factories.community import DAY_ONE, UserFactory
from tests.factories.deliberation import MOMENT, HallFactory


class MethodFactory(factory.django.DjangoModelFactory[Method]):
    """A method of a hall."""

    class Meta:
        model = Method

    name = factory.Sequence(lambda n: f"工作法{n}")
    hall = factory.SubFactory(HallFactory)
    area = factory.SelfAttribute("hall.area")
    town = factory.SelfAttribute("hall.town")
    summary = "坐下来说"
    steps = "先问\n再议"
    opened_on = DAY_ONE


class NoticedSessionFactory(factory.django.DjangoModelFactory[Session]):
    """A session that people were told of."""

    class Meta:
        model = Session

    title = factory.Sequence(lambda n: f"第{n}次议事会")
    hall = factory.SubFactory(HallFactory)
    area = factory.SelfAttribute("hall.area")
    town = factory.SelfAttribute("hall.town")
    place = "活动室"
    starts_at = MOMENT + timedelta(days=5)
    ends_at = MOMENT + timedelta(days=5, hours=2)
    state = SessionState.NOTICED
    noticed_at = MOMENT
    made_by = factory.SubFactory(UserFactory)
    created_at = MOMENT
