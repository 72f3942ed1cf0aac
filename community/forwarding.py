"""What a reverse proxy says about a request: believed from the proxies in TRUSTED_PROXIES, else removed."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")


class ForwardingMiddleware:
    """Takes away forwarded headers that no trusted proxy wrote; stands before everything that reads them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let the request go on with the headers that may be believed."""
        if not is_trusted(str(request.META.get("REMOTE_ADDR", ""))):
            for name in FORWARDED:
                request.META.pop(name, None)
        return self.get_response(request)


def is_trusted(address: str) -> bool:
    """Return whether an address lies in TRUSTED_PROXIES; what is no address does not."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(entry) for entry in settings.TRUSTED_PROXIES)


def client_address(request: HttpRequest) -> str:
    """Return by what limits count a client; a forwarded address counts only from a proxy in TRUSTED_PROXIES."""
    remote = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()]
    # From the right: each hop was written by the proxy after it, so the first that no trusted proxy wrote ends the walk.
    while hops and is_trusted(remote):
        remote = hops.pop()
    return counted(remote)


def counted(address: str) -> str:
    """Return an address in the one form in which it counts, of IPv6 the network that a single line is given.

    Whoever has one such line has 2**64 addresses: each would bring as many more guesses.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found) >> 64 << 64, 64)).network_address)
