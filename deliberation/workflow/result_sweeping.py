"""What happens to resolutions and appraisals by itself, at their hours."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from community.errors import Refused
from community.models import User
from deliberation.models import Appraisal
from deliberation.workflow.appraisals import open_appraisal, publish_appraisal
from deliberation.workflow.resolutions import (
    carry_out_resolution,
    conclude_resolution,
    may_carry_out,
    to_carry_out,
    to_conclude,
)

logger = logging.getLogger(__name__)


def sweep_results(*, at: datetime) -> int:
    """Carry out, conclude, open and publish whatever has come; returns how much. Safe twice, and by two machines."""
    clock = User.objects.clock()
    ready = [one for one in to_carry_out(at) if may_carry_out(one, at)]
    count = sum(done(carry_out_resolution, one, clock, at) for one in ready)
    count += sum(done(conclude_resolution, one, clock, at) for one in to_conclude(at))
    for verb, rows in ((open_appraisal, "to_open"), (publish_appraisal, "to_publish")):
        found = getattr(Appraisal.objects, rows)(at).order_by("opens_at", "pk")
        count += sum(done(verb, one, clock, at) for one in list(found))
    return count


def done(verb: Callable[..., Any], subject: Any, clock: User, at: datetime) -> bool:
    """Do one thing; return whether it was done. One that can't go on stops no other."""
    try:
        verb(subject, by=clock, at=at)
    except Refused:
        # Somebody, or another machine, has done it meanwhile.
        return False
    except Exception:
        logger.exception("%s %s broke and waits for the next sweep", type(subject).__name__, subject.pk)
        return False
    return True
