"""What of the community app Wagtail's admin shows, and what its action log knows by name."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.log_actions import LogActionRegistry
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import InspectView, SnippetViewSet, SnippetViewSetGroup

from community import workflow
from community.errors import NotAllowed, Refused
from community.forms.notices import NoticeTemplateForm
from community.models import ConsentText, Delivery, NoticeTemplate
from community.models.notices import DeliveryState
from community.permissions import is_administrator
from community.readonly import ChangeOnlyPolicy, NoDeletionPolicy, ReadOnlyPolicy


@hooks.register("register_log_actions")
def resident_actions(actions: LogActionRegistry) -> None:
    """Name what is done with residents' records."""
    actions.register_action("resident.register", _("登记居民"), _("登记了一位由社区代为反映的居民"))
    actions.register_action("resident.move", _("搬家"), _("改了住址"))
    actions.register_action("resident.reveal", _("查看个人信息"), _("查看了个人信息"))
    actions.register_action("representation.create", _("代办"), _("替没有账号的居民办了一件事"))
    actions.register_action("guardian.record", _("登记监护人"), _("登记了监护关系"))
    actions.register_action("guardian.end", _("结束监护关系"), _("结束了监护关系"))


@hooks.register("register_log_actions")
def verification_actions(actions: LogActionRegistry) -> None:
    """Name how verifications come and go."""
    actions.register_action("verification.ask", _("申请核验"), _("申请了实名核验"))
    actions.register_action("verification.verify", _("核验通过"), _("核验通过了"))
    actions.register_action("verification.refuse", _("核验不通过"), _("核验没有通过"))
    actions.register_action("verification.withdraw", _("撤回核验申请"), _("撤回了核验申请"))
    actions.register_action("verification.to_paper", _("转社区核验"), _("在线核验转给社区办"))
    actions.register_action("verification.print_letter", _("打印住址信"), _("打印了核验住址的信"))
    actions.register_action("verification.lapse", _("住址信过期"), _("住址信过期，申请作废"))
    actions.register_action("verification.expire", _("核验到期"), _("核验到期了"))
    actions.register_action("verification.revoke", _("撤销核验"), _("撤销了核验"))


@hooks.register("register_log_actions")
def clock_actions(actions: LogActionRegistry) -> None:
    """Name what happens to clocks by themselves."""
    actions.register_action("clock.redate", _("时限重算"), _("放假安排公布后，重新算了时限"))


@hooks.register("register_log_actions")
def account_actions(actions: LogActionRegistry) -> None:
    """Name what happens to accounts and their ways to sign in."""
    actions.register_action("account.open", _("开账号"), _("开了账号"))
    actions.register_action("account.phone", _("换手机号"), _("换了手机号"))
    actions.register_action("account.share", _("共用手机号"), _("和家里人共用手机号"))
    actions.register_action("account.unshare", _("取消共用手机号"), _("不再共用手机号"))
    actions.register_action("account.password", _("改密码"), _("改了密码"))
    actions.register_action("account.factor", _("改登录的第二步"), _("添加或删除了登录的第二步"))


@hooks.register("register_log_actions")
def appointment_actions(actions: LogActionRegistry) -> None:
    """Name what is done with appointments and units."""
    actions.register_action("appointment.give", _("任命"), _("任命了一个角色"))
    actions.register_action("appointment.delegate", _("代行"), _("安排了同事代行"))
    actions.register_action("appointment.remind", _("任职将满"), _("提醒任职快要期满"))
    actions.register_action("appointment.end", _("结束任职"), _("定了任职的最后一天"))
    actions.register_action("appointment.review", _("年度复核"), _("复核后继续任职"))
    actions.register_action("unit.create", _("新设单位"), _("新设了一个单位"))
    actions.register_action("unit.change", _("修改单位"), _("改了单位的名称或联系方式"))
    actions.register_action("unit.end", _("撤销单位"), _("定了单位的最后一天"))


@hooks.register("register_log_actions")
def place_actions(actions: LogActionRegistry) -> None:
    """Name what happens to places, and to what is held over them."""
    actions.register_action("area.create", _("设立地方"), _("设立了"))
    actions.register_action("area.merge", _("并入"), _("并入了另一个地方"))
    actions.register_action("area.split", _("拆分"), _("拆成了几个地方"))
    actions.register_action("area.outline", _("导入界线"), _("导入了界线"))
    actions.register_action("appointment.merged", _("任职因区划调整结束"), _("任职因区划调整结束"))
    actions.register_action("appointment.follow", _("任职因区划调整接续"), _("任职因区划调整接续"))


@hooks.register("register_log_actions")
def home_actions(actions: LogActionRegistry) -> None:
    """Name what happens to compounds, dwellings and households."""
    actions.register_action("compound.profile", _("改小区情况"), _("改了小区情况"))
    actions.register_action("dwelling.import", _("导入房屋"), _("导入了房屋"))
    actions.register_action("household.create", _("登记户"), _("登记了一户"))
    actions.register_action("household.join", _("移入户"), _("移入了一位居民"))
    actions.register_action("household.leave", _("移出户"), _("移出了一位居民"))
    actions.register_action("household.end", _("注销户"), _("注销了一户"))


@hooks.register("register_log_actions")
def review_actions(actions: LogActionRegistry) -> None:
    """Name what happens to what is hidden from the public."""
    actions.register_action("review.hide", _("不公开"), _("审看后没有公开"))
    actions.register_action("review.appeal", _("申诉"), _("作者申诉了"))
    actions.register_action("review.decide", _("复核申诉"), _("复核了申诉"))
    actions.register_action("review.lift", _("改为公开"), _("后来公开了"))


@hooks.register("register_log_actions")
def notice_actions(actions: LogActionRegistry) -> None:
    """Name what is done with notices on their way out."""
    actions.register_action("notice.choose", _("改通知方式"), _("改了通知方式"))
    actions.register_action("notice.unsubscribe", _("退订邮件"), _("退订了通知邮件"))
    actions.register_action("delivery.retry", _("再发一次"), _("让没发出去的通知再发一次"))


register_permission_policy(NoticeTemplate, ChangeOnlyPolicy(NoticeTemplate))
register_permission_policy(Delivery, ReadOnlyPolicy(Delivery))


class NoticeTemplateViewSet(SnippetViewSet):
    """The words around what leaves the site; there is one row a kind, to be changed."""

    model = NoticeTemplate
    icon = "edit"
    menu_label = _("通知模板")
    copy_view_enabled = False
    list_display = ["kind", "subject", "body"]
    edit_handler = ObjectList(
        [FieldPanel("kind", read_only=True), FieldPanel("subject"), FieldPanel("body")],
        base_form_class=NoticeTemplateForm,
    )


class DeliveryInspectView(InspectView):
    """One delivery, with a button to have it sent again where it failed."""

    template_name = "community/notice_delivery.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether there is something to send again, and whether this person may."""
        may_retry = self.object.state == DeliveryState.FAILED and is_administrator(self.request.user)
        return {**super().get_context_data(**kwargs), "may_retry": may_retry}


class DeliveryViewSet(SnippetViewSet):
    """What was sent and what failed, read-only: neither a person nor an address or a number is in it."""

    model = Delivery
    icon = "mail"
    menu_label = _("发送记录")
    inspect_view_class = DeliveryInspectView
    inspect_view_enabled = True
    copy_view_enabled = False
    list_display = ["id", "channel", "state", "attempts", "is_digest", "send_at", "sent_at", "error"]
    list_filter = ["state", "channel"]
    list_per_page = 50
    inspect_view_fields = ["channel", "state", "attempts", "is_digest", "send_at", "sent_at", "error"]


class NoticeGroup(SnippetViewSetGroup):
    """One entry of the menu for what leaves the site."""

    menu_label = _("通知")
    menu_icon = "mail"
    items = (NoticeTemplateViewSet, DeliveryViewSet)


register_snippet(NoticeGroup)


@require_POST
def retry_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a failed delivery sent again."""
    assert request.user.is_authenticated  # Wagtail lets nobody else in
    delivery = get_object_or_404(Delivery, pk=pk)
    try:
        workflow.retry_delivery(delivery, by=request.user, at=timezone.now())
    except NotAllowed as refused:
        raise PermissionDenied(str(refused)) from None
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已经排上，一两分钟内再发。"))
    return redirect(DeliveryViewSet().get_url_name("inspect"), pk)


@hooks.register("register_admin_urls")
def notice_urls() -> list[URLPattern]:
    """Give the button its address."""
    return [path("deliveries/<int:pk>/retry/", retry_delivery, name="delivery_retry")]


@hooks.register("register_log_actions")
def privacy_actions(actions: LogActionRegistry) -> None:
    """Name what people do with their own data."""
    actions.register_action("consent.give", _("同意"), _("同意了一份文本"))
    actions.register_action("consent.withdraw", _("撤回同意"), _("撤回了同意"))
    actions.register_action("person.export", _("下载本人信息"), _("下载了本人的信息"))
    actions.register_action("person.erase", _("注销"), _("注销了账号"))


register_permission_policy(ConsentText, NoDeletionPolicy(ConsentText))


class ConsentTextViewSet(SnippetViewSet):
    """What people agree to; a version that somebody has agreed to is followed by a new one, never changed."""

    model = ConsentText
    icon = "doc-full"
    menu_label = _("同意文本")
    menu_name = "consent-texts"
    add_to_admin_menu = True
    list_display = ["title", "kind", "version", "in_force_from"]
    panels = [FieldPanel(name) for name in ("kind", "version", "title", "body", "in_force_from")]


register_snippet(ConsentTextViewSet)
