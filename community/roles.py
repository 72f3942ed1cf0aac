"""The roles, and what each is held over: an area with its subtree, one unit, or nothing but oneself."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """What an appointment to a role names."""

    SELF = "self", _("本人")
    AREA = "area", _("地方")
    UNIT = "unit", _("单位")


class Role(models.TextChoices):
    """Who somebody is to the platform (interfaces.md, demo accounts)."""

    RESIDENT = "resident", _("居民")
    VOLUNTEER = "volunteer", _("志愿者")
    COMMUNITY_WORKER = "community_worker", _("社区工作者")
    STEWARD = "steward", _("包联干部")
    HALL_MODERATOR = "hall_moderator", _("议事主持人")
    RECORDER = "recorder", _("记录员")
    TELLER = "teller", _("计票人")
    OWNERS_COMMITTEE = "owners_committee", _("业委会成员")
    HANDLER = "handler", _("办理单位经办人")
    TOWN_OFFICER = "town_officer", _("镇街干部")
    DISTRICT_OFFICER = "district_officer", _("区级干部")
    SQUAD_LEADER = "squad_leader", _("分队长")
    COUNTER_CLERK = "counter_clerk", _("兑换点店员")
    ORGANISATION_REPRESENTATIVE = "organisation_representative", _("社会组织代表")
    SPONSOR_OFFICER = "sponsor_officer", _("业务主管单位经办人")
    REGISTRAR = "registrar", _("登记机关经办人")
    JUDGE = "judge", _("评委")
    FUND_COMMITTEE = "fund_committee", _("基金管委会成员")
    FUND_SUPERVISOR = "fund_supervisor", _("基金监督人")
    DISCLOSURE_EDITOR = "disclosure_editor", _("公开编辑")
    AUDITOR = "auditor", _("审计员")
    ADMINISTRATOR = "administrator", _("系统管理员")

    @property
    def scope(self) -> Scope:
        """Return what an appointment to this role has to name."""
        if self in SELF_ROLES:
            return Scope.SELF
        return Scope.UNIT if self in UNIT_ROLES else Scope.AREA


# Nobody is appointed to these: being registered or verified makes one.
SELF_ROLES = frozenset({Role.RESIDENT, Role.VOLUNTEER})
UNIT_ROLES = frozenset(
    {
        Role.OWNERS_COMMITTEE,
        Role.HANDLER,
        Role.SQUAD_LEADER,
        Role.COUNTER_CLERK,
        Role.ORGANISATION_REPRESENTATIVE,
        Role.SPONSOR_OFFICER,
        Role.FUND_COMMITTEE,
        Role.FUND_SUPERVISOR,
        Role.JUDGE,
    }
)
AREA_ROLES = frozenset(Role) - SELF_ROLES - UNIT_ROLES
# For whom work may wait on the desk; outside the demo they sign in in two steps.
STAFF_ROLES = frozenset(
    {
        Role.COMMUNITY_WORKER,
        Role.STEWARD,
        Role.HANDLER,
        Role.TOWN_OFFICER,
        Role.DISTRICT_OFFICER,
        Role.AUDITOR,
        Role.ADMINISTRATOR,
    }
)
