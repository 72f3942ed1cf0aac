"""Who gives which role over what: one table that anybody can read, and the questions asked of it.

A row says: who holds GIVER may give GIVEN, to whom it reaches (REACH), and why (SOURCE, as rules.md
marks its numbers: N national text, L one place's practice, P our proposal). What is in no row nobody may
give. Whoever may give a role may end it, hand it over and review it. Three rules stand above the table:
nobody gives a role to themself; who stands in for somebody gives no roles; who gives a role over a place
gives it inside their own place only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from community.roles import Role


class Reach(Enum):
    """How far a giver reaches from what they hold."""

    HERE = "本地"  # the giver's own place itself, or a unit that serves just this place
    WITHIN = "本地及以下"  # the place and everything below it, with the units there
    UNIT = "本单位"  # the giver's own unit


@dataclass(frozen=True)
class Grant:
    """One row: a role that another role gives."""

    giver: Role
    given: Role
    reach: Reach
    source: str


R = Role
GRANTS: tuple[Grant, ...] = (
    # The administrator sets up the district's own people, and among them those who watch over the others.
    Grant(R.ADMINISTRATOR, R.DISTRICT_OFFICER, Reach.HERE, "P 系统管理员按区里的任命文件登记"),
    Grant(R.ADMINISTRATOR, R.AUDITOR, Reach.WITHIN, "P 审计员不由被审的区级、镇街干部任命"),
    Grant(R.ADMINISTRATOR, R.DISCLOSURE_EDITOR, Reach.WITHIN, "P 公开编辑要进后台，由系统管理员开通"),
    Grant(R.ADMINISTRATOR, R.ADMINISTRATOR, Reach.HERE, "P 系统管理员之间交接，自己不能任命自己"),
    # The district: its towns, the registrar's office, and whatever must not depend on one town.
    Grant(R.DISTRICT_OFFICER, R.TOWN_OFFICER, Reach.WITHIN, "P 区管镇街"),
    Grant(R.DISTRICT_OFFICER, R.REGISTRAR, Reach.HERE, "N 县级民政部门是登记管理机关"),
    Grant(R.DISTRICT_OFFICER, R.SPONSOR_OFFICER, Reach.WITHIN, "N 业务主管单位是区直部门"),
    Grant(R.DISTRICT_OFFICER, R.JUDGE, Reach.WITHIN, "P 公益创投评委由区里聘请"),
    Grant(R.DISTRICT_OFFICER, R.FUND_SUPERVISOR, Reach.WITHIN, "L 湖北、湖南：基金监督人独立于管委会"),
    Grant(R.DISTRICT_OFFICER, R.FUND_COMMITTEE, Reach.WITHIN, "P 区级基金的管委会"),
    Grant(R.DISTRICT_OFFICER, R.HANDLER, Reach.HERE, "P 区直部门和供水供电供气单位的经办人"),
    Grant(R.DISTRICT_OFFICER, R.STEWARD, Reach.WITHIN, "L 包联干部由区和镇街下派"),
    Grant(R.REGISTRAR, R.ORGANISATION_REPRESENTATIVE, Reach.WITHIN, "P 登记时确认社会组织的代表"),
    # The town: everybody who works in its communities and villages.
    Grant(R.TOWN_OFFICER, R.COMMUNITY_WORKER, Reach.WITHIN, "L 社区工作者由镇街管理"),
    Grant(R.TOWN_OFFICER, R.STEWARD, Reach.WITHIN, "L 包联干部由区和镇街下派"),
    Grant(R.TOWN_OFFICER, R.HALL_MODERATOR, Reach.WITHIN, "P 议事主持人由镇街确认"),
    Grant(R.TOWN_OFFICER, R.RECORDER, Reach.WITHIN, "P 记录员由镇街确认"),
    Grant(R.TOWN_OFFICER, R.TELLER, Reach.WITHIN, "N 民法典第二百七十七条：街道、乡镇指导业主大会"),
    Grant(R.TOWN_OFFICER, R.OWNERS_COMMITTEE, Reach.WITHIN, "N 民法典第二百七十七条：业委会选出后到镇街备案"),
    Grant(R.TOWN_OFFICER, R.HANDLER, Reach.WITHIN, "P 镇街、社区和物业的经办人"),
    Grant(R.TOWN_OFFICER, R.SQUAD_LEADER, Reach.WITHIN, "P 志愿服务分队长"),
    Grant(R.TOWN_OFFICER, R.COUNTER_CLERK, Reach.WITHIN, "P 积分兑换点店员"),
    Grant(R.TOWN_OFFICER, R.FUND_COMMITTEE, Reach.WITHIN, "P 镇街和社区基金的管委会"),
    # The community gives one role: somebody to take the minutes.
    Grant(R.COMMUNITY_WORKER, R.RECORDER, Reach.WITHIN, "P 社区可以请人记录"),
    # Units name colleagues for their own unit.
    Grant(R.HANDLER, R.HANDLER, Reach.UNIT, "P 单位自己增减经办人"),
    Grant(R.OWNERS_COMMITTEE, R.HANDLER, Reach.UNIT, "P 业委会指定自己的经办人"),
    Grant(R.ORGANISATION_REPRESENTATIVE, R.ORGANISATION_REPRESENTATIVE, Reach.UNIT, "P 社会组织自己增减代表"),
    Grant(R.SPONSOR_OFFICER, R.SPONSOR_OFFICER, Reach.UNIT, "P 业务主管单位自己增减经办人"),
)

# Over which kinds of place a role is held; what is not listed may be held over any.
DISTRICT_ONLY = frozenset({"district"})
BELOW_TOWN = frozenset({"village", "community", "compound", "village_group"})
PLACES: dict[Role, frozenset[str]] = {
    R.ADMINISTRATOR: DISTRICT_ONLY,
    R.DISTRICT_OFFICER: DISTRICT_ONLY,
    R.REGISTRAR: DISTRICT_ONLY,
    R.AUDITOR: frozenset({"district", "town"}),
    R.DISCLOSURE_EDITOR: frozenset({"district", "town"}),
    R.TOWN_OFFICER: frozenset({"town"}),
    R.COMMUNITY_WORKER: BELOW_TOWN,
    R.STEWARD: BELOW_TOWN,
    R.HALL_MODERATOR: BELOW_TOWN | {"town"},
    R.RECORDER: BELOW_TOWN | {"town"},
    R.TELLER: BELOW_TOWN,
}
# In which kinds of unit a role is held; what is not listed may be held in any.
UNITS: dict[Role, frozenset[str]] = {R.OWNERS_COMMITTEE: frozenset({"owners_committee"})}
# Work waits for these: the last one leaves only when a successor is named.
NEVER_EMPTY = frozenset({R.ADMINISTRATOR, R.DISTRICT_OFFICER, R.TOWN_OFFICER, R.COMMUNITY_WORKER, R.HANDLER})
# Outside the demo, these are given only to somebody who has a second factor already.
SECOND_FACTOR = frozenset(
    {R.ADMINISTRATOR, R.DISTRICT_OFFICER, R.AUDITOR, R.REGISTRAR, R.TOWN_OFFICER, R.DISCLOSURE_EDITOR}
)
# Nobody watches over themself: an auditor holds no role that is audited, a supervisor none in the committee.
AUDITED = frozenset(Role) - {R.AUDITOR, R.RESIDENT, R.VOLUNTEER}
NOT_TOGETHER: dict[Role, frozenset[Role]] = {
    R.AUDITOR: AUDITED,
    **{role: frozenset({R.AUDITOR}) for role in AUDITED},
    R.FUND_COMMITTEE: frozenset({R.AUDITOR, R.FUND_SUPERVISOR}),
    R.FUND_SUPERVISOR: frozenset({R.AUDITOR, R.FUND_COMMITTEE}),
}


@dataclass(frozen=True)
class Over:
    """What a role is held over, as plain values: a place by its path in the tree, or a unit in a place."""

    path: str
    unit_id: int | None = None


def reaches(grant: Grant, held: Over, wanted: Over) -> bool:
    """Return whether a row lets somebody who holds `held` give a role over `wanted`."""
    if grant.reach is Reach.UNIT:
        return held.unit_id is not None and held.unit_id == wanted.unit_id
    if held.unit_id is not None:
        return False
    return wanted.path == held.path if grant.reach is Reach.HERE else wanted.path.startswith(held.path)


def may_give(giver: Role, held: Over, given: Role, wanted: Over) -> bool:
    """Return whether a role held over something may give another role over something."""
    return any(reaches(grant, held, wanted) for grant in grants_of(giver) if grant.given == given)


def grants_of(giver: Role) -> list[Grant]:
    """Return the rows of a giver."""
    return [grant for grant in GRANTS if grant.giver == giver]


def givers_of(given: Role) -> frozenset[Role]:
    """Return the roles that may give a role."""
    return frozenset(grant.giver for grant in GRANTS if grant.given == given)


def fits_place(role: Role, kind: str) -> bool:
    """Return whether a role may be held over a place of a kind."""
    return kind in PLACES.get(role, {kind})


def fits_unit(role: Role, kind: str) -> bool:
    """Return whether a role may be held in a unit of a kind."""
    return kind in UNITS.get(role, {kind})


def agree(one: Role, other: Role) -> bool:
    """Return whether one person may hold both roles at a time."""
    return other not in NOT_TOGETHER.get(one, frozenset())
