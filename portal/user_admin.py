"""Accounts in Wagtail's admin: who may sign in to it; names and phones stay out of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.users.forms import UserCreationForm, UserEditForm
from wagtail.users.views.users import EditView, IndexView
from wagtail.users.views.users import UserViewSet as WagtailUserViewSet

FIELDS = {"username", "email", "is_superuser", "groups"}


class AccountCreationForm(UserCreationForm):
    """A new account."""

    first_name = last_name = None
    email = forms.EmailField(required=False, label=_("电子邮箱"))

    class Meta(UserCreationForm.Meta):
        fields = FIELDS


class AccountEditForm(UserEditForm):
    """An account that stands."""

    first_name = last_name = None
    email = forms.EmailField(required=False, label=_("电子邮箱"))

    class Meta(UserEditForm.Meta):
        fields = FIELDS | {"is_active"}


class AccountIndexView(IndexView):
    """The list, without links to delete: who leaves is set inactive."""

    def get_delete_url(self, instance: Any) -> None:
        """Offer no deletion."""


class AccountEditView(EditView):
    """An account's page, without a button to delete."""

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Offer no deletion."""
        super().setup(request, *args, **kwargs)
        self.can_delete = False


class UserViewSet(WagtailUserViewSet):
    """Wagtail's own views with our forms."""

    index_view_class = AccountIndexView
    edit_view_class = AccountEditView
    create_template_name = "admin/users/create.html"
    edit_template_name = "admin/users/edit.html"

    def get_form_class(self, for_update: bool = False) -> Any:
        """Return the form for a new account or for one that stands."""
        return AccountEditForm if for_update else AccountCreationForm
