"""The table of grants: giver × given × place, written by hand beside it."""

from __future__ import annotations

import pytest

from community.appointing import GRANTS, Over, agree, fits_place, fits_unit, givers_of, may_give
from community.models.areas import AreaKind, UnitKind
from community.roles import SELF_ROLES, UNIT_ROLES, Role

R = Role
DISTRICT, TOWN, COMMUNITY, OTHER_TOWN = "0001", "00010001", "000100010001", "00010002"
UNIT, OTHER_UNIT = 7, 8

# giver: {given}, inside the giver's own place.
INSIDE = {
    R.ADMINISTRATOR: {R.AUDITOR, R.DISCLOSURE_EDITOR},
    R.DISTRICT_OFFICER: {
        R.TOWN_OFFICER, R.SPONSOR_OFFICER, R.JUDGE, R.FUND_SUPERVISOR, R.FUND_COMMITTEE, R.STEWARD,
    },
    R.REGISTRAR: {R.ORGANISATION_REPRESENTATIVE},
    R.TOWN_OFFICER: {
        R.COMMUNITY_WORKER, R.STEWARD, R.HALL_MODERATOR, R.RECORDER, R.TELLER, R.OWNERS_COMMITTEE, R.HANDLER,
        R.SQUAD_LEADER, R.COUNTER_CLERK, R.FUND_COMMITTEE,
    },
    R.COMMUNITY_WORKER: {R.RECORDER},
}  # fmt: skip
# The same, but over just the giver's own place.
HERE = {
    R.ADMINISTRATOR: {R.DISTRICT_OFFICER, R.ADMINISTRATOR},
    R.DISTRICT_OFFICER: {R.REGISTRAR, R.HANDLER},
}
OWN_UNIT = {
    R.HANDLER: {R.HANDLER},
    R.OWNERS_COMMITTEE: {R.HANDLER},
    R.ORGANISATION_REPRESENTATIVE: {R.ORGANISATION_REPRESENTATIVE},
    R.SPONSOR_OFFICER: {R.SPONSOR_OFFICER},
}


@pytest.mark.parametrize("giver", list(Role))
@pytest.mark.parametrize("given", list(Role))
def test_who_gives_what_where(giver: Role, given: Role) -> None:
    inside, here = given in INSIDE.get(giver, set()), given in HERE.get(giver, set())
    unit = given in OWN_UNIT.get(giver, set())
    held = Over(TOWN, UNIT) if giver in UNIT_ROLES else Over(TOWN)
    answers = {
        "same": may_give(giver, held, given, Over(TOWN)),
        "below": may_give(giver, held, given, Over(COMMUNITY)),
        "unit below": may_give(giver, held, given, Over(COMMUNITY, OTHER_UNIT)),
        "unit here": may_give(giver, held, given, Over(TOWN, OTHER_UNIT)),
        "own unit": may_give(giver, held, given, Over(TOWN, UNIT)),
        "above": may_give(giver, held, given, Over(DISTRICT)),
        "elsewhere": may_give(giver, held, given, Over(OTHER_TOWN)),
        "unit elsewhere": may_give(giver, held, given, Over(OTHER_TOWN, OTHER_UNIT)),
    }
    assert answers == {
        "same": inside or here,
        "below": inside,
        "unit below": inside,
        "unit here": inside or here,
        "own unit": inside or here or unit,
        "above": False,
        "elsewhere": False,
        "unit elsewhere": False,
    }


def test_every_row_says_why() -> None:
    assert all(row.source[:2] in ("N ", "L ", "P ") and len(row.source) > 5 for row in GRANTS)
    rows = [(row.giver, row.given) for row in GRANTS]
    assert len(rows) == len(set(rows))


def test_every_role_that_is_given_has_a_giver_and_no_other_has() -> None:
    assert {role for role in Role if not givers_of(role)} == SELF_ROLES


def test_nobody_gives_a_role_above_their_own() -> None:
    """Who gives a role never gets, by a chain of gifts, to one that gives theirs, but for peers."""
    order = [R.ADMINISTRATOR, R.DISTRICT_OFFICER, R.TOWN_OFFICER, R.COMMUNITY_WORKER]
    for low, giver in enumerate(order):
        reached, waiting = set(), [giver]
        while waiting:
            one = waiting.pop()
            new = {row.given for row in GRANTS if row.giver == one} - reached
            reached |= new
            waiting += new
        assert not reached & set(order[:low])


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (R.ADMINISTRATOR, {"district"}),
        (R.DISTRICT_OFFICER, {"district"}),
        (R.REGISTRAR, {"district"}),
        (R.AUDITOR, {"district", "town"}),
        (R.TOWN_OFFICER, {"town"}),
        (R.COMMUNITY_WORKER, {"village", "community", "compound", "village_group"}),
        (R.HALL_MODERATOR, {"town", "village", "community", "compound", "village_group"}),
    ],
)
def test_over_which_places(role: Role, kinds: set[str]) -> None:
    assert {kind.value for kind in AreaKind if fits_place(role, kind)} == kinds


def test_in_which_units() -> None:
    assert {kind.value for kind in UnitKind if fits_unit(R.OWNERS_COMMITTEE, kind)} == {"owners_committee"}
    assert all(fits_unit(R.HANDLER, kind) for kind in UnitKind)


@pytest.mark.parametrize("role", sorted(set(Role) - SELF_ROLES - {R.AUDITOR}))
def test_an_auditor_holds_nothing_that_is_audited(role: Role) -> None:
    assert not agree(R.AUDITOR, role)
    assert not agree(role, R.AUDITOR)


def test_a_supervisor_is_not_of_the_committee() -> None:
    assert not agree(R.FUND_SUPERVISOR, R.FUND_COMMITTEE)
    assert not agree(R.FUND_COMMITTEE, R.FUND_SUPERVISOR)
    assert agree(R.COMMUNITY_WORKER, R.RECORDER)
    assert agree(R.AUDITOR, R.AUDITOR)
