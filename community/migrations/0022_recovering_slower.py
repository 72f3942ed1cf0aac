"""Two more numbers of getting somebody back to their account: how long it waits, and how long staff are there."""

from django.db import migrations

from community.shipped_rules import load_missing


def seed(apps, schema_editor):
    """Add what is missing; nothing that exists is changed."""
    load_missing(apps.get_model("community", "Rule"))


class Migration(migrations.Migration):
    dependencies = [
        ("community", "0021_recovering_access"),
    ]

    operations = [
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
