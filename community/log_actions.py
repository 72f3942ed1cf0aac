"""What the action log calls each act of this app: its key, its name, and what a line of the log says."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = (
    # What is done with residents' records.
    ("resident.register", _("登记居民"), _("登记了一位由社区代为反映的居民")),
    ("resident.move", _("搬家"), _("改了住址")),
    ("resident.search", _("按号码查名册"), _("按证件号或电话查了一次居民名册")),
    ("resident.reveal", _("查看个人信息"), _("查看了个人信息")),
    ("resident.join", _("并入账号"), _("把没有账号时的登记并到了本人的账号")),
    ("resident.correct", _("更正登记"), _("照证件更正了登记的内容")),
    ("representation.create", _("代办"), _("替没有账号的居民办了一件事")),
    ("guardian.record", _("登记监护人"), _("登记了监护关系")),
    ("guardian.end", _("结束监护关系"), _("结束了监护关系")),
    # How verifications come and go.
    ("verification.ask", _("申请核验"), _("申请了实名核验")),
    ("verification.verify", _("核验通过"), _("核验通过了")),
    ("verification.refuse", _("核验不通过"), _("核验没有通过")),
    ("verification.withdraw", _("撤回核验申请"), _("撤回了核验申请")),
    ("verification.identity", _("身份核对上"), _("在线核对上了身份，住址转社区核")),
    ("verification.to_paper", _("转社区核验"), _("在线核验转给社区办")),
    ("verification.to_letter", _("改用信核验"), _("改成寄信核住址")),
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
    ("account.rights", _("改账号权限"), _("改了账号的权限，或者停用、恢复了账号")),
    ("account.recover", _("重新登录"), _("社区核对身份证后，换了登录的办法")),
    ("account.factor", _("改登录的第二步"), _("添加或删除了登录的第二步")),
    # Getting somebody back to their account.
    ("recovery.compare", _("核对身份证号"), _("帮人重新登录，核对了身份证号")),
    ("recovery.ask", _("帮本人重新登录"), _("申请帮一位居民重新登录")),
    ("recovery.confirm", _("确认重新登录"), _("确认了同事经办的重新登录")),
    ("recovery.end", _("重新登录没有办"), _("一次重新登录没有办就结束了")),
    ("recovery.slip", _("打印登录条"), _("打印了一张登录条")),
    ("recovery.slip_used", _("用登录条登录"), _("用登录条登录了")),
    # What is done with appointments and units.
    ("appointment.give", _("任命"), _("任命了一个角色")),
    ("appointment.look_up", _("按手机号找人"), _("任命前按手机号找了一个账号")),
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
    ("dwelling.transfer", _("登记过户"), _("登记了业主的变动")),
    ("ownership.confirm", _("核对产权"), _("核对了同事登记的产权")),
    ("ownership.link", _("产权对上本人"), _("核验以后，把产权和本人连上了")),
    ("ownership.unlink", _("产权断开本人"), _("把产权和本人断开了")),
    ("household.create", _("登记户"), _("登记了一户")),
    ("household.join", _("移入户"), _("移入了一位居民")),
    ("household.leave", _("移出户"), _("移出了一位居民")),
    ("household.house", _("登记户的房屋"), _("登记了这一户住的房屋")),
    ("household.unhouse", _("去掉户的房屋"), _("去掉了这一户住的房屋")),
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
