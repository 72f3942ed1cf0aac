"""What somebody may do on a resolution's page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from deliberation import resolution_permissions as permissions
from deliberation.forms import results as forms
from deliberation.models import Commitment, Objection, Resolution
from deliberation.models.resolutions import ObjectionState
from deliberation.states import COMMITMENT_TRANSITIONS, CommitmentState, ResolutionState
from deliberation.views.result_acting import Act
from deliberation.views.sessions import now
from deliberation.workflow.commitments import drop_commitment, finish_commitment, reopen_commitment, update_commitment
from deliberation.workflow.evaluating import evaluate_resolution, is_open
from deliberation.workflow.objecting import answer_objection, object_to_result
from deliberation.workflow.resolutions import revoke_resolution

FORMS: dict[str, type] = {
    "object": forms.ObjectForm,
    "answer": forms.AnswerForm,
    "revoke": forms.ReasonForm,
    "evaluate": forms.EvaluateForm,
    "update": forms.UpdateForm,
    "finish": forms.FinishForm,
    "drop": forms.LongReasonForm,
    "reopen": forms.LongReasonForm,
}


def acts_of(
    request: HttpRequest,
    resolution: Resolution,
    commitments: Sequence[Commitment],
    objections: Sequence[Objection],
    at: datetime,
) -> list[Act]:
    """Return everything that this person may do here, whether or not it can happen now."""
    if not request.user.is_authenticated:
        return []
    acts = own_acts(request, resolution, objections, at)
    for objection in objections:
        if permissions.can_answer(request.user, objection):
            title = _("答复异议：%(text)s") % {"text": objection.text[:30]}
            can = objection.state == ObjectionState.OPEN and resolution.state == ResolutionState.PUBLISHED
            acts.append(
                row_act(resolution, objection, "answer", title, _("就这样答复"), _("答复了。"), answer_objection, can)
            )
    if permissions.can_revoke(request.user, resolution):
        can = resolution.state == ResolutionState.PUBLISHED and any(
            one.state == ObjectionState.UPHELD for one in objections
        )
        acts.append(
            act(resolution, "revoke", _("撤销结果，重新议"), _("撤销这个结果"), _("撤销了。"), revoke_resolution, can)
        )
    for commitment in commitments:
        acts += acts_on(request, resolution, commitment)
    return acts


def own_acts(request: HttpRequest, resolution: Resolution, objections: Sequence[Objection], at: datetime) -> list[Act]:
    """Return what a resident does: object while it is shown, rate when the work is done. At most one is possible."""
    acts = []
    if permissions.can_object(request.user, resolution):
        notice = resolution.notices.running(at).first()
        has = any(one.by_id == request.user.pk for one in objections)
        can = resolution.state == ResolutionState.PUBLISHED and notice is not None and not has
        one = act(resolution, "object", _("您有异议吗"), _("提出异议"), _("收到了，会答复您。"), object_to_result, can)
        one.seat, one.note = True, _("别写姓名和门牌号。社区看过再公开，会按时限答复您。")
        acts.append(one)
    if permissions.can_evaluate(request.user, resolution):
        own = resolution.evaluations.filter(user=request.user.pk).first()
        title = _("改您打的分") if own else _("您来打分")
        can = is_open(resolution, at)
        one = act(resolution, "evaluate", title, _("打这个分"), _("记下了，截止前可以改。"), evaluate_resolution, can)
        one.seat, one.note = True, _("只公布人数和平均分，不显示谁打的。写的话社区看过再公开。")
        if own:
            one.extra = {"initial": {"rating": own.rating, "text": own.text}}
        acts.append(one)
    return acts


def acts_on(request: HttpRequest, resolution: Resolution, commitment: Commitment) -> list[Act]:
    """Return what somebody does with one commitment."""
    name = {"task": commitment.text}
    running = resolution.state == ResolutionState.CARRYING_OUT
    steps = (
        ("update", permissions.can_update, _("说进展：%(task)s"), _("写上进展"), _("进展写上了。"), update_commitment),
        ("finish", permissions.can_finish, _("办完了：%(task)s"), _("办好了，交照片"), _("记下了。"), finish_commitment),
        ("drop", permissions.can_drop, _("不办了：%(task)s"), _("不办了，说明原因"), _("记下了。"), drop_commitment),
        ("reopen", permissions.can_reopen, _("重办：%(task)s"), _("请他们重办"), _("请他们重办了。"), reopen_commitment),
    )  # fmt: skip
    acts = []
    for verb, may, title, button, said, run in steps:
        if not may(request.user, commitment):
            continue
        state = CommitmentState(commitment.state)
        can = running and (state == CommitmentState.OPEN if verb == "update" else state in COMMITMENT_TRANSITIONS[verb])
        acts.append(row_act(resolution, commitment, verb, title % name, button, said, run, can))
    return acts


def act(
    resolution: Resolution, verb: str, title: str, button: str, said: str, run: Callable[..., Any], can: bool
) -> Act:
    """Return one act on the resolution."""
    url = reverse("resolution_action", args=[resolution.number, verb])
    run = partial(now(run), resolution)
    return Act(verb, title, button, FORMS[verb], run, url, said, subject=resolution, is_possible=can)


def row_act(
    resolution: Resolution,
    row: Commitment | Objection,
    verb: str,
    title: str,
    button: str,
    said: str,
    run: Callable[..., Any],
    can: bool,
) -> Act:
    """Return one act on a row of the resolution: an objection, a commitment."""
    one = act(resolution, verb, title, button, said, run, can)
    one.key, one.row, one.run = f"{verb}-{row.pk}", row, partial(now(run), row)
    return one
