"""Getting somebody back to their account: one worker holds them against their ID card, another one confirms.

Whoever can do this can take over a voter's account. So the ID number that is typed must be the verified
one, each try counts and stands in the person's log, two people of the office are named, the old phone and
e-mail are told at once, and the person can stop it from wherever they are still signed in.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community import permissions
from community.acting import keep_place, lock_roles
from community.clock import end_of
from community.errors import BadInput, NotAllowed, Refused, WrongState
from community.log import record
from community.models import Appointment, Clock, PhoneCode, Recovery, Resident, Reveal, User
from community.models.clocks import OnDue
from community.models.codes import CodePurpose
from community.models.people import id_indexes, normalise_phone, phone_indexes
from community.models.privacy import RevealedField, RevealReason
from community.models.recovering import MadeSure, RecoveryState, RecoveryWay
from community.queries import people_holding, rule_value, today
from community.roles import Role
from community.workflow.accounts import PHONE_PAGE, end_sessions, follow_phone
from community.workflow.clocks import start_clock, stop_clocks
from community.workflow.codes import ask_code, check_code, one_at_a_time
from community.workflow.locking import check_kept, locked_all
from community.workflow.notices import notify
from community.workflow.outside import tell_outside, ways_out
from community.workflow.representing import next_number
from community.workflow.revealing import appointment_for
from community.workflow.second_eyes import check_pair, check_settled
from community.workflow.terms import day_of
from community.workflow.typed import clean_id_number, clean_line

CONFIRM = "recovery.confirm"
PREFIX = "HF"
TOLD_OF_ASKING = gettext_noop("有人拿您的身份证在社区申请重新登录您的账号。不是您本人，请点进去停下")
TOLD_OF_TRY = gettext_noop("有人到社区说是您、要重新登录，身份证号没有对上。谁经办的，在这里看")
TOLD_OF_EFFECT = gettext_noop("社区帮您重新登录办好了，别的设备都退出了登录。不是您本人办的，请马上到社区")


def lock_people(resident: Resident, by: User, *, no_key: bool = True) -> Resident:
    """Lock the account, whoever acts, and the profile, in the one order; return the profile as it stands."""
    accounts = [by.pk, *([resident.user_id] if resident.user_id else [])]
    list(User.objects.select_for_update(no_key=no_key).filter(pk__in=accounts).order_by("pk").values_list("pk"))
    return check_kept(locked_all([resident.pk])[resident.pk])


def lock_open(recovery: Recovery, by: User, *, no_key: bool = True) -> Recovery:
    """Return an open recovery with its people, all locked, and what `by` holds read afresh."""
    resident = lock_people(recovery.resident, by, no_key=no_key)
    fresh = Recovery.objects.select_for_update(of=("self",)).select_related("area", "asked_by").get(pk=recovery.pk)
    fresh.resident = resident
    lock_roles(by)
    return fresh


def check_open(recovery: Recovery) -> None:
    """Refuse one that was decided meanwhile."""
    if recovery.state != RecoveryState.OPEN:
        raise WrongState(
            _("这件事现在是“%(state)s”，做不了这一步。请刷新页面看看。") % {"state": recovery.get_state_display()}
        )


def check_in_time(recovery: Recovery, at: datetime) -> None:
    """Refuse one whose term is over, though the sweep has not ended it yet."""
    if Clock.objects.of(recovery).open().filter(kind=CONFIRM, due_at__lte=at).exists():
        raise WrongState(_("这件事过了期限，作废了。请本人再来，重新办一份。"))


# --- Asking ------------------------------------------------------------------------------------
def ask_recovery(
    resident: Resident, *, by: User, at: datetime, id_number: str, way: str, present: bool, phone: str = "",
    drops_factors: bool = False,
) -> Recovery:  # fmt: skip
    """Ask that somebody may sign in again, who stands before a worker of their home with their ID card.

    A number that is not the verified one is counted and written down, whatever is refused after it.
    """
    with transaction.atomic():
        asked = try_to_ask(
            resident, by=by, at=at, id_number=id_number, way=way, present=present, phone=phone, drops=drops_factors
        )
    if isinstance(asked, Refused):
        raise asked
    return asked


def try_to_ask(
    resident: Resident, *, by: User, at: datetime, id_number: str, way: str, present: bool, phone: str, drops: bool
) -> Recovery | Refused:
    """Return the recovery, or the refusal to be raised once the try is written down."""
    person = lock_people(resident, by)
    if person.home is not None:
        person.home = keep_place(person.home)
    lock_roles(by)
    if not permissions.can_ask_recovery(by, person):
        raise NotAllowed(_("帮本人重新登录，由登记住地的社区工作者办；自己和自家人的要由别人办。"))
    check_settled(by, at)
    user = check_account(person)
    number = check_typed(way=way, phone=phone, present=present)
    typed = clean_id_number(id_number, on=day_of(at))
    if person.recoveries.open().exists():
        raise WrongState(_("已经有一份在等确认。要重来，先撤回那一份。"))
    write_look(person, by=by, at=at)
    if person.id_index not in id_indexes(typed):
        notify([user], TOLD_OF_TRY, url=reverse("reveal_log"), at=at, urgent=True)
        return BadInput(_("身份证号和核验过的不一样，所以办不了。请对着身份证再看一遍。"), "id_number")
    if number and user.phone == number:
        return BadInput(_("这就是账号现在的手机号，本人收验证码就能登录，不用换。"), "phone")
    if number and User.objects.with_phone(number).exists():
        return BadInput(taken(), "phone")
    return open_recovery(person, by=by, at=at, way=way, phone=number, drops=drops)


def check_account(person: Resident) -> User:
    """Return the account of a profile; WrongState where it can't be come back to like this, with what to do instead."""
    user = person.user
    if user is None or not user.is_active or user.erased_at is not None:
        raise WrongState(_("这个账号停用了，不能这样办。请镇街先查清为什么停用。"))
    if person.id_index is None:
        raise WrongState(_("这个账号没有核验过，没有身份证号可以核对。请本人用现在的手机号开一个新账号，再来核验。"))
    if has_powers(user):
        raise WrongState(_("这个账号担任着工作职务。请任命的人先结束任职，再来办。"))
    return user


def has_powers(user: User) -> bool:
    """Return whether an account may do more than a resident's: by a role now or later, or on the editors' pages."""
    if user.is_staff or user.is_superuser or user.groups.exists() or user.user_permissions.exists():
        return True
    return Appointment.objects.filter(user=user).not_over(today()).exists()


def check_typed(*, way: str, phone: str, present: bool) -> str:
    """Return the new number in its plain form, or '' for a slip; BadInput with the field at fault."""
    if way not in RecoveryWay.values:
        raise BadInput(_("请选怎样重新登录。"), "way")
    if not present:
        raise BadInput(_("要本人拿着身份证，当面核对。"), "present")
    if way == RecoveryWay.SLIP:
        return ""
    number = normalise_phone(phone)
    if len(number) != 11:
        raise BadInput(_("请写新的手机号，11 位。没有手机的，选登录条。"), "phone")
    return number


def taken() -> str:
    """Return the sentence about a number that another account has."""
    return _(
        "这个号码开过另一个账号。请本人先用它登录，在“我的信息”里注销那个账号，再来办；或者换一个号码，或者选登录条。"
    )


def write_look(person: Resident, *, by: User, at: datetime) -> None:
    """Write into somebody's own log that their ID number was compared, within what a day allows."""
    day = day_of(at)
    looks = Reveal.objects.filter(by=by, reason=RevealReason.RECOVERING)
    most = rule_value("recovery.daily", day)
    if looks.filter(at__gt=end_of(day - timedelta(days=1)), at__lte=end_of(day)).count() >= most:
        raise NotAllowed(_("今天帮人重新登录已经到 %(most)d 次，请明天再办，或者请同事办。") % {"most": most})
    held = appointment_for(by, person.home, None)
    assert held is not None  # the predicate has asked
    Reveal.objects.create(
        resident=person, field=RevealedField.ID_NUMBER, reason=RevealReason.RECOVERING,
        note=_("核对身份证号，没有显示"), by=by, role=held.role, area=held.area, at=at,
    )  # fmt: skip
    record(person, "recovery.compare", by=by, at=at)


def open_recovery(person: Resident, *, by: User, at: datetime, way: str, phone: str, drops: bool) -> Recovery:
    """Write down what is asked for, and start its term; a slip waits for nothing but the second worker."""
    assert person.home is not None  # the predicate has asked
    recovery = Recovery.objects.create(
        number=next_number(at, PREFIX), resident=person, area=person.home, way=way, phone=phone, drops_factors=drops,
        asked_at=at, asked_by=by,
    )  # fmt: skip
    worker = Role.COMMUNITY_WORKER
    start_clock(recovery, CONFIRM, rule_key=CONFIRM, at=at, area=person.home, holder_role=worker, on_due=OnDue.LAPSE)
    record(recovery, "recovery.ask", by=by, at=at, way=way, drops_factors=drops)
    if way == RecoveryWay.SLIP:
        make_ready(recovery, by=by, at=at)
    return recovery


def make_ready(recovery: Recovery, *, by: User, at: datetime) -> None:
    """Ask the others to confirm, and tell the person by every way that the account has had so far."""
    recovery.ready_at = at
    recovery.save(update_fields=["ready_at"])
    holders = [people_holding(role, recovery.area) for role in (Role.COMMUNITY_WORKER, Role.TOWN_OFFICER)]
    colleagues = {one.pk: one for people in holders for one in people if one.pk != by.pk}
    told = gettext_noop("同事在帮一位居民重新登录，请您核对后确认")
    notify(colleagues.values(), told, url=reverse("recovery", args=[recovery.pk]), at=at)
    user = recovery.resident.user
    assert user is not None
    notify([user], TOLD_OF_ASKING, url=reverse("reveal_log"), at=at, urgent=True)
    text = _(
        "有人拿您的身份证在社区申请重新登录您的账号。不是您本人，请马上打社区的电话，或者登录后在“谁看过我的信息”里停下。"
    )
    tell_outside(*ways_out(user), text)


def send_recovery_code(recovery: Recovery, *, by: User, at: datetime, address: str) -> PhoneCode:
    """Send a code to the new phone, for the person to type at the worker's desk."""
    fresh = Recovery.objects.select_related("resident__home").get(pk=recovery.pk)
    check_asker(fresh, by)
    check_waits_for_code(fresh)
    check_in_time(fresh, at)
    return ask_code(phone=fresh.phone, purpose=CodePurpose.RECOVER, address=address, at=at)


def check_asker(recovery: Recovery, by: User) -> None:
    """Refuse everybody but the worker who asked, while they work there."""
    if recovery.asked_by_id != by.pk or not permissions.can_see_recovery(by, recovery):
        raise NotAllowed(_("这一步由经办的工作人员办。"))


def check_waits_for_code(recovery: Recovery) -> None:
    """Refuse where no code is waited for."""
    check_open(recovery)
    if recovery.ready_at is not None:
        raise WrongState(_("新手机号已经验过了，在等另一位工作人员确认。"))


def prove_phone(recovery: Recovery, *, by: User, at: datetime, code: str, address: str) -> Recovery:
    """Take the code that came to the new phone; from then on the second worker is waited for."""
    check_asker(recovery, by)
    check_waits_for_code(recovery)
    check_in_time(recovery, at)
    sent = PhoneCode.objects.filter(purpose=CodePurpose.RECOVER, phone_index__in=phone_indexes(recovery.phone))
    newest = sent.filter(asked_at__gte=recovery.asked_at).order_by("-asked_at", "-pk").first()
    if newest is None:
        raise WrongState(_("还没有给这个号码发过验证码。请先发一条。"))
    check_code(code_id=newest.pk, purpose=CodePurpose.RECOVER, typed=code, address=address, at=at)
    with transaction.atomic():
        fresh = lock_open(recovery, by)
        check_asker(fresh, by)
        check_waits_for_code(fresh)
        check_in_time(fresh, at)
        make_ready(fresh, by=by, at=at)
    return fresh


# --- Deciding ----------------------------------------------------------------------------------
@transaction.atomic
def confirm_recovery(recovery: Recovery, *, by: User, at: datetime, made_sure: str) -> Recovery:
    """Let it take effect, by somebody else than who asked: another worker of the place, or the town's officer."""
    one_at_a_time(*phone_indexes(recovery.phone))
    recovery = lock_open(recovery, by, no_key=False)
    check_second(recovery, by)
    check_in_time(recovery, at)
    if recovery.ready_at is None:
        raise WrongState(_("本人还没有填新手机收到的验证码，先不能确认。"))
    if made_sure not in MadeSure.values:
        raise BadInput(_("请选您怎样确认是本人。"), "made_sure")
    check_pair(recovery, by, at)
    user = check_account(recovery.resident)
    phone, addresses = ways_out(user)
    change_ways_in(user, recovery, by=by, at=at)
    recovery.made_sure = made_sure
    close(recovery, RecoveryState.DONE, by=by, at=at)
    record(recovery, "recovery.confirm", by=by, at=at, made_sure=made_sure)
    notify([user], TOLD_OF_EFFECT, url=reverse("reveal_log"), at=at, urgent=True)
    notify([recovery.asked_by], gettext_noop("您经办的重新登录，同事确认了"), url=page_of(recovery), at=at)
    told = _(
        "社区帮您重新登录办好了，这个号码或邮箱以前用过的账号，别的设备都退出了登录。不是您本人办的，请马上打社区的电话。"
    )
    tell_outside(phone, addresses, told)
    return recovery


def check_second(recovery: Recovery, by: User) -> None:
    """Refuse whoever may not decide, and what was decided."""
    if recovery.asked_by_id == by.pk:
        raise NotAllowed(_("您自己经办的，要由另一位工作人员确认。"))
    if not permissions.can_confirm_recovery(by, recovery):
        raise NotAllowed(_("由住地的另一位社区工作者或者镇街干部确认；自己和自家人的要由别人办。"))
    check_open(recovery)


def change_ways_in(user: User, recovery: Recovery, *, by: User, at: datetime) -> None:
    """Shut every way in that was there, and open the new one; the second step goes only where that was asked for."""
    old = user.phone
    if recovery.way == RecoveryWay.PHONE:
        if User.objects.with_phone(recovery.phone).exclude(pk=user.pk).exists():
            raise WrongState(taken())
        user.set_phone(recovery.phone, verified=True)
        user.shares_phone_of = None
    else:
        # Whoever has the old number now is perhaps not this person; that of the family stays, with one's own password.
        user.set_phone("")
        free_sharers(user, at=at)
    user.set_unusable_password()
    # Gone, not only unproved: a link for a new password is sent to an unproved address, too.
    user.email = ""
    EmailAddress.objects.filter(user=user).delete()
    user.save(update_fields=["phone", "phone_index", "phone_verified", "shares_phone_of", "password", "email"])
    follow_phone(user, old)
    end_sessions(user)
    if recovery.drops_factors:
        Authenticator.objects.filter(user=user).delete()
        record(user, "account.factor", by=by, at=at, kind="all")
    record(user, "account.recover", by=by, at=at, way=recovery.way, asked_by=recovery.asked_by_id)


def free_sharers(user: User, *, at: datetime) -> None:
    """Tell those who shared a number that leaves its account; they sign in by name and password."""
    sharers = list(User.objects.filter(shares_phone_of=user))
    User.objects.filter(shares_phone_of=user).update(shares_phone_of=None)
    told = gettext_noop("机主取消了共用手机号。您还能用用户名和密码登录。")
    notify(sharers, told, url=PHONE_PAGE, at=at)


def close(recovery: Recovery, state: RecoveryState, *, by: User, at: datetime) -> None:
    """Decide it: no number and no running clock is left."""
    recovery.state, recovery.decided_at, recovery.decided_by = state, at, by
    recovery.phone = ""
    recovery.save()
    stop_clocks(recovery, CONFIRM, by=by, at=at)


@transaction.atomic
def refuse_recovery(recovery: Recovery, *, by: User, at: datetime, reason: str) -> Recovery:
    """Say no, with a reason that the person and the colleague read."""
    recovery = lock_open(recovery, by)
    check_second(recovery, by)
    recovery.reason = clean_line(reason, "reason", missing=_("请写一句为什么不同意。"))
    end_undone(recovery, RecoveryState.REFUSED, by=by, at=at)
    return recovery


@transaction.atomic
def withdraw_recovery(recovery: Recovery, *, by: User, at: datetime) -> Recovery:
    """Take it back, by the worker who asked."""
    recovery = lock_open(recovery, by)
    check_asker(recovery, by)
    check_open(recovery)
    end_undone(recovery, RecoveryState.WITHDRAWN, by=by, at=at)
    return recovery


@transaction.atomic
def stop_recovery(recovery: Recovery, *, by: User, at: datetime) -> Recovery:
    """Stop it, by the person it is about, who is signed in after all."""
    recovery = lock_open(recovery, by)
    if not permissions.is_of_recovery(by, recovery):
        raise NotAllowed(_("这不是您的账号。"))
    check_open(recovery)
    end_undone(recovery, RecoveryState.STOPPED, by=by, at=at)
    staff = [recovery.asked_by, *people_holding(Role.TOWN_OFFICER, recovery.area)]
    told = gettext_noop("本人停下了一次重新登录，说不是自己来办的。请马上查清")
    notify(staff, told, url=page_of(recovery), at=at, urgent=True)
    return recovery


def lapse_recovery(recovery: Recovery, *, at: datetime) -> None:
    """End, by the clock, what nobody has confirmed in time; the sweep has locked account, profile and recovery."""
    end_undone(recovery, RecoveryState.LAPSED, by=User.objects.clock(), at=at)


def end_recoveries(resident: Resident, *, by: User, at: datetime) -> None:
    """End what is open of somebody who leaves; called inside the erasure, which has locked them."""
    for recovery in resident.recoveries.select_for_update(of=("self",)).filter(state=RecoveryState.OPEN):
        end_undone(recovery, RecoveryState.STOPPED, by=by, at=at)
    resident.recoveries.update(slip_hash="")


def end_undone(recovery: Recovery, state: RecoveryState, *, by: User, at: datetime) -> None:
    """Decide it without effect, and write down who did."""
    close(recovery, state, by=by, at=at)
    record(recovery, "recovery.end", by=by, at=at, state=str(state))
    person, asker = recovery.resident.user, recovery.asked_by
    if person is not None and person.pk != by.pk:
        told = gettext_noop("社区帮您重新登录的那件事结束了，账号没有改动")
        notify([person], told, url=reverse("reveal_log"), at=at)
    if asker.pk != by.pk:
        told = gettext_noop("您经办的重新登录没有办成，原因在这里看")
        notify([asker], told, url=page_of(recovery), at=at)


def page_of(recovery: Recovery) -> str:
    """Return where staff see it."""
    return reverse("recovery", args=[recovery.pk])
