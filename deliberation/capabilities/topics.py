"""What each role may do to a topic, for the auditor's matrix: names for the predicates of topic_permissions.py."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from community.capabilities import NOBODY, Places, Subject, register
from community.models import Area
from deliberation import topic_permissions
from deliberation.models import Topic


def hidden(places: Places) -> Topic:
    """Return somebody else's proposal of the compound that the public does not see."""
    return Topic(pk=NOBODY, area=places.compound, town=places.town, proposer_id=NOBODY)


def public(places: Places) -> Topic:
    """Return the same, once it is public."""
    topic = hidden(places)
    topic.is_public = True
    return topic


def compound(places: Places) -> Area:
    """Return the place of a hall."""
    return places.compound


def town(places: Places) -> Area:
    """Return a town."""
    return places.town


WORDS: dict[str, tuple[str | Promise, Subject | None]] = {
    "can_see": (_("看没有公开的议题"), hidden),
    "can_see_staff_side": (_("看议题经过的内部部分"), hidden),
    "can_review": (_("审看议题和意见后公开"), hidden),
    "can_confirm": (_("确认列为议题"), hidden),
    "can_refuse": (_("不列为议题，说明原因"), hidden),
    "can_notice": (_("公示议题"), hidden),
    "can_withdraw": (_("撤回自己提的议题"), hidden),
    "can_endorse": (_("附议公开的议题"), public),
    "can_follow": (_("关注公开的议题"), public),
    "can_say": (_("对公开的议题写理由、方案、说法"), public),
    "can_answer_amendment": (_("答复修改意见"), public),
    "can_take_stance": (_("对说法表态"), public),
    "can_answer": (_("正式答复议题"), public),
    "organises_in": (_("从反映的事提出议题"), compound),
    "moderates_in": (_("用议事厅的名义提议题"), compound),
    "can_keep_scopes": (_("定本镇街的议事清单"), town),
}
# What others are made of.
PARTS = frozenset(
    {
        "is_public", "is_proposer", "is_represented", "is_own_proposal", "is_moderator_of_hall", "is_worker_of_place",
        "is_town_officer_of_place", "is_overseer_of_place", "is_verified_resident_of_place", "is_verified_in",
        "is_department_handler", "is_organiser", "is_proposers_side", "is_reporter_of", "is_signed_in",
    }
)  # fmt: skip
# A prefix of its own: several names are those of an issue too.
register("topics", topic_permissions, WORDS)
