"""What an account may in the admin: given, taken and written down; its owner hears of each change."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.errors import NotAllowed, WrongState
from community.log import record
from community.models import User
from community.workflow.notices import notify

RIGHTS_PAGE = "/my/"
SENTENCES = {
    ("is_superuser", True): gettext_noop("您的账号成了后台的管理员。您不知道这件事，请马上联系区里的管理员。"),
    ("is_superuser", False): gettext_noop("您的账号不再是后台的管理员。"),
    ("is_active", True): gettext_noop("您的账号恢复使用了。"),
    ("is_active", False): gettext_noop("您的账号停用了。不知道为什么，请打平台的电话问。"),
}
GROUPS_CHANGED = gettext_noop("您的账号在后台能做的事改了。您不知道这件事，请马上联系区里的管理员。")


@transaction.atomic
def set_rights(
    person: User, *, by: User, at: datetime, is_active: bool, is_superuser: bool, groups: Collection[Group]
) -> User:
    """Set whether an account is in use, whether it administers the site, and its groups; log and tell each change.

    How somebody signs in (user name, e-mail, phone, password) is nothing that anybody else sets.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    if not by.has_perm("community.change_user"):
        raise NotAllowed(_("只有管理员可以改账号的权限。"))
    if by.pk == person.pk:
        raise NotAllowed(_("自己账号的权限，要由别人改。"))
    # Whoever adds somebody to a group, or shuts an administrator out, has all that the group has.
    raises = is_superuser != person.is_superuser or set(groups) != set(person.groups.all())
    if not by.is_superuser and (raises or person.is_superuser):
        raise NotAllowed(_("只有管理员可以让别人当管理员。"))
    if person.erased_at is not None:
        raise WrongState(_("这个账号已经注销，不能再改。"))
    held, wanted = set(person.groups.all()), set(groups)
    changed = {
        name: value
        for name, value in (("is_active", is_active), ("is_superuser", is_superuser))
        if value != getattr(person, name)
    }
    if not changed and held == wanted:
        return person
    # Who is set inactive hears of it too: told before, and by the channels that they chose.
    told = [SENTENCES[one] for one in changed.items()] + ([GROUPS_CHANGED] if held != wanted else [])
    recipient = person if person.is_active else User(pk=person.pk, is_active=is_active)
    for sentence in told:
        notify([recipient], sentence, url=RIGHTS_PAGE, at=at)
    for name, value in changed.items():
        setattr(person, name, value)
    person.save(update_fields=["is_active", "is_superuser"])
    person.groups.set(wanted)
    given, taken = (sorted(group.name for group in some) for some in (wanted - held, held - wanted))
    record(person, "account.rights", by=by, at=at, given=given, taken=taken, **changed)
    return person
