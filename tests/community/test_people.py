from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.db import IntegrityError, connection, transaction

from community.encryption import InvalidToken, blind_index, blind_indexes, decrypt, encrypt, index_under, is_index_of
from community.models import Resident, User
from community.models.people import Verification, mask_name, normalise_phone
from tests.factories import ResidentFactory, UserFactory

NAME, PHONE = "欧阳小明", "13800138000"


def stored(model: type[User | Resident], pk: int) -> dict[str, object]:
    """Return a row as the database holds it, past every field's own reading."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table} WHERE id = %s", [pk])
        return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("(138) 00138000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("0086 138 0013 8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("0711-3381234", "07113381234"),
        ("+852 2345 6789", "85223456789"),
        ("", ""),
        ("abc", ""),
        ("110", ""),
        ("1234567890123456", ""),
    ],
)
def test_one_number_in_every_spelling(typed: str, number: str) -> None:
    assert normalise_phone(typed) == number


@pytest.mark.parametrize(("name", "masked"), [("张三", "张*"), (NAME, "欧*"), ("A", "A*"), ("", "")])
def test_mask_name(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.django_db
def test_colleagues_see_a_masked_name_or_the_user_name() -> None:
    user = UserFactory(username="wang", name="王五")
    assert (user.masked_name, user.get_full_name(), user.get_short_name()) == ("王*", "王*", "王*")
    assert UserFactory(username="nameless", name="").masked_name == "nameless"
    assert str(user) == "wang"


@pytest.mark.django_db
def test_phone_is_unique_by_its_index() -> None:
    first = UserFactory(phone=PHONE)
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(phone="+86 138-0013-8000")
    first.set_phone("")
    first.save()
    assert (first.phone, first.phone_index, first.phone_verified) == (None, None, False)
    assert UserFactory(phone=PHONE).phone == PHONE


@pytest.mark.django_db
def test_many_people_have_no_phone() -> None:
    assert [UserFactory().phone_index, UserFactory(phone="abc").phone_index] == [None, None]


@pytest.mark.django_db
def test_no_plain_text_is_stored() -> None:
    user = UserFactory(name=NAME, phone=PHONE)
    resident = ResidentFactory(user=user, name=NAME, phone=PHONE)
    for row in (stored(User, user.pk), stored(Resident, resident.pk)):
        assert not [column for column, value in row.items() if NAME in str(value) or PHONE in str(value)]
        assert decrypt(str(row["name"])) == NAME
        assert decrypt(str(row["phone"])) == PHONE
    assert stored(User, user.pk)["phone_index"] == blind_index("phone", PHONE)
    user.refresh_from_db()
    assert (user.name, user.phone) == (NAME, PHONE)


@pytest.mark.django_db
def test_empty_texts_stay_empty() -> None:
    resident = ResidentFactory(user=None, name="", phone="")
    row = stored(Resident, resident.pk)
    assert (row["name"], row["phone"]) == ("", "")
    assert stored(User, UserFactory().pk)["phone"] is None


def test_one_text_is_encrypted_differently_each_time() -> None:
    assert encrypt(NAME) != encrypt(NAME)
    assert blind_index("phone", PHONE) == blind_index("phone", PHONE)
    assert blind_index("phone", PHONE) != blind_index("login", PHONE)
    assert len(blind_index("phone", PHONE)) == 64


def test_blind_index_depends_on_its_key(settings: pytest.FixtureRequest) -> None:
    before = blind_index("phone", PHONE)
    settings.INDEX_KEYS = [b"another"]
    assert blind_index("phone", PHONE) != before
    assert not is_index_of(before, "phone", PHONE)


def test_while_its_key_is_changed_a_value_is_known_by_both(settings: pytest.FixtureRequest) -> None:
    settings.INDEX_KEYS = [b"old"]
    before = blind_index("phone", PHONE)
    settings.INDEX_KEYS = [b"new", b"old"]
    assert blind_indexes("phone", PHONE) == [blind_index("phone", PHONE), before]
    assert blind_index("phone", PHONE) == index_under(b"new", "phone", PHONE) != before
    assert is_index_of(before, "phone", PHONE)
    assert not is_index_of(before, "phone", "13800000000")


@pytest.mark.django_db
def test_keys_rotate(settings: pytest.FixtureRequest) -> None:
    user, old = UserFactory(name=NAME, phone=PHONE), list(settings.FIELD_KEYS)
    new = Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new, *old]
    user.refresh_from_db()
    assert (user.name, user.phone) == (NAME, PHONE)
    # What is written from now on needs the new key alone.
    user.save()
    settings.FIELD_KEYS = [new]
    user.refresh_from_db()
    assert (user.name, user.phone) == (NAME, PHONE)


@pytest.mark.django_db
def test_wrong_key_reads_nothing(settings: pytest.FixtureRequest) -> None:
    user = UserFactory(name=NAME)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(InvalidToken):
        user.refresh_from_db()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "condition",
    [{"name": NAME}, {"name__icontains": "欧"}, {"name__in": [NAME]}, {"phone": PHONE}, {"phone__startswith": "138"}],
)
def test_encrypted_fields_are_not_looked_up(condition: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="blind index"):
        list(User.objects.filter(**condition))


@pytest.mark.django_db
def test_encrypted_field_may_be_asked_whether_it_is_there() -> None:
    user, other = UserFactory(phone=PHONE), UserFactory()
    assert set(User.objects.filter(phone__isnull=False)) == {user}
    assert other in User.objects.filter(phone__isnull=True)


@pytest.mark.django_db
@pytest.mark.parametrize("broken", [{"phone_index": None}, {"phone": None}])
def test_constraint_user_phone_has_its_index(broken: dict[str, None]) -> None:
    user = UserFactory(phone=PHONE)
    with pytest.raises(IntegrityError, match="user_phone_has_its_index"), transaction.atomic():
        User.objects.filter(pk=user.pk).update(**broken)


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["home", "id_index", "verified_at", "verified_until"])
def test_verified_resident_is_proved(missing: str) -> None:
    resident = ResidentFactory()
    assert resident.verification == Verification.VERIFIED
    with pytest.raises(IntegrityError, match="resident_verified_is_proved"), transaction.atomic():
        Resident.objects.filter(pk=resident.pk).update(**{missing: None})
    Resident.objects.filter(pk=resident.pk).update(**{missing: None, "verification": Verification.EXPIRED})
    assert Resident.objects.get(pk=resident.pk).verification == Verification.EXPIRED


@pytest.mark.django_db
@pytest.mark.parametrize("left", ["user", "surname_index", "phone_index", "id_index", "joined_at"])
def test_joined_profile_is_empty(left: str) -> None:
    user, to = UserFactory(), ResidentFactory()
    emptied = dict.fromkeys(["user", "surname_index", "phone_index", "id_index"])
    joined = {**emptied, "joined_to": to, "joined_at": to.verified_at, "verification": Verification.UNVERIFIED}
    earlier = ResidentFactory(user=None, verification=Verification.UNVERIFIED)
    Resident.objects.filter(pk=earlier.pk).update(**joined)
    assert list(Resident.objects.kept()) == [to]
    assert set(Resident.objects.of_person(to)) == {to, earlier} == set(to.profiles)
    wrong = {"user": user, "joined_at": None}.get(left, "i" * 64)
    with pytest.raises(IntegrityError, match="resident_joined_is_empty"), transaction.atomic():
        Resident.objects.filter(pk=earlier.pk).update(**{left: wrong})


@pytest.mark.django_db
def test_resident_is_named_by_number_alone() -> None:
    resident = ResidentFactory(name=NAME)
    assert str(resident) == f"居民 {resident.pk}"


@pytest.mark.django_db
def test_clock_user_is_nobody_who_signs_in() -> None:
    clock = User.objects.clock()
    assert (clock.is_active, clock.has_usable_password(), clock.is_staff) == (False, False, False)
