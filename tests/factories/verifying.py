"""Requests for verification, made as people make them, and numbers that belong to nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stdnum.cn import ric

from community.models import Area, User, VerificationRequest
from community.models.verifying import Method
from community.workflow.revealing import reveal_claim
from community.workflow.verifying import ask_verification
from tests.factories.deliberation import MOMENT


def id_number_of(born: str = "19580203", order: int = 101) -> str:
    """Return an ID number with a right check digit, of a place that there is not."""
    start = f"900000{born}{order:03d}"
    return start + ric.calc_check_digit(f"{start}0")


def asked(by: User, home: Area, at: datetime, **fields: Any) -> VerificationRequest:
    """Return the request that somebody makes."""
    values: dict[str, Any] = {
        "method": Method.PAPER,
        "name": "王秀英",
        "id_number": id_number_of(),
        "address": "3 栋 2 单元 501",
        "agreed": True,
        **fields,
    }
    return ask_verification(by=by, at=at, home=home, **values)


def looked_at(request: VerificationRequest, by: User, at: datetime = MOMENT) -> VerificationRequest:
    """Return the request after a worker has looked at what it claims."""
    reveal_claim(request, by=by, at=at)
    return request
