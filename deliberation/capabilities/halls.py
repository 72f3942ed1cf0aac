"""What each role may do to halls, for the auditor's matrix: names for the predicates of hall_permissions.py."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from community.capabilities import Places, Subject, register
from community.models import Area
from deliberation import hall_permissions


def place(places: Places) -> Area:
    """Return the community of a hall."""
    return places.community


WORDS: dict[str, tuple[str | Promise, Subject | None]] = {
    "can_found_halls": (_("设立、撤销议事厅"), place),
    "can_keep_hall": (_("改议事厅的介绍和地址"), place),
    "can_keep_venues": (_("添加、修改、停用议事阵地"), place),
    "can_keep_methods": (_("添加、修改、停用工作法"), place),
}
# What others are made of.
PARTS = frozenset({"is_town_officer", "is_of_place"})
register("halls", hall_permissions, WORDS)
