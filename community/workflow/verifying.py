"""Real-name verification: asking for it, and deciding about it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community import permissions
from community.acting import lock_roles
from community.clock import SHANGHAI, end_of, years_after
from community.errors import BadInput, NotAllowed, WrongState
from community.identity_checks import CheckUnavailable, identity_check
from community.log import record
from community.models import Area, Resident, Reveal, User, VerificationRecord, VerificationRequest
from community.models.clocks import OnDue
from community.models.people import Verification, age_of, id_index
from community.models.privacy import ConsentChannel, ConsentKind, RevealReason
from community.models.verifying import Method, Paper, RequestState, VerificationOutcome
from community.queries import people_holding, rule_value, standing_consent
from community.roles import Role
from community.workflow.clocks import start_clock, stop_clocks
from community.workflow.consenting import give_consent, resident_for
from community.workflow.notices import notify
from community.workflow.representing import represent
from community.workflow.typed import ADDRESS_LENGTH, check_home, clean_id_number, clean_line, clean_name

DECIDE, LETTER = "verification.decide", "verification.letter"


class IdTaken(WrongState):
    """The ID number stands for somebody else already; to whom, nobody is told."""

    def __init__(self) -> None:
        super().__init__(_("这个身份证号已经在另一位居民名下核验过。请先核对号码；确实是本人的，请镇街查清后再办。"))


def day_of(at: datetime) -> date:
    """Return the day of a moment in Asia/Shanghai."""
    return at.astimezone(SHANGHAI).date()


@transaction.atomic
def ask_verification(
    *,
    by: User,
    at: datetime,
    method: str,
    name: str,
    id_number: str,
    home: Area,
    address: str,
    agreed: bool,
    seen: str = "",
    resident: Resident | None = None,
) -> VerificationRequest:
    """Ask to have it verified who somebody is and where they live; one open request each.

    Without `resident` it is `by` who asks; a worker asks for somebody without an account, who agreed on
    paper; `seen` is the digest of the text that was read. A request to be checked online is open until `check_online` has asked. Raises NotAllowed,
    WrongState or BadInput with the field at fault.
    """
    person = locked(resident or resident_for(by=by, at=at))
    lock_roles(by)
    for_another = person.user_id != by.pk
    if for_another and not permissions.can_speak_for(by, person):
        raise NotAllowed(_("只能替本地没有账号的居民申请。"))
    day = day_of(at)
    check_method(method, for_another=for_another)
    check_may_ask(person, day)
    claimed = {
        "name": clean_name(name),
        "id_number": clean_id_number(id_number, on=day),
        "address": clean_line(address, "address", missing=_("请写住址，到门牌号。"), most=ADDRESS_LENGTH),
    }
    check_home(home, on=day)
    if not agreed:
        raise BadInput(_("要您同意，才能核对身份证号。不同意就先不核验，其他的都能照常用。"), "agreed")
    if person.home is None:
        person.home, person.town = home, town_of(home)
        person.save(update_fields=["home", "town"])
    channel = ConsentChannel.PAPER if for_another else ConsentChannel.SITE
    give_consent(person, ConsentKind.VERIFICATION, by=by, at=at, channel=channel, seen=seen)
    request = VerificationRequest.objects.create(
        resident=person, method=method, home=home, town=town_of(home), asked_at=at, **claimed
    )
    record(request, "verification.ask", by=by, at=at, method=method)
    if method != Method.IDENTITY_CHECK:
        hand_to_worker(request, by=by, at=at)
    if for_another:
        represent(person, by=by, at=at, act=_("申请实名核验"), subject=f"{request.pk}", url="")
    return request


def check_method(method: str, *, for_another: bool) -> None:
    """Refuse a way that is not offered."""
    offered = offered_methods(for_another=for_another)
    if method not in offered:
        raise BadInput(_("请选一种核验的办法。"), "way")


def offered_methods(*, for_another: bool = False) -> list[Method]:
    """Return how somebody can be verified here; without an account nobody types a code."""
    if for_another:
        return [Method.PAPER]
    return [Method.PAPER, Method.LETTER, *([Method.IDENTITY_CHECK] if identity_check().is_offered else [])]


def check_may_ask(person: Resident, day: date) -> None:
    """Refuse a second open request, and more than a day's worth."""
    if person.verification_requests.open().exists():
        raise WrongState(_("已经有一份申请在等社区核验。要改的话，先撤回再重新填。"))
    since = end_of(date.fromordinal(day.toordinal() - 1))
    if person.verification_requests.filter(asked_at__gt=since).count() >= rule_value("verification.daily", day):
        raise NotAllowed(_("今天申请的次数够多了，请明天再来，或者直接带身份证到社区。"))


def hand_to_worker(request: VerificationRequest, *, by: User, at: datetime) -> None:
    """Start the clock of a decision and tell the workers of the place; the sentence names nobody."""
    worker = Role.COMMUNITY_WORKER
    start_clock(request, DECIDE, rule_key=DECIDE, at=at, area=request.home, holder_role=worker)
    notify(
        people_holding(worker, request.home).exclude(pk=by.pk),
        gettext_noop("有居民申请实名核验，请按时办"),
        url=reverse("verification", args=[request.pk]),
        at=at,
    )


def check_online(request: VerificationRequest, *, by: User, at: datetime) -> VerificationRequest:
    """Ask the configured check about one's own request, and decide by its answer.

    Nobody waits for a provider inside a transaction. Where it does not answer, or where a worker has to
    look, the request goes to the community, and WrongState says so.
    """
    known = VerificationRequest.objects.select_related("resident").get(pk=request.pk)
    is_open_online = known.state == RequestState.OPEN and known.method == Method.IDENTITY_CHECK
    if known.resident.user_id != by.pk or not is_open_online:
        raise NotAllowed(_("这份申请不能在线核验。"))
    try:
        is_true = identity_check().matches(known.name, known.id_number)
    except CheckUnavailable:
        return send_to_paper(request, by=by, at=at, why=_("在线核验现在用不了，申请已经转给社区。请带身份证到社区办。"))
    if not is_true:
        return refuse_unmatched(request, by=by, at=at)
    try:
        return confirm_online(request, by=by, at=at)
    except WrongState:
        return send_to_paper(request, by=by, at=at, why=_("没能在线核验，申请已经转给社区。请带身份证到社区办。"))


@transaction.atomic
def confirm_online(request: VerificationRequest, *, by: User, at: datetime) -> VerificationRequest:
    """Verify by the answer of the online check."""
    request, resident = locked_open(request)
    return confirm(request, resident, by=by, at=at)


@transaction.atomic
def refuse_unmatched(request: VerificationRequest, *, by: User, at: datetime) -> VerificationRequest:
    """Refuse what the online check did not find true."""
    request, resident = locked_open(request)
    close(request, RequestState.REFUSED, by=by, at=at, reason=_("姓名和身份证号对不上"))
    write_record(request, resident, VerificationOutcome.REFUSED, by=by, at=at, note=request.reason)
    record(request, "verification.refuse", by=by, at=at, method=request.method)
    return request


def send_to_paper(request: VerificationRequest, *, by: User, at: datetime, why: str) -> VerificationRequest:
    """Hand a request to the community, and say so to the person by WrongState."""
    with transaction.atomic():
        request, _resident = locked_open(request)
        request.method = Method.PAPER
        request.save(update_fields=["method"])
        record(request, "verification.to_paper", by=by, at=at)
        hand_to_worker(request, by=by, at=at)
    raise WrongState(why)


@transaction.atomic
def verify_request(request: VerificationRequest, *, by: User, at: datetime, paper: str) -> VerificationRequest:
    """Find a request true, against a paper that a worker of the place has seen."""
    request, resident = locked_open(request, by)
    if paper not in Paper.values:
        raise BadInput(_("请选看了哪种证件。"), "paper")
    looks = Reveal.objects.filter(resident=resident, by=by, reason=RevealReason.VERIFYING, field="id_number")
    if not looks.filter(at__gte=request.asked_at).exists():
        raise WrongState(_("请先打开本人填的内容，和证件一项一项核对，再点通过。"))
    if request.method != Method.PAPER:
        # Whoever comes with papers needs no letter any longer.
        request.method = Method.PAPER
        request.save(update_fields=["method"])
    return confirm(request, resident, by=by, at=at, paper=paper)


@transaction.atomic
def refuse_request(request: VerificationRequest, *, by: User, at: datetime, reason: str) -> VerificationRequest:
    """Refuse a request with a reason that the person reads."""
    request, resident = locked_open(request, by)
    text = clean_line(reason, "reason", missing=_("请写一句为什么没有通过，居民会看到。"))
    close(request, RequestState.REFUSED, by=by, at=at, reason=text)
    write_record(request, resident, VerificationOutcome.REFUSED, by=by, at=at, note=text)
    record(request, "verification.refuse", by=by, at=at, method=request.method)
    tell(resident, gettext_noop("您的实名核验没有通过，原因和下一步在这里看"), by=by, at=at)
    return request


@transaction.atomic
def withdraw_request(request: VerificationRequest, *, by: User, at: datetime) -> VerificationRequest:
    """Take a request back before it is decided; the person, or the worker who speaks for them."""
    request, resident = locked_open(request)
    lock_roles(by)
    if resident.user_id != by.pk and not permissions.can_speak_for(by, resident):
        raise NotAllowed(_("只有本人可以撤回。"))
    close(request, RequestState.WITHDRAWN, by=by, at=at)
    record(request, "verification.withdraw", by=by, at=at)
    return request


# --- What those verbs share --------------------------------------------------------------------
def locked(resident: Resident) -> Resident:
    """Return a resident's row as it stands, locked; NotAllowed for a tombstone."""
    fresh = Resident.objects.select_for_update(of=("self",)).select_related("user", "home", "town").get(pk=resident.pk)
    if fresh.erased_at is not None:
        raise NotAllowed(_("这个人的账号已经注销了。"))
    return fresh


def locked_open(request: VerificationRequest, by: User | None = None) -> tuple[VerificationRequest, Resident]:
    """Return an open request and its resident, both locked; with `by`, a worker who may decide about it."""
    fresh = VerificationRequest.objects.select_for_update(of=("self",)).select_related("home").get(pk=request.pk)
    fresh.resident = locked(fresh.resident)
    if by is not None:
        lock_roles(by)
    if by is not None and not permissions.can_decide_verification(by, fresh):
        raise NotAllowed(_("只有住地的社区工作者可以核验，自己和自家人的要由别人办。"))
    if fresh.state != RequestState.OPEN:
        raise WrongState(
            _("这份申请现在是“%(state)s”，做不了这一步。请刷新页面看看。") % {"state": fresh.get_state_display()}
        )
    return fresh, fresh.resident


def confirm(
    request: VerificationRequest, resident: Resident, *, by: User, at: datetime, paper: str = ""
) -> VerificationRequest:
    """Write what was found true to the resident, and empty the request of it; both rows are locked."""
    check_guardian(resident, request.id_number, at)
    moved = resident.verification == Verification.VERIFIED and resident.home_id != request.home_id
    if moved:
        write_record(request, resident, VerificationOutcome.MOVED, by=by, at=at)
    until = years_after(day_of(at), rule_value("verification.valid", day_of(at)))
    take_over(request, resident, at=at, until=until)
    write_record(request, resident, VerificationOutcome.VERIFIED, by=by, at=at, paper=paper, valid_until=until)
    close(request, RequestState.VERIFIED, by=by, at=at)
    record(request, "verification.verify", by=by, at=at, method=request.method, paper=paper)
    tell(resident, gettext_noop("实名核验通过了，现在可以参加表决等要实名的事"), by=by, at=at)
    return request


def take_over(request: VerificationRequest, resident: Resident, *, at: datetime, until: date) -> None:
    """Give the resident the values of a request; IdTaken where the number is somebody else's."""
    if Resident.objects.filter(id_index=id_index(request.id_number)).exclude(pk=resident.pk).exists():
        raise IdTaken
    if resident.home_id != request.home_id:
        resident.household = None
    resident.name, resident.id_number, resident.address = request.name, request.id_number, request.address
    resident.home, resident.town = request.home, town_of(request.home)
    resident.verification, resident.verified_at, resident.verified_until = Verification.VERIFIED, at, until
    try:
        with transaction.atomic():
            resident.save()
    except IntegrityError:
        # Of two who claim one number at the same moment, the index lets the first have it.
        raise IdTaken from None
    if resident.user is not None:
        User.objects.filter(pk=resident.user.pk).update(name=request.name)


def check_guardian(resident: Resident, number: str, at: datetime) -> None:
    """Refuse a child without a guardian's recorded consent."""
    age = age_of(number, day_of(at))
    if age is None or age >= rule_value("minor.guardian", day_of(at)):
        return
    has_guardian = resident.guardianships.filter(ended_at=None).exists()
    if not has_guardian or standing_consent(resident, ConsentKind.MINOR) is None:
        raise WrongState(
            _("本人不满 %(age)d 周岁：请监护人带证件到社区，登记监护关系并签同意书，再核验。")
            % {"age": rule_value("minor.guardian", day_of(at))}
        )


def close(request: VerificationRequest, state: RequestState, *, by: User, at: datetime, reason: str = "") -> None:
    """Decide a request: no personal value and no running clock is left."""
    request.state, request.reason = state, reason
    request.decided_at, request.decided_by = at, by
    request.name = request.id_number = request.address = ""
    request.save()
    stop_clocks(request, DECIDE, LETTER, by=by, at=at)


def write_record(
    request: VerificationRequest, resident: Resident, outcome: VerificationOutcome, *, by: User, at: datetime,
    paper: str = "", valid_until: date | None = None, note: str = "",
) -> None:  # fmt: skip
    """Insert one line of how a resident's verification came and went."""
    VerificationRecord.objects.create(
        resident=resident, outcome=outcome, method=request.method, paper=paper, area=request.home, by=by, at=at,
        valid_until=valid_until, note=note,
    )  # fmt: skip


def tell(resident: Resident, message: str, *, by: User, at: datetime) -> None:
    """Tell a person with an account what became of their verification."""
    if resident.user is not None and resident.user_id != by.pk:
        notify([resident.user], message, url=reverse("my_verification"), at=at)


def town_of(home: Area) -> Area | None:
    """Return the town of a place."""
    return home.town


def start_letter_clock(request: VerificationRequest, *, by: User, at: datetime) -> date:
    """Stop waiting for the worker, and wait for the code until the day that is returned."""
    stop_clocks(request, DECIDE, LETTER, by=by, at=at)
    clock = start_clock(
        request,
        LETTER,
        rule_key=LETTER,
        at=at,
        area=request.home,
        holder_role=Role.RESIDENT,
        on_due=OnDue.LAPSE,
    )
    return day_of(clock.due_at)
