"""What each role may do to a ballot, for the auditor's matrix: names for the predicates of ballot_permissions.py."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from community.capabilities import NOBODY, Places, Subject, register
from deliberation import ballot_permissions
from deliberation.models import Ballot


def secret(places: Places) -> Ballot:
    """Return a secret ballot of the compound."""
    return Ballot(pk=NOBODY, area=places.compound, town=places.town, is_named=False)


def named(places: Places) -> Ballot:
    """Return an owners' ballot of the compound."""
    return Ballot(pk=NOBODY, area=places.compound, town=places.town, is_named=True)


WORDS: dict[str, tuple[str | Promise, Subject | None]] = {
    "can_organise": (_("发起表决"), secret),
    "can_open": (_("到时间开始表决"), secret),
    "can_count": (_("到时间计票"), secret),
    "can_void": (_("宣布表决作废"), secret),
    "can_hand_out": (_("发出和收回纸质票"), secret),
    "can_enter_papers": (_("录入、核对纸质票"), secret),
    "can_see_paper_photos": (_("看不记名纸质票的照片"), secret),
    "can_waive_papers": (_("少录的纸质票按弃权计"), secret),
    "can_see_named_papers": (_("看业主表决的记名选票"), named),
}
# What others are made of, what the clock does too, or what asks about oneself.
PARTS = frozenset(
    {
        "is_organiser_of_place", "is_owners_committee", "is_town_officer_of_place", "is_recorder_of_place",
        "is_teller_of_place", "is_of_named_ballot", "belongs_to_place", "can_object_to_roll", "can_answer_objection",
        "can_extend", "can_remind", "is_machine", "is_noticed", "can_see",
    }
)  # fmt: skip
register("ballots", ballot_permissions, WORDS)
