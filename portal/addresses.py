"""The site's public address, where Wagtail keeps it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from wagtail.models import Site

PORTS = {"http": 80, "https": 443}


def set_site(**kwargs: Any) -> None:
    """Give Wagtail's default site the host and port of BASE_URL; runs after each `migrate`."""
    address = urlsplit(settings.BASE_URL)
    site = Site.objects.filter(is_default_site=True).first()
    hostname, port = address.hostname or "", address.port or PORTS[address.scheme]
    if site and (site.hostname, site.port) != (hostname, port):
        site.hostname, site.port = hostname, port
        # Saving empties Wagtail's own cache of addresses too.
        site.save()
