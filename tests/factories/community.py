"""People, places and units."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import factory
from stdnum.cn import ric

from community.models import Appointment, Area, Consent, Resident, Unit, User
from community.models.areas import AreaKind, UnitKind
from community.models.people import Verification
from community.models.privacy import ConsentKind
from community.queries import consent_text, today
from community.roles import AREA_ROLES, Role

# Places, units and appointments of tests hold from here on, with no end.
DAY_ONE = date(2020, 1, 1)


def town_of(area: Area) -> Area | None:
    """Return the town of a place; a town is its own, the district has none."""
    return area if area.kind == AreaKind.TOWN else area.town


def grown_up(order: int) -> str:
    """Return an ID number of somebody of age with a right check digit, of a place that there is not."""
    start = f"900009{date(1970, 1, 1) + timedelta(days=order // 1000):%Y%m%d}{order % 1000:03d}"
    return start + ric.calc_check_digit(f"{start}0")


class UserFactory(factory.django.DjangoModelFactory[User]):
    """Somebody with an account; `password` and `phone` are optional."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    name = "张三"

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        """Create through the manager, which hashes the password and indexes the phone."""
        return User.objects.create_user(*args, **kwargs)


class AreaFactory(factory.django.DjangoModelFactory[Area]):
    """A place below `parent`; without one, the root of a tree: `AreaFactory(kind=AreaKind.TOWN, parent=district)`."""

    class Meta:
        model = Area

    kind = AreaKind.DISTRICT
    name = factory.Sequence(lambda n: f"地方{n}")
    code = factory.Sequence(lambda n: f"T{n:06d}")
    valid_from = DAY_ONE

    @classmethod
    def _create(cls, model_class: type[Area], *args: Any, parent: Area | None = None, **columns: Any) -> Area:
        """Create at the end of the parent's children, with the town above it."""
        if parent is None:
            return Area.add_root(**columns)
        columns.setdefault("town", town_of(parent))
        # Read afresh: treebeard counts children on the instance it is given.
        return Area.objects.get(pk=parent.pk).add_child(**columns)


class UnitFactory(factory.django.DjangoModelFactory[Unit]):
    """A unit that serves `area`; the same name there again is the same unit."""

    class Meta:
        model = Unit
        django_get_or_create = ("area", "name")

    kind = UnitKind.PROPERTY_COMPANY
    name = "幸福物业"
    area = factory.SubFactory(AreaFactory)
    town = factory.LazyAttribute(lambda unit: town_of(unit.area))
    phone = "0711-0000000"
    valid_from = DAY_ONE


class ResidentFactory(factory.django.DjangoModelFactory[Resident]):
    """Somebody who lives at `home`, verified, with an ID number of their own; who has no home is not.

    `verification=Verification.UNVERIFIED` for a newcomer, whose number and age nobody knows.
    """

    class Meta:
        model = Resident
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory)
    name = factory.LazyAttribute(lambda resident: resident.user.name if resident.user else "李四")
    home = factory.SubFactory(AreaFactory)
    town = factory.LazyAttribute(lambda resident: town_of(resident.home) if resident.home else None)
    verification = factory.LazyAttribute(
        lambda resident: Verification.VERIFIED if resident.home else Verification.UNVERIFIED
    )
    id_number = factory.LazyAttributeSequence(
        lambda resident, n: grown_up(n) if resident.verification == Verification.VERIFIED else ""
    )
    verified_at = factory.LazyAttribute(
        lambda resident: None if resident.verification == Verification.UNVERIFIED else datetime(2023, 1, 3, tzinfo=UTC)
    )
    verified_until = factory.LazyAttribute(
        lambda resident: date(2099, 12, 31) if resident.verification == Verification.VERIFIED else None
    )

    @factory.post_generation
    def agreed(self, create: bool, agreed: bool | None, **kwargs: Any) -> None:
        """Let who has an account agree to the terms in force; `agreed=False` for who has not yet."""
        text = consent_text(ConsentKind.TERMS, today())
        if create and agreed is not False and text is not None and self.user is not None:
            Consent.objects.create(
                resident=self, text=text, given_by=self.user, given_at=datetime(2023, 1, 3, tzinfo=UTC)
            )


class AppointmentFactory(factory.django.DjangoModelFactory[Appointment]):
    """Somebody's role from the first day on, over `area` or in `unit` as the role needs."""

    class Meta:
        model = Appointment

    user = factory.SubFactory(UserFactory)
    role = Role.COMMUNITY_WORKER
    area = factory.Maybe("of_area", factory.SubFactory(AreaFactory), None)
    unit = factory.Maybe("of_area", None, factory.SubFactory(UnitFactory))
    starts_on = DAY_ONE

    class Params:
        of_area = factory.LazyAttribute(lambda appointment: appointment.role in AREA_ROLES)
