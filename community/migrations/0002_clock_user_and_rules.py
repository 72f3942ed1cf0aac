"""The user in whose name clocks act, and the rules as shipped."""

from django.db import migrations

from community.shipped_rules import load_missing


def seed(apps, schema_editor):
    """Create what every installation needs; nothing that exists is changed."""
    user_model = apps.get_model("community", "User")
    user_model.objects.get_or_create(username="clock", defaults={"is_active": False, "password": "!"})
    load_missing(apps.get_model("community", "Rule"))


class Migration(migrations.Migration):
    dependencies = [("community", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
