"""The rules that were shipped with people, places and privacy."""

from django.db import migrations

from community.shipped_rules import load_missing


def seed(apps, schema_editor):
    """Add what is missing; nothing that exists is changed."""
    load_missing(apps.get_model("community", "Rule"))


class Migration(migrations.Migration):
    dependencies = [("community", "0006_insert_only")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
