"""How many rows every table of the database has."""

from __future__ import annotations

from django.apps import apps


def counts(*but: str) -> dict[str, int]:
    """Return the number of rows by model, but not of sessions, of settings (made when first read) and of `but`."""
    left_out = {"sessions.Session", "portal.SiteSettings", *but}
    models = [model for model in apps.get_models() if model._meta.label not in left_out and model._meta.managed]
    return {model._meta.label: model._base_manager.count() for model in models}
