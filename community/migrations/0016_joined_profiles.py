"""Joined profiles, identity found true online, and what the database itself holds of verification."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("community", "0015_unproved_verifications_end"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="resident",
            name="resident_verified_has_a_time",
        ),
        migrations.AddField(
            model_name="resident",
            name="joined_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="joined_to",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="earlier_profiles",
                to="community.resident",
            ),
        ),
        migrations.AddField(
            model_name="verificationrequest",
            name="identity_found_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="resident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("verification", "verified"), _negated=True),
                    models.Q(
                        ("home__isnull", False),
                        ("id_index__isnull", False),
                        ("verified_at__isnull", False),
                        ("verified_until__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="resident_verified_is_proved",
            ),
        ),
        migrations.AddConstraint(
            model_name="resident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("joined_at", None), ("joined_to", None)),
                    models.Q(
                        ("id_index", None),
                        ("joined_at__isnull", False),
                        ("joined_to__isnull", False),
                        ("phone_index", None),
                        ("surname_index", None),
                        ("user", None),
                    ),
                    _connector="OR",
                ),
                name="resident_joined_is_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="verificationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "open"),
                    models.Q(
                        django.db.models.lookups.Exact(
                            django.db.models.functions.comparison.Cast("name", models.TextField()), models.Value("")
                        ),
                        django.db.models.lookups.Exact(
                            django.db.models.functions.comparison.Cast("id_number", models.TextField()),
                            models.Value(""),
                        ),
                        django.db.models.lookups.Exact(
                            django.db.models.functions.comparison.Cast("address", models.TextField()), models.Value("")
                        ),
                    ),
                    _connector="OR",
                ),
                name="verification_request_decided_is_empty",
            ),
        ),
    ]
