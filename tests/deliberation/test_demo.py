import re
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from PIL import Image
from wagtail.models import ModelLogEntry

from community.clock import SHANGHAI
from community.demo import build_district
from community.errors import WrongState
from community.models import Clock, Resident, User
from community.queries import open_clocks_of
from community.workflow import sweep
from community.workflow.terms import Terms, end_of_term
from deliberation import queries
from deliberation.demo import build_deliberation
from deliberation.demo.story import Story
from deliberation.demo.wording import cases, words
from deliberation.desk import lane_counts
from deliberation.models import Endorsement, Issue, IssuePhoto, NumberSeries
from deliberation.models.issues import PhotoKind, SeriesKind
from deliberation.states import FINAL_STATES, ISSUE_TRANSITIONS, IssueState, Outcome

pytestmark = pytest.mark.django_db
SCALE = 0.2
ACCEPTING = {IssueState.RAISED, IssueState.ACCEPTED, IssueState.RETURNED}
HANDLING = {IssueState.DISPATCHED, IssueState.REWORK}


def build(scale, seed=2023, at=None):
    district = build_district(scale=scale, seed=seed, at=at or timezone.now(), say=lambda line: None)
    build_deliberation(district, say=lambda line: None)
    return district


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield build(SCALE)
        transaction.set_rollback(True)


def told(issues=None):
    return (issues or Issue.objects).prefetch_related("events__photos", "photos", "endorsements").order_by("raised_at")


def open_kinds():
    kinds = {}
    for subject, kind in Clock.objects.open().values_list("subject_id", "kind"):
        kinds.setdefault(subject, set()).add(kind)
    return kinds


def demanded(issue):
    """Return the kinds of clock that an issue's state asks for."""
    if issue.is_final:
        return set()
    kinds = {"issue.accept"} if issue.state in ACCEPTING else {"issue.handle"} if issue.state in HANDLING else set()
    if issue.state == IssueState.RESOLVED and issue.rating is None:
        kinds = {"issue.call_back", "issue.answer"}
    return kinds | ({"issue.escalated"} if issue.escalated_at else set())


def size_of(name):
    with default_storage.open(name) as file, Image.open(file) as picture:
        return picture.size


def assert_clocks_fit():
    kinds = open_kinds()
    for issue in Issue.objects.all():
        assert kinds.get(issue.pk, set()) == demanded(issue), issue


# Those that load a district of their own come before the first that asks for `demo`, which then stays.
@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 2, 17, 3, 0, tzinfo=SHANGHAI),  # a night in the Spring Festival
        datetime(2026, 11, 28, 12, 0, tzinfo=SHANGHAI),  # a Saturday
        datetime(2027, 1, 4, 8, 31, tzinfo=SHANGHAI),  # a year whose holidays nobody has announced
    ],
)
def test_it_can_be_loaded_on_any_day(at):
    build(0.02, at=at)
    assert_clocks_fit()
    assert sweep(at=at) == 0
    assert not Issue.objects.filter(raised_at__gt=at).exists()


def test_the_same_seed_tells_the_same_issues():
    def told_once(seed):
        with transaction.atomic():
            build(0.02, seed, datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI))
            rows = list(Issue.objects.order_by("number").values_list("number", "title", "state", "raised_at"))
            transaction.set_rollback(True)
        return rows

    first = told_once(7)
    assert told_once(7) == first
    assert told_once(8) != first


def test_every_history_follows_the_transition_table(demo):
    for issue in told():
        state = IssueState.RAISED
        events = list(issue.events.all())
        assert events[0].verb == "raise"
        for event in events:
            if event.verb in ISSUE_TRANSITIONS:
                state = ISSUE_TRANSITIONS[event.verb][state]
            assert event.state == state, (issue, event.verb)
        assert issue.state == state


def test_every_history_runs_forward_and_ends_with_its_end(demo):
    for issue in told():
        moments = [event.at for event in issue.events.all()]
        assert moments == sorted(moments)
        assert moments[0] == issue.raised_at
        assert moments[-1] <= demo.at
        if issue.is_final:
            assert moments[-1] == issue.closed_at


def test_columns_agree_with_the_events(demo):
    for issue in told():
        verbs = Counter(event.verb for event in issue.events.all())
        assert issue.return_count == verbs["return"] <= 2
        assert issue.rework_count == verbs["rework"] <= 2
        assert bool(issue.escalated_at) == bool(verbs["escalate"])
        assert bool(issue.dispatched_at) == bool(verbs["dispatch"])
        assert bool(issue.resolved_at) == bool(verbs["resolve"])
        assert issue.is_public == bool(verbs["publish"] and issue.reviewed_at)
        issue.full_clean(exclude=["category", "area", "community", "town", "reporter", "represented", "unit"])


def test_only_the_reporter_or_a_worker_rates_and_never_the_handler(demo):
    for issue in told().exclude(unit=None):
        for event in issue.events.all():
            if event.verb == "rate":
                assert event.by_id in {issue.reporter_id, demo.people.workers[issue.community_id].pk}
            if event.verb in ("resolve", "return"):
                assert event.by_id == demo.people.handlers[event.unit_id].pk


def test_open_clocks_are_what_the_state_demands(demo):
    assert_clocks_fit()
    assert not Clock.objects.filter(stopped_at__isnull=False, strikes_at__isnull=False).exists()


def test_terms_end_as_the_rules_say(demo):
    calendar = Terms().holidays
    for clock in Clock.objects.select_related("rule"):
        assert clock.due_at == end_of_term(clock.rule, clock.started_at, calendar)


def test_no_clock_is_due_to_strike_at_loading_and_later_sweeps_keep_the_order(demo):
    assert sweep(at=demo.at) == 0
    with transaction.atomic():
        assert sweep(at=demo.at + timedelta(days=45)) > 0
        assert_clocks_fit()
        transaction.set_rollback(True)


def test_voices_are_counted_and_lawful(demo):
    for issue in told():
        voices = list(issue.endorsements.all())
        assert issue.endorsement_count == len(voices) <= 60
        assert all(voice.user_id != issue.reporter_id for voice in voices)
        assert not voices or issue.is_public
        assert all(voice.at < (issue.closed_at or demo.at) for voice in voices)
    assert Endorsement.objects.exists()


def test_the_log_holds_a_line_for_each_event(demo):
    lines = Counter(
        ModelLogEntry.objects.filter(action__startswith="issue.").values_list("object_id", "action", "timestamp")
    )
    events = Counter(
        (str(issue.pk), f"issue.{event.verb}", event.at) for issue in told() for event in issue.events.all()
    )
    # A voice is a line of the log, and no step of the chain.
    events.update((str(voice.issue_id), "issue.endorse", voice.at) for voice in Endorsement.objects.all())
    assert lines == events
    entry = ModelLogEntry.objects.filter(action="issue.dispatch").first()
    assert set(entry.data) == {"state", "unit"}
    # Never the title: a private one would reach the administrators.
    assert entry.label == Issue.objects.get(pk=entry.object_id).number


def test_log_actions_are_registered(demo):
    from wagtail.log_actions import registry

    for action in ModelLogEntry.objects.order_by().values_list("action", flat=True).distinct():
        assert registry.action_exists(action), action


def test_every_result_has_its_photo_and_files_lie_in_the_storage(demo):
    for issue in told():
        for event in issue.events.all():
            if event.verb == "resolve":
                assert [photo.kind for photo in event.photos.all()].count(PhotoKind.AFTER) >= 1
        for photo in issue.photos.all():
            assert photo.is_public == (photo.kind == PhotoKind.AFTER or issue.is_public)
    names = set(IssuePhoto.objects.values_list("image", "thumbnail", "width", "height"))
    assert 30 <= len(names) <= 48
    for image, thumbnail, width, height in names:
        assert re.fullmatch(r"issues/([0-9a-f]{2})/\1[0-9a-f]{62}\.jpg", image)
        assert size_of(image) == (width, height) == (1600, 1000)
        assert size_of(thumbnail) == (480, 300)


def test_before_and_after_show_the_same_scene(demo):
    from deliberation.demo.scenes import SCENES, draw

    for scene in SCENES:
        before, after = draw(scene, 0, False), draw(scene, 0, True)
        assert before.size == after.size == (1600, 1000)
        assert before.tobytes() != after.tobytes()


def test_numbers_follow_the_order_of_raising(demo):
    for series in NumberSeries.objects.filter(kind=SeriesKind.ISSUE):
        numbers = list(Issue.objects.filter(number__startswith=f"EC-{series.year}-").order_by("raised_at"))
        assert [issue.number for issue in numbers] == [f"EC-{series.year}-{n:06d}" for n in range(1, series.last + 1)]


def test_the_year_has_its_share_of_the_districts_figures(demo):
    assert queries.issues_collected(2023) == round(986 * SCALE)
    assert queries.issues_resolved(2023) == round(823 * SCALE)
    assert Issue.objects.filter(state=IssueState.WITHDRAWN, raised_at__year=2023).exists()
    assert queries.halls(2023) == 120
    assert queries.discussion_points(2023) == round(445 * SCALE)
    assert queries.activity_centres(2023) == round(584 * SCALE)
    assert queries.culture_halls(2023) == round(344 * SCALE)
    assert queries.bay_group_points(2023) == round(584 * SCALE) + round(344 * SCALE)
    assert queries.deliberation_methods(2023) == 90


def test_every_ending_is_there(demo):
    endings = set(Issue.objects.filter(raised_at__year=2023).values_list("state", "outcome"))
    assert {state for state, _ in endings} >= {"closed", "refused", "withdrawn", "dispatched"}
    assert {outcome for _, outcome in endings} >= {"resolved", "unresolved", "duplicate", "not_ours", "withdrawn", ""}


def test_private_issues_stay_private_and_home_is_shown_as_its_compound(demo):
    private = Issue.objects.filter(is_private=True)
    assert private.exists()
    assert not private.filter(is_public=True).exists()
    for issue in Issue.objects.select_related("area", "represented", "reporter__resident"):
        who = issue.represented or Resident.objects.filter(user=issue.reporter).first()
        if who and who.home_id == issue.area_id:
            assert (issue.shown_latitude, issue.shown_longitude) == (issue.area.latitude, issue.area.longitude)


def test_the_workers_desk_is_alive_today(demo):
    worker, handler = User.objects.get(username="worker"), User.objects.get(username="handler")
    lanes = lane_counts(open_clocks_of(worker), demo.at)
    assert lanes["over"]
    assert lanes["soon"]
    assert lanes["week"]
    assert lanes["hold"]
    assert lane_counts(open_clocks_of(handler), demo.at)["over"]
    home = next(area for area in demo.places.committees if area.covers(demo.places.home))
    current = Issue.objects.filter(community=home, raised_at__gte=demo.at - timedelta(days=30))
    assert current.count() >= 25
    assert {"raised", "accepted", "dispatched", "returned", "resolved", "rework"} <= set(
        current.values_list("state", flat=True)
    )
    waiting = Issue.objects.filter(reviewed_at=None, is_private=False, raised_at__gte=demo.at - timedelta(days=30))
    assert 10 <= waiting.exclude(state=IssueState.WITHDRAWN).count() <= 20


def test_rows_of_a_list_that_stand_together_differ(demo):
    titles = list(
        Issue.objects.public().filter(raised_at__year=2023).order_by("-raised_at").values_list("title", flat=True)
    )
    assert all(one != other for one, other in pairwise(titles))


def test_what_is_said_names_nobody_and_no_number(demo):
    phrases = [
        phrase for group in cases().values() for case in group for phrase in (case.title, *case.details, *case.done)
    ]
    shared = re.findall(r"'([^']*)'", str(words()))
    assert len(set(phrases)) + len(set(shared)) > 150
    assert all(len(group) >= 12 for group in cases().values())
    for issue in told():
        said = [issue.title, issue.details, issue.address, *(event.text for event in issue.events.all())]
        for text in said:
            assert "{" not in text
            assert not re.search(r"\d{7,}|先生|女士|老师傅|某某", text)


def test_a_history_that_could_not_happen_is_refused(demo):
    issue = Issue.objects.select_related("area", "category", "reporter").filter(state__in=FINAL_STATES).first()
    story = Story(issue, Terms(), User.objects.clock())
    with pytest.raises(WrongState):
        story.close(by=issue.reporter, at=demo.at, outcome=Outcome.UNRESOLVED, reason="")
