"""Accounts in Wagtail's admin: who may sign in to it; names and phones stay out of it.

How somebody signs in is theirs alone: no page here sets a password, an e-mail or a user name of an account
that stands. A new administrator signs in by phone code first, or opens the link that “forgot password” sends
to the e-mail that the account was made with; the very first one comes from `createsuperuser`.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn
from wagtail.users.forms import UserCreationForm, UserEditForm
from wagtail.users.views.users import CreateView, EditView, IndexView
from wagtail.users.views.users import UserViewSet as WagtailUserViewSet

from community.errors import Refused
from community.models import User
from community.stepup import recently_confirmed
from community.workflow.rights import set_rights

FIELDS = {"username", "email", "is_superuser", "groups"}
SIGNS_IN_BY = ("username", "email")
RIGHTS = ("is_active", "is_superuser", "groups")


class AccountCreationForm(UserCreationForm):
    """A new account, without a password: its owner sets one by the link to the e-mail."""

    first_name = last_name = None
    email = forms.EmailField(label=_("电子邮箱"), help_text=_("密码由本人定：在登录页点“忘记密码”，链接发到这个邮箱。"))

    class Meta(UserCreationForm.Meta):
        fields = FIELDS

    def clean_email(self) -> str:
        """Refuse the e-mail of another account: whoever reads it would open both."""
        email = str(self.cleaned_data["email"])
        if any(model.objects.filter(email__iexact=email).exists() for model in (User, EmailAddress)):
            raise forms.ValidationError(_("这个邮箱登记在另一个账号上。"))
        return email

    def save(self, commit: bool = True) -> Any:
        """Make the account; its rights are given by the verb."""
        self.instance.is_superuser = False
        self.instance.set_unusable_password()
        self.instance.save()
        return self.instance


class AccountEditForm(UserEditForm):
    """An account that stands: how its owner signs in is shown, what it may is set."""

    first_name = last_name = None
    email = forms.EmailField(required=False, label=_("电子邮箱"), help_text=_("用户名和邮箱由本人管，这里改不了。"))

    class Meta(UserEditForm.Meta):
        fields = FIELDS | {"is_active"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shut = SIGNS_IN_BY if self.instance.erased_at is None else (*SIGNS_IN_BY, *RIGHTS)
        for name in shut:
            if name in self.fields:
                self.fields[name].disabled = True


class AccountIndexView(IndexView):
    """The list, without links to delete (who leaves is set inactive) and without boxes to change many at once."""

    @property
    def columns(self) -> list[Any]:
        """Return the columns but for that of the boxes."""
        return [column for column in super().columns if not isinstance(column, BulkActionsCheckboxColumn)]

    def get_delete_url(self, instance: Any) -> None:
        """Offer no deletion."""


class GivesRights:
    """What both pages of an account share: the verb gives the rights, and may refuse."""

    form: Any
    request: Any

    def give(self, person: User) -> User:
        """Set what the form says; what it does not show stays."""
        data = self.form.cleaned_data
        groups = data.get("groups", Group.objects.none())
        rights = {name: data.get(name, getattr(person, name)) for name in ("is_active", "is_superuser")}
        try:
            return set_rights(person, by=self.request.user, at=timezone.now(), groups=list(groups), **rights)
        except Refused as refused:
            raise PermissionDenied(str(refused)) from None


@method_decorator(recently_confirmed, name="dispatch")
class AccountCreateView(GivesRights, CreateView):
    """A new account."""

    def save_instance(self) -> User:
        """Make it, then give it what it may."""
        return self.give(super().save_instance())


@method_decorator(recently_confirmed, name="dispatch")
class AccountEditView(GivesRights, EditView):
    """An account's page, without a button to delete."""

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Offer no deletion."""
        super().setup(request, *args, **kwargs)
        self.can_delete = False

    def save_instance(self) -> User:
        """Change the rights alone."""
        return self.give(User.objects.get(pk=self.object.pk))


class UserViewSet(WagtailUserViewSet):
    """Wagtail's own views with our forms."""

    index_view_class = AccountIndexView
    add_view_class = AccountCreateView
    edit_view_class = AccountEditView
    create_template_name = "admin/users/create.html"
    edit_template_name = "admin/users/edit.html"

    def get_form_class(self, for_update: bool = False) -> Any:
        """Return the form for a new account or for one that stands."""
        return AccountEditForm if for_update else AccountCreationForm
