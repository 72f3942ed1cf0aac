"""Which records Wagtail's index of references leaves out: all those that only verbs change.

No editor chooses one on a page. In the index each save of one would cost a task and some queries, and a
task's moment beside the number of a roll entry would tell when somebody voted.
"""

from __future__ import annotations

from django.apps import apps

RECORDS = ("community", "deliberation")


def leave_out_records() -> None:
    """Mark every table of the apps of records, so that saving one is followed by nothing."""
    for label in RECORDS:
        for model in apps.get_app_config(label).get_models():
            model.wagtail_reference_index_ignore = True  # type: ignore[attr-defined]  # Wagtail reads it
