"""Where a form or a link may lead: to an address of this site, and nowhere else."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def is_ours(target: str, request: HttpRequest) -> bool:
    """Return whether an address is a path of this site; what begins with no slash would be taken for a name."""
    hosts = {request.get_host()}
    return target.startswith("/") and url_has_allowed_host_and_scheme(target, hosts, request.is_secure())


def own_address(request: HttpRequest, otherwise: str) -> str:
    """Return the address that was sent as `next`, where it is ours, or else the other one."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    return target if is_ours(target, request) else otherwise
