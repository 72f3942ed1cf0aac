from django.db import migrations, models
from django.db.models import Q


def mark_waiting_words(apps, schema_editor):
    """Say of words that wait for review in one column that they do."""
    events = apps.get_model("deliberation", "IssueEvent").objects
    events.filter(verb="supplement", is_public=False).update(is_text_public=False)


class Migration(migrations.Migration):

    dependencies = [("deliberation", "0003_words_of_residents")]

    operations = [
        migrations.AddField(
            model_name="issuephoto",
            name="size",
            field=models.PositiveIntegerField(default=0, verbose_name="字节"),
        ),
        migrations.AddField(
            model_name="photodraft",
            name="size",
            field=models.PositiveIntegerField(default=0, verbose_name="字节"),
        ),
        migrations.RunPython(mark_waiting_words, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="issue",
            index=models.Index(
                models.F("area"),
                models.F("raised_at"),
                condition=Q(is_private=False, reviewed_at=None),
                name="issue_waits_for_review",
            ),
        ),
        migrations.AddIndex(
            model_name="issueevent",
            index=models.Index(
                models.F("verb"),
                models.F("at"),
                condition=Q(is_text_public=False),
                name="event_waits_for_review",
            ),
        ),
    ]
