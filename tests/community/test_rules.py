"""An edit of a rule changes nothing that was judged by it, and leaves no day without a version."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from community.clock import SHANGHAI
from community.models import Area, Clock, Rule
from community.models.areas import AreaKind
from community.models.clocks import RuleMark, RuleUnit
from community.queries import rule, rule_value, rules_in_force
from community.roles import Role
from community.workflow import start_clock
from tests.factories import MOMENT, AreaFactory

pytestmark = pytest.mark.django_db


def version(since: str = "2023-01-01", **columns: Any) -> Rule:
    """Return an unsaved version of one rule."""
    fields = {"key": "test.term", "value": 5, "unit": RuleUnit.WORKING_DAYS, **columns}
    return Rule(mark=RuleMark.PROPOSAL, citation="测试", in_force_from=date.fromisoformat(since), **fields)


@pytest.fixture
def used() -> Rule:
    """Return a version by which a clock runs."""
    rule = version()
    rule.save()
    place = AreaFactory()
    start_clock(place, "test", rule_key=rule.key, at=MOMENT, area=place, holder_role=Role.COMMUNITY_WORKER)
    return rule


def refused(rule: Rule) -> set[str]:
    """Return the fields at which an edit is refused."""
    try:
        rule.full_clean()
    except ValidationError as error:
        return set(error.message_dict)
    return set()


def test_what_is_judged_by_a_version_stays(used: Rule) -> None:
    used.value = 6
    with pytest.raises(ValidationError, match="请另加一个从某日起施行的新版本"):
        used.full_clean()


def test_an_unused_version_may_be_corrected() -> None:
    rule = version()
    rule.save()
    rule.value, rule.note = 6, "更正"
    assert refused(rule) == set()


@pytest.mark.parametrize(("column", "value"), [("key", "test.other"), ("unit", RuleUnit.TIMES)])
def test_key_and_unit_stay(column: str, value: str) -> None:
    rule = version()
    rule.save()
    setattr(rule, column, value)
    assert refused(rule) == {column}


def test_a_new_version_counts_in_the_same_unit(used: Rule) -> None:
    assert refused(version("2024-01-01", value=6)) == set()
    assert refused(version("2024-01-01", value=6, unit=RuleUnit.TIMES)) == {"unit"}


def test_a_version_ends_only_where_the_next_begins(used: Rule) -> None:
    used.in_force_to = date(2023, 12, 31)
    assert refused(used) == {"in_force_to"}
    version("2024-01-02", value=6).save()
    assert refused(used) == {"in_force_to"}
    version("2024-01-01", value=6).save()
    assert refused(used) == set()


def test_a_start_is_not_put_off_over_days_without_a_version(used: Rule) -> None:
    used.in_force_from = date(2023, 2, 1)
    assert refused(used) == {"in_force_from"}
    version("2022-01-01", value=6).save()
    assert refused(used) == set()


def test_shipped_rules_may_be_saved_as_they_are() -> None:
    assert [rule.key for rule in Rule.objects.all() if refused(rule)] == []


@pytest.fixture
def town() -> Area:
    """Return a town."""
    return AreaFactory(kind=AreaKind.TOWN, parent=AreaFactory())


def test_a_towns_own_version_holds_there_alone(town: Area) -> None:
    version().save()
    version(value=7, town=town).save()
    other = AreaFactory(kind=AreaKind.TOWN, parent=town.get_parent())
    on = date(2023, 11, 6)
    assert [rule_value("test.term", on, place) for place in (None, town, other)] == [5, 7, 5]
    assert [rules_in_force(on)["test.term"].value, rule("test.term", on, town.pk).town] == [5, town]
    days = [started(place).due_at.astimezone(SHANGHAI).day for place in (town, Area.objects.get(pk=other.pk))]
    assert days == [15, 13]


def test_after_a_towns_own_version_the_districts_holds_again(town: Area) -> None:
    version().save()
    own = version("2023-02-01", value=7, town=town, in_force_to=date(2023, 10, 31))
    assert refused(own) == set()
    own.save()
    assert [rule_value("test.term", day, town) for day in (date(2023, 10, 31), date(2023, 11, 1))] == [7, 5]


def test_a_town_sets_only_what_the_district_has(town: Area) -> None:
    assert refused(version(town=town)) == {"town"}
    version().save()
    assert refused(version(town=town, unit=RuleUnit.DAYS)) == {"town"}
    assert refused(version(town=town, value=7)) == set()


def test_a_town_has_one_version_a_day(town: Area) -> None:
    version().save()
    version(town=town).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        version(town=town).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        version().save()


def started(place: Area) -> Clock:
    """Return a clock on a place by the rule as it holds there."""
    return start_clock(place, "test", rule_key="test.term", at=MOMENT, area=place, holder_role=Role.COMMUNITY_WORKER)
