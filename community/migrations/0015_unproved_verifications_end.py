"""End the verifications that name no number or no home, and empty decided requests: the next step forbids both."""

from django.db import migrations
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone

BATCH = 2000
NOTE = "没有登记身份证号或住处，请重新核验"
CLAIMED = ("name", "id_number", "address")


def end_them(apps, schema_editor):
    """Let them run out as the sweep would, with the line of their history that says why."""
    residents = apps.get_model("community", "Resident").objects
    records = apps.get_model("community", "VerificationRecord").objects
    unproved = residents.filter(
        Q(home=None) | Q(id_index=None) | Q(verified_at=None) | Q(verified_until=None), verification="verified"
    )
    now = timezone.now()
    while rows := list(unproved.order_by("pk").values_list("pk", "home")[:BATCH]):
        clock = apps.get_model("community", "User").objects.get(username="clock")
        records.bulk_create(
            records.model(resident_id=pk, outcome="expired", area_id=home, by=clock, at=now, note=NOTE)
            for pk, home in rows
        )
        residents.filter(pk__in=[pk for pk, _home in rows]).update(verification="expired", verified_until=None)


def empty_them(apps, schema_editor):
    """Empty decided requests of what they claimed, should any still hold it."""
    raw = {f"raw_{name}": Cast(name, TextField()) for name in CLAIMED}
    filled = ~Q(raw_name="") | ~Q(raw_id_number="") | ~Q(raw_address="")
    decided = apps.get_model("community", "VerificationRequest").objects.exclude(state="open")
    decided.annotate(**raw).filter(filled).update(**dict.fromkeys(CLAIMED, ""))


class Migration(migrations.Migration):
    dependencies = [("community", "0014_verifications_run_out")]
    operations = [
        migrations.RunPython(end_them, migrations.RunPython.noop),
        migrations.RunPython(empty_them, migrations.RunPython.noop),
    ]
