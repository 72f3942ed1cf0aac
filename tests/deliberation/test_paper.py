"""Paper in a secret ballot: on the roll, in batches, in the count; and that neither half tells of the other."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import ModelLogEntry

from community.errors import BadInput, NotAllowed, WrongState
from community.models import Notice
from community.roles import Role
from deliberation.models import Ballot, BallotReceipt, PaperBatch, PaperPhoto
from deliberation.recount import recount
from deliberation.sealing import BOX_LENGTH
from deliberation.workflow.ballots import notice_ballot, open_ballot, void_ballot
from deliberation.workflow.drafts import photos_in_use
from deliberation.workflow.paper import (
    cancel_paper,
    check_batch,
    enter_batch,
    hand_out_paper,
    take_back_paper,
    withdraw_batch,
)
from deliberation.workflow.results import count_ballot
from deliberation.workflow.sheets import bytes_of_papers
from deliberation.workflow.sweeping import sweep_ballots
from deliberation.workflow.voting import cast_vote
from tests.factories import MOMENT, AppointmentFactory, District, UserFactory
from tests.factories.ballot_sheets import entries_of, on_paper, owners_on_paper, photo, returned, typed
from tests.factories.ballots import HOUR, counted, drafted, people_of, vote, voters

pytestmark = pytest.mark.django_db


@pytest.fixture
def ballot(district: District) -> Ballot:
    """Return an open ballot of four that takes every channel."""
    return on_paper(district, MOMENT)


def hand(ballot: Ballot, district: District, number: int = 0, **given: Any) -> str:
    values = {"by": district.worker, "at": ballot.opens_at, "channel": "paper", **given}
    return hand_out_paper(ballot, entry=entries_of(ballot)[number], **values)


# --- On the roll -------------------------------------------------------------------------------------
def test_a_paper_that_comes_back_is_a_vote_with_a_receipt(ballot: Ballot, district: District) -> None:
    stub = returned(ballot, entries_of(ballot)[0], by=district.worker)
    typed(ballot, ["yes"], first=district.worker, second=district.worker2)
    online = [
        cast_vote(ballot, by=people_of(ballot)[1], at=ballot.opens_at, choice="no"),
        cast_vote(ballot, by=people_of(ballot)[2], at=ballot.opens_at, choice="yes"),
    ]
    done = counted(ballot)
    assert (done.result.figures["yes_heads"], done.result.figures["no_heads"]) == ("2", "1")
    assert set(BallotReceipt.objects.values_list("code", flat=True)) == {stub, *online}
    assert recount(done) == []
    assert not PaperBatch.objects.exclude(boxes=None).exists()


def test_a_paper_that_does_not_come_back_is_none(ballot: Ballot, district: District) -> None:
    hand(ballot, district)
    cast_vote(ballot, by=people_of(ballot)[1], at=ballot.opens_at, choice="no")
    done = counted(ballot)
    assert (done.state, done.result.figures["present_heads"]) == ("counted", "1")
    assert done.receipts.count() == 1
    assert recount(done) == []


def test_a_stub_is_as_long_as_a_vote_and_tells_nothing(ballot: Ballot, district: District) -> None:
    stub = hand(ballot, district, note="给老人送去")
    cast_vote(ballot, by=people_of(ballot)[1], at=ballot.opens_at, choice="yes")
    boxes = [bytes(entry.box or b"") for entry in entries_of(ballot)[:2]]
    assert [len(box) for box in boxes] == [BOX_LENGTH, BOX_LENGTH]
    assert stub.encode() not in boxes[0]
    assert entries_of(ballot)[0].note == "给老人送去"
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM deliberation_rollentry WHERE id = %s", [entries_of(ballot)[0].pk])
        assert "老人" not in cursor.fetchone()[0]


def test_who_voted_online_is_handed_no_paper(ballot: Ballot, district: District) -> None:
    vote(ballot, "yes")
    with pytest.raises(WrongState, match="已经投过"):
        hand(ballot, district)
    hand(ballot, district, 1)
    with pytest.raises(WrongState, match="已经领了"):
        hand(ballot, district, 1)
    with pytest.raises(WrongState, match="不能再投"):
        cast_vote(ballot, by=people_of(ballot)[1], at=ballot.opens_at, choice="yes")


def test_a_spoilt_paper_is_replaced_and_counted(ballot: Ballot, district: District) -> None:
    first = hand(ballot, district)
    entry = entries_of(ballot)[0]
    with pytest.raises(BadInput, match="为什么"):
        cancel_paper(ballot, by=district.worker, at=ballot.opens_at, entry=entry, reason="moon")
    gone = cancel_paper(ballot, by=district.worker, at=ballot.opens_at, entry=entry, reason="spoilt")
    assert (gone.box, gone.channel, gone.spoilt) == (None, "", 1)
    second = returned(ballot, entry, by=district.worker)
    with pytest.raises(WrongState, match="投进票箱"):
        cancel_paper(ballot, by=district.worker, at=ballot.opens_at, entry=entry, reason="lost")
    with pytest.raises(WrongState, match="没有领过"):
        cancel_paper(ballot, by=district.worker, at=ballot.opens_at, entry=entries_of(ballot)[1], reason="lost")
    typed(ballot, ["no"], first=district.worker, second=district.worker2)
    done = counted(ballot)
    assert list(done.receipts.values_list("code", flat=True)) == [second] != [first]
    assert done.result.figures["spoilt_papers"] == "1"


def test_what_is_no_way_or_no_hour_for_a_paper(ballot: Ballot, district: District) -> None:
    for channel in ("online", "live", "smoke"):
        with pytest.raises(BadInput, match="没有这种"):
            hand(ballot, district, channel=channel)
    with pytest.raises(BadInput, match="受托人"):
        hand(ballot, district, channel="proxy")
    for at in (ballot.opens_at - HOUR, ballot.closes_at):
        with pytest.raises(WrongState, match="表决的时间"):
            hand(ballot, district, at=at)
    other = on_paper(district, MOMENT)
    with pytest.raises(BadInput, match="没有这一票"):
        hand_out_paper(ballot, by=district.worker, at=ballot.opens_at, entry=entries_of(other)[0], channel="paper")
    with pytest.raises(WrongState, match="没有领过"):
        take_back_paper(ballot, by=district.worker, at=ballot.opens_at, entry=entries_of(ballot)[0])
    assert not ballot.roll.exclude(channel="").exists()


def test_owners_papers_are_not_handed_out_unnamed(district: District) -> None:
    ballot = owners_on_paper(district, MOMENT)
    with pytest.raises(WrongState, match="按户"):
        hand(ballot, district)
    with pytest.raises(WrongState, match="按户"):
        enter_batch(ballot, by=district.worker, at=ballot.opens_at, papers=["yes"], photos=[photo()])


def test_a_voter_handles_no_paper_of_their_own(ballot: Ballot, district: District) -> None:
    person = people_of(ballot)[0]
    AppointmentFactory(user=person, role=Role.COMMUNITY_WORKER, area=district.community)
    with pytest.raises(NotAllowed, match="您自己的"):
        hand(ballot, district, by=person)
    hand(ballot, district)
    with pytest.raises(NotAllowed, match="您自己的"):
        take_back_paper(ballot, by=person, at=ballot.opens_at, entry=entries_of(ballot)[0])


# --- In batches -------------------------------------------------------------------------------------
def test_two_different_people_type_a_batch(ballot: Ballot, district: District) -> None:
    at = ballot.opens_at
    papers = ["yes", "no", "abstain", "yes"]
    batch = enter_batch(ballot, by=district.worker, at=at, papers=papers, photos=[photo()])
    assert (batch.state, batch.size, len(bytes(batch.boxes or b""))) == ("entered", 4, 4 * BOX_LENGTH)
    with pytest.raises(NotAllowed, match="另一个人"):
        check_batch(batch, by=district.worker, at=at, papers=papers)
    with pytest.raises(BadInput, match="第一遍录了 4 张，这一遍录了 3 张"):
        check_batch(batch, by=district.worker2, at=at, papers=papers[:3])
    with pytest.raises(BadInput, match="有 2 张不一样") as refusal:
        check_batch(batch, by=district.worker2, at=at, papers=["no", "no", "abstain", "abstain"])
    assert not re.search("yes|同意|弃权", str(refusal.value))
    assert PaperBatch.objects.get().state == "entered"
    checked = check_batch(batch, by=district.worker2, at=at, papers=["no", "yes", "yes", "abstain"])
    assert (checked.state, checked.second_by) == ("checked", district.worker2)
    for again in (
        lambda: check_batch(batch, by=district.worker2, at=at, papers=papers),
        lambda: withdraw_batch(batch, by=district.worker, at=at),
    ):
        with pytest.raises(WrongState, match="不用再录"):
            again()


def test_a_batch_with_a_mistake_is_none(ballot: Ballot, district: District) -> None:
    for papers, photos, field in (
        ([], [photo()], "papers"),
        (["yes", "maybe"], [photo()], "papers"),
        (["@paper"], [photo()], "papers"),
        (["yes"], [], "photos"),
    ):
        with pytest.raises(BadInput) as refusal:
            enter_batch(ballot, by=district.worker, at=ballot.opens_at, papers=papers, photos=photos)
        assert refusal.value.field == field
    assert not PaperBatch.objects.exists()


def test_a_batch_is_withdrawn_and_typed_anew(ballot: Ballot, district: District) -> None:
    returned(ballot, entries_of(ballot)[0], by=district.worker)
    at = ballot.opens_at
    wrong = enter_batch(ballot, by=district.worker, at=at, papers=["no"], photos=[photo()])
    gone = withdraw_batch(wrong, by=district.worker2, at=at)
    assert (gone.state, gone.boxes) == ("withdrawn", None)
    typed(ballot, ["yes"], first=district.worker, second=district.worker2)
    assert counted(ballot).result.figures["yes_heads"] == "1"


def test_the_database_wants_a_second_person_too(ballot: Ballot, district: District) -> None:
    batch = enter_batch(ballot, by=district.worker, at=MOMENT, papers=["no"], photos=[photo()])
    with pytest.raises(IntegrityError), transaction.atomic():
        PaperBatch.objects.filter(pk=batch.pk).update(state="checked", second_by=district.worker)


def test_photos_are_kept_for_those_who_count(ballot: Ballot, district: District) -> None:
    enter_batch(ballot, by=district.worker, at=MOMENT, papers=["no"], photos=[photo()])
    row = PaperPhoto.objects.get()
    assert photos_in_use([str(row.image.name)]) == {row.image.name}
    assert bytes_of_papers(district.worker, None) == row.size == photo().size
    assert bytes_of_papers(district.worker, MOMENT) == 0
    assert {field.name for field in PaperPhoto._meta.fields} == {
        "id", "image", "thumbnail", "width", "height", "size", "batch", "paper",
    }  # fmt: skip


# --- Counting ---------------------------------------------------------------------------------------
def test_counting_waits_for_papers_that_are_not_typed(
    ballot: Ballot, district: District, django_capture_on_commit_callbacks: Any
) -> None:
    for entry in entries_of(ballot)[:2]:
        returned(ballot, entry, by=district.worker)
    typed(ballot, ["yes"], first=district.worker, second=district.worker2)
    with pytest.raises(WrongState, match="收回 2 张纸质票，两个人都录过的只有 1 张"):
        counted(ballot)
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_ballots(at=ballot.closes_at) == 0
        assert sweep_ballots(at=ballot.closes_at + HOUR) == 0
    told = Notice.objects.filter(message__contains="在等您处理")
    assert set(told.values_list("recipient", flat=True)) == {district.worker.pk, district.worker2.pk}
    assert told.count() == 2
    typed(ballot, ["no"], first=district.worker2, second=district.worker)
    assert sweep_ballots(at=ballot.closes_at + HOUR) == 1
    assert recount(Ballot.objects.get(pk=ballot.pk)) == []


def test_the_town_lets_missing_papers_be_abstentions(ballot: Ballot, district: District) -> None:
    stubs = {returned(ballot, entry, by=district.worker) for entry in entries_of(ballot)[:3]}
    typed(ballot, ["yes"], first=district.worker, second=district.worker2)
    waive = {"at": ballot.closes_at, "missing_as_abstentions": True}
    with pytest.raises(NotAllowed, match="镇街"):
        count_ballot(ballot, by=district.worker, reason="雨水泡坏了", **waive)
    with pytest.raises(BadInput) as refusal:
        count_ballot(ballot, by=district.town_officer, reason=" ", **waive)
    assert refusal.value.field == "reason"
    done = count_ballot(ballot, by=district.town_officer, reason="雨水泡坏了", **waive)
    figures = done.result.figures
    assert (figures["yes_heads"], figures["abstain_heads"], figures["missing_papers"]) == ("1", "2", "2")
    assert (done.missing_papers, done.missing_reason) == (2, "雨水泡坏了")
    assert set(done.receipts.values_list("code", flat=True)) == stubs
    assert recount(done) == []


def test_more_papers_than_came_back_are_never_counted(ballot: Ballot, district: District) -> None:
    returned(ballot, entries_of(ballot)[0], by=district.worker)
    typed(ballot, ["yes", "yes"], first=district.worker, second=district.worker2)
    for waive in (False, True):
        with pytest.raises(WrongState, match="多了"):
            count_ballot(
                ballot, by=district.town_officer, at=ballot.closes_at, missing_as_abstentions=waive, reason="多录"
            )
    done = void_ballot(ballot, by=district.town_officer, at=ballot.closes_at, reason="多出一张")
    assert (done.state, done.batches.get().boxes) == ("void", None)


def test_options_take_blank_papers(district: District) -> None:
    ballot = on_paper(district, MOMENT, method="approval", options=["东门", "西门"])
    for entry in entries_of(ballot)[:3]:
        returned(ballot, entry, by=district.worker)
    typed(ballot, ["1,2", "", "2"], first=district.worker, second=district.worker2)
    result = counted(ballot).result
    assert (result.winner, result.figures["option_1"], result.figures["option_2"]) == ("西门", "1", "2")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cast=st.lists(
        st.tuples(st.sampled_from(["yes", "no", "abstain"]), st.sampled_from(["online", "live", "paper", "doorstep", "proxy"])),
        min_size=1, max_size=9,
    ),
    cut=st.integers(1, 4),
)  # fmt: skip
def test_a_count_of_mixed_channels_is_what_was_cast(district: District, cast: list[tuple[str, str]], cut: int) -> None:
    ballot = on_paper(district, MOMENT, len(cast) + 1)
    receipts, papers, people = set(), [], people_of(ballot)
    for entry, person, (choice, channel) in zip(entries_of(ballot), people, cast, strict=False):
        if channel in ("online", "live"):
            receipts.add(cast_vote(ballot, by=person, at=ballot.opens_at, choice=choice, channel=channel))
        else:
            receipts.add(returned(ballot, entry, by=district.worker, channel=channel))
            papers.append(choice)
    for start in range(0, len(papers), cut):
        typed(ballot, papers[start : start + cut], first=district.worker, second=district.worker2)
    done = counted(ballot)
    assert Counter(done.papers.values_list("choice", flat=True)) == Counter(choice for choice, _channel in cast)
    assert set(done.receipts.values_list("code", flat=True)) == receipts
    assert recount(done) == []


# --- Secrecy ----------------------------------------------------------------------------------------
def test_nothing_joins_a_paper_that_came_back_with_a_moment(ballot: Ballot, district: District) -> None:
    hand(ballot, district)
    with CaptureQueriesContext(connection) as queries:
        take_back_paper(ballot, by=district.worker, at=ballot.opens_at + HOUR, entry=entries_of(ballot)[0])
    written = {match[1] for one in queries if (match := re.match(r'(?:INSERT INTO|UPDATE) "(\w+)"', one["sql"]))}
    assert written == {"deliberation_rollentry"}


def test_no_line_of_the_log_names_an_entry_or_a_paper(ballot: Ballot, district: District) -> None:
    returned(ballot, entries_of(ballot)[0], by=district.worker)
    batch = typed(ballot, ["no"], first=district.worker, second=district.worker2)
    counted(ballot)
    lines = ModelLogEntry.objects.filter(content_type__model="ballot", object_id=str(ballot.pk)).order_by("pk")
    said = [
        (line.action, line.data)
        for line in lines
        if line.action.split(".")[1] in ("hand_out", "enter_batch", "check_batch")
    ]
    assert said == [
        ("ballot.hand_out", {"channel": "paper"}),
        ("ballot.enter_batch", {"batch": batch.pk, "papers": 1}),
        ("ballot.check_batch", {"batch": batch.pk, "papers": 1}),
    ]


# --- Who may --------------------------------------------------------------------------------------------
ROLES = (
    "worker", "moderator", "recorder", "teller", "town_officer", "district_officer", "neighbour_worker",
    "other_town_officer", "handler", "steward", "auditor", "administrator", "superuser", "resident",
)  # fmt: skip
HANDS_OUT = {"worker", "moderator", "recorder", "town_officer"}
ENTERS = HANDS_OUT | {"teller"}


def somebody(district: District, role: str) -> Any:
    """Return who has a role; those whom the district lacks are appointed."""
    own = {"moderator": Role.HALL_MODERATOR, "recorder": Role.RECORDER, "teller": Role.TELLER}
    if role in own:
        return AppointmentFactory(user=UserFactory(), role=own[role], area=district.community).user
    return getattr(district, role)


def outcome(call: Any) -> str:
    """Return what a verb answered, changing nothing."""
    try:
        with transaction.atomic():
            call()
            transaction.set_rollback(True)
    except (NotAllowed, WrongState) as refusal:
        return type(refusal).__name__
    return "done"


@pytest.mark.parametrize("role", ROLES)
def test_who_may_before_during_and_after(district: District, role: str) -> None:
    person, maker = somebody(district, role), district.worker2
    draft = drafted(maker, district.community, MOMENT, channels=["online", "paper"])
    ballot = notice_ballot(draft, by=maker, at=MOMENT, invited=voters(3, district.compound))
    at, closed = ballot.opens_at, ballot.closes_at
    first, second, _third = entries_of(ballot)

    def answers(at: Any) -> dict[str, str]:
        given = {"by": person, "at": at}
        return {
            "hand_out": outcome(lambda: hand_out_paper(ballot, entry=first, channel="paper", **given)),
            "take_back": outcome(lambda: take_back_paper(ballot, entry=second, **given)),
            "cancel": outcome(lambda: cancel_paper(ballot, entry=second, reason="lost", **given)),
            "enter": outcome(lambda: enter_batch(ballot, papers=["yes"], photos=[photo()], **given)),
        }

    def expected(out: str, typing: str) -> dict[str, str]:
        hands = out if role in HANDS_OUT else "NotAllowed"
        return {
            **dict.fromkeys(("hand_out", "take_back", "cancel"), hands),
            "enter": typing if role in ENTERS else "NotAllowed",
        }

    assert answers(at - HOUR) == expected("WrongState", "WrongState")
    ballot = open_ballot(ballot, by=maker, at=at)
    hand_out_paper(ballot, by=maker, at=at, entry=second, channel="paper")
    assert answers(at) == expected("done", "done")
    batch = enter_batch(ballot, by=maker, at=at, papers=["yes"], photos=[photo()])
    check = lambda: check_batch(batch, by=person, at=closed, papers=["yes"])  # noqa: E731  (asked twice)
    withdraw = lambda: withdraw_batch(batch, by=person, at=closed)  # noqa: E731
    typing = "done" if role in ENTERS else "NotAllowed"
    assert (outcome(check), outcome(withdraw)) == (typing, typing)
    assert answers(closed) == expected("WrongState", "done")
    counted(ballot)
    assert answers(closed) == expected("WrongState", "WrongState")
    typing = "WrongState" if role in ENTERS else "NotAllowed"
    assert (outcome(check), outcome(withdraw)) == (typing, typing)
