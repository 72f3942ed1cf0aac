import io
from datetime import timedelta
from threading import Event

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from community.encryption import EncryptedTextField, encrypt, index_under
from community.errors import WrongState
from community.models import OutboxMessage, Resident, User
from community.models.codes import CodePurpose
from community.models.people import Verification
from community.workflow.accounts import account_of_phone, change_phone
from community.workflow.codes import ask_code, check_code
from community.workflow.rotating import encrypted_columns, reindex, rotate
from tests.community.signing_in import last_code
from tests.community.threads import together
from tests.factories import ResidentFactory, UserFactory

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
BOTH = override_settings(FIELD_KEYS=[NEW, OLD])


def run(**options):
    out = io.StringIO()
    call_command("rotate_keys", stdout=out, **options)
    return out.getvalue()


def raw(table, column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def people(db):
    with override_settings(FIELD_KEYS=[OLD]):
        yield [
            ResidentFactory(
                user=UserFactory(name=f"张小{n}", phone=f"1380000{n:04d}"),
                name=f"张小{n}", phone=f"1380000{n:04d}", address=f"{n} 栋", id_number="" if n % 2 else f"42070{n}",
                verification=Verification.UNVERIFIED,
            )
            for n in range(7)
        ]  # fmt: skip


def test_every_encrypted_column_of_every_app_is_found():
    found = {(model, name) for model, names in encrypted_columns().items() for name in names}
    assert {(User, "name"), (User, "phone"), (Resident, "id_number"), (OutboxMessage, "text")} <= found
    assert (Authenticator, "data") in found
    from django.apps import apps

    fields = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, EncryptedTextField)
    }
    assert found == fields | {(Authenticator, "data")}


@BOTH
def test_everything_comes_under_the_new_key_and_the_old_one_may_go(people):
    with override_settings(FIELD_KEYS=[OLD]):
        Authenticator.objects.create(user=people[0].user, type="totp", data={"secret": encrypt("geheim"), "n": 1})
        OutboxMessage.objects.create(phone="13800000000", text="验证码", sent_at=timezone.now())
    with pytest.raises(CommandError, match="rotate_keys"):
        run(check=True)
    out = run(batch=3)
    assert "everything is under the current key" in out
    assert "community.Resident: 6 rows" in out
    assert "everything is under the current key" in run(check=True)
    before = raw("community_user", "name")
    run()
    assert raw("community_user", "name") == before
    with override_settings(FIELD_KEYS=[NEW]):
        assert [one.name for one in Resident.objects.order_by("pk")] == [f"张小{n}" for n in range(7)]
        assert [one.phone for one in User.objects.filter(resident__isnull=False).order_by("pk")] == [
            f"1380000{n:04d}" for n in range(7)
        ]
        assert OutboxMessage.objects.get().text == "验证码"
        from community.factors import FactorAdapter

        data = Authenticator.objects.get().data
        assert (FactorAdapter().decrypt(data["secret"]), data["n"]) == ("geheim", 1)


def test_a_token_without_a_key_is_named_and_left_alone(people):
    with override_settings(FIELD_KEYS=[NEW]), pytest.raises(CommandError, match="none of FIELD_KEYS"):
        run()
    with override_settings(FIELD_KEYS=[OLD]):
        assert Resident.objects.order_by("pk")[3].name == "张小3"


@BOTH
def test_what_was_saved_between_reading_and_writing_stays(people, monkeypatch):
    from community.workflow import rotating

    swap, touched = rotating.swap, []

    def late(model, pk, old, new):
        if model is Resident and not touched:
            touched.append(pk)
            Resident.objects.filter(pk=pk).update(name="刚改的名字")
        return swap(model, pk, old, new)

    monkeypatch.setattr(rotating, "swap", late)
    assert rotate(say=lambda line: None).missed == 0
    with override_settings(FIELD_KEYS=[NEW]):
        assert Resident.objects.get(pk=touched[0]).name == "刚改的名字"
        assert Resident.objects.get(pk=touched[0]).address.endswith("栋")


@pytest.mark.django_db
def test_a_senseless_batch_is_refused():
    with pytest.raises(CommandError, match="--batch"):
        run(batch=0)


def found(numbers):
    """Return whom each number finds: accounts, and residents."""
    return [
        (
            [one.name for one in User.objects.with_phone(number)],
            [one.name for one in Resident.objects.with_phone(number)],
        )
        for number in numbers
    ]


NUMBERS = [f"1380000{n:04d}" for n in range(7)]
EVERYBODY = [([f"张小{n}"], [f"张小{n}"]) for n in range(7)]
BOTH_INDEXES = override_settings(FIELD_KEYS=[OLD], INDEX_KEYS=[b"new", *settings.INDEX_KEYS])


def test_indexes_are_written_anew_while_everybody_is_found(people):
    with BOTH_INDEXES:
        assert found(NUMBERS) == EVERYBODY
        assert [one.name for one in Resident.objects.with_id_number("420704")] == ["张小4"]
        assert Resident.objects.with_surname("张").count() == 7
        with pytest.raises(CommandError, match="14 rows still need an old INDEX_KEY"):
            run(indexes=True, check=True)
        assert "14 rows indexed anew; everything" in run(indexes=True, batch=3)
        assert found(NUMBERS) == EVERYBODY
        assert "0 rows indexed anew; everything" in run(indexes=True)
    with override_settings(FIELD_KEYS=[OLD], INDEX_KEYS=[b"new"]):
        assert "everything" in run(indexes=True, check=True)
        assert found(NUMBERS) == EVERYBODY
        assert [one.name for one in Resident.objects.with_id_number("420704")] == ["张小4"]
        assert Resident.objects.with_surname("张").count() == 7


def test_who_signs_in_while_the_key_is_changed_keeps_their_account(people):
    with BOTH_INDEXES:
        user, is_new = account_of_phone(phone=NUMBERS[3], at=timezone.now())
        assert (user.name, is_new) == ("张小3", False)
        assert User.objects.get(pk=user.pk).phone_index == index_under(b"new", "phone", NUMBERS[3])
        with pytest.raises(WrongState, match="登记在另一个账号上"):
            change_phone(by=user, phone=NUMBERS[5], at=timezone.now())
        assert User.objects.filter(phone_index__isnull=False).count() == 7


def test_a_code_asked_for_under_the_old_key_is_right_under_the_new_one(db):
    asked = ask_code(phone="13800138000", purpose=CodePurpose.ENTER, address="8.8.8.8", at=timezone.now())
    with override_settings(INDEX_KEYS=[b"new", *settings.INDEX_KEYS]):
        # The one of a minute ago counts still.
        with pytest.raises(WrongState, match="刚往这个号码发过"):
            ask_code(phone="13800138000", purpose=CodePurpose.ENTER, address="8.8.8.8", at=timezone.now())
        right = check_code(
            code_id=asked.pk, purpose=CodePurpose.ENTER, typed=last_code(), address="8.8.8.8", at=timezone.now()
        )
    assert right == asked


def test_two_of_one_number_are_named_and_nothing_is_lost(people):
    """Two that came to be under two keys: the database knows no more, a person decides."""
    number = "13800000003"
    with override_settings(FIELD_KEYS=[OLD]):
        User.objects.create(
            username="twin", phone=number, phone_index=index_under(b"new", "phone", number), phone_verified=True
        )
    known = User.objects.get(phone_index=index_under(settings.INDEX_KEYS[0], "phone", number))
    out = io.StringIO()
    with BOTH_INDEXES, pytest.raises(CommandError, match="1 rows still need an old INDEX_KEY"):
        call_command("rotate_keys", indexes=True, stdout=out)
    assert f"community.User {known.pk}: another row has the same value" in out.getvalue()
    with override_settings(FIELD_KEYS=[OLD], INDEX_KEYS=[b"new"]):
        assert found(["13800000002"]) == [EVERYBODY[2]]


def test_a_row_that_changed_in_between_is_met_again(people, monkeypatch):
    from community.workflow import rotating

    put, touched = rotating.put_indexes, []

    def late(model, pk, change):
        if model is User and not touched:
            touched.append(pk)
            # As a process does that has not been started anew.
            old = index_under(settings.INDEX_KEYS[1], "phone", "13911111111")
            User.objects.filter(pk=pk).update(phone="13911111111", phone_index=old)
        return put(model, pk, change)

    monkeypatch.setattr(rotating, "put_indexes", late)
    with BOTH_INDEXES:
        assert rotating.reindex(say=lambda line: None).left == 0
    with override_settings(FIELD_KEYS=[OLD], INDEX_KEYS=[b"new"]):
        assert [one.pk for one in User.objects.with_phone("13911111111")] == touched


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="two writers at once need PostgreSQL")
def test_rotation_under_load_loses_nothing():
    with override_settings(FIELD_KEYS=[OLD]):
        rows = [
            OutboxMessage(phone=f"1390000{n:04d}", text=f"first {n}", sent_at=timezone.now() + timedelta(seconds=n))
            for n in range(600)
        ]
        OutboxMessage.objects.bulk_create(rows)
    keys = list(OutboxMessage.objects.order_by("sent_at").values_list("pk", flat=True))
    stop, last = Event(), {}

    def write(share):
        """Change one row after another, under the new key or, as a process started earlier, under the old one."""
        turn = 0
        while not stop.is_set() and turn < 5_000:
            pk = keys[(turn * 7 + share) % len(keys) // 3 * 3 + share]
            row = OutboxMessage.objects.get(pk=pk)
            row.text = f"{share} {turn}"
            row.save(update_fields=["text"])
            last[pk] = row.text
            turn += 1
        return turn

    def walk():
        try:
            return [rotate(say=lambda line: None, batch=50) for _round in range(3)]
        finally:
            stop.set()

    with BOTH:
        *turns, counts = together(*(lambda share=share: write(share) for share in range(3)), walk)
        assert all(isinstance(turn, int) and turn > 0 for turn in turns), turns
        # Each of the 600 was written anew by the walk or by one of the writers, who are done by now.
        assert [count.missed for count in counts] == [0, 0, 0]
        assert (rotate(say=lambda line: None).written, rotate(say=lambda line: None, is_check=True).old) == (0, 0)
    with override_settings(FIELD_KEYS=[NEW]):
        assert {row.pk: row.text for row in OutboxMessage.objects.filter(pk__in=last)} == last
        assert all(row.phone.startswith("139") for row in OutboxMessage.objects.all())


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="two writers at once need PostgreSQL")
def test_changing_the_index_key_under_load_loses_nobody():
    """People sign in and change their numbers, in processes of before and after, while the indexes are written anew."""
    old, count = settings.INDEX_KEYS[0], 300
    numbers = [f"1390000{n:04d}" for n in range(count)]
    users = [User(username=f"u{n}") for n in range(count)]
    for user, number in zip(users, numbers, strict=True):
        user.set_phone(number, verified=True)
    User.objects.bulk_create(users)
    keys = dict(
        zip(
            numbers,
            User.objects.filter(username__startswith="u").order_by("pk").values_list("pk", flat=True),
            strict=True,
        )
    )
    stop, moved = Event(), {}

    def sign_in():
        """Come in by a code to numbers that nobody changes; returns who met somebody else, or a new account."""
        strangers, turn = [], 0
        while not stop.is_set():
            number = numbers[turn * 7 % 100]
            user, is_new = account_of_phone(phone=number, at=timezone.now())
            if is_new or user.pk != keys[number]:
                strangers.append(number)
            turn += 1
        return strangers

    def change(share, key):
        """Give one account after another a number of its own, indexed by the key that this process writes with."""
        turn = 0
        while not stop.is_set():
            pk = keys[numbers[100 + turn * 2 % 200 + share]]
            number = f"137{share}{turn:07d}"
            User.objects.filter(pk=pk).update(phone=number, phone_index=index_under(key, "phone", number))
            moved[pk] = number
            turn += 1
        return turn

    def walk():
        try:
            for _round in range(3):
                reindex(say=lambda line: None, batch=50)
        finally:
            stop.set()

    with override_settings(INDEX_KEYS=[b"new", old]):
        strangers, before, after, _walked = together(sign_in, lambda: change(0, old), lambda: change(1, b"new"), walk)
        assert strangers == []
        assert before > 0
        assert after > 0
        # The processes of before have ended: now nothing is left.
        assert reindex(say=lambda line: None).left == 0
    with override_settings(INDEX_KEYS=[b"new"]):
        kept = {pk: number for number, pk in keys.items()} | moved
        assert {pk: [one.pk for one in User.objects.with_phone(number)] for pk, number in kept.items()} == {
            pk: [pk] for pk in kept
        }
        assert User.objects.filter(phone_index__isnull=False).count() == count
