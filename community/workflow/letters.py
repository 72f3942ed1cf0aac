"""A code by letter proves an address: a worker prints it, the person types it."""

from __future__ import annotations

import secrets
import string
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.encryption import blind_index, is_index_of
from community.errors import BadInput, NotAllowed, Refused, WrongState
from community.log import record
from community.models import AddressLetter, User, VerificationRequest
from community.models.privacy import RevealedField, RevealReason
from community.models.verifying import Method, RequestState, VerificationOutcome
from community.queries import people_holding, rule_value
from community.roles import Role
from community.workflow.clocks import stop_clocks
from community.workflow.locking import locked_open
from community.workflow.notices import notify
from community.workflow.revealing import write_reveals
from community.workflow.typed import is_whole_address
from community.workflow.verifying import (
    LETTER,
    IdTaken,
    check_guardian,
    close,
    confirm,
    day_of,
    hand_to_worker,
    start_letter_clock,
    tell,
    write_record,
)

CODE_LENGTH = 8


@dataclass(frozen=True)
class PrintedLetter:
    """A letter as it is printed this once; the code is kept nowhere."""

    letter: AddressLetter
    code: str
    name: str
    address: str


def hash_of(request: VerificationRequest, code: str) -> str:
    """Return what is kept of a code: without the site's key all hundred million codes can't be tried against it."""
    return blind_index("letter", f"{request.pk}:{code}")


@transaction.atomic
def print_letter(request: VerificationRequest, *, by: User, at: datetime) -> PrintedLetter:
    """Make a letter with a new code; the letters before it are void. Name and address count as looked at."""
    request, resident = locked_open(request, by)
    if request.method != Method.LETTER:
        raise WrongState(_("这份申请不是用信核验的。"))
    check_guardian(resident, request.id_number, at)
    if not is_whole_address(request.address):
        raise WrongState(_("住址没有写到门牌号，信寄不到。请不通过这份申请，并请居民重新写住址。"))
    fields = [RevealedField.NAME, RevealedField.ADDRESS]
    write_reveals(
        resident, fields, by=by, at=at, area=request.home, reason=RevealReason.VERIFYING, note=_("打印核验身份的信")
    )
    code = f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}d}"
    letter = AddressLetter.objects.create(
        request=request,
        code_hash=hash_of(request, code),
        printed_at=at,
        printed_by=by,
        expires_on=start_letter_clock(request, by=by, at=at),
    )
    record(request, "verification.print_letter", by=by, at=at)
    tell(resident, gettext_noop("核验身份的信已经打印，收到后把信上的码填进来"), by=by, at=at)
    return PrintedLetter(letter, code, request.name, request.address)


def enter_code(request: VerificationRequest, *, by: User, at: datetime, code: str) -> VerificationRequest:
    """Prove one's address by the code of the last letter. A wrong try is counted, whatever is refused after it."""
    with transaction.atomic():
        decided, refusal = try_code(request, by=by, at=at, code=code)
    if refusal is not None:
        raise refusal
    return decided


def try_code(
    request: VerificationRequest, *, by: User, at: datetime, code: str
) -> tuple[VerificationRequest, Refused | None]:
    """Return the request, and why it is not verified or None."""
    request, resident = locked_open(request)
    if resident.user_id != by.pk:
        raise NotAllowed(_("这不是您的申请。"))
    letter = request.letters.order_by("-printed_at", "-id").first()
    typed = digits_of(code)
    if letter is None:
        raise WrongState(_("社区还没有打印这封信。信到了再填。"))
    if len(typed) != CODE_LENGTH:
        raise BadInput(_("信上的码是 %(count)d 位数字。请照着信再看一遍。") % {"count": CODE_LENGTH}, "code")
    most = rule_value("verification.letter.attempts", day_of(letter.printed_at))
    if letter.attempts >= most:
        raise WrongState(_("这封信的码输错太多次，已经作废。社区会再寄一封，或者您带身份证到社区办。"))
    if letter.expires_on < day_of(at):
        raise WrongState(_("这封信过期了。请撤回后重新申请，或者带身份证到社区办。"))
    if not is_index_of(letter.code_hash, "letter", f"{request.pk}:{typed}"):
        return request, count_wrong(letter, request, most, at=at)
    letter.used_at = at
    letter.save(update_fields=["used_at"])
    try:
        return confirm(request, resident, by=by, at=at), None
    except IdTaken:
        # Whether a number is somebody's already is told to workers alone.
        raise WrongState(_("码是对的，但还没能核验。请带身份证到社区办。")) from None


def digits_of(code: str) -> str:
    """Return the digits of a code, however it was grouped or typed."""
    plain = unicodedata.normalize("NFKC", code)
    return "".join(character for character in plain if character in string.digits)


def count_wrong(letter: AddressLetter, request: VerificationRequest, most: int, *, at: datetime) -> BadInput:
    """Count a wrong try; after the last one the worker is asked for another letter. Returns the refusal."""
    letter.attempts += 1
    letter.save(update_fields=["attempts"])
    left = most - letter.attempts
    if left > 0:
        return BadInput(_("码不对。请照着信再看一遍，还能试 %(left)d 次。") % {"left": left}, "code")
    clock = User.objects.clock()
    stop_clocks(request, LETTER, by=clock, at=at)
    hand_to_worker(request, by=clock, at=at)
    return BadInput(_("码不对，这封信作废了。社区会再寄一封，或者您带身份证到社区办。"), "code")


def lapse_letter(request: VerificationRequest, *, at: datetime) -> None:
    """Refuse, by the clock, a request whose code nobody has typed in time; the sweep has locked person and request."""
    if request.state != RequestState.OPEN:
        return
    by = User.objects.clock()
    request, resident = locked_open(request)
    close(request, RequestState.REFUSED, by=by, at=at, reason=_("信上的码过期了，没有填"))
    write_record(request, resident, VerificationOutcome.REFUSED, by=by, at=at, note=request.reason)
    record(request, "verification.lapse", by=by, at=at)
    tell(resident, gettext_noop("核验身份的信过期了，可以重新申请"), by=by, at=at)


def remind_of_request(request: VerificationRequest, role: Role, *, at: datetime) -> None:
    """Tell those who are late with a decision, or those above them."""
    message = {
        Role.COMMUNITY_WORKER: gettext_noop("有实名核验过期没办，请马上办"),
        Role.TOWN_OFFICER: gettext_noop("社区有实名核验过期很久没办，请督办"),
    }[role]
    url = reverse("verification", args=[request.pk]) if role == Role.COMMUNITY_WORKER else reverse("desk_residents")
    notify(people_holding(role, request.home), message, url=url, at=at)
