"""Objections to a roll before its ballot opens: who is missing, who should not be there; and what becomes of them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.acting import lock_roles
from community.clock import SHANGHAI
from community.errors import BadInput, NotAllowed, WrongState
from community.log import record
from community.models import Resident, User
from community.models.people import Verification
from community.permissions import can_speak_for
from community.queries import rule_value
from community.workflow import notify
from deliberation import ballot_permissions as permissions
from deliberation.models import Ballot, Objection, PublicNotice, RollDwelling, RollEntry, RollVoter
from deliberation.models.decisions import Electorate
from deliberation.models.resolutions import ObjectionState, PublicNoticeKind
from deliberation.states import BallotState
from deliberation.workflow.ballots import locked
from deliberation.workflow.extending import organisers_of
from deliberation.workflow.rolls import make_owners_roll, write
from deliberation.workflow.steps import clean_text


@transaction.atomic
def object_to_roll(
    ballot: Ballot, *, by: User, at: datetime, text: str, represented: Resident | None = None
) -> Objection:
    """Say that a roll is wrong, while it is shown; for those who answer alone, never public.

    A worker of the home of somebody without an account says it for them, as `represented`.
    """
    ballot = Ballot.objects.select_for_update(of=("self",)).select_related("area", "rule").get(pk=ballot.pk)
    lock_roles(by)
    if not may_object(by, ballot, represented):
        raise NotAllowed(_("住在这里、有房子在这里，或者在名册上的人，才能对名册提异议。"))
    notice = running_notice(ballot, at)
    words = clean_text(text, "text", required=True)
    waiting = notice.objections.filter(by=by, represented=represented, state=ObjectionState.OPEN)
    if waiting.exists():
        raise WrongState(_("您提过的异议还在等答复，请等答复了再提。"))
    objection = Objection.objects.create(notice=notice, by=by, represented=represented, text=words, at=at)
    record(ballot, "ballot.object", by=by, at=at, objection=objection.pk)
    told = [one for one in organisers_of(ballot) if one.pk != by.pk]
    message = gettext_noop("有人对表决名册提了异议，开始以前要答复：%(question)s")
    notify(told, message, url=ballot.get_absolute_url(), at=at, question=ballot.question)
    return objection


def may_object(by: User, ballot: Ballot, represented: Resident | None) -> bool:
    """Return whether somebody may object, for themself or for whom they speak."""
    if represented is None:
        return bool(permissions.can_object_to_roll(by, ballot))
    person = Resident.objects.select_related("home").get(pk=represented.pk)
    return bool(can_speak_for(by, person)) and permissions.is_person_of_place(person, ballot)


def running_notice(ballot: Ballot, at: datetime) -> PublicNotice:
    """Return the notice of a roll that is shown now."""
    notice = ballot.notices.running(at).filter(kind=PublicNoticeKind.ROLL).first()
    if ballot.state != BallotState.NOTICED or notice is None:
        raise WrongState(_("名册现在不在公示，不能提异议。"))
    return notice


@transaction.atomic
def answer_objection(
    objection: Objection, *, by: User, at: datetime, uphold: bool, answer: str, add: Resident | None = None,
    remove: RollEntry | None = None,
) -> Objection:  # fmt: skip
    """Answer an objection before the opening. Upheld, the roll is changed at once: `add` somebody, `remove` a vote.

    An owners' roll is made again from the dwellings, which are corrected where they are kept; it takes neither.
    """
    about = objection.notice.ballot
    assert about is not None
    ballot = locked(about, by, permissions.can_answer_objection)
    objection = Objection.objects.select_for_update(of=("self",)).select_related("by").get(pk=objection.pk)
    if is_own(objection, by):
        raise NotAllowed(_("这是您自己提的异议，请让别的工作人员答复。"))
    if ballot.state != BallotState.NOTICED or objection.state != ObjectionState.OPEN:
        raise WrongState(_("这条异议已经答复，或者表决已经开始，名册不能再改。"))
    words = clean_text(answer, "answer", required=True)
    if uphold:
        change_roll(ballot, add, remove)
    objection.state = ObjectionState.UPHELD if uphold else ObjectionState.DECLINED
    objection.answer, objection.answered_by, objection.answered_at = words, by, at
    objection.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    record(ballot, "ballot.answer_objection", by=by, at=at, objection=objection.pk, upheld=uphold)
    message = gettext_noop("您对表决名册的异议有答复了：%(question)s")
    notify([objection.by], message, url=ballot.get_absolute_url(), at=at, question=ballot.question)
    return objection


def is_own(objection: Objection, by: User) -> bool:
    """Return whether somebody has objected themself."""
    person = objection.represented
    return objection.by_id == by.pk or (person is not None and person.user_id == by.pk)


# --- Changing the roll --------------------------------------------------------------------------------
def change_roll(ballot: Ballot, add: Resident | None, remove: RollEntry | None) -> None:
    """Do what an objection that was upheld asks for; a roll is never left empty."""
    if ballot.rule.electorate == Electorate.OWNERS:
        if add is not None or remove is not None:
            raise BadInput(_("业主的名册按房屋登记生成。请先更正房屋和产权，名册会照着重做。"), "add")
        remove_entries(ballot, RollEntry.objects.filter(ballot=ballot))
        make_owners_roll(ballot, ballot.opens_at.astimezone(SHANGHAI).date())
    elif add is None and remove is None:
        raise BadInput(_("有理的异议要改名册：请选加上谁，或者去掉哪一票。"), "add")
    if remove is not None:
        remove_entries(ballot, RollEntry.objects.filter(ballot=ballot, pk=remove.pk))
    if add is not None:
        add_person(ballot, add)
    if not ballot.roll.exists():
        raise WrongState(_("这样改，名册上就一个人也没有了。请撤回这场表决。"))


def remove_entries(ballot: Ballot, entries: QuerySet[RollEntry]) -> None:
    """Take votes off a roll that has not opened; BadInput where there is none such."""
    keys = list(entries.values_list("pk", flat=True))
    if not keys:
        raise BadInput(_("这场表决的名册上没有这一票。"), "remove")
    RollVoter.objects.filter(entry__in=keys).delete()
    RollDwelling.objects.filter(entry__in=keys).delete()
    RollEntry.objects.filter(pk__in=keys).delete()


def add_person(ballot: Ballot, resident: Resident) -> None:
    """Put a verified adult on the roll: with a vote of their own, or with their household's."""
    day = ballot.opens_at.astimezone(SHANGHAI).date()
    person = Resident.objects.kept().filter(pk=resident.pk, verification=Verification.VERIFIED).first()
    if person is None or (person.age_on(day) or 0) < rule_value("minor.adult", day):
        raise BadInput(_("只能加上实名核验过的成年人。"), "add")
    if RollVoter.objects.filter(ballot=ballot, resident=person).exists():
        raise BadInput(_("名册上已经有这个人。"), "add")
    key = f"resident:{person.pk}"
    if ballot.rule.electorate == Electorate.HOUSEHOLDS:
        if person.household_id is None:
            raise BadInput(_("这个人没有登记在哪一户，请先登记。"), "add")
        key = f"household:{person.household_id}"
    entry = RollEntry.objects.filter(ballot=ballot, key=key).first()
    if entry is None:
        write(ballot, [(RollEntry(ballot=ballot, key=key), [person])])
    else:
        RollVoter.objects.create(entry=entry, ballot=ballot, resident=person)
