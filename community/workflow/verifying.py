"""Real-name verification: asking for it, and deciding about it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community import permissions
from community.acting import keep_place, lock_roles
from community.clock import SHANGHAI, end_of, years_after
from community.errors import BadInput, NotAllowed, WrongState
from community.identity_checks import identity_check
from community.log import record
from community.models import Area, Resident, Reveal, User, VerificationRecord, VerificationRequest
from community.models.clocks import OnDue
from community.models.people import Verification, age_of
from community.models.privacy import ConsentChannel, ConsentKind, RevealReason
from community.models.verifying import Method, Paper, RequestState, VerificationOutcome
from community.queries import people_holding, rule_value, standing_consent
from community.roles import Role
from community.workflow.clocks import start_clock, stop_clocks
from community.workflow.consenting import give_consent, resident_for
from community.workflow.joining import MADE_ALIKE, alike, join_profile, made_alike, with_same_number
from community.workflow.locking import locked, locked_open
from community.workflow.memberships import keep_membership
from community.workflow.notices import notify
from community.workflow.ownership import link_ownerships
from community.workflow.representing import represent
from community.workflow.typed import check_home, clean_address, clean_id_number, clean_line, clean_name

DECIDE, LETTER = "verification.decide", "verification.letter"
# Papers that show who somebody is; a deed or a lease proves where they live, and wins nobody's history.
IDENTITY_PAPERS = frozenset({Paper.ID_CARD, Paper.HOUSEHOLD_BOOK, Paper.RESIDENCE_PERMIT})


class IdTaken(WrongState):
    """The ID number stands for somebody else already; to whom, nobody is told."""

    def __init__(self) -> None:
        super().__init__(_("这个身份证号已经在另一位居民名下核验过。请先核对号码；确实是本人的，请镇街查清后再办。"))


class GuardianMissing(WrongState):
    """A child is verified when a guardian has come along and agreed on paper."""

    def __init__(self, age: int) -> None:
        super().__init__(
            _("本人不满 %(age)d 周岁：请监护人带证件到社区，登记监护关系并签同意书，再核验。") % {"age": age}
        )


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
    paper; `seen` is the digest of the text that was read. One to be checked online waits for `check_online`.
    Raises NotAllowed, WrongState or BadInput with the field at fault.
    """
    person = locked(resident or resident_for(by=by, at=at))
    home = keep_place(home)
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
        "address": clean_address(address),
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
        represent(person, by=by, at=at, act=_("实名核验申请"), subject=f"{request.pk}", url="")
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


@transaction.atomic
def verify_request(
    request: VerificationRequest, *, by: User, at: datetime, paper: str, join: bool = False
) -> VerificationRequest:
    """Find a request true, against a paper that a worker of the place has seen.

    Who is registered under the same ID number without an account is this person: that profile is joined.
    With `join` so is one with the same name and phone, of whom the worker says that it is the same person.
    """
    if join and made_alike(request, by):
        raise NotAllowed(str(MADE_ALIKE))
    earlier = [one.pk for one in [*with_same_number(request), *(alike(request, by) if join else [])]]
    request, resident = locked_open(request, by, earlier=earlier)
    if paper not in Paper.values:
        raise BadInput(_("请选看了哪种证件。"), "paper")
    looks = Reveal.objects.filter(resident=resident, by=by, reason=RevealReason.VERIFYING, field="id_number")
    if not looks.filter(at__gte=request.asked_at).exists():
        raise WrongState(_("请先打开填的内容，和证件一项一项核对，再点通过。"))
    if request.method != Method.PAPER:
        # Whoever comes with papers needs no letter any longer.
        request.method = Method.PAPER
        request.save(update_fields=["method"])
    if earlier and paper not in IDENTITY_PAPERS:
        raise BadInput(_("社区以前登记过这位居民。请看身份证、户口簿或者居住证，是本人再点通过。"), "paper")
    for one in Resident.objects.kept().filter(pk__in=earlier).order_by("pk"):
        resident = join_profile(one, request, by=by, at=at)
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
    link_ownerships(resident, by=by, at=at)
    write_record(request, resident, VerificationOutcome.VERIFIED, by=by, at=at, paper=paper, valid_until=until)
    close(request, RequestState.VERIFIED, by=by, at=at)
    record(request, "verification.verify", by=by, at=at, method=request.method, paper=paper)
    tell(resident, gettext_noop("实名核验通过了，有效到哪天在这里看"), by=by, at=at)
    return request


def take_over(request: VerificationRequest, resident: Resident, *, at: datetime, until: date) -> None:
    """Give the resident the values of a request; IdTaken where the number is somebody else's."""
    if Resident.objects.with_id_number(request.id_number).exclude(pk=resident.pk).exists():
        raise IdTaken
    household = resident.household
    if resident.home_id != request.home_id and (household is None or household.area_id != request.home_id):
        keep_membership([resident.pk], resident.household_id, at=at)
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
    if lacks_guardian(resident, number, day_of(at)):
        raise GuardianMissing(rule_value("minor.guardian", day_of(at)))


def lacks_guardian(resident: Resident, number: str, day: date) -> bool:
    """Return whether somebody is a child by an ID number, and no guardian has agreed yet."""
    age = age_of(number, day)
    if age is None or age >= rule_value("minor.guardian", day):
        return False
    has_guardian = resident.guardianships.filter(ended_at=None).exists()
    return not has_guardian or standing_consent(resident, ConsentKind.MINOR) is None


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
