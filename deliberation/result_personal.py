"""What results keep about a person: objections, ratings of resolutions, voices in appraisals."""

from __future__ import annotations

from django.utils.translation import gettext as _

from community.models import User
from community.personal import Section
from deliberation.models import AppraisalVoice, Evaluation, Objection


def result_sections(user: User) -> list[Section]:
    """Return what a person objected, with the answer, and how they rated."""
    objections = {
        "at": _("时间"), "notice__resolution__number": _("编号"), "text": _("您的异议"), "state": _("结果"),
        "answer": _("答复"),
    }  # fmt: skip
    ratings = {"at": _("时间"), "resolution__number": _("编号"), "rating": _("打分"), "text": _("内容")}
    voices = {"at": _("时间"), "appraisal__title": _("评议"), "rating": _("打分"), "text": _("内容")}
    said = Objection.objects.filter(by=user).order_by("at", "pk").values(*objections)
    rated = Evaluation.objects.filter(user=user).order_by("at", "pk").values(*ratings)
    given = AppraisalVoice.objects.filter(user=user).order_by("at", "pk").values(*voices)
    return [
        Section("objections", _("您提的异议"), objections, list(said)),
        Section("evaluations", _("您给决议打的分"), ratings, list(rated)),
        Section("appraisal_voices", _("您在评议监督里打的分"), voices, list(given)),
    ]


def kept_results(user: User) -> list[str]:
    """Return what stays of them."""
    told = []
    if Objection.objects.filter(by=user).exists():
        told.append(_("您的异议和答复：是公共事务的记录，长期保存，上面没有您的名字。"))
    rated = Evaluation.objects.filter(user=user).exists() or AppraisalVoice.objects.filter(user=user).exists()
    if rated:
        told.append(_("您打的分：只留分数，算在总数里；您写的、没有公开的话会删掉。"))
    return told


def erase_results(user: User) -> None:
    """Empty the words that nobody has let the public read; ratings, objections and answers stay with the tombstone."""
    Evaluation.objects.filter(user=user, is_public=False).update(text="")
    AppraisalVoice.objects.filter(user=user, is_public=False).update(text="")
