"""Shut the tables that tell what was done to somebody's data: nobody edits them later."""

from django.db import migrations

from community.insert_only import InsertOnly


class Migration(migrations.Migration):
    dependencies = [("community", "0005_people_places_privacy")]
    operations = [
        InsertOnly("community", "reveal"),
        InsertOnly("community", "verificationrecord"),
        InsertOnly("community", "representation"),
    ]
