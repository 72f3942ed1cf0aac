"""What the action log and the state diagrams call each act on a ballot."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

BALLOT_TITLES = {
    "create": _("起草"),
    "notice": _("公告"),
    "open": _("开始表决"),
    "count": _("计票"),
    "void": _("作废"),
    "withdraw": _("撤回"),
}
