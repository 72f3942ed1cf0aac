"""Appraisals: the list, one round's page, giving one's voice, and drafting a round."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.keeping import keeps_typed
from community.missing import NothingThere
from community.models import Area
from community.paging import next_url, page
from community.queries import areas_of, today, within_any
from deliberation import appraisal_permissions as permissions
from deliberation.forms import results as forms
from deliberation.models import Appraisal
from deliberation.states import APPRAISAL_TRANSITIONS, AppraisalState
from deliberation.views.result_acting import Act, do_act, keep_act, key_of, sign_in_first, with_forms
from deliberation.views.sessions import RUNNERS, now
from deliberation.workflow import appraisals as verbs
from deliberation.workflow.evaluating import RATINGS

PAGE_SIZE = 20
ORDER = ("-opens_at", "-pk")
FORMS: dict[str, type] = {
    "voice": forms.VoiceForm,
    "notice": forms.VerbForm,
    "withdraw": forms.ReasonForm,
}


def own_paths(request: HttpRequest) -> list[str]:
    """Return the places in which this person organises appraisals."""
    return [area.path for area in areas_of(request.user, *RUNNERS)] if request.user.is_authenticated else []


@require_safe
def appraisal_list(request: HttpRequest) -> HttpResponse:
    """The rounds that were noticed, the newest first; staff also see their drafts."""
    joins = ("unit", "resolution", "area")
    public = Appraisal.objects.public().select_related(*joins).defer("area__boundary")
    after, paths = request.GET.get("after", ""), own_paths(request)
    rows, cursor = page(public, ORDER, after, PAGE_SIZE)
    drafts = Appraisal.objects.filter(within_any(paths, "area__path"), state=AppraisalState.DRAFT) if paths else None
    context = {
        "items": rows,
        "drafts": list(drafts.select_related(*joins)[:PAGE_SIZE]) if drafts is not None and not after else [],
        "may_draft": bool(paths),
        "is_first": not after,
        "next_url": next_url(request.GET, cursor),
    }
    return render(request, "deliberation/appraisal_list.html", context)


def find_appraisal(request: HttpRequest, pk: int) -> Appraisal:
    """Return a round that this person may see; anything else is not found."""
    joins = ("area", "town", "unit__area", "resolution__area")
    found = Appraisal.objects.select_related(*joins).filter(pk=pk).first() if pk < 2**62 else None
    if found is None or not permissions.can_see(request.user, found):
        raise NothingThere(_("没有这轮评议，或者还没有公告。"))
    return found


@require_safe
def appraisal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A round's page."""
    return render_appraisal(request, find_appraisal(request, pk))


def render_appraisal(
    request: HttpRequest,
    appraisal: Appraisal,
    *,
    failed: tuple[str, Any] | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a round's page; `failed` is the act and form that a refusal brings back."""
    acts = with_forms(acts_of(request, appraisal), request, failed, f"appraisal {appraisal.pk}")
    is_published = appraisal.state == AppraisalState.PUBLISHED
    words = appraisal.given.filter(is_public=True).exclude(text="").order_by("-at", "-pk")
    own = appraisal.given.filter(user=request.user).first() if request.user.is_authenticated else None
    context = {
        "appraisal": appraisal,
        "stars": list(reversed(list(zip(RATINGS, appraisal.stars, strict=False)))),
        # Before the closing nobody reads what others say, and of too few voices nobody ever does.
        "words": list(words[:50]) if is_published and appraisal.stars else [],
        "own": own,
        "seat": next((act for act in acts if act.key == "voice"), None),
        "acts": [act for act in acts if act.key != "voice"],
        "sentence": sentence,
    }
    return render(request, "deliberation/appraisal_detail.html", context, status=status)


def acts_of(request: HttpRequest, appraisal: Appraisal) -> list[Act]:
    """Return everything that this person may do here, whether or not it can happen now."""
    if not request.user.is_authenticated:
        return []
    acts = []
    if permissions.can_give_voice(request.user, appraisal):
        own = appraisal.given.filter(user=request.user).first()
        title = _("改您打的分") if own else _("您来打分")
        one = act_of(appraisal, "voice", title, _("打这个分"), _("记下了，截止前可以改。"), verbs.give_voice)
        one.is_possible, one.seat = appraisal.state == AppraisalState.OPEN, True
        if own:
            one.extra = {"initial": {"rating": own.rating, "text": own.text}}
        acts.append(one)
    if permissions.can_organise(request.user, appraisal):
        acts += [
            act_of(appraisal, "notice", _("公告这轮评议"), _("公告"), _("公告了，到时候自动开始。"), verbs.notice_appraisal),
            act_of(appraisal, "withdraw", _("撤回"), _("撤回这轮评议"), _("撤回了。"), verbs.withdraw_appraisal),
        ]  # fmt: skip
    return acts


def act_of(appraisal: Appraisal, verb: str, title: str, button: str, said: str, run: Callable[..., Any]) -> Act:
    """Return one act on a round."""
    can = AppraisalState(appraisal.state) in APPRAISAL_TRANSITIONS.get(verb, {})
    url = reverse("appraisal_action", args=[appraisal.pk, verb])
    run = partial(now(run), appraisal)
    return Act(verb, title, button, FORMS[verb], run, url, said, subject=appraisal, is_possible=can)


def put_aside(request: HttpRequest, pk: int, verb: str) -> str:
    """Keep what was typed; it comes back on the page of the round."""
    if verb in FORMS:
        keep_act(request, verb, f"appraisal {pk}", FORMS[verb])
    return reverse("appraisal", args=[pk])


@keeps_typed(put_aside)
@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Do one thing to a round."""
    if verb not in FORMS:
        raise Http404
    if not request.user.is_authenticated:
        return sign_in_first(request, put_aside(request, pk, verb))
    appraisal = find_appraisal(request, pk)
    one = {one.key: one for one in acts_of(request, appraisal)}.get(key_of(request, verb))
    if one is None:
        refusal = _("当地核验过的居民可以评议；被评议单位的人不给自己打分。")
        refusal = refusal if verb == "voice" else _("这轮评议不归您办，所以没有改动。")
        return render_appraisal(request, appraisal, sentence=refusal, status=403)

    def again(**shown: Any) -> HttpResponse:
        return render_appraisal(request, find_appraisal(request, pk), **shown)

    return do_act(request, one, appraisal.get_absolute_url(), again)


def keep_new(request: HttpRequest) -> str:
    """Keep what was typed into a new round."""
    keep_act(request, "draft", "new", forms.AppraisalForm)
    return reverse("new_appraisal")


@keeps_typed(keep_new)
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_appraisal(request: HttpRequest) -> HttpResponse:
    """Draft a round in one of one's places."""
    paths = own_paths(request)
    if not paths:
        raise NothingThere(_("组织评议，要由当地的议事主持人、社区工作者或者镇街干部来做。"))
    areas = Area.objects.valid_on(today()).filter(within_any(paths, "path")).order_by("path")
    one = Act(
        "draft", _("起草评议"), _("先存下，再公告"), forms.AppraisalForm, now(verbs.create_appraisal),
        reverse("new_appraisal"), _("存下了，看一遍再公告。"), extra={"areas": areas},
    )  # fmt: skip

    def show(failed: tuple[str, Any] | None = None, sentence: str = "", status: int = 200) -> HttpResponse:
        form = failed[1] if failed else with_forms([one], request, None, "new")[0].form
        context = {"form": form, "act": one, "sentence": sentence}
        return render(request, "deliberation/appraisal_form.html", context, status=status)

    return do_act(request, one, "", show) if request.method == "POST" else show()
