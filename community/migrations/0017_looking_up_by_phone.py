"""A limit for looking people up by phone, and a reason of its own for it in their log."""

from django.db import migrations, models

from community.shipped_rules import load_missing


def seed(apps, schema_editor):
    """Add what is missing; nothing that exists is changed."""
    load_missing(apps.get_model("community", "Rule"))


class Migration(migrations.Migration):
    dependencies = [("community", "0016_joined_profiles")]
    operations = [
        migrations.RunPython(seed, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="reveal",
            name="reason",
            field=models.CharField(
                choices=[
                    ("handling", "办理本人反映的事"),
                    ("verifying", "核验身份"),
                    ("contact", "有急事联系本人"),
                    ("visit", "上门走访"),
                    ("complaint", "处理投诉"),
                    ("correction", "改正登记错误"),
                    ("appointing", "任命前找人"),
                ],
                max_length=20,
                verbose_name="为什么",
            ),
        ),
    ]
