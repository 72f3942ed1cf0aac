"""Leaving: what is personal goes, what the law keeps stays without the person."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from wagtail.models import ModelLogEntry

from community.acting import lock_roles
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import (
    AddressLetter,
    Appointment,
    Consent,
    Delivery,
    Erasure,
    Guardianship,
    Hiding,
    NoticePreference,
    Ownership,
    PhoneCode,
    Representation,
    Resident,
    Reveal,
    StoredFile,
    User,
    VerificationRecord,
)
from community.models.people import CLOCK_USERNAME, Verification, phone_indexes
from community.permissions import can_erase_on_paper, is_machine, is_signed_in
from community.personal import Obstacle, parts
from community.queries import is_below, rule_value, today
from community.signals import person_erased
from community.workflow.consenting import withdraw_requests
from community.workflow.notices import notify
from community.workflow.recovering import end_recoveries
from community.workflow.representing import represent

PHONE_PAGE = "/accounts/phone/"


def obstacles(user: User) -> list[Obstacle]:
    """Return what has to be settled before somebody can leave, each with what to do about it."""
    return [obstacle for part in parts() for obstacle in part.obstacles(user)]


def kept_sentences(user: User) -> list[str]:
    """Return what the law keeps of a person, and for how long."""
    return [sentence for part in parts() for sentence in part.kept(user)]


@transaction.atomic
def erase_person(user: User, *, by: User, at: datetime, is_retention: bool = False) -> Erasure:
    """Make account and profile tombstones, and delete what hangs on them and need not be kept.

    For the person themself; `is_retention` is for the clock, when the time to keep them is over.
    Raises NotAllowed, or WrongState with what has to be settled first.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    check_may(user, by, is_retention)
    if standing := obstacles(user):
        raise WrongState(standing[0].sentence)
    kept = kept_sentences(user)
    resident = Resident.objects.select_for_update().filter(user=user).first()
    for part in parts():
        part.erase(user, at)
    if resident is not None:
        bury_resident(resident, by=by, at=at)
    bury_user(user, at=at)
    return write_down(user, resident, kept, by=by, at=at, is_retention=is_retention)


@transaction.atomic
def erase_resident(resident: Resident, *, by: User, at: datetime) -> Erasure:
    """Erase somebody without an account, when the time to keep them is over; the clock alone does it."""
    if not is_machine(by):
        raise NotAllowed(_("没有账号的人，到期才由系统删除。"))
    resident = without_account(resident)
    bury_resident(resident, by=by, at=at)
    return write_down(None, resident, [], by=by, at=at, is_retention=True)


@transaction.atomic
def erase_on_paper(resident: Resident, *, by: User, at: datetime, signed: bool) -> Representation:
    """Erase somebody without an account who has signed that they wish it; returns the receipt that they get.

    By a worker of the place who is not of the family. Raises NotAllowed, WrongState or BadInput.
    """
    resident = without_account(resident)
    lock_roles(by)
    if not can_erase_on_paper(by, resident):
        raise NotAllowed(_("没有账号的人要求删除，由住地的社区工作者办，自家人的要由别人办。"))
    if not signed:
        raise BadInput(_("先请本人在纸上签字，再打勾。"), "signed")
    receipt = represent(resident, by=by, at=at, act=_("删除个人信息"), subject=f"{resident.pk}")
    bury_resident(resident, by=by, at=at)
    write_down(None, resident, [], by=by, at=at, is_retention=False)
    return receipt


def without_account(resident: Resident) -> Resident:
    """Return the locked row of somebody without an account who has not been erased."""
    rows = Resident.objects.select_for_update(of=("self",)).select_related("home", "user")
    fresh = rows.get(pk=resident.pk)
    if fresh.user_id is not None or fresh.joined_to_id is not None or fresh.erased_at is not None:
        raise WrongState(_("这个人有账号，或者已经注销了。"))
    return fresh


def check_may(user: User, by: User, is_retention: bool) -> None:
    """Refuse everybody but the person, and the clock for retention."""
    if user.erased_at is not None or user.username == CLOCK_USERNAME:
        raise WrongState(_("这个账号已经注销了。"))
    allowed = by.username == CLOCK_USERNAME if is_retention else is_signed_in(by) and by.pk == user.pk
    if not allowed:
        raise NotAllowed(_("账号只能由本人注销。"))


def write_down(
    user: User | None, resident: Resident | None, kept: list[str], *, by: User, at: datetime, is_retention: bool
) -> Erasure:
    """Write who was erased, what is kept, and tell the apps above."""
    erasure = Erasure.objects.create(
        user_id_erased=user.pk if user else None,
        resident_id_erased=resident.pk if resident else None,
        by=by,
        is_retention=is_retention,
        kept=kept,
        at=at,
    )
    record(erasure, "person.erase", by=by, at=at, is_retention=is_retention)
    person_erased.send(sender=Erasure, user=user, resident=resident, by=by, at=at)
    return erasure


def bury_resident(resident: Resident, *, by: User, at: datetime) -> None:
    """Empty a profile; its number stays, so that books and records still point somewhere."""
    withdraw_requests(resident, by=by, at=at)
    end_recoveries(resident, by=by, at=at)
    AddressLetter.objects.filter(request__resident=resident).delete()
    Consent.objects.filter(resident=resident, withdrawn_at=None).update(withdrawn_at=at)
    Guardianship.objects.filter(Q(minor=resident) | Q(guardian=resident), ended_at=None).update(ended_at=at)
    resident.former_memberships.all().delete()
    # The register of owners is the law's; it only loses its link to the account.
    Ownership.objects.filter(resident=resident).update(resident=None)
    resident.name = resident.phone = resident.id_number = resident.address = ""
    resident.surname_index = resident.phone_index = resident.id_index = None
    resident.home = resident.town = resident.household = None
    resident.verification, resident.verified_at = Verification.UNVERIFIED, None
    resident.verified_until, resident.is_volunteer = None, False
    resident.erased_at = at
    resident.save()
    # Whatever was joined to it is empty already, and lies with it from now on.
    Resident.objects.filter(joined_to=resident).update(erased_at=at)


def bury_user(user: User, *, at: datetime) -> None:
    """Empty an account; nobody can sign in to it again, and its phone is free for a new one."""
    sharers = list(User.objects.filter(shares_phone_of=user))
    PhoneCode.objects.filter(phone_index__in=phone_indexes(user.phone or "")).delete()
    user.username = f"erased-{user.pk}"
    user.name = user.email = ""
    user.set_phone("")
    user.shares_phone_of = None
    user.set_unusable_password()
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login, user.erased_at = None, at
    user.save()
    user.groups.clear()
    user.user_permissions.clear()
    User.objects.filter(shares_phone_of=user).update(shares_phone_of=None)
    told = gettext_noop("机主注销了账号，不能再用那个手机号登录。您还能用用户名和密码登录。")
    notify(sharers, told, url=PHONE_PAGE, at=at)
    relabel_log(user)


def relabel_log(user: User) -> None:
    """Take the old user name off the log's lines about the account."""
    lines = ModelLogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    lines.update(label=str(user.pk))


def erase_own(user: User, at: datetime) -> None:
    """Delete what this app keeps beside account and profile: ways to sign in, notices, choices, loose files."""
    EmailAddress.objects.filter(user=user).delete()
    Delivery.objects.filter(recipient=user).delete()
    user.notices.all().delete()
    NoticePreference.objects.filter(user=user).delete()
    for label in ("mfa.Authenticator", "usersessions.UserSession"):
        if apps.is_installed(f"allauth.{label.split('.')[0]}"):
            end_all(label, user)
    # What an appeal was about stays on record; the papers that came with it do not.
    Hiding.objects.filter(author=user).update(evidence=None)
    for stored in StoredFile.objects.filter(owner=user):
        delete_loose(stored)


def end_all(label: str, user: User) -> None:
    """Delete a person's rows of one of allauth's tables; a session with what it holds."""
    for row in apps.get_model(label).objects.filter(user=user):
        if hasattr(row, "end"):
            row.end()
        else:
            row.delete()


def delete_loose(stored: StoredFile) -> None:
    """Delete a file that no record needs; one that belongs to a record is kept with it."""
    name, storage = str(stored.file.name), stored.file.storage
    try:
        with transaction.atomic():
            stored.delete()
    except ProtectedError:
        return
    if not StoredFile.objects.filter(file=name).exists():
        transaction.on_commit(lambda: storage.delete(name))


def own_obstacles(user: User) -> list[Obstacle]:
    """Return why somebody can't leave as far as this app knows: an office, or a child they answer for."""
    found = []
    held = Appointment.objects.filter(user=user).not_over(today()).select_related("area", "unit").first()
    if held is not None:
        sentence = _("您还担任“%(post)s”。请先请任命您的单位办离任，再来注销。")
        found.append(Obstacle(sentence % {"post": f"{held.get_role_display()} · {held.area or held.unit}"}))
    wards = Guardianship.objects.filter(guardian__user=user, ended_at=None).select_related("minor")
    if any(is_below(one.minor, "minor.adult") for one in wards):
        found.append(Obstacle(_("您登记为孩子的监护人。请先到社区改由别人监护，再来注销。")))
    return found


def own_kept(user: User) -> list[str]:
    """Return what stays of what this app keeps."""
    resident = Resident.objects.filter(user=user).first()
    hidden = Hiding.objects.filter(author=user).exists()
    kept = [_("操作记录：谁在什么时候做了什么，只留编号，不留姓名，存 %(n)d 天，备查。") % {"n": days_kept("log")}]
    if hidden:
        kept.append(
            _("不公开和申诉的记录：为什么不公开、您怎么申诉、怎么复核的，不含姓名，长期保存；您交的证明材料删除。")
        )
    if resident is None:
        return kept
    all_of_them = resident.profiles
    if VerificationRecord.objects.filter(resident__in=all_of_them).exists():
        kept.append(_("核验记录：哪天由谁核验过，不含姓名和身份证号，长期保存，防止冒名。"))
    if Reveal.objects.filter(resident__in=all_of_them).exists():
        kept.append(_("查看记录：工作人员哪天为什么看过您的信息，不含信息本身，长期保存，便于追责。"))
    if Consent.objects.filter(resident__in=all_of_them).exists():
        told = _("同意记录：您哪天同意、哪天撤回，不含姓名，存 %(n)d 天，备查。")
        kept.append(told % {"n": days_kept("consents")})
    if Representation.objects.filter(resident__in=all_of_them).exists():
        kept.append(_("代办记录：社区替您办过什么，不含姓名，长期保存。"))
    if resident.recoveries.exists():
        kept.append(_("重新登录的记录：社区哪天由谁经办、谁确认，不含手机号，长期保存，便于追责。"))
    if resident.ownerships.exists():
        kept.append(_("产权登记：按不动产登记簿保存，由登记机构管，与您的账号断开。"))
    return kept


def days_kept(what: str) -> int:
    """Return for how many days something is kept, by its rule."""
    return rule_value(f"retention.{what}", today())
