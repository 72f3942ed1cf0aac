"""Say of the shipped rules how often a closing may be put off."""

from django.db import migrations

from deliberation.shipped_decisions import fill_extensions


def fill(apps, schema_editor):
    fill_extensions(apps.get_model("deliberation", "DecisionRule"))


class Migration(migrations.Migration):

    dependencies = [("deliberation", "0009_votes_on_paper")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
