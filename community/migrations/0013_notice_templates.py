"""The words around what leaves the site, as shipped."""

from django.db import migrations

from community.shipped_templates import SHIPPED_TEMPLATES


def seed(apps, schema_editor):
    """Add the kinds that are missing; nothing that exists is changed."""
    template = apps.get_model("community", "NoticeTemplate")
    for row in SHIPPED_TEMPLATES:
        template.objects.get_or_create(kind=row["kind"], defaults=row)


class Migration(migrations.Migration):
    dependencies = [("community", "0010_consent_texts")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
