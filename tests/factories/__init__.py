"""Makes the records that tests start from; each is lawful, so that every constraint holds."""

from tests.factories.community import (
    DAY_ONE,
    AppointmentFactory,
    AreaFactory,
    ResidentFactory,
    UnitFactory,
    UserFactory,
)
from tests.factories.deliberation import MOMENT, CategoryFactory, HallFactory, IssueFactory, VenueFactory
from tests.factories.district import District, build_district
from tests.factories.photos import clean_photo_of, photo_bytes, photo_file

__all__ = [
    "DAY_ONE",
    "MOMENT",
    "AppointmentFactory",
    "AreaFactory",
    "CategoryFactory",
    "District",
    "HallFactory",
    "IssueFactory",
    "ResidentFactory",
    "UnitFactory",
    "UserFactory",
    "VenueFactory",
    "build_district",
    "clean_photo_of",
    "photo_bytes",
    "photo_file",
]
