"""Objections against a result that is shown, and their answers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from community.errors import NotAllowed, WrongState
from community.models import User
from community.queries import people_holding
from community.roles import Role
from community.workflow import notify, start_clock, stop_clocks
from deliberation import resolution_permissions as permissions
from deliberation.models import Objection, Resolution
from deliberation.models.resolutions import ObjectionState
from deliberation.states import ResolutionState
from deliberation.workflow.resolution_steps import locked, log_step, tell_people
from deliberation.workflow.steps import clean_text


@transaction.atomic
def object_to_result(resolution: Resolution, *, by: User, at: datetime, text: str) -> Objection:
    """Object to a result while it is shown; staff read it at once, the public after review. One person, one objection."""
    refusal = _("当地核验过的居民和业主可以提异议。请先完成实名核验。")
    resolution = locked(resolution, by, permissions.can_object, refusal)
    notice = resolution.notices.running(at).first()
    if resolution.state != ResolutionState.PUBLISHED or notice is None:
        raise WrongState(_("公示已经结束，不能再提异议。有问题可以反映，或者打分时写上。"))
    if Objection.objects.filter(notice=notice, by=by).exists():
        raise WrongState(_("您已经提过异议，请等答复。"))
    words = clean_text(text, "text", required=True)
    objection = Objection.objects.create(notice=notice, by=by, text=words, at=at)
    start_clock(
        objection, "resolution.answer", rule_key="resolution.answer", at=at, area=resolution.area,
        holder_role=Role.COMMUNITY_WORKER,
    )  # fmt: skip
    log_step(resolution, "object", by=by, at=at, objection=objection.pk)
    workers = [one for one in people_holding(Role.COMMUNITY_WORKER, resolution.area) if one.pk != by.pk]
    message = gettext_noop("有人对结果提了异议，请按时答复：%(title)s（%(number)s）")
    tell_people(workers, resolution, message, at=at)
    return objection


@transaction.atomic
def answer_objection(objection: Objection, *, by: User, at: datetime, uphold: bool, answer: str) -> Objection:
    """Answer an objection: it is right, or it is not, and why; by somebody who has not objected."""
    resolution = locked(result_of(objection), by, permissions.is_organiser_of_place)
    objection = (
        Objection.objects.select_for_update(of=("self",)).select_related("notice__area", "by").get(pk=objection.pk)
    )
    if not permissions.can_answer(by, objection):
        raise NotAllowed(_("自己提了异议的，不能答复异议。请同事来答复。"))
    if objection.state != ObjectionState.OPEN or resolution.state != ResolutionState.PUBLISHED:
        raise WrongState(_("这条异议已经答复过了，或者结果已经撤销。"))
    objection.answer = clean_text(answer, "answer", required=True)
    objection.state = ObjectionState.UPHELD if uphold else ObjectionState.DECLINED
    objection.answered_by, objection.answered_at = by, at
    objection.save(update_fields=["answer", "state", "answered_by", "answered_at"])
    stop_clocks(objection, "resolution.answer", by=by, at=at)
    log_step(resolution, "answer", by=by, at=at, objection=objection.pk, upheld=uphold)
    url = resolution.get_absolute_url()
    message = gettext_noop("您的异议有答复了：%(answer)s（%(number)s）")
    notify([objection.by], message, url=url, at=at, number=resolution.number, answer=objection.answer)
    if uphold:
        officers = people_holding(Role.TOWN_OFFICER, resolution.area).exclude(pk=by.pk)
        asked = gettext_noop("有一条异议成立，请决定撤不撤销结果：%(title)s（%(number)s）")
        tell_people(officers, resolution, asked, at=at)
    return objection


def result_of(objection: Objection) -> Resolution:
    """Return the resolution that an objection is against; one against a roll has its own door."""
    resolution = objection.notice.resolution
    if resolution is None:
        raise WrongState(_("这条异议不是对结果提的。"))
    return resolution


def remind_of_objection(objection: Objection, *, at: datetime, escalated: bool) -> None:
    """Tell who has not answered in time; later its town."""
    resolution = result_of(objection)
    role = Role.TOWN_OFFICER if escalated else Role.COMMUNITY_WORKER
    message = gettext_noop("异议过期没有答复，请马上答复：%(title)s（%(number)s）")
    tell_people(people_holding(role, resolution.area), resolution, message, at=at)
