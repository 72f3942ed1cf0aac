"""A small district with its people, for tests that ask who may do what where."""

from __future__ import annotations

from typing import NamedTuple

from community.models import Area, Unit, User
from community.models.areas import AreaKind, UnitKind
from community.models.people import Verification
from community.roles import Role
from tests.factories.community import AppointmentFactory, AreaFactory, ResidentFactory, UnitFactory, UserFactory

# A square of WGS 84 around the compound's point.
OUTLINE = {
    "type": "Polygon",
    "coordinates": [[[114.8, 30.3], [115.0, 30.3], [115.0, 30.5], [114.8, 30.5], [114.8, 30.3]]],
}
POINT = (30.391, 114.893)


class District(NamedTuple):
    """Places, units and people; `other_…` belong to the other town, which has nothing to do with the first."""

    area: Area
    town: Area
    community: Area
    neighbour_community: Area
    compound: Area
    other_town: Area
    other_community: Area
    other_compound: Area

    committee: Unit
    property: Unit
    utility: Unit
    other_property: Unit

    resident: User
    neighbour: User
    newcomer: User
    worker: User
    worker2: User
    neighbour_worker: User
    handler: User
    steward: User
    town_officer: User
    district_officer: User
    auditor: User
    administrator: User
    other_resident: User
    other_worker: User
    other_handler: User
    other_town_officer: User
    superuser: User


def build_district() -> District:
    """Create the district; nothing else is in the database but what migrations put there."""
    area = AreaFactory(name="明湖区", code="900000", boundary=OUTLINE)
    town = AreaFactory(parent=area, kind=AreaKind.TOWN, name="东园街道", code="900001")
    community = AreaFactory(parent=town, kind=AreaKind.COMMUNITY, name="东园社区", code="900001001")
    neighbour_community = AreaFactory(parent=town, kind=AreaKind.COMMUNITY, name="西园社区", code="900001002")
    compound = AreaFactory(
        parent=community,
        kind=AreaKind.COMPOUND,
        name="东园小区",
        code="900001001001",
        latitude=POINT[0],
        longitude=POINT[1],
    )
    other_town = AreaFactory(parent=area, kind=AreaKind.TOWN, name="沙洲镇", code="900002")
    other_community = AreaFactory(parent=other_town, kind=AreaKind.COMMUNITY, name="沙洲社区", code="900002001")
    other_compound = AreaFactory(parent=other_community, kind=AreaKind.COMPOUND, name="沙洲小区", code="900002001001")

    committee = UnitFactory(kind=UnitKind.RESIDENTS_COMMITTEE, name="东园社区居民委员会", area=community)
    property_company = UnitFactory(kind=UnitKind.PROPERTY_COMPANY, name="幸福物业", area=community)
    utility = UnitFactory(kind=UnitKind.UTILITY, name="明湖供水公司", area=area)
    other_property = UnitFactory(kind=UnitKind.PROPERTY_COMPANY, name="沙洲物业", area=other_community)

    def lives(username: str, home: Area, verification: Verification = Verification.VERIFIED) -> User:
        return ResidentFactory(user=UserFactory(username=username), home=home, verification=verification).user

    def holds(username: str, role: Role, over: Area | Unit) -> User:
        place = {"unit": over, "area": None} if isinstance(over, Unit) else {"area": over, "unit": None}
        return AppointmentFactory(user=UserFactory(username=username), role=role, **place).user

    return District(
        area=area,
        town=town,
        community=community,
        neighbour_community=neighbour_community,
        compound=compound,
        other_town=other_town,
        other_community=other_community,
        other_compound=other_compound,
        committee=committee,
        property=property_company,
        utility=utility,
        other_property=other_property,
        resident=lives("resident", compound),
        neighbour=lives("neighbour", compound),
        newcomer=lives("newcomer", compound, Verification.UNVERIFIED),
        worker=holds("worker", Role.COMMUNITY_WORKER, community),
        worker2=holds("worker2", Role.COMMUNITY_WORKER, community),
        neighbour_worker=holds("neighbour_worker", Role.COMMUNITY_WORKER, neighbour_community),
        handler=holds("handler", Role.HANDLER, property_company),
        steward=holds("steward", Role.STEWARD, community),
        town_officer=holds("town_officer", Role.TOWN_OFFICER, town),
        district_officer=holds("district_officer", Role.DISTRICT_OFFICER, area),
        auditor=holds("auditor", Role.AUDITOR, area),
        administrator=holds("administrator", Role.ADMINISTRATOR, area),
        other_resident=lives("other_resident", other_compound),
        other_worker=holds("other_worker", Role.COMMUNITY_WORKER, other_community),
        other_handler=holds("other_handler", Role.HANDLER, other_property),
        other_town_officer=holds("other_town_officer", Role.TOWN_OFFICER, other_town),
        superuser=User.objects.create_superuser("superuser"),
    )
