from collections import Counter
from datetime import date
from fractions import Fraction

import pytest
from django.contrib.auth import authenticate
from django.db import transaction
from django.utils import timezone
from shapely import Point, unary_union
from shapely.geometry import shape
from stdnum.cn import ric

from community.clock import SHANGHAI
from community.demo import PASSWORD, build_district, is_loaded, taken_names
from community.demo.people import listed_names
from community.demo.sharing import shares
from community.models import Appointment, Area, CompoundProfile, Dwelling, Household, Resident, Unit, User
from community.models.areas import AreaKind, UnitKind
from community.models.homes import SelfGovernance
from community.models.people import Verification, age_of
from community.models.verifying import VerificationOutcome
from community.permissions import holds_over
from community.queries import appointments, people_holding
from community.roles import SELF_ROLES, Role

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_district(scale=1, seed=2023, at=timezone.now(), say=lambda line: None)
        transaction.set_rollback(True)


def test_nothing_stands_before_and_names_are_free_then():
    assert not is_loaded()
    assert taken_names() == []


def test_the_tree_has_the_districts_counts_and_no_problem(demo):
    assert is_loaded()
    assert Area.find_problems() == ([], [], [], [], [])
    counts = Counter(Area.objects.values_list("kind", flat=True))
    assert counts == {"district": 1, "town": 10, "community": 33, "village": 79, "compound": 450, "village_group": 930}
    assert Area.objects.valid_on(date(2023, 1, 1)).count() == sum(counts.values())


def test_what_the_report_does_not_name_is_openly_invented(demo):
    named = {
        "鄂城区", "凤凰街道", "古楼街道", "西山街道", "杜山镇", "泽林镇", "碧石渡镇",
        "古城社区", "文汇社区", "东升社区", "刘显村", "七里界村",
    }  # fmt: skip
    for area in Area.objects.all():
        assert area.name in named or area.name.startswith("示范")
    placed = Area.objects.filter(name__in=["古城社区", "文汇社区", "东升社区", "刘显村", "七里界村"])
    assert all("为演示而设" in area.note for area in placed)


def test_places_below_a_town_name_it_and_lie_in_it(demo):
    outlines = {town.pk: shape(town.boundary) for town in demo.places.towns}
    points = Counter()
    for area in Area.objects.exclude(kind=AreaKind.DISTRICT):
        assert area.path.startswith(area.town.path)
        point = Point(area.longitude, area.latitude)
        assert outlines[area.town_id].covers(point)
        points[(area.latitude, area.longitude)] += area.kind != AreaKind.TOWN
    assert max(points.values()) == 1


def test_the_towns_tile_the_district(demo):
    towns = [shape(town.boundary) for town in demo.places.towns]
    assert all(town.is_valid for town in towns)
    assert unary_union(towns).symmetric_difference(shape(demo.places.district.boundary)).area < 1e-12
    assert sum(town.area for town in towns) == pytest.approx(unary_union(towns).area)


def test_units_by_kind(demo):
    counts = Counter(Unit.objects.values_list("kind", flat=True))
    assert counts[UnitKind.RESIDENTS_COMMITTEE] == 112
    assert counts[UnitKind.PROPERTY_COMPANY] == 235
    assert counts[UnitKind.OWNERS_COMMITTEE] == 319
    assert counts[UnitKind.UTILITY] == 3
    assert all(unit.phone.startswith("0711-0000") for unit in Unit.objects.all())


def test_each_listed_account_signs_in_with_the_printed_password(demo, rf):
    request = rf.get("/")
    for name in listed_names():
        user = authenticate(request, username=name, password=PASSWORD)
        assert user is not None, name
        assert user.email == f"{name}@example.invalid"
        assert user.emailaddress_set.get().verified
    assert taken_names() == sorted(listed_names())


def test_every_role_but_the_supervisors_is_held_over_what_it_needs(demo):
    held = set(Appointment.objects.values_list("role", flat=True))
    assert held == set(Role) - SELF_ROLES - {Role.FUND_SUPERVISOR}


def test_who_works_where(demo):
    user = demo.people.by_name
    home, other = demo.places.home, demo.places.named("文汇社区")
    assert holds_over(user["worker"], home, Role.COMMUNITY_WORKER)
    assert holds_over(user["worker2"], home, Role.COMMUNITY_WORKER)
    assert holds_over(user["town"], home, Role.TOWN_OFFICER)
    assert holds_over(user["district"], home, Role.DISTRICT_OFFICER)
    assert holds_over(user["worker_other"], other, Role.COMMUNITY_WORKER)
    assert other.town_id != home.town_id
    assert not holds_over(user["worker"], other, Role.COMMUNITY_WORKER)
    assert appointments(user["handler"])[0].unit.area_id == home.pk
    assert user["admin"].is_superuser
    assert user["editor"].is_staff
    assert not user["editor"].is_superuser


def test_every_community_has_a_worker_and_every_unit_somebody_who_handles(demo):
    for area in demo.places.committees:
        assert people_holding(Role.COMMUNITY_WORKER, area).exists()
    handled = Appointment.objects.filter(role=Role.HANDLER).values("unit")
    assert not Unit.objects.exclude(pk__in=handled).exists()


def test_residents_of_the_demo_compound(demo):
    neighbours = Resident.objects.filter(home=demo.places.home, user__username__regex=r"^resident\d$")
    assert neighbours.count() == 9
    assert {one.verification for one in neighbours} == {Verification.VERIFIED}
    volunteers = neighbours.filter(is_volunteer=True).values_list("user__username", flat=True)
    assert sorted(volunteers) == ["resident1", "resident2", "resident3"]
    assert demo.people.by_name["newcomer"].resident.verification == Verification.UNVERIFIED
    assert demo.people.by_name["resident_other"].resident.town_id != demo.places.home.town_id


def test_nobody_is_a_real_person(demo):
    for user in User.objects.exclude(username="clock"):
        assert "示范" in user.name
        assert user.phone.startswith("100000")
    assert all("示范" in one.name for one in Resident.objects.all())


def test_names_and_phones_are_encrypted(demo):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone FROM community_user WHERE username = 'resident1'")
        name, phone = cursor.fetchone()
    assert "示范" not in name
    assert "1000000" not in phone


def test_a_plain_resident_cannot_sign_in(demo):
    assert not demo.people.by_name["resident-0001"].has_usable_password()


def test_the_moment_of_loading_is_kept(demo):
    assert demo.at.astimezone(SHANGHAI).date() == timezone.localdate()


@pytest.mark.parametrize(("total", "weights", "least"), [(10, [1, 1, 1], 0), (7, [5, 1, 1, 1], 1), (3, [1, 2, 9], 1)])
def test_shares_add_up(total, weights, least):
    parts = shares(total, weights, least)
    assert sum(parts) == total
    assert min(parts) >= least


def test_shares_refuse_what_cannot_be_divided():
    with pytest.raises(ValueError, match="too few"):
        shares(2, [1, 1, 1], least=1)


def test_compounds_and_workers_have_the_reports_counts(demo):
    profiles = CompoundProfile.objects.all()
    assert profiles.count() == 450
    assert profiles.exclude(self_governance=SelfGovernance.NONE).count() == 319
    assert profiles.exclude(property_company=None).count() == 235
    assert profiles.filter(has_council=True).count() == 446
    assert Counter(profiles.values_list("station", flat=True)) == {"post": 196, "pilot": 5, "none": 249}
    urban = Appointment.objects.filter(role=Role.COMMUNITY_WORKER, area__kind=AreaKind.COMMUNITY)
    assert urban.values("user").distinct().count() == 731
    looked_after = Appointment.objects.filter(role=Role.STEWARD)
    assert looked_after.values("area").distinct().count() == 450
    assert urban.exclude(user__in=looked_after.values("user")).count() == 0


def test_id_numbers_are_adults_and_nobodys(demo):
    verified = Resident.objects.filter(verification=Verification.VERIFIED)
    numbers = [one.id_number for one in verified]
    assert all(number[:6] == "420704" and number[14:17] == "000" for number in numbers)
    assert all(number[-1] == ric.calc_check_digit(number) for number in numbers)
    assert all(age_of(number, date(2023, 1, 1)) >= 18 for number in numbers)
    assert len(set(numbers)) == len(numbers) == verified.exclude(id_index=None).count()


def test_every_verification_has_its_history(demo):
    for one in Resident.objects.filter(verification=Verification.VERIFIED).prefetch_related("verification_records"):
        records = list(one.verification_records.all())
        assert records[0].at == one.verified_at
        assert records[0].valid_until == one.verified_until > timezone.localdate()
        assert {record.outcome for record in records} == {VerificationOutcome.VERIFIED}
    assert not Resident.objects.exclude(verification=Verification.VERIFIED).exclude(id_index=None).exists()


def test_the_demo_compound_has_its_owners(demo):
    dwellings = Dwelling.objects.filter(area=demo.places.home).prefetch_related("ownerships")
    assert dwellings.count() == 36
    for dwelling in dwellings:
        assert sum(Fraction(one.share, one.share_of) for one in dwelling.ownerships.all()) == 1
    assert dwellings.filter(is_developers=True).count() == 3
    owner = demo.people.by_username["resident2"]
    assert owner.ownerships.count() == 2
    assert Household.objects.count() == 8
    assert demo.people.by_username["resident3"].household == demo.people.by_username["resident4"].household
