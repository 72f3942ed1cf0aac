"""What each role may do to an issue, for the auditor's matrix: names for the predicates of permissions.py."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from community.capabilities import NOBODY, Places, Subject, register
from deliberation import permissions
from deliberation.models import Issue
from deliberation.states import IssueState


def hidden(places: Places) -> Issue:
    """Return somebody else's issue in the compound, with the unit, that the public does not see."""
    return Issue(
        pk=NOBODY,
        area=places.compound,
        community=places.community,
        town=places.town,
        unit=places.unit,
        reporter_id=NOBODY,
        state=IssueState.DISPATCHED,
    )


def public(places: Places) -> Issue:
    """Return the same, once it is public."""
    issue = hidden(places)
    issue.is_public = True
    return issue


WORDS: dict[str, tuple[str | Promise, Subject | None]] = {
    "can_see": (_("看没有公开的事"), hidden),
    "can_see_staff_side": (_("看办理经过的内部部分"), hidden),
    "can_see_reporter": (_("看反映人（打星号）"), hidden),
    "can_review": (_("审看后公开"), hidden),
    "can_accept": (_("受理"), hidden),
    "can_refuse": (_("不受理，说明原因"), hidden),
    "can_dispatch": (_("派单"), hidden),
    "can_note_progress": (_("写进展"), hidden),
    "can_resolve": (_("办结"), hidden),
    "can_rate": (_("打分，或电话回访后代记"), hidden),
    "can_close": (_("结案"), hidden),
    "can_supervise": (_("督办"), hidden),
    "can_withdraw": (_("撤回自己反映的事"), hidden),
    "can_endorse": (_("附议公开的事"), public),
    "can_follow": (_("关注公开的事"), public),
    "can_supplement": (_("补充公开的事"), public),
}
# What others are made of.
PARTS = frozenset(
    {
        "is_public", "is_reporter", "is_worker_of_place", "is_town_officer_of_place", "is_overseer_of_place",
        "is_handler", "is_own_report", "is_represented", "is_reporters_side", "is_responsible", "is_signed_in",
    }
)  # fmt: skip
register("deliberation", permissions, WORDS)
