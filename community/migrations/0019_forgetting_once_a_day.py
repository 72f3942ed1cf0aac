"""What the daily forgetting asks by has indexes, and where it stands has rows; more numbers are rules."""

from django.db import migrations, models
from django.db.models.functions import Coalesce

import community.models.notices
from community.shipped_rules import load_missing


def seed(apps, schema_editor):
    """Add what is missing; nothing that exists is changed."""
    load_missing(apps.get_model("community", "Rule"))


class Migration(migrations.Migration):
    dependencies = [("community", "0018_paper_of_ownerships")]
    operations = [
        migrations.CreateModel(
            name="RetentionSweep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=30, unique=True)),
                ("day", models.DateField()),
                ("after", models.BigIntegerField(default=0)),
                ("is_done", models.BooleanField(default=False)),
            ],
            options={"verbose_name": "到期删除的进度", "verbose_name_plural": "到期删除的进度"},
        ),
        migrations.AlterField(
            model_name="noticepreference",
            name="quiet_from",
            field=models.PositiveSmallIntegerField(
                default=community.models.notices.usual_quiet_from, verbose_name="免打扰从几点"
            ),
        ),
        migrations.AlterField(
            model_name="noticepreference",
            name="quiet_to",
            field=models.PositiveSmallIntegerField(
                default=community.models.notices.usual_quiet_to, verbose_name="到几点"
            ),
        ),
        migrations.AlterField(
            model_name="noticepreference",
            name="digest_hour",
            field=models.PositiveSmallIntegerField(
                default=community.models.notices.usual_digest_hour, verbose_name="汇总几点发"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["send_at"], name="delivery_sent"),
        ),
        migrations.AddIndex(
            model_name="factorguess",
            index=models.Index(fields=["at"], name="factor_guess_at"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["created_at"], name="notice_created"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(Coalesce("last_login", "date_joined"), name="user_used"),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
