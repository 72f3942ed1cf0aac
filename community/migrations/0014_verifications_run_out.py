"""Give the verifications of the first release the day through which they stand; people are told before it."""

from datetime import timedelta

from django.db import migrations
from django.utils import timezone

from community.clock import SHANGHAI, years_after

BATCH = 2000


def number(apps, key, otherwise):
    """Return what the newest version of a rule says."""
    found = apps.get_model("community", "Rule").objects.filter(key=key).order_by("-in_force_from").first()
    return found.value if found else otherwise


def date_them(apps, schema_editor):
    """As many years from their verification as any other, but no sooner than the notice needs that comes before."""
    residents = apps.get_model("community", "Resident").objects
    soonest = timezone.now().astimezone(SHANGHAI).date() + timedelta(
        days=number(apps, "verification.expiry_notice", 30)
    )
    years = number(apps, "verification.valid", 3)
    undated = residents.filter(verification="verified", verified_until=None).only("pk", "verified_at")
    while rows := list(undated.order_by("pk")[:BATCH]):
        for row in rows:
            row.verified_until = max(soonest, years_after(row.verified_at.astimezone(SHANGHAI).date(), years))
        residents.bulk_update(rows, ["verified_until"])


class Migration(migrations.Migration):
    dependencies = [("community", "0013_notice_templates")]
    operations = [migrations.RunPython(date_them, migrations.RunPython.noop)]
