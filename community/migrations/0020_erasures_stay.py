"""Shut the table that tells who was erased: nobody edits it later."""

from django.db import migrations

from community.insert_only import InsertOnly


class Migration(migrations.Migration):
    dependencies = [("community", "0019_forgetting_once_a_day")]
    operations = [InsertOnly("community", "erasure")]
