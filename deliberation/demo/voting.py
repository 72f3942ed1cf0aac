"""The demo's ballots, made by the verbs themselves; and what people say on the topic that is being discussed."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from community.demo import District
from community.models import Area, Resident, User
from community.workflow.terms import day_of
from deliberation.demo.deliberating import words
from deliberation.demo.topics import Told, is_verified
from deliberation.models import (
    Appraisal,
    AppraisalVoice,
    Argument,
    Ballot,
    DecisionRule,
    Resolution,
    Statement,
    StatementStance,
    Topic,
    TopicBallot,
    TopicOption,
)
from deliberation.states import AppraisalState, TopicState
from deliberation.workflow.ballots import create_ballot, notice_ballot, open_ballot
from deliberation.workflow.results import count_ballot
from deliberation.workflow.voting import cast_vote

RESIDENTS_RULE, OWNERS_RULE = "residents_meeting", "owners_special"
# Those of the demo's residents who have not voted in the open ballot yet.
STILL_TO_VOTE = frozenset({f"resident{number}" for number in range(1, 6)})
DAY = timedelta(days=1)


def build_voting(district: District, told: Told, rng: Random) -> int:
    """Insert a counted, an open and a noticed ballot, the discussion and two appraisals; return how many ballots."""
    counted = residents_ballot(district, told.home, "放学那半小时，后街只走人，您同意吗", -30, -20)
    vote(counted, district, told.home, rng, at=district.at - 25 * DAY, sparing=frozenset())
    count_ballot(counted, by=User.objects.clock(), at=district.at - 20 * DAY)
    published = told.of_home[TopicState.RESULT_PUBLISHED]
    TopicBallot.objects.create(topic=published, ballot=counted)
    Resolution.objects.filter(topic=published).update(ballot=counted)
    opened = residents_ballot(district, told.home, "活动室晚上开到九点，您同意吗", -2, 5)
    vote(opened, district, told.home, rng, at=district.at - DAY, sparing=STILL_TO_VOTE)
    TopicBallot.objects.create(topic=told.of_home[TopicState.IN_SESSION], ballot=opened)
    owners_ballot(district)
    discuss(told.of_home[TopicState.IN_SESSION], people_of(district, told.home), district.at, rng)
    appraise(district, told.home, rng)
    return 3


def people_of(district: District, area: Area) -> list[Resident]:
    """Return the verified residents of a community who have an account, and where they are few, those of its town."""
    near = [one for one in district.people.residents[area.pk] if is_verified(one)]
    known = {one.pk for one in near}
    others = [one for one in district.people.of_town(area.town_id or 0) if is_verified(one) and one.pk not in known]
    return [*near, *others[: max(0, 14 - len(near))]]


def rule_of(key: str, at: datetime) -> DecisionRule:
    """Return the version of a rule in force."""
    return DecisionRule.objects.in_force(day_of(at)).get(key=key)


def residents_ballot(district: District, area: Area, question: str, opens: int, closes: int) -> Ballot:
    """Return a secret ballot of a community's residents, opened some days from now."""
    worker, opens_at = district.people.workers[area.pk], district.at + opens * DAY
    rule = rule_of(RESIDENTS_RULE, opens_at)
    noticed_at = opens_at - (rule.notice_days + 8) * DAY
    ballot = create_ballot(
        by=worker, at=noticed_at - DAY, question=question, area=area, rule=rule, opens_at=opens_at,
        closes_at=district.at + closes * DAY, explanation="票是密封的，谁也看不到您怎么选；截止以前可以改。",
        channels=["online", "paper", "doorstep"],
    )  # fmt: skip
    ballot = notice_ballot(ballot, by=worker, at=noticed_at)
    return open_ballot(ballot, by=User.objects.clock(), at=opens_at)


def vote(ballot: Ballot, district: District, area: Area, rng: Random, *, at: datetime, sparing: frozenset[str]) -> None:
    """Cast the votes of those on the roll who have an account, but for some."""
    on_roll = set(ballot.roll.values_list("voters__resident", flat=True))
    for one in people_of(district, area):
        if one.pk in on_roll and one.user is not None and one.user.username not in sparing:
            cast_vote(ballot, by=one.user, at=at, choice=rng.choices(("yes", "no", "abstain"), (7, 2, 1))[0])


def owners_ballot(district: District) -> None:
    """Notice a named ballot of the demo compound's owners."""
    at, home = district.at, district.places.home
    by = district.people.by_name["owners"]
    rule = rule_of(OWNERS_RULE, at)
    noticed_at = at - 3 * DAY
    ballot = create_ballot(
        by=by, at=noticed_at - DAY, question="用维修资金翻修屋顶和主路，您同意吗", area=home, rule=rule,
        opens_at=at + (rule.notice_days + 1) * DAY, closes_at=at + (rule.notice_days + 15) * DAY,
        explanation="报价三家，取中间一家；工期四十天。记名表决，按户数和面积两样算。",
        channels=["online", "paper", "doorstep", "proxy"],
    )  # fmt: skip
    notice_ballot(ballot, by=by, at=noticed_at)


# --- The discussion -----------------------------------------------------------------------------------
def discuss(topic: Topic, people: list[Resident], at: datetime, rng: Random) -> None:
    """Insert reasons, options and statements that staff has seen, one that nobody has seen yet, and the stances."""
    talk, began = words()["talk"], topic.noticed_at
    assert began is not None
    seen = {"topic": topic, "is_public": True, "reviewed_at": began + timedelta(hours=30)}
    texts = [(side, text) for side in ("for", "against") for text in talk[side]]
    Argument.objects.bulk_create(
        Argument(by=people[number].user, side=side, text=text, at=began + timedelta(hours=2 + number), **seen)
        for number, (side, text) in enumerate(texts)
    )
    unseen = Argument(topic=topic, side="for", text="我家也赞成，早点定。", at=at - timedelta(hours=4))
    unseen.by = people[7].user  # type: ignore[assignment]  # each of them has an account
    unseen.save()
    TopicOption.objects.bulk_create(
        TopicOption(by=people[number].user, text=text, at=began + timedelta(hours=4 + number), **seen)
        for number, text in enumerate(talk["options"])
    )
    statements = Statement.objects.bulk_create(
        [
            Statement(by=people[number].user, text=text, at=began + timedelta(hours=6 + number), **seen)
            for number, text in enumerate(talk["statements"])
        ]
    )
    StatementStance.objects.bulk_create(
        StatementStance(
            statement=statement, topic=topic, user=one.user, stance=rng.choices((1, 0, -1), (6 - 2 * (number % 3), 1, 2))[0]
        )
        for number, statement in enumerate(statements)
        for one in people[:13]
    )  # fmt: skip


# --- Appraisals ---------------------------------------------------------------------------------------
def appraise(district: District, area: Area, rng: Random) -> None:
    """Insert two rounds on the demo compound's property company: the last one published, this one open."""
    at, people = district.at, people_of(district, area)
    worker, unit = district.people.workers[area.pk], district.units.companies[district.places.home.pk]
    rounds = []
    for title, opens, closes in (("上一季的物业评议", -100, -85), ("这一季的物业评议", -4, 11)):
        opens_at, closes_at = at + opens * DAY, at + closes * DAY
        rounds.append(
            Appraisal(
                title=title, area=area, town=area.town, unit=unit, period_from=day_of(opens_at - 92 * DAY),
                period_to=day_of(opens_at - DAY), opens_at=opens_at, closes_at=closes_at, state=AppraisalState.OPEN,
                noticed_at=opens_at - 3 * DAY, made_by=worker, created_at=opens_at - 4 * DAY,
            )
        )  # fmt: skip
    past, current = rounds
    ratings = [rng.choices((5, 4, 3, 2, 1), (30, 36, 20, 10, 4))[0] for _ in people[:13]]
    past.state, past.published_at = AppraisalState.PUBLISHED, past.closes_at
    past.voices, past.total = len(ratings), sum(ratings)
    past.stars = [ratings.count(star) for star in range(1, 6)]
    Appraisal.objects.bulk_create(rounds)
    given = [
        AppraisalVoice(appraisal=past, user=one.user, rating=rating, at=past.opens_at + timedelta(hours=5 + number))
        for number, (one, rating) in enumerate(zip(people, ratings, strict=False))
    ]
    given += [
        AppraisalVoice(
            appraisal=current, user=one.user, rating=rng.randint(2, 5), at=current.opens_at + timedelta(hours=9)
        )
        for one in people[5:9]
    ]
    AppraisalVoice.objects.bulk_create(given)
