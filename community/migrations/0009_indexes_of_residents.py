"""Make the residents of the first release findable: their indexes follow from their names and phones."""

from django.db import migrations

from community.models.people import phone_index, surname_index

BATCH = 2000


def fill(apps, schema_editor):
    """Compute what stands beside a name and a phone, in batches by key."""
    residents = apps.get_model("community", "Resident")
    last = 0
    while True:
        rows = list(residents.objects.filter(pk__gt=last).only("pk", "name", "phone").order_by("pk")[:BATCH])
        if not rows:
            return
        for row in rows:
            row.surname_index = surname_index(row.name) or None if row.name else None
            row.phone_index = phone_index(row.phone) or None if row.phone else None
        residents.objects.bulk_update(rows, ["surname_index", "phone_index"])
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("community", "0007_rules_of_identity")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
