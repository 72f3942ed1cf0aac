"""The kinds of issue that every installation starts with."""

import tomllib
from pathlib import Path

from django.db import migrations

CATEGORIES_FILE = Path(__file__).resolve().parent.parent / "categories.toml"


def seed(apps, schema_editor):
    """Add the shipped categories whose code the table does not know."""
    category_model = apps.get_model("deliberation", "Category")
    rows = tomllib.loads(CATEGORIES_FILE.read_text(encoding="utf-8"))["category"]
    for position, row in enumerate(rows):
        category_model.objects.get_or_create(code=row["code"], defaults={**row, "position": position})


class Migration(migrations.Migration):
    dependencies = [("deliberation", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
