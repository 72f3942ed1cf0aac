"""Load the rules by which votes decide, and shut what a count has written."""

from django.db import migrations

from community.insert_only import InsertOnly
from deliberation.shipped_decisions import load_missing


def load_rules(apps, schema_editor):
    load_missing(apps.get_model("deliberation", "DecisionRule"))


class Migration(migrations.Migration):

    dependencies = [("deliberation", "0005_ballots")]

    operations = [
        migrations.RunPython(load_rules, migrations.RunPython.noop),
        InsertOnly("deliberation", "ballotpaper"),
        InsertOnly("deliberation", "ballotreceipt"),
        InsertOnly("deliberation", "ballotresult"),
    ]
