"""Reaching who raised an issue: staff see the number after saying so, and its owner reads who looked."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from community.errors import WrongState
from community.models import Resident, User
from community.models.privacy import RevealedField, RevealReason
from community.workflow.accounts import open_profile
from community.workflow.revealing import write_reveals
from deliberation import permissions
from deliberation.models import Issue
from deliberation.workflow.steps import locked


@transaction.atomic
def reveal_reporter_phone(issue: Issue, *, by: User, at: datetime) -> str:
    """Return the phone of who raised an issue, and write into that person's log who looked at it for which issue."""
    issue = locked(issue, by, permissions.can_see_reporter)
    person = reporter_profile(issue, at)
    if not person.known_phone:
        raise WrongState(_("反映人没有留电话。"))
    # By their place for a worker or town officer, by their unit for whoever handles.
    by_unit = not permissions.is_responsible(by, issue)
    write_reveals(
        person,
        [RevealedField.PHONE],
        by=by,
        at=at,
        reason=RevealReason.HANDLING,
        note=issue.number,
        area=None if by_unit else issue.area,
        unit=issue.unit if by_unit else None,
    )
    return person.known_phone


def reporter_profile(issue: Issue, at: datetime) -> Resident:
    """Return the profile of whose matter it is; an account that has none yet gets an empty one."""
    return issue.represented or open_profile(issue.reporter, at=at)
