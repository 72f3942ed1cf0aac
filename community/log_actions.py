"""What the action log calls each act of this app: its key, its name, and what a line of the log says."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = (
    # What is done with residents' records.
    ("resident.register", _("登记居民"), _("登记了一位由社区代为反映的居民")),
    ("resident.move", _("搬家"), _("改了住址")),
    ("resident.reveal", _("查看个人信息"), _("查看了个人信息")),
    ("representation.create", _("代办"), _("替没有账号的居民办了一件事")),
    ("guardian.record", _("登记监护人"), _("登记了监护关系")),
    ("guardian.end", _("结束监护关系"), _("结束了监护关系")),
    # How verifications come and go.
    ("verification.ask", _("申请核验"), _("申请了实名核验")),
    ("verification.verify", _("核验通过"), _("核验通过了")),
    ("verification.refuse", _("核验不通过"), _("核验没有通过")),
    ("verification.withdraw", _("撤回核验申请"), _("撤回了核验申请")),
    ("verification.to_paper", _("转社区核验"), _("在线核验转给社区办")),
    ("verification.print_letter", _("打印住址信"), _("打印了核验住址的信")),
    ("verification.lapse", _("住址信过期"), _("住址信过期，申请作废")),
    ("verification.expire", _("核验到期"), _("核验到期了")),
    ("verification.revoke", _("撤销核验"), _("撤销了核验")),
    # What happens to clocks by themselves.
    ("clock.redate", _("时限重算"), _("放假安排公布后，重新算了时限")),
    # What happens to accounts and their ways to sign in.
    ("account.open", _("开账号"), _("开了账号")),
    ("account.phone", _("换手机号"), _("换了手机号")),
    ("account.share", _("共用手机号"), _("和家里人共用手机号")),
    ("account.unshare", _("取消共用手机号"), _("不再共用手机号")),
    ("account.password", _("改密码"), _("改了密码")),
    ("account.factor", _("改登录的第二步"), _("添加或删除了登录的第二步")),
    # What is done with appointments and units.
    ("appointment.give", _("任命"), _("任命了一个角色")),
    ("appointment.delegate", _("代行"), _("安排了同事代行")),
    ("appointment.remind", _("任职将满"), _("提醒任职快要期满")),
    ("appointment.end", _("结束任职"), _("定了任职的最后一天")),
    ("appointment.review", _("年度复核"), _("复核后继续任职")),
    ("unit.create", _("新设单位"), _("新设了一个单位")),
    ("unit.change", _("修改单位"), _("改了单位的名称或联系方式")),
    ("unit.end", _("撤销单位"), _("定了单位的最后一天")),
    # What happens to places, and to what is held over them.
    ("area.create", _("设立地方"), _("设立了")),
    ("area.merge", _("并入"), _("并入了另一个地方")),
    ("area.split", _("拆分"), _("拆成了几个地方")),
    ("area.outline", _("导入界线"), _("导入了界线")),
    ("appointment.merged", _("任职因区划调整结束"), _("任职因区划调整结束")),
    ("appointment.follow", _("任职因区划调整接续"), _("任职因区划调整接续")),
    # What happens to compounds, dwellings and households.
    ("compound.profile", _("改小区情况"), _("改了小区情况")),
    ("dwelling.import", _("导入房屋"), _("导入了房屋")),
    ("household.create", _("登记户"), _("登记了一户")),
    ("household.join", _("移入户"), _("移入了一位居民")),
    ("household.leave", _("移出户"), _("移出了一位居民")),
    ("household.end", _("注销户"), _("注销了一户")),
    # What happens to what is hidden from the public.
    ("review.hide", _("不公开"), _("审看后没有公开")),
    ("review.appeal", _("申诉"), _("作者申诉了")),
    ("review.decide", _("复核申诉"), _("复核了申诉")),
    ("review.lift", _("改为公开"), _("后来公开了")),
    # What is done with notices on their way out.
    ("notice.choose", _("改通知方式"), _("改了通知方式")),
    ("notice.unsubscribe", _("退订邮件"), _("退订了通知邮件")),
    ("delivery.retry", _("再发一次"), _("让没发出去的通知再发一次")),
    # What people do with their own data.
    ("consent.give", _("同意"), _("同意了一份文本")),
    ("consent.withdraw", _("撤回同意"), _("撤回了同意")),
    ("person.export", _("下载本人信息"), _("下载了本人的信息")),
    ("person.erase", _("注销"), _("注销了账号")),
)
