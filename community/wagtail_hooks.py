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
from community.log_actions import ACTIONS
from community.models import ConsentText, Delivery, NoticeTemplate
from community.models.notices import DeliveryState
from community.permissions import is_administrator
from community.readonly import ChangeOnlyPolicy, NoDeletionPolicy, ReadOnlyPolicy


@hooks.register("register_log_actions")
def name_actions(actions: LogActionRegistry) -> None:
    """Name what happens in this app for Wagtail's log."""
    for key, label, message in ACTIONS:
        actions.register_action(key, label, message)


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
