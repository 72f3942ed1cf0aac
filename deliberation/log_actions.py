"""What the action log and the state diagrams call each act on what is deliberated."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

BALLOT_TITLES = {
    "create": _("起草"),
    "notice": _("公告"),
    "open": _("开始表决"),
    "count": _("计票"),
    "void": _("作废"),
    "withdraw": _("撤回"),
    "object": _("对名册提异议"),
    "answer_objection": _("答复名册异议"),
    "extend": _("延长表决时间"),
    "remind": _("提醒还没有投票的人"),
    "hand_out": _("发出纸质票"),
    "cancel_paper": _("注销发出的纸质票"),
    "enter_batch": _("录入一批纸质票"),
    "check_batch": _("第二个人核对一批纸质票"),
    "withdraw_batch": _("撤回一批纸质票"),
    "enter_owner_paper": _("录入业主的纸质票"),
    "check_owner_paper": _("第二个人核对业主的纸质票"),
    "withdraw_owner_paper": _("撤回业主的纸质票"),
    "waive_papers": _("少录的纸质票按弃权计"),
    "look": _("查看记名选票"),
}

SESSION_TITLES = {
    "plan": _("安排"),
    "agenda": _("改议程"),
    "notice": _("通知开会"),
    "open": _("开会"),
    "close": _("散会"),
    "cancel": _("取消"),
}
RESOLUTION_TITLES = {
    "publish": _("公布"),
    "object": _("提异议"),
    "answer": _("答复异议"),
    "revoke": _("撤销"),
    "carry_out": _("开始落实"),
    "rate": _("打分"),
    "evaluate": _("评议结束"),
}
COMMITMENT_TITLES = {
    "start": _("开始计时"),
    "update": _("说进展"),
    "finish": _("办完"),
    "drop": _("不办了"),
    "reopen": _("重办"),
}
APPRAISAL_TITLES = {
    "create": _("起草"),
    "notice": _("公告"),
    "open": _("开始评议"),
    "publish": _("公布结果"),
    "withdraw": _("撤回"),
}
WORDS_TITLES = {"publish": _("审看后公开"), "withhold": _("审看后不公开")}
# By noun: the sentence of a line in the log, and the names of its steps.
RESULT_ACTIONS = {
    "session": (_("会议：%(step)s"), SESSION_TITLES),
    "resolution": (_("决议：%(step)s"), RESOLUTION_TITLES),
    "commitment": (_("任务：%(step)s"), COMMITMENT_TITLES),
    "appraisal": (_("评议监督：%(step)s"), APPRAISAL_TITLES),
    "words": (_("居民写的话：%(step)s"), WORDS_TITLES),
}
TOPIC_TITLES = {
    "propose": _("提出"),
    "endorse": _("附议"),
    "enough": _("附议够了"),
    "confirm": _("列为议题"),
    "refuse": _("没有列为议题"),
    "withdraw": _("撤回"),
    "notice": _("公示"),
    "invite": _("通知上会"),
    "attach_ballot": _("付表决"),
    "convene": _("开会协商"),
    "form_opinion": _("形成协商意见"),
    "adjourn": _("没有议成，再议"),
    "open": _("审看后公开"),
    "withhold": _("审看后不公开"),
    "publish": _("公示结果"),
    "carry_out": _("开始落实"),
    "revoke": _("撤销决议，再议"),
    "evaluate": _("评议"),
    "answer": _("正式答复"),
    "argue": _("写理由"),
    "suggest": _("提方案"),
    "amend": _("提修改意见"),
    "state": _("写说法"),
    "accept_amendment": _("采纳修改意见"),
    "decline_amendment": _("没有采纳修改意见"),
}
TOPIC_SCOPE_TITLES = {
    "add": _("加进清单"),
    "change": _("改清单"),
    "end": _("移出清单"),
}

HALL_TITLES = {"open": _("设立"), "edit": _("修改介绍"), "close": _("撤销")}
VENUE_TITLES = {"add": _("添加"), "edit": _("修改"), "close": _("停用")}
METHOD_TITLES = {"add": _("添加"), "edit": _("修改"), "close": _("停用")}
