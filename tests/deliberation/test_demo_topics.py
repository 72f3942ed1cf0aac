"""The demo's topics, sessions, resolutions, ballots and appraisals could all have happened."""

import pytest
from django.db import transaction
from django.utils import timezone

from community.demo import build_district
from community.workflow.terms import Terms
from deliberation.demo import build_deliberation
from deliberation.models import (
    Appraisal,
    Ballot,
    BallotResult,
    Commitment,
    PublicNotice,
    Resolution,
    RollVoter,
    Session,
    StatementStance,
    Topic,
    TopicScope,
)
from deliberation.states import TOPIC_TRANSITIONS, CommitmentState, ResolutionState, SessionState, TopicState

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        district = build_district(scale=0.1, seed=2023, at=timezone.now(), say=lambda line: None)
        build_deliberation(district, say=lambda line: None)
        yield district
        transaction.set_rollback(True)


def test_every_topic_follows_the_transition_table(demo):
    topics = Topic.objects.prefetch_related("events", "endorsements")
    assert {topic.state for topic in topics} == set(TopicState) - {TopicState.WITHDRAWN}
    for topic in topics:
        events, state = list(topic.events.all()), TopicState.PROPOSED
        assert events[0].verb == "propose"
        for event in events:
            state = TOPIC_TRANSITIONS[event.verb][state] if event.verb in TOPIC_TRANSITIONS else state
            assert event.state == state, (topic, event.verb)
        moments = [event.at for event in events]
        assert topic.state == state
        assert moments == sorted(moments)
        assert moments[0] == topic.proposed_at
        assert moments[-1] == (topic.ended_at or moments[-1]) <= demo.at
        assert topic.endorsement_count == topic.endorsements.count()
        topic.full_clean(exclude=["hall", "area", "town", "proposer", "issue"])


def test_no_session_before_its_topic_was_shown_long_enough(demo):
    assert Session.objects.filter(state=SessionState.CLOSED).count() >= 40
    assert Session.objects.filter(state=SessionState.NOTICED, starts_at__gt=demo.at).exists()
    terms = Terms()
    for session in Session.objects.prefetch_related("items__topic"):
        for item in session.items.all():
            topic = item.topic
            assert topic.notice_ends_at == terms.due("topic.notice", topic.noticed_at, topic.town_id)
            assert session.starts_at > topic.notice_ends_at
        session.full_clean(exclude=["hall", "area", "town", "venue", "method", "made_by"])


def test_resolutions_wait_for_objections_and_end_with_their_commitments(demo):
    terms = Terms()
    for one in Resolution.objects.select_related("topic").prefetch_related("commitments__updates", "notices"):
        (notice,) = one.notices.all()
        assert notice.ends_at == terms.due("resolution.objections", one.published_at, one.town_id)
        assert one.carried_out_from is None or one.carried_out_from > notice.ends_at
        assert (one.state, one.evaluated_at) == (one.topic.state.replace("result_", ""), one.topic.ended_at)
        for task in one.commitments.all():
            said = list(task.updates.all())
            assert task.ended_at is None or said[-1].at == task.ended_at
            assert all(one.carried_out_from < word.at <= demo.at for word in said)
            assert task.state != CommitmentState.OPEN or one.state != ResolutionState.EVALUATED
        one.full_clean(exclude=["topic", "session", "ballot", "hall", "area", "town", "made_by"])
    overdue = Commitment.objects.overdue(demo.at.date())
    assert overdue.filter(resolution__area__path__startswith=demo.places.home.path[:12]).exists()
    assert all(task.updates.exists() for task in overdue)
    assert PublicNotice.objects.running(demo.at).exists()


def test_ballots_stand_at_every_step(demo):
    counted, opened, noticed = (Ballot.objects.get(state=state) for state in ("counted", "open", "noticed"))
    assert BallotResult.objects.get(ballot=counted).passed is not None
    assert counted.papers.count() == counted.roll.filter(has_voted=True).count() > 0
    on_roll = RollVoter.objects.filter(ballot=opened)
    waiting = set(on_roll.filter(entry__has_voted=False).values_list("resident__user__username", flat=True))
    assert waiting >= {f"resident{number}" for number in range(1, 6)}
    assert opened.roll.filter(has_voted=True).exists()
    assert (noticed.is_named, noticed.area) == (True, demo.places.home)
    assert noticed.opens_at > demo.at
    assert noticed.roll.exists()


def test_the_demo_community_discusses_endorses_and_appraises(demo):
    topic = Topic.objects.get(pk__in=StatementStance.objects.values("topic"))
    assert topic.state == TopicState.IN_SESSION
    assert StatementStance.objects.filter(topic=topic).values("user").distinct().count() > 10
    assert topic.arguments.filter(is_public=True).count() == 6
    assert topic.arguments.filter(reviewed_at=None).count() == 1
    asked = Topic.objects.get(is_public=True, needed_endorsements__gt=0)
    assert 0 < asked.endorsement_count < asked.needed_endorsements
    assert set(Appraisal.objects.values_list("state", flat=True)) == {"open", "published"}
    past = Appraisal.objects.get(state="published")
    assert past.voices == past.given.count() == sum(past.stars) > 10
    assert past.total == sum(voice.rating for voice in past.given.all())
    for town in demo.places.towns:
        listed = TopicScope.objects.filter(town=town)
        assert (listed.count(), listed.offered().count()) == (8, 6)
