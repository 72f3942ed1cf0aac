"""Correcting what is registered about somebody, against a paper that a worker of their home has seen."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community import permissions
from community.acting import keep_place, lock_roles
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Representation, Resident, User
from community.models.people import Verification, normalise_phone
from community.models.verifying import Paper
from community.workflow.locking import lock_account, locked
from community.workflow.notices import notify
from community.workflow.representing import represent
from community.workflow.typed import clean_address, clean_name


@transaction.atomic
def correct_resident(
    resident: Resident, *, by: User, at: datetime, paper: str, name: str = "", phone: str = "", address: str = ""
) -> Representation | None:
    """Write what a paper says over what is registered wrongly; what is left empty stays as it is.

    Without an account: name, phone and address, and the receipt for the person is returned. With one it is
    the address alone: the phone is the person's own to change, and a name that was verified is only changed by
    verifying again. The home stays: who has moved, moves. Raises NotAllowed, WrongState or BadInput.
    """
    lock_account(resident.pk)
    person = locked(resident)
    if person.home is not None:
        # Two who register or correct in one place at once see each other's rows: nobody gets there twice.
        person.home = keep_place(person.home)
    lock_roles(by)
    if not permissions.can_correct(by, person):
        raise NotAllowed(_("登记由住地的社区工作者照证件更正；自己和自家人的要由别人办。"))
    check_may_change(person, name=name, phone=phone)
    if paper not in Paper.values:
        raise BadInput(_("请选看了哪种证件。"), "paper")
    changed = changes(person, name=name, phone=phone, address=address)
    if not changed:
        raise BadInput(_("没有要改的：写的和登记的一样，或者都空着。"))
    for field, value in changed.items():
        setattr(person, field, value)
    check_only_once(person, changed)
    person.save()
    record(person, "resident.correct", by=by, at=at, fields=sorted(changed), paper=paper)
    return tell(person, changed, by=by, at=at)


def check_may_change(person: Resident, *, name: str, phone: str) -> None:
    """Refuse what is not corrected like this, with the way that there is."""
    if name.strip() and person.verification != Verification.UNVERIFIED:
        raise WrongState(_("核验过的姓名，要重新核验才能改：请照证件重新申请一次核验。"))
    if person.user_id is not None and (name.strip() or phone.strip()):
        raise WrongState(_("有账号的人，手机号由本人在“手机号”里换，姓名在申请核验时写。"))


def changes(person: Resident, *, name: str, phone: str, address: str) -> dict[str, str]:
    """Return what was typed, in its plain form and without what is registered so already."""
    typed: dict[str, str] = {}
    if name.strip():
        typed["name"] = clean_name(name)
    if phone.strip():
        typed["phone"] = normalise_phone(phone)
        if not typed["phone"]:
            raise BadInput(_("电话号码不对。请写 11 位手机号，或者带区号的座机号；没有就空着。"), "phone")
    if address.strip():
        typed["address"] = clean_address(address)
    return {field: value for field, value in typed.items() if value != getattr(person, field)}


def check_only_once(person: Resident, changed: dict[str, str]) -> None:
    """Refuse to make of somebody a second one with the same name and phone."""
    if person.user_id is not None or person.home is None or not {"name", "phone"} & set(changed):
        return
    others = Resident.objects.kept().filter(user=None, home=person.home).exclude(pk=person.pk)
    if any(one.name == person.name for one in others.with_phone(person.phone)):
        raise WrongState(_("这里登记过一位同名同电话的居民。请先在名册里找到那一位，别登记成两个人。"))


def tell(person: Resident, changed: dict[str, str], *, by: User, at: datetime) -> Representation | None:
    """Tell the person: in the site, or on the paper receipt that is returned."""
    if person.user is not None:
        notify([person.user], gettext_noop("社区照证件更正了您登记的住址"), url=reverse("my_privacy"), at=at)
        return None
    labels = {"name": _("姓名"), "phone": _("电话"), "address": _("住址")}
    what = _("、").join(labels[field] for field in ("name", "phone", "address") if field in changed)
    return represent(person, by=by, at=at, act=_("更正登记"), subject=what)
