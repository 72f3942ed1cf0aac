"""Rating what came of a resolution, by those whom it concerns."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from community.errors import BadInput, WrongState
from community.models import User
from deliberation import resolution_permissions as permissions
from deliberation.models import Evaluation, Resolution
from deliberation.states import ResolutionState
from deliberation.workflow.resolution_steps import locked, log_step
from deliberation.workflow.steps import clean_text

RATINGS = range(1, 6)


@transaction.atomic
def evaluate_resolution(resolution: Resolution, *, by: User, at: datetime, rating: int, text: str = "") -> Evaluation:
    """Rate what came of a resolution from 1 to 5; once a person, and changed as often as they like until it ends."""
    refusal = _("当地核验过的居民可以打分；承办单位的人不给自己打分。")
    resolution = locked(resolution, by, permissions.can_evaluate, refusal)
    if not is_open(resolution, at):
        raise WrongState(_("现在不在评议的日子里。任务都了结以后才打分，过了截止就不能改。"))
    if rating not in RATINGS:
        raise BadInput(_("请打 1 到 5 分。"), "rating")
    words = clean_text(text, "text")
    known = Evaluation.objects.filter(resolution=resolution, user=by).first()
    evaluation = known or Evaluation(resolution=resolution, user=by)
    if evaluation.text != words:
        # New words have been seen by nobody.
        evaluation.text, evaluation.is_public, evaluation.reviewed_at = words, False, None
    evaluation.rating, evaluation.at = rating, at
    evaluation.save()
    # Not how: the log is read by staff.
    log_step(resolution, "rate", by=by, at=at)
    return evaluation


def is_open(resolution: Resolution, at: datetime) -> bool:
    """Return whether people can rate at `at`."""
    ends_at = resolution.evaluation_ends_at
    return resolution.state == ResolutionState.CARRYING_OUT and ends_at is not None and at <= ends_at
