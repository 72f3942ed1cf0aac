"""Who wrote an ownership down, who was of which household until when, and how often one searches by a number."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from community.shipped_rules import load_missing


def seed(apps, schema_editor):
    """Add what is missing; nothing that exists is changed."""
    load_missing(apps.get_model("community", "Rule"))


class Migration(migrations.Migration):
    dependencies = [("community", "0022_recovering_slower")]
    operations = [
        migrations.AddField(
            model_name="ownership",
            name="recorded_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="FormerMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("until", models.DateTimeField()),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_members",
                        to="community.household",
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_memberships",
                        to="community.resident",
                    ),
                ),
            ],
            options={
                "verbose_name": "以前的户",
                "verbose_name_plural": "以前的户",
                "indexes": [models.Index(fields=["household", "until"], name="former_member_household")],
            },
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
