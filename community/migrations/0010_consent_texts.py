"""The first version of what residents agree to; the district puts its own versions after it."""

from datetime import date
from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).resolve().parent.parent / "consent_texts"
FIRST_DAY = date(2022, 12, 1)
TITLES = {
    "terms": "用户协议和个人信息处理规则",
    "verification": "处理身份证号等敏感个人信息的单独同意",
    "minor": "监护人同意书（未满十四周岁）",
}


def seed(apps, schema_editor):
    """Add version 1 of each kind that has no text yet."""
    texts = apps.get_model("community", "ConsentText")
    for kind, title in TITLES.items():
        if not texts.objects.filter(kind=kind).exists():
            body = (FOLDER / f"{kind}-1.txt").read_text(encoding="utf-8").strip()
            texts.objects.create(kind=kind, version=1, title=title, body=body, in_force_from=FIRST_DAY)


class Migration(migrations.Migration):
    dependencies = [("community", "0009_indexes_of_residents")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
