from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("community", "0002_clock_user_and_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="clock",
            name="left",
            field=models.DurationField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="clock",
            name="resumed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RemoveIndex(
            model_name="clock",
            name="clock_strikes",
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("stopped_at", None)), fields=["strikes_at"], name="clock_strikes"
            ),
        ),
    ]
