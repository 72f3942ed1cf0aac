"""A page that is not there for this person, with a sentence for them; Django's own names the table that has no row."""

from __future__ import annotations

from django.http import Http404


class NothingThere(Http404):
    """Nothing here that this person may know of; it reads the same whether or not there is."""
