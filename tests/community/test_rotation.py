import io
from datetime import timedelta
from threading import Event

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from community.encryption import EncryptedTextField, encrypt
from community.models import OutboxMessage, Resident, User
from community.workflow.rotating import encrypted_columns, rotate
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


def test_indexes_are_written_anew(people):
    with override_settings(FIELD_KEYS=[OLD], INDEX_KEY=b"another"):
        assert not Resident.objects.with_phone("13800000003").exists()
        run(indexes=True)
        assert Resident.objects.with_phone("13800000003").count() <= 1
        assert User.objects.filter(phone_index__isnull=False).count() == 7
        from community.models.people import phone_index

        assert User.objects.get(phone_index=phone_index("13800000003")).name == "张小3"
        assert "0 rows indexed anew" in run(indexes=True).splitlines()[-1]


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
        assert sum(count.written for count in counts) >= 600 - sum(turns)
        assert counts[-1].missed == 0
    with override_settings(FIELD_KEYS=[NEW]):
        assert {row.pk: row.text for row in OutboxMessage.objects.filter(pk__in=last)} == last
        assert all(row.phone.startswith("139") for row in OutboxMessage.objects.all())
