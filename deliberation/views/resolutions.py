"""Resolutions: the list, one resolution's page, what people do there, and publishing one."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Avg, Count, Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.keeping import keeps_typed
from community.missing import NothingThere
from community.models import Area
from community.models.areas import AreaKind
from community.paging import page
from community.queries import today
from deliberation import resolution_permissions as permissions
from deliberation.forms import results as forms
from deliberation.models import Ballot, Commitment, CommitmentPhoto, Objection, Resolution, Topic
from deliberation.states import CommitmentState, ResolutionState
from deliberation.views.photos import SIZES, picture
from deliberation.views.resolution_acts import FORMS, acts_of
from deliberation.views.result_acting import Act, do_act, keep_act, key_of, sign_in_first, with_forms
from deliberation.views.sessions import now
from deliberation.workflow.evaluating import RATINGS, is_open
from deliberation.workflow.resolutions import publish_resolution, responsible_units

PAGE_SIZE = 20
ORDER = ("-published_at", "-pk")
SHOWN = ("published", "carrying_out", "overdue", "evaluated")


@require_safe
def resolution_list(request: HttpRequest) -> HttpResponse:
    """The resolutions, newest first: being carried out, overdue, evaluated; of a town."""
    state = request.GET.get("state", "")
    state = state if state in SHOWN else ""
    town = request.GET.get("town", "")
    towns = list(Area.objects.valid_on(today()).filter(kind=AreaKind.TOWN).only("name", "path"))
    chosen = next((one for one in towns if str(one.pk) == town), None)
    rows = of_state(Resolution.objects.standing(), state)
    rows = rows.filter(town=chosen) if chosen is not None else rows
    overdue = Commitment.objects.overdue(today()).filter(resolution=OuterRef("pk"))
    rows = rows.annotate(is_overdue=Exists(overdue), tasks=Count("commitments")).select_related("area", "hall")
    found, cursor = page(rows.defer("text", "area__boundary"), ORDER, request.GET.get("after", ""), PAGE_SIZE)
    query = {name: value for name, value in (("state", state), ("town", str(chosen.pk) if chosen else "")) if value}
    context = {
        "items": found,
        "states": [(key, label()) for key, label in STATE_LABELS.items()],
        "towns": towns,
        "state": state,
        "town": chosen,
        "query": urlencode(query),
        "is_first": not request.GET.get("after"),
        "next_url": f"?{urlencode({**query, 'after': cursor})}" if cursor else "",
    }
    return render(request, "deliberation/resolution_list.html", context)


STATE_LABELS = {
    "published": lambda: _("公示中"),
    "carrying_out": lambda: _("正在落实"),
    "overdue": lambda: _("有任务过期"),
    "evaluated": lambda: _("已评议"),
}


def of_state(rows: QuerySet[Resolution], state: str) -> QuerySet[Resolution]:
    """Keep the resolutions of a state that people can choose."""
    if state != "overdue":
        return rows.filter(state=state) if state else rows
    late = Commitment.objects.overdue(today()).values("resolution")
    return rows.filter(state=ResolutionState.CARRYING_OUT, pk__in=late)


def find_resolution(number: str) -> Resolution:
    """Return a resolution: it is public from its first moment."""
    joins = ("area", "town", "hall", "session", "topic__area", "topic__town", "topic__hall", "topic__issue", "ballot")
    found = Resolution.objects.filter(number=number if number.isprintable() else "").select_related(*joins).first()
    if found is None:
        raise NothingThere(_("没有这项决议。"))
    return found


@require_safe
def resolution_detail(request: HttpRequest, number: str) -> HttpResponse:
    """A resolution's page."""
    return render_resolution(request, find_resolution(number))


def render_resolution(
    request: HttpRequest,
    resolution: Resolution,
    *,
    failed: tuple[str, Any] | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a resolution's page; `failed` is the act and form that a refusal brings back."""
    at, notice = timezone.now(), resolution.notices.first()
    commitments = commitments_of(resolution)
    objections = objections_of(resolution)
    acts = with_forms(acts_of(request, resolution, commitments, objections, at), request, failed, resolution.number)
    seats = {act.key: act for act in acts if act.seat}
    own = evaluation_of(request, resolution)
    context = {
        "resolution": resolution,
        "notice": notice,
        "is_shown": notice is not None and notice.ended_at is None and notice.ends_at >= at,
        "objections": [one for one in objections if is_readable(request, one)],
        "objection_count": len(objections),
        "tasks": [task_row(one) for one in commitments],
        "done_count": sum(one.state == CommitmentState.DONE for one in commitments),
        "is_rating": is_open(resolution, at),
        "figures": figures_of(resolution),
        "words": resolution.evaluations.filter(is_public=True).exclude(text="").order_by("-at", "-pk")[:50],
        "own": own,
        "own_id": request.user.pk,
        "seat": seats.get("evaluate") or seats.get("object"),
        "acts": [act for act in acts if not act.seat],
        "is_staff": permissions.is_organiser_of_place(request.user, resolution),
        "sentence": sentence,
    }
    return render(request, "deliberation/resolution_detail.html", context, status=status)


def commitments_of(resolution: Resolution) -> list[Commitment]:
    """Return the commitments with what was told of them: three queries."""
    rows = resolution.commitments.select_related("unit__area").prefetch_related("updates__photos")
    found = list(rows.order_by("position", "pk"))
    for one in found:
        one.resolution = resolution
    return found


def objections_of(resolution: Resolution) -> list[Objection]:
    """Return the objections, oldest first."""
    return list(Objection.objects.filter(notice__resolution=resolution).select_related("notice__area").order_by("at"))


def is_readable(request: HttpRequest, objection: Objection) -> bool:
    """Return whether this person reads an objection: reviewed, their own, or theirs to answer; an answer is public."""
    if objection.is_public or objection.answer:
        return True
    return objection.by_id == request.user.pk or permissions.is_organiser_of_objection(request.user, objection)


def task_row(commitment: Commitment) -> dict[str, Any]:
    """Return a commitment as its page shows it."""
    is_open_now = commitment.state == CommitmentState.OPEN
    late = (today() - commitment.due_on).days if is_open_now else 0
    is_running = commitment.resolution.state == ResolutionState.CARRYING_OUT
    return {
        "commitment": commitment,
        "late": late if late > 0 and is_running else 0,
        "is_open": is_open_now,
        "updates": list(commitment.updates.all()),
    }


def figures_of(resolution: Resolution) -> dict[str, Any]:
    """Return how many rated, their mean, and how many gave each number of points."""
    if resolution.evaluation_ends_at is None:
        return {"voices": 0, "stars": []}
    counts = dict(resolution.evaluations.order_by().values_list("rating").annotate(n=Count("pk")))
    mean = resolution.evaluations.aggregate(mean=Avg("rating"))["mean"]
    voices = sum(counts.values())
    return {"voices": voices, "mean": mean, "stars": [(star, counts.get(star, 0)) for star in reversed(RATINGS)]}


def evaluation_of(request: HttpRequest, resolution: Resolution) -> Any:
    """Return what this person has rated, or None."""
    if not request.user.is_authenticated:
        return None
    return resolution.evaluations.filter(user=request.user).first()


def put_aside(request: HttpRequest, number: str, verb: str) -> str:
    """Keep what was typed; it comes back on the page of the resolution."""
    if verb in FORMS:
        keep_act(request, verb, number, FORMS[verb])
    return reverse("resolution", args=[number])


@keeps_typed(put_aside)
@require_POST
def act(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Do one thing to a resolution, an objection or a commitment."""
    if verb not in FORMS:
        raise Http404
    if not request.user.is_authenticated:
        return sign_in_first(request, put_aside(request, number, verb))
    resolution = find_resolution(number)
    rows = commitments_of(resolution), objections_of(resolution)
    known = {one.key: one for one in acts_of(request, resolution, *rows, timezone.now())}
    one = known.get(key_of(request, verb))
    if one is None:
        return render_resolution(request, resolution, sentence=refusal_of(verb), status=403)

    def again(**shown: Any) -> HttpResponse:
        return render_resolution(request, find_resolution(number), **shown)

    return do_act(request, one, resolution.get_absolute_url(), again)


def refusal_of(verb: str) -> str:
    """Return the sentence for somebody who may not do this."""
    if verb == "object":
        return _("当地核验过的居民和业主可以提异议。请先完成实名核验。")
    if verb == "evaluate":
        return _("当地核验过的居民可以打分；承办单位的人不给自己打分。")
    return _("这项决议不归您办，所以没有改动。")


@require_safe
def commitment_photo(request: HttpRequest, number: str, photo_id: int, size: str) -> HttpResponse:
    """A photo that proves progress: of a public resolution, sent by the unit, so anybody sees it."""
    resolution = find_resolution(number)
    row = get_object_or_404(CommitmentPhoto, pk=photo_id, update__commitment__resolution=resolution)
    if size not in SIZES:
        raise Http404
    response = picture(getattr(row, SIZES[size]))
    response["Cache-Control"] = "public, max-age=300"
    return response


# --- Publishing one ---------------------------------------------------------------------------------------
def source_of(request: HttpRequest) -> Topic | Ballot | None:
    """Return the topic or ballot that the address names, if this person may publish what came of it."""
    number, key = request.GET.get("topic", ""), request.GET.get("ballot", "")
    if number and number.isprintable():
        topic = Topic.objects.select_related("area", "town", "hall").filter(number=number).first()
        return topic if topic is not None and permissions.can_publish(request.user, topic) else None
    if key.isascii() and key.isdecimal() and len(key) < 19:
        ballot = Ballot.objects.select_related("area", "town").filter(pk=int(key)).first()
        return ballot if ballot is not None and permissions.can_publish_ballot(request.user, ballot) else None
    return None


def keep_new(request: HttpRequest) -> str:
    """Keep what was typed into a new resolution."""
    keep_act(request, "publish", "new", forms.ResolutionForm)
    return f"{reverse('new_resolution')}?{request.GET.urlencode()}"


@keeps_typed(keep_new)
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_resolution(request: HttpRequest) -> HttpResponse:
    """Publish what was decided on a topic, or by a ballot."""
    source = source_of(request)
    if source is None:
        raise NothingThere(_("没有这个议题或者表决，或者它的结果不由您公布。"))
    one = Act(
        "publish", _("公布决议"), _("公布，开始公示"), forms.ResolutionForm, partial(now(publish_resolution), source),
        request.get_full_path(), _("已公布，公示开始了。"), subject=source,
        extra={"units": responsible_units(source.area)},
    )  # fmt: skip

    def show(failed: tuple[str, Any] | None = None, sentence: str = "", status: int = 200) -> HttpResponse:
        form = failed[1] if failed else with_forms([one], request, None, "new")[0].form
        if isinstance(source, Topic):
            form.fields["title"].initial, form.fields["text"].initial = source.title, source.opinion
        context = {"form": form, "source": source, "act": one, "sentence": sentence}
        return render(request, "deliberation/resolution_form.html", context, status=status)

    return do_act(request, one, "", show) if request.method == "POST" else show()
